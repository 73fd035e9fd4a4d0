"""Responses as the store holds them: gzip, so that `gunzip` reads what plain SQL takes out. Pure, and without loss."""

from __future__ import annotations

import zlib
from typing import Final

_GZIP: Final = 31  # window bits that stand for gzip's header and checksum
_SAMPLE: Final = 16_384  # bytes


def pack(response: bytes) -> bytes:
    """The response, smaller.

    What is mostly base64 of something compressed repeats nothing, so looking for repetitions is left out: that takes a
    quarter of the time, and it becomes smaller by the same quarter.
    """
    repeats = len(zlib.compress(response[:_SAMPLE], 1)) < len(response[:_SAMPLE]) / 2
    strategy = zlib.Z_DEFAULT_STRATEGY if repeats else zlib.Z_HUFFMAN_ONLY
    packer = zlib.compressobj(1, zlib.DEFLATED, _GZIP, strategy=strategy)
    return packer.compress(response) + packer.flush()


def unpack(packed: bytes) -> bytes:
    """The response as received. Raises ValueError when it is not what was packed."""
    try:
        return zlib.decompress(packed, _GZIP)
    except zlib.error as exc:
        raise ValueError(f"a response that is kept is damaged: {exc}") from exc
