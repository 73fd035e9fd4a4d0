"""Finding the paths to the facts about shards and their databases, once the table of shards is known. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drift.core.errors import LayoutError
from drift.decode import synonyms
from drift.decode.layouts.layout import KEY, KEYED, WAY_ON, Layout, Path, Source, path_text
from drift.decode.layouts.names import find_names
from drift.decode.layouts.record_tables import Table, Tables, members_above
from drift.decode.synonyms import ranked

if TYPE_CHECKING:
    from drift.decode.layouts.nodes import Nodes


def add_fact_paths(layout: Layout, tables: Tables, nodes: Nodes) -> Layout:
    """Complete a layout with the paths to all other facts about shards and databases."""
    table = tables[layout.shards]
    database = layout.database or find_names(table, layout.data_node, nodes)[1]
    databases = layout.databases
    if databases is None:
        databases = _databases(table, database, tables)
    base = tables.get(databases) if databases is not None else None
    facts = _database_facts(table, database, databases, base)
    paths = {
        "shard_index": _integers(table, synonyms.SHARD_INDEX),
        "shard_status": first(table, synonyms.SHARD_STATUS),
        **facts,
        "database": database,
        "databases": databases,
    }
    given = {field: value for field in layout.__struct_fields__ if (value := getattr(layout, field)) is not None}
    return Layout(**paths | given)


def first(table: Table, words: tuple[str, ...]) -> Path | None:
    """Return the path to the member that matches the earliest of the words, or None."""
    return next(((*table.path, f".{member}") for member in ranked(table.members, words)), None)


# --- the databases themselves ---------------------------------------------------------------------------------------


def _databases(table: Table, database: Path | None, tables: Tables) -> Path | None:
    """Find the path to the databases' own records: above the shards, or in a table of their own."""
    if database is not None:
        depth = Source.of(database, table.path).depth
        if depth < len(table.path):
            return table.path[:depth]
    listed = (each.path for each in tables.values() if len(each) and each.names_a_database)
    declared = [path for path in listed if not _is_on_the_way(path, table.path)]
    outer = set(declared)
    declared = [path for path in declared if not any(path[:depth] in outer for depth in range(len(path)))]
    if len(declared) > 1:
        places = " and ".join(map(path_text, declared))
        raise LayoutError("more than one place could hold the databases", place=places, hint=WAY_ON)
    return declared[0] if declared else None


def _is_on_the_way(one: Path, other: Path) -> bool:
    shared = min(len(one), len(other))
    return one[:shared] == other[:shared]


def _database_facts(
    table: Table, database: Path | None, databases: Path | None, base: Table | None
) -> dict[str, Path | None]:
    """Find the paths to the facts about a database: in its own record, else in the records of its shards."""
    if databases is None:
        words = {
            "shard_mode": synonyms.SHARD_MODE,
            "shard_count": synonyms.SHARD_COUNT,
            "database_status": synonyms.DATABASE_STATUS[1:4],
        }
        return {role: first(table, synonyms) for role, synonyms in words.items()} if database else {}
    columns = base.members if base else members_above(table, len(databases))

    def member(words: tuple[str, ...]) -> Path | None:
        return next(((*databases, f".{name}") for name in ranked(columns, words)), None)

    above = database is not None and database[: len(databases)] == databases
    keyed = (*databases, KEY) if databases[-1:] == (KEYED,) else None
    return {
        "database_name": database if above else member(synonyms.DATABASE_NAME) or keyed,
        "shard_mode": member(synonyms.SHARD_MODE),
        "shard_count": member(synonyms.SHARD_COUNT),
        "database_status": member(synonyms.DATABASE_STATUS),
    }


def _integers(table: Table, words: tuple[str, ...]) -> Path | None:
    """Return the path to the first of these members with whole numbers, also as texts, or with nothing but nulls."""
    options = [(*table.path, f".{member}") for member in ranked(table.members, words)]
    return next((option for option in options if _are_integers(table, option)), None)


def _are_integers(table: Table, option: Path) -> bool:
    values = table.column(option)
    return any(map(_is_integer, values)) or all(value is None for value in values)


def _is_integer(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    return type(value) is int or (type(value) is str and value.strip().isdecimal())
