"""Decoding base64 and decompressing gzip, within limits; every kind of damage has a message of its own. Pure."""

from __future__ import annotations

import base64
import binascii
import io
import re
from typing import Final

import msgspec

from drift.core import compression
from drift.core.errors import PayloadError
from drift.decode.limits import MIB

NO_EXPORT: Final = (
    "Check that this is the whole response to the export of schema metadata. If it is, drift doesn't support its form "
    "yet: capture with `--source details` instead"
)
"""The hint for a well-formed document that can't be an export."""

BOM: Final = b"\xef\xbb\xbf"

_CHUNK: Final = 1 * MIB
_URLSAFE: Final = str.maketrans("-_", "+/")
_CUT_HINT: Final = "Capture or save the whole response again; this payload can't be completed"
_GZIP: Final = ("gzip", compression.GZIP)
_ZLIB: Final = ("zlib", compression.ZLIB)
_RAW: Final = ("deflate", compression.RAW)


def unbase64(text: str, what: str) -> bytes:
    """Decode base64 in either alphabet, with or without line breaks and padding.

    Raises PayloadError; `what` is the place that its errors name.
    """
    try:
        return msgspec.convert(text, bytes)  # in a quarter of the time that `base64` takes
    except msgspec.ValidationError:
        return _unbase64_loosely(text, what)


def _unbase64_loosely(text: str, what: str) -> bytes:
    dense = "".join(text.split()).translate(_URLSAFE).rstrip("=")
    if dense.endswith(("...", "…")):
        raise PayloadError(
            f"the payload is cut off: it ends in '...' after {len(dense.rstrip('.…')):,} characters",
            place=what,
            hint="This is an abridged example, not an export. " + _CUT_HINT,
        )
    if odd := re.search(r"[^A-Za-z0-9+/]", dense):
        raise PayloadError(f"not base64: {odd.group()!r} at character {odd.start():,}", place=what, hint=_CUT_HINT)
    if len(dense) % 4 == 1:
        raise PayloadError(
            f"the payload is cut off: {len(dense):,} characters are not a whole base64 text", place=what, hint=_CUT_HINT
        )
    try:
        return base64.b64decode(dense + "=" * (-len(dense) % 4), validate=True)
    except binascii.Error as error:
        raise PayloadError(f"not base64: {error}", place=what, hint=_CUT_HINT) from error


def inflate(data: bytes, limit: int, what: str) -> bytes:
    """Decompress a gzip, zlib or raw deflate stream; return JSON unchanged. Raises PayloadError for anything else."""
    if is_compressed(data):
        return gunzip(data, limit, what)
    if data[:1] == b"\x78" and int.from_bytes(data[:2]) % 31 == 0:  # RFC 1950: a window of 32 KiB, and the check bits
        return _inflate(data, _ZLIB, limit, what)
    if is_json(data):
        return data
    try:
        text = _inflate(data, _RAW, limit, what)
    except PayloadError:
        text = b""
    if is_json(text):
        return text
    actual = f"not with {data[:2].hex(' ')}" if data else "found nothing"
    raise PayloadError(
        f"expected a gzip stream, which begins with 1f 8b, {actual}",
        place=what,
        hint=NO_EXPORT,
    )


def is_json(data: bytes) -> bool:
    """Whether bytes begin like a JSON object or array, after an optional byte order mark."""
    return data.removeprefix(BOM).lstrip()[:1] in (b"{", b"[")


def gunzip(data: bytes, limit: int, what: str) -> bytes:
    """Decompress a gzip stream of at most `limit` bytes. Raises PayloadError with the kind of damage."""
    return _inflate(data, _GZIP, limit, what)


def _inflate(data: bytes, form: tuple[str, int], limit: int, what: str) -> bytes:
    content = compression.inflated(data, form[1], limit)
    return _inflate_in_steps(data, form, limit, what) if content is None else content


def _inflate_in_steps(data: bytes, form: tuple[str, int], limit: int, what: str) -> bytes:
    """Inflate a stream chunk by chunk, so as to tell what is wrong with it, and after how much."""
    kind, window = form
    stream = compression.decompressobj(window)
    inflated = io.BytesIO()  # chunks to be joined would take the memory twice
    size, rest = 0, data
    try:
        while not stream.eof and (chunk := stream.decompress(rest, min(_CHUNK, limit + 1 - size))):
            inflated.write(chunk)
            size, rest = size + len(chunk), stream.unconsumed_tail
            if size > limit:
                raise PayloadError(
                    f"inflates to more than {limit:,} bytes",
                    place=what,
                    hint=limit_hint("inflated_mib"),
                )
    except compression.DAMAGED as error:
        raise PayloadError(
            f"the {kind} stream is damaged: {error} (after {size:,} inflated bytes)", place=what, hint=_CUT_HINT
        ) from error
    if not stream.eof:
        raise PayloadError(
            f"the {kind} stream is cut off after {len(data):,} bytes ({size:,} inflated)", place=what, hint=_CUT_HINT
        )
    if stream.unused_data:
        raise PayloadError(
            f"{len(stream.unused_data):,} bytes follow the end of the {kind} stream", place=what, hint=_CUT_HINT
        )
    return inflated.getvalue()


def is_compressed(data: bytes) -> bool:
    """Whether bytes begin like a gzip stream."""
    return data.startswith(b"\x1f\x8b")


def limit_hint(limit: str) -> str:
    """Return the hint for input that is over a limit."""
    return f"Raise `{limit}` under [limits] in drift.toml if this is a genuine export"
