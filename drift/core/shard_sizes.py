"""The sizes of shards and tables, as InnoDB estimates them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

import msgspec

_NUMBERED: Final = re.compile(r"_[0-9]+$")


class Size(msgspec.Struct, frozen=True, gc=False):
    """The size of something: its pages in bytes, indexes included, and its rows. Both are estimates."""

    bytes: int = 0
    rows: int = 0

    def __add__(self, other: Size) -> Size:
        """Add two sizes."""
        return Size(self.bytes + other.bytes, self.rows + other.rows)


class NodeSizes(msgspec.Struct, frozen=True, kw_only=True):
    """The sizes on one data node: of each claimed shard, and of each table in all shards of a family together.

    `oldest` is the time (aware UTC) at which the oldest of these estimates was made.
    """

    shards: Mapping[str, Size]
    tables: Mapping[tuple[str, str], Size] = msgspec.field(default_factory=dict)
    oldest: datetime | None = None


def family(shard: str) -> str:
    """Return the part of a shard's name that all shards of its database share."""
    return _NUMBERED.sub("", shard)


class ShardSize(msgspec.Struct, frozen=True, gc=False):
    """The size of one shard, at the data node where it was read."""

    database: str
    shard: str
    data_node_id: str
    bytes: int
    rows: int


class KnownSizes(msgspec.Struct, frozen=True):
    """The sizes of an instance's shards at a time (aware UTC).

    `whole` are the databases, and None for all of them, of which every shard was read.
    """

    at: datetime
    shards: tuple[ShardSize, ...]
    whole: frozenset[str | None] = frozenset()


def total(shards: Iterable[ShardSize]) -> Size:
    """Add up the sizes of shards."""
    return sum((Size(each.bytes, each.rows) for each in shards), start=Size())


def by_database(shards: Iterable[ShardSize]) -> dict[str, Size]:
    """Add up the sizes of shards by database."""
    found: dict[str, Size] = {}
    for each in shards:
        found[each.database] = found.get(each.database, Size()) + Size(each.bytes, each.rows)
    return dict(sorted(found.items()))
