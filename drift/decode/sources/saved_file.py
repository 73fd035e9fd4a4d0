"""A saved file: an API response, its payload alone, or the decoded payload, compressed or not. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from drift.core import strict_json
from drift.core.errors import PayloadError
from drift.decode.limits import MIB
from drift.decode.sources.export import decode_document
from drift.decode.unpack import BOM, gunzip, is_compressed, limit_hint

if TYPE_CHECKING:
    from drift.decode.content import Content, Options
    from drift.decode.limits import Limits

_NOT_BASE64: Final = re.compile(rb"[^A-Za-z0-9+/=_\-\s.\x80-\xff]")  # an abridged payload ends in dots
_BEGINNING: Final = 16  # bytes that distinguish a payload from other text: a damaged one begins well


def read(data: bytes, options: Options) -> Content:
    """Decode a saved file. Raises PayloadError unless it describes a topology."""
    return decode_document(parse(data, options.limits), options)


def parse(data: bytes, limits: Limits) -> Any:  # noqa: ANN401 - any JSON value
    """Parse the JSON in a saved file, which may be compressed with gzip; a payload alone gives a text."""
    most = limits.inflated_mib * MIB
    if is_compressed(data):
        data = gunzip(data, most, "the file")
    if len(data) > most:
        raise PayloadError(f"larger than {limits.inflated_mib} MiB", place="the file", hint=limit_hint("inflated_mib"))
    text = data.removeprefix(BOM).strip()
    if not text:
        raise PayloadError("is empty", place="the file", hint="Save the whole API response to the file")
    if text[:1] in b'{["':
        return strict_json.loads(text, nesting=limits.nesting, what="the file", containers=limits.containers)
    if odd := _NOT_BASE64.search(text, 0, _BEGINNING):
        sign = odd.group().decode("latin-1")
        raise PayloadError(f"neither JSON nor base64: {sign!r} at character {odd.start()}", place="the file")
    return text.decode("latin-1")
