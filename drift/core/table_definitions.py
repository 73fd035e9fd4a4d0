"""The definitions of physical tables, in one spelling for every server version. Pure.

Nothing is kept that differs between shards without being drift: no counter of AUTO_INCREMENT, no order of indexes, no
name of a foreign key or a check.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import msgspec


class Column(msgspec.Struct, frozen=True, gc=False):
    """A column. `default` is a literal in quotes, or an expression; None where there is none, or NULL.

    `collation` is None where it is the table's, and for columns without text.
    """

    name: str
    type: str
    is_nullable: bool
    default: str | None = None
    collation: str | None = None
    extra: str = ""
    generated: str | None = None


class Index(msgspec.Struct, frozen=True):
    """An index. `parts` are its columns, such as `name(10)` or `created_at DESC`, or expressions.

    `kind` and `is_ignored` are None where they were not read.
    """

    name: str
    is_unique: bool
    parts: tuple[str, ...]
    kind: str | None = None
    is_ignored: bool | None = None


class ForeignKey(msgspec.Struct, frozen=True):
    """A foreign key; `table` names the other table, with its database where that is another shard's."""

    columns: tuple[str, ...]
    table: str
    references: tuple[str, ...]
    on_update: str
    on_delete: str


class Partitioning(msgspec.Struct, frozen=True):
    """The way in which a table is partitioned; `bounds` are its partitions' names and limits."""

    rule: str
    bounds: tuple[str, ...]


class Constraints(msgspec.Struct, frozen=True):
    """What a server has to open a table for: read only where the user asked for it."""

    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[str, ...] = ()
    partitioning: Partitioning | None = None


class TableDefinition(msgspec.Struct, frozen=True):
    """A table or a view. `constraints` is None where they were not read."""

    kind: str
    engine: str | None
    collation: str | None
    columns: tuple[Column, ...]
    indexes: tuple[Index, ...]
    constraints: Constraints | None = None


Tables: TypeAlias = Mapping[str, TableDefinition]
"""The tables of one shard by name. Shards that are alike share one object."""


class ShardStructure(msgspec.Struct, frozen=True):
    """The structure of one shard: its database's default collation, and its tables."""

    collation: str | None
    tables: Tables


class NodeStructure(msgspec.Struct, frozen=True, kw_only=True):
    """The structure of the shards on one data node. `hidden` are shards whose tables the account may not see.

    With `is_deep`, constraints were read as well.
    """

    shards: Mapping[str, ShardStructure]
    hidden: tuple[str, ...] = ()
    is_deep: bool = False
