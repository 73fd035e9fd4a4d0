"""The limits on input. Pure, and a module of its own, so that settings can be read without the decoder."""

from __future__ import annotations

from typing import Final

import msgspec

MIB: Final = 1024 * 1024


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The largest response and inflated payload in MiB, the most shards, and the deepest nesting."""

    response_mib: int = 64
    inflated_mib: int = 512
    records: int = 4_000_000
    nesting: int = 64
