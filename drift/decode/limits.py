"""How much is read at the most. Pure. Apart from `decode`, so that settings can be read without the decoder."""

from __future__ import annotations

from typing import Final

import msgspec

MIB: Final = 1024 * 1024


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Mebibytes of response and of inflated payload, shards, and levels of nesting."""

    response_mib: int = 64
    inflated_mib: int = 512
    records: int = 4_000_000
    nesting: int = 64
