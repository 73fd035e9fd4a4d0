"""Finding the paths that a layout leaves open, once the table of shards is known. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.core.errors import LayoutError
from drift.decode import synonyms
from drift.decode.layouts.layout import KEY, KEYED, WAY_ON, Layout, Path, Source, path_text
from drift.decode.layouts.names import find_names
from drift.decode.layouts.node_references import find_reference
from drift.decode.layouts.record_tables import Table, Tables, beginnings_of, paths_to

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drift.decode.layouts.nodes import Nodes


def add_shard_paths(layout: Layout, table: Table, nodes: Nodes) -> Layout:
    """Complete a layout with the paths to the shards' names, databases and data nodes, as far as they are found."""
    data_node = layout.data_node or find_reference(table, nodes)
    name, database = find_names(table, data_node, nodes)
    return layout.completed(data_node=data_node, shard_name=name, database=database)


def add_fact_paths(layout: Layout, tables: Tables) -> Layout:
    """Complete a layout with the paths to all other facts about shards and databases."""
    table, database = tables[layout.shards], layout.database
    databases = layout.databases
    if databases is None:
        databases = _databases(table, database, tables)
    base = table.path if databases is None else databases
    members = tables[base].members if base in tables else table.members_at(len(base))

    def member(words: tuple[str, ...]) -> Path | None:
        return next(iter(paths_to(base, members, words)), None)

    # In the records of shards, the first and last of the words for a status tell of the shards themselves.
    statuses = synonyms.DATABASE_STATUS if databases is not None else synonyms.DATABASE_STATUS[1:-1]
    facts = {
        "shard_mode": member(synonyms.SHARD_MODE),
        "shard_count": member(synonyms.SHARD_COUNT),
        "database_status": member(statuses),
    }
    if databases is not None:
        is_above = database is not None and database[: len(databases)] == databases
        key = (*databases, KEY) if databases[-1:] == (KEYED,) else None
        facts["database_name"] = database if is_above else member(synonyms.DATABASE_NAME) or key
    indexes = (path for path in paths_to(table.path, table.members, synonyms.SHARD_INDEX) if _has_integers(table, path))
    return layout.completed(
        databases=databases,
        shard_index=next(indexes, None),
        shard_status=next(iter(paths_to(table.path, table.members, synonyms.SHARD_STATUS)), None),
        **facts,
    )


def _databases(table: Table, database: Path | None, tables: Tables) -> Path | None:
    """Find the path to the databases' own records: above the shards, or in a table of their own."""
    depth = len(table.path) if database is None else Source.of(database, table.path).depth
    if depth < len(table.path):
        return table.path[:depth]
    return list_of_databases(each for each in tables.values() if not _is_on_the_way(each.path, table.path))


def list_of_databases(tables: Iterable[Table]) -> Path | None:
    """Find the path to the records of databases, or None; within these, there are no others.

    Raises LayoutError if there are several.
    """
    every = {table.path for table in tables if len(table) and lists_databases(table)}
    found = [path for path in every if beginnings_of([path[:-1]]).isdisjoint(every)]
    if len(found) > 1:
        places = " and ".join(map(path_text, found))
        raise LayoutError("more than one place could hold the databases", place=places, hint=WAY_ON)
    return found[0] if found else None


def lists_databases(table: Table) -> bool:
    """Whether the records of a table are databases, by their members and by their container's name."""
    if table.container in synonyms.NO_SHARDS:
        return False
    named = synonyms.ranked(table.members, synonyms.DATABASE_NAME) or table.path[-1] == KEYED
    typical = synonyms.ranked(table.members, synonyms.ONLY_OF_DATABASES)
    return bool(named and (typical or table.container in synonyms.DATABASES - synonyms.DATA_NODES))


def _is_on_the_way(one: Path, other: Path) -> bool:
    shared = min(len(one), len(other))
    return one[:shared] == other[:shared]


def _has_integers(table: Table, path: Path) -> bool:
    """Whether the first value at a path is a whole number, also as a text, or there are nothing but nulls."""
    value = next((value for value in table.column(path) if value is not None), 0)
    return type(value) is int or (type(value) is str and value.strip().isdecimal())
