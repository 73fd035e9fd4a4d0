"""The fastest zlib that is installed. Pure.

Measured: isal inflates a payload five times as fast as the standard library. It isn't built for every machine, so the
standard library stands in for it.
"""

from __future__ import annotations

import zlib
from typing import Final, cast

try:
    from isal import isal_zlib as fastest
except ImportError:
    import zlib as fastest  # type: ignore[no-redef]

GZIP: Final = 31
"""Window bits for a stream with gzip's header and checksum."""
ZLIB: Final = 15
"""Window bits for a stream with zlib's header and checksum."""
RAW: Final = -15
"""Window bits for a stream without header and checksum."""

DAMAGED: Final = (zlib.error, cast("type[Exception]", fastest.error))
"""The exceptions for a stream that can't be read."""

compress = fastest.compress
decompress = fastest.decompress
decompressobj = fastest.decompressobj


def inflated(stream: bytes, window: int, limit: int) -> bytes | None:
    """Inflate a gzip stream at once; None unless it is whole, sound, alone, and of at most `limit` inflated bytes.

    It says its inflated size in its last four bytes; with that, the memory is not taken for the next power of two.
    Without isal, return None, too: the standard library joins blocks, which takes the memory twice.
    """
    if fastest is zlib or window != GZIP:
        return None
    inflating, size = decompressobj(window), int.from_bytes(stream[-4:], "little")
    try:
        content = inflating.decompress(stream, min(size, limit) + 1)
    except DAMAGED:
        return None
    is_all = inflating.eof and not inflating.unused_data and len(content) <= limit
    return content if is_all else None
