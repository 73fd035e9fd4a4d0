"""Responses as the store holds them: gzip, so that `gunzip` reads what plain SQL takes out. Pure, and without loss."""

from __future__ import annotations

from drift.core import compression


def pack(response: bytes) -> bytes:
    """The response, smaller: even base64 of something compressed loses a quarter."""
    return compression.compress(response, 1, compression.GZIP)


def unpack(packed: bytes) -> bytes:
    """The response as received. Raises ValueError when it is not what was packed."""
    try:
        return compression.decompress(packed, compression.GZIP)
    except compression.DAMAGED as exc:
        raise ValueError(f"a response that is kept is damaged: {exc}") from exc
