"""Builders of tables and of the shards that hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.compare.tables.structure import compare_shards
from drift.core.table_definitions import Column, Constraints, Index, ShardStructure, TableDefinition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drift.compare.tables.structure import DatabaseStructure
    from drift.core.finding import Finding

COLLATION = "utf8mb4_general_ci"


def a_column(name: str, type: str = "int", **facts: object) -> Column:  # noqa: A002 - the field's name
    return Column(name, type, is_nullable=True, **facts)  # type: ignore[arg-type]


def an_index(
    name: str, *parts: str, is_unique: bool = False, kind: str | None = None, is_ignored: bool | None = None
) -> Index:
    return Index(name, is_unique, parts, kind, is_ignored)


def a_table(
    *columns: Column | str,
    indexes: tuple[Index, ...] = (),
    engine: str | None = "InnoDB",
    collation: str | None = COLLATION,
    kind: str = "table",
    constraints: Constraints | None = None,
) -> TableDefinition:
    described = tuple(each if isinstance(each, Column) else a_column(each) for each in columns or ("id",))
    return TableDefinition(kind, engine, collation, described, indexes, constraints)


def a_shard(collation: str = COLLATION, **tables: TableDefinition) -> ShardStructure:
    return ShardStructure(collation, tables)


def shards(*held: ShardStructure) -> dict[str, ShardStructure]:
    """The shards orders_0000, orders_0001 and so on."""
    return {f"orders_{number:04}": each for number, each in enumerate(held)}


def compared(held: Mapping[str, ShardStructure]) -> DatabaseStructure:
    return compare_shards("orders", held, "orders_0000")


def told(finding: Finding) -> tuple[object, ...]:
    """What a finding says: rule, table, part, found, expected, and the numbers of its shards."""
    return (finding.rule, finding.table, finding.part, finding.found, finding.expected, *_numbers(finding.items))


def _numbers(items: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(item.removeprefix("orders_000") for item in items)
