"""Rows of `information_schema` to definitions of tables. Pure.

The fields of each kind of row are in the order in which `cloud/data_nodes/table_statements.py` selects them.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from drift.compare.tables.spelling import (
    spell_collation,
    spell_default,
    spell_expression,
    spell_extra,
    spell_generated,
    spell_type,
)
from drift.core.table_definitions import (
    Column,
    Constraints,
    ForeignKey,
    Index,
    Partitioning,
    TableDefinition,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


class TableRow(NamedTuple):
    """A row about a table or view as a whole."""

    kind: str
    engine: str | None
    collation: str | None


class ColumnRow(NamedTuple):
    """A row about a column."""

    place: int
    name: str
    type: str
    is_nullable: str
    default: str | None
    collation: str | None
    extra: str | None
    generated: str | None = None


class IndexRow(NamedTuple):
    """A row about one part of an index. The fields from `direction` on are read where they are cheap or asked for."""

    name: str
    is_not_unique: int | str
    place: int
    column: str | None
    prefix: int | None
    direction: str | None = None
    kind: str | None = None
    is_ignored: str | None = None
    expression: str | None = None


class KeyColumnRow(NamedTuple):
    """A row about one column of a foreign key. `database` is empty where the other table is in the same shard."""

    key: str
    place: int
    column: str
    database: str
    table: str
    references: str


class KeyRuleRow(NamedTuple):
    """A row about a foreign key's actions."""

    key: str
    on_update: str
    on_delete: str


class CheckRow(NamedTuple):
    """A row about a check."""

    clause: str


class PartitionRow(NamedTuple):
    """A row about a partition, or a part of one."""

    place: int
    name: str
    bound: str | None
    method: str
    expression: str | None
    sub_place: int | None = None
    sub_name: str | None = None
    sub_method: str | None = None
    sub_expression: str | None = None


class TableRows(NamedTuple):
    """All rows about one table. Those from `key_columns` on are None, or empty, where they were not asked for."""

    table: TableRow
    columns: Sequence[ColumnRow]
    indexes: Sequence[IndexRow]
    key_columns: Sequence[KeyColumnRow] | None = None
    key_rules: Sequence[KeyRuleRow] = ()
    checks: Sequence[CheckRow] = ()
    partitions: Sequence[PartitionRow] = ()


def define(rows: TableRows, family: str) -> TableDefinition:
    """Build the definition of a table. The `family` of the server, `mysql` or `mariadb`, says how it spells."""
    collation = spell_collation(rows.table.collation)
    return TableDefinition(
        kind=rows.table.kind.lower().removeprefix("base "),
        engine=rows.table.engine,
        collation=collation,
        columns=tuple(_column(row, collation, family) for row in sorted(rows.columns, key=attrgetter("place"))),
        indexes=tuple(_indexes(rows.indexes, family)),
        constraints=None if rows.key_columns is None else _constraints(rows, rows.key_columns, family),
    )


def _column(row: ColumnRow, table_collation: str | None, family: str) -> Column:
    extra, collation = row.extra or "", spell_collation(row.collation)
    return Column(
        name=row.name,
        type=spell_type(row.type),
        is_nullable=row.is_nullable == "YES",
        default=spell_default(row.default, row.type, extra, family),
        collation=None if collation == table_collation else collation,
        extra=spell_extra(extra),
        generated=spell_generated(row.generated, extra, family),
    )


def _indexes(rows: Iterable[IndexRow], family: str) -> Iterator[Index]:
    """Build the indexes in the order of their names: the order in which they were added says nothing."""
    ordered = sorted(rows, key=attrgetter("name", "place"))
    for name, group in groupby(ordered, key=attrgetter("name")):
        parts = list(group)
        first = parts[0]
        is_ignored = None if first.is_ignored is None else first.is_ignored == "YES"
        texts = tuple(_index_part(row, family) for row in parts)
        yield Index(name, not int(first.is_not_unique), texts, first.kind, is_ignored)


def _index_part(row: IndexRow, family: str) -> str:
    text = row.column if row.expression is None else f"({spell_expression(row.expression, family)})"
    prefix = "" if row.prefix is None else f"({row.prefix})"
    return f"{text}{prefix}{' DESC' if row.direction == 'D' else ''}"


def _constraints(rows: TableRows, key_columns: Iterable[KeyColumnRow], family: str) -> Constraints:
    return Constraints(
        foreign_keys=_foreign_keys(key_columns, {row.key: row for row in rows.key_rules}),
        checks=tuple(sorted({spell_expression(row.clause, family) for row in rows.checks})),
        partitioning=_partitioning(rows.partitions, family),
    )


def _foreign_keys(rows: Iterable[KeyColumnRow], rules: Mapping[str, KeyRuleRow]) -> tuple[ForeignKey, ...]:
    by_key: defaultdict[str, list[KeyColumnRow]] = defaultdict(list)
    for row in sorted(rows, key=attrgetter("key", "place")):
        by_key[row.key].append(row)
    found = (_foreign_key(parts, rules.get(key)) for key, parts in by_key.items())
    return tuple(sorted(found, key=attrgetter("columns", "table", "references")))


def _foreign_key(rows: Sequence[KeyColumnRow], rule: KeyRuleRow | None) -> ForeignKey:
    first = rows[0]
    return ForeignKey(
        columns=tuple(row.column for row in rows),
        table=f"{first.database}.{first.table}" if first.database else first.table,
        references=tuple(row.references for row in rows),
        on_update="" if rule is None else rule.on_update,
        on_delete="" if rule is None else rule.on_delete,
    )


def _partitioning(rows: Iterable[PartitionRow], family: str) -> Partitioning | None:
    ordered = sorted(rows, key=lambda row: (row.place, row.sub_place or 0))
    if not ordered:
        return None
    first = ordered[0]
    levels = ((first.method, first.expression), (first.sub_method, first.sub_expression))
    rule = " ".join(f"{method} ({spell_expression(text or '', family)})" for method, text in levels if method)
    return Partitioning(rule, tuple(_bound(row) for row in ordered))


def _bound(row: PartitionRow) -> str:
    return " ".join(filter(None, (row.name, row.bound, row.sub_name)))
