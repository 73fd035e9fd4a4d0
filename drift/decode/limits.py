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

    @property
    def containers(self) -> int:
        """The most objects and arrays of a text: two for each shard, and a million for the rest."""
        return 2 * self.records + 1_000_000
