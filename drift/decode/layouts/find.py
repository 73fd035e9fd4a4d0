"""Finding the layout of a payload by strong evidence. Pure.

A shard is a record that has a name and refers to a known data node, by a member of its own or by its place under that
data node. What is found is only a hypothesis, which `weighing` judges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.core.errors import LayoutError
from drift.core.member_names import plain
from drift.decode import synonyms
from drift.decode.layouts.fact_paths import add_fact_paths, first
from drift.decode.layouts.layout import KEY, KEYED, WAY_ON, Layout, Path, path_text
from drift.decode.layouts.names import find_names
from drift.decode.layouts.node_references import find_reference, own_references
from drift.decode.layouts.record_tables import beginnings_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from drift.decode.layouts.nodes import Nodes
    from drift.decode.layouts.record_tables import Table, Tables

_TYPICAL: Final = synonyms.SHARDS_ALONE | frozenset(synonyms.ONLY_OF_DATABASES)


def find(tables: Tables, nodes: Nodes) -> tuple[Layout, ...]:
    """Find the layouts of a document's shards: mostly one, none if the document explicitly has no shards.

    Raises LayoutError if there is no reading.
    """
    found = {table.path: layout for table in tables.values() if (layout := _of_shards(table, nodes))}
    # What holds lists of shards is no shard.
    outer = {path[:-2] for path, table in tables.items() if table.container in synonyms.SHARDS}
    outer |= beginnings_of(path[:-1] for path in found)
    layouts = [layout for path, layout in found.items() if path not in outer]
    return tuple(add_fact_paths(layout, tables, nodes) for layout in layouts) or _empty(tables, nodes)


def _of_shards(table: Table, nodes: Nodes) -> Layout | None:
    """Return the paths to the names and data nodes of a table's records, if these may be shards."""
    if list in table.kinds or _is_about_others(table) or _is_called_nodes(table):
        return None
    data_node = find_reference(table, nodes)
    name, database = find_names(table, data_node, nodes) if data_node else (None, None)
    if name is None or data_node is None:
        return None
    is_own = len(data_node) > len(table.path) and data_node[: len(table.path)] == table.path
    if not (is_own or table.firsts(name) or _would_hold_shards(table)):
        return None
    return Layout(shards=table.path, shard_name=name, data_node=data_node, database=database)


def _is_called_nodes(table: Table) -> bool:
    """Whether the container's name is one for data nodes, whose records have a known id and a name as shards do."""
    return table.path[-2:-1] != (KEYED,) and synonyms.is_container_of_nodes(table.container)


# --- nothing but empty lists ----------------------------------------------------------------------------------------


def _empty(tables: Tables, nodes: Nodes) -> tuple[Layout, ...]:
    """Find the layout of a document whose containers of shards are empty. Raises LayoutError if it has none.

    If it lists databases, it must have empty lists of shards for them. In a document without records, one empty list
    is enough.
    """
    filled = [t for t in tables.values() if len(t) and (t.names_a_database or not _is_about_others(t))]
    vacant = [table for table in tables.values() if not len(table) and _would_hold_shards(table)]
    ways = beginnings_of(table.path for table in vacant)
    databases = [table for table in filled if _holds_databases(table, ways) and not _path_to_nodes(table, nodes)]
    paths = {table.path for table in databases}
    databases = [table for table in databases if beginnings_of([table.path[:-1]]).isdisjoint(paths)]
    if len(databases) > 1:
        places = " and ".join(path_text(each.path) for each in databases)
        raise LayoutError("more than one place could hold the databases", place=places, hint=WAY_ON)
    if databases and vacant:
        return (_of_empty(databases[0], vacant, filled, tables, nodes),)
    if filled:
        raise LayoutError(
            "no shard is recognised: no record has both a name and a reference to a known data node",
            place="the payload",
            hint=WAY_ON,
        )
    return tuple(Layout(shards=table.path) for table in vacant if table.container in synonyms.SHARDS_ALONE)


def _is_about_others(table: Table) -> bool:
    return any(synonyms.is_about_others(step[1:]) for step in table.path)


def _would_hold_shards(table: Table) -> bool:
    return table.container in synonyms.SHARDS or table.path[-2:-1] == (KEYED,)


def _holds_databases(table: Table, ways: Collection[Path]) -> bool:
    """Whether records have names, and are databases by their container, their members or their empty lists."""
    if table.names_a_database or _is_about_others(table):
        return table.names_a_database and not _is_about_others(table)
    if table.path[-1] == KEYED:
        return not _TYPICAL.isdisjoint(map(plain, table.members))
    return table.path in ways and first(table, synonyms.DATABASE_NAME) is not None


def _path_to_nodes(table: Table, nodes: Nodes) -> Path | None:
    """Find the path to the ids of a table's records, if the records are data nodes."""
    key = (*table.path, KEY)
    if table.path[-1] == KEYED and all(map(nodes.find, table.distinct(key))):
        return key
    return next(own_references(table, nodes), None)


def _of_empty(table: Table, vacant: list[Table], filled: list[Table], tables: Tables, nodes: Nodes) -> Layout:
    """Return the layout that leads to databases whose lists of shards are all empty."""
    below = [each.path for each in vacant if each.path[: len(table.path)] == table.path]
    shards = next(iter(below), vacant[0].path)
    name = first(table, synonyms.DATABASE_NAME) or (*table.path, KEY)
    above = (_path_to_nodes(each, nodes) for each in filled if shards[: len(each.path)] == each.path)
    layout = Layout(
        shards=shards,
        data_node=next(filter(None, above), None),
        databases=table.path,
        database=name if below else None,
        database_name=name,
    )
    return add_fact_paths(layout, tables, nodes)
