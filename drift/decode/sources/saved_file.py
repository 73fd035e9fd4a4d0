"""A saved file: an API response, its payload alone, or the decoded payload, in any of the kinds of files. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.core.sources import TERRAFORM
from drift.decode.file_kinds.table import open_file
from drift.decode.sources import details, export

if TYPE_CHECKING:
    from drift.decode.content import Content, Options
    from drift.decode.file_kinds.table import Opened


def read(data: bytes, options: Options) -> Content:
    """Decode a saved file. Raises PayloadError unless it describes a topology."""
    return content(open_file(data, options.limits), options)


def content(opened: Opened, options: Options) -> Content:
    """Decode the document in a file, as its source has it."""
    if opened.source is TERRAFORM:
        return details.content(opened.document)
    return export.decode_document(opened.document, options)
