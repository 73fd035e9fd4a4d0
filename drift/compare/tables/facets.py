"""The facets of a table: each is compared by itself, so that one shard's fault hides no other shard's. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drift.core.table_definitions import Column, Constraints, ForeignKey, Index, TableDefinition


class Facet(NamedTuple):
    """One respect in which tables can differ: the rule about it, and the column, index or key that it is about.

    Where `is_optional`, a table without it differs from a table with it. `is_own` may differ in each shard.
    """

    rule: str
    part: str = ""
    is_optional: bool = False
    is_own: bool = False


KIND: Final = Facet("table-kind-differs")
ENGINE: Final = Facet("engine-differs")
COLLATION: Final = Facet("charset-differs")
PARTITIONING: Final = Facet("partitions-differ", is_optional=True)
BOUNDS: Final = Facet("partitions-differ", "partitions", is_own=True)
ORDER: Final = Facet("column-order-differs")


def facets(table: TableDefinition) -> Iterator[tuple[Facet, str]]:
    """Generate what there is to compare of a table, each as it is shown."""
    yield KIND, table.kind
    if table.engine is not None:
        yield ENGINE, table.engine
    if table.collation is not None:
        yield COLLATION, table.collation
    for column in table.columns:
        yield Facet("column-differs", column.name, is_optional=True), column_text(column)
        yield Facet("charset-differs", column.name), column.collation or ""
    for index in table.indexes:
        yield Facet("index-differs", index.name, is_optional=True), index_text(index)
    if table.constraints is not None:
        yield from _of_constraints(table.constraints)


def _of_constraints(constraints: Constraints) -> Iterator[tuple[Facet, str]]:
    for text in map(foreign_key_text, constraints.foreign_keys):
        yield Facet("foreign-key-differs", text, is_optional=True), text
    for text in constraints.checks:
        yield Facet("check-differs", text, is_optional=True), text
    if constraints.partitioning is not None:
        yield PARTITIONING, constraints.partitioning.rule
        yield BOUNDS, ", ".join(constraints.partitioning.bounds)


def orders(tables: Iterable[TableDefinition]) -> Iterator[str]:
    """Generate the order of those columns that each of these tables has, for each of them."""
    names = [[column.name for column in table.columns] for table in tables]
    common = set(names[0]).intersection(*names)
    return (", ".join(name for name in each if name in common) for each in names)


def column_text(column: Column) -> str:
    """Write a column as a definition."""
    words = (
        column.type,
        "" if column.is_nullable else "NOT NULL",
        "" if column.default is None else f"DEFAULT {column.default}",
        column.extra.upper(),
        "" if column.generated is None else f"AS {column.generated}",
    )
    return " ".join(filter(None, words))


def index_text(index: Index) -> str:
    """Write an index as a definition."""
    kind = "" if index.kind in {None, "BTREE"} else index.kind
    words = ("UNIQUE" * index.is_unique, kind, f"({', '.join(index.parts)})", "IGNORED" * bool(index.is_ignored))
    return " ".join(filter(None, words))


def foreign_key_text(key: ForeignKey) -> str:
    """Write a foreign key as a definition."""
    columns, references = ", ".join(key.columns), ", ".join(key.references)
    return f"({columns}) REFERENCES {key.table} ({references}) ON UPDATE {key.on_update} ON DELETE {key.on_delete}"
