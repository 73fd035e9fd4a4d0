"""Finding the layout of a payload by strong evidence. Pure.

A shard is a record that has a name and refers to a known data node, by a member of its own or by its place under that
data node. What is found is only a hypothesis, which the evidence has to bear out.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from drift.core.errors import LayoutError
from drift.decode import synonyms
from drift.decode.layouts.fact_paths import add_fact_paths, add_shard_paths, list_of_databases, lists_databases
from drift.decode.layouts.layout import KEYED, WAY_ON, Layout, Path, path_text
from drift.decode.layouts.node_references import find_reference, references_at
from drift.decode.layouts.record_tables import beginnings_of

if TYPE_CHECKING:
    from drift.decode.layouts.nodes import Nodes
    from drift.decode.layouts.record_tables import Table, Tables

_MOST_PLACES: Final = 100  # each is looked at beside all others


def find(tables: Tables, nodes: Nodes) -> tuple[Layout, ...]:
    """Find the layouts of a document's shards: mostly one, none if the document explicitly has no shards.

    Raises LayoutError if there is no reading.
    """
    found = {table.path: layout for table in tables.values() if (layout := _of_shards(table, nodes))}
    # What holds lists of shards is no shard.
    outer = {path[:-2] for path, table in tables.items() if table.container in synonyms.SHARDS}
    outer |= beginnings_of(path[:-1] for path in found)
    layouts = [layout for path, layout in found.items() if path not in outer]
    if len(layouts) > _MOST_PLACES:
        raise LayoutError(
            f"more than one place could hold the shards: {len(layouts):,} look alike",
            place=path_text(layouts[0].shards),
            hint=WAY_ON,
        )
    return tuple(add_fact_paths(layout, tables) for layout in layouts) or _empty(tables, nodes)


def _of_shards(table: Table, nodes: Nodes) -> Layout | None:
    """Return the paths to the names and data nodes of a table's records, if these may be shards."""
    # The records of data nodes have a known id and a name as shards do.
    is_of_nodes = table.path[-2:-1] != (KEYED,) and synonyms.is_container_of_nodes(table.container)
    if is_of_nodes or _is_about_others(table):
        return None
    data_node = find_reference(table, nodes)
    if data_node is None:
        return None
    layout = add_shard_paths(Layout(shards=table.path, data_node=data_node), table, nodes)
    name = layout.shard_name
    is_own = len(data_node) > len(table.path) and data_node[: len(table.path)] == table.path
    return layout if name and (is_own or table.firsts(name) or _would_hold_shards(table)) else None


def _empty(tables: Tables, nodes: Nodes) -> tuple[Layout, ...]:
    """Find the layout of a document whose containers of shards are empty. Raises LayoutError if it has none.

    If it lists databases, it must have empty lists of shards for them. In a document without records, one empty list
    is enough.
    """
    empty = [table for table in tables.values() if not len(table)]
    vacant = [table for table in empty if _would_hold_shards(table)]
    filled = [t for t in tables.values() if len(t) and (lists_databases(t) or not _is_about_others(t))]
    others = (table for table in filled if not _is_about_others(table) and not _are_data_nodes(table, nodes))
    databases = list_of_databases(others)
    options = vacant or [table for table in empty if synonyms.is_container_of_nodes(table.container)]
    below = [table for table in options if databases is not None and table.path[: len(databases)] == databases]

    def layout_of(table: Table, databases: Path | None = None) -> Layout:
        above = (each for each in filled if table.path[: len(each.path)] == each.path)
        nodes_at = chain.from_iterable(references_at(each, len(each.path), nodes) for each in above)
        return Layout(shards=table.path, data_node=next(nodes_at, None), databases=databases)

    if databases is not None and (below or vacant):
        layout = add_fact_paths(layout_of((below or vacant)[0], databases), tables)
        return (layout.completed(database=layout.database_name if below else None),)
    if not all(synonyms.is_container_of_nodes(table.container) for table in filled):
        raise LayoutError(
            "no shard is recognised: no record has both a name and a reference to a known data node",
            place="the payload",
            hint=WAY_ON,
        )
    is_known = synonyms.SHARDS_ALONE | (synonyms.DATA_NODES if filled else frozenset())
    return tuple(layout_of(table) for table in vacant if table.container in is_known)


def _are_data_nodes(table: Table, nodes: Nodes) -> bool:
    """Whether records of listed data nodes stand where such records do; they may count shards, as databases do."""
    is_of_nodes = synonyms.is_container_of_nodes(table.container)
    return is_of_nodes and next(references_at(table, len(table.path), nodes), None) is not None


def _is_about_others(table: Table) -> bool:
    return any(synonyms.is_about_others(step[1:]) for step in table.path)


def _would_hold_shards(table: Table) -> bool:
    return table.container in synonyms.SHARDS or table.path[-2:-1] == (KEYED,)
