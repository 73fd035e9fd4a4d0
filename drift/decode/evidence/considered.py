"""The other readings of a document that were considered, and the reason why each was not taken. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.decode.evidence.kinds import Considered
from drift.decode.layouts.layout import path_text
from drift.decode.layouts.node_references import all_references, find_reference
from drift.decode.synonyms import is_about_others, is_container_of_nodes

if TYPE_CHECKING:
    from drift.decode.layouts.layout import Layout
    from drift.decode.layouts.nodes import Nodes
    from drift.decode.layouts.record_tables import Table, Tables


def considered(layouts: tuple[Layout, ...], tables: Tables, nodes: Nodes) -> tuple[Considered, ...]:
    """List the other containers that might hold shards, and the other members that might refer to their data nodes."""
    found = [
        Considered("shards", path_text(path), len(table), _reason(table, layouts, nodes))
        for path, table in tables.items()
        if len(table) and all(path != layout.shards for layout in layouts)
    ]
    for layout in layouts:
        table = tables[layout.shards]
        found += (
            Considered("data node", path_text(path), len(table), "it says the same as the one that was taken")
            for path in all_references(table, nodes)
            if layout.data_node not in {None, path}
        )
    return tuple(sorted(found))


def _reason(table: Table, layouts: tuple[Layout, ...], nodes: Nodes) -> str:
    """Say why a table was not taken: the first reason that holds."""
    if any(table.path == layout.databases for layout in layouts):
        return "its records are the databases"
    if any(layout.shards[: len(table.path)] == table.path for layout in layouts):
        return "its records hold the shards"
    if any(is_about_others(step[1:]) for step in table.path):
        return "its name says that it is about other things"
    if is_container_of_nodes(table.container):
        return "its name says that its records are data nodes"
    if find_reference(table, nodes) is None:
        return "nothing in its records refers to a data node"
    return "no member of its records names a shard"
