"""The sources of captures, one module each: their responses to `Content`. Pure.

`drift.core.sources` lists them. `snapshot_file` is no source: it reads and writes what `drift export` makes.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from drift.core.sources import source_of

if TYPE_CHECKING:
    from drift.decode.content import Content, Options


def read(data: bytes, source: str, options: Options) -> Content:
    """Decode the response of a source. Raises PayloadError unless it describes a topology."""
    content: Content = import_module(source_of(source).module).read(data, options)
    return content
