"""The other readings of a document that were considered, and the reason why each was not taken. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.decode.layouts.evidence import Considered
from drift.decode.layouts.layout import path_text
from drift.decode.layouts.names import find_names
from drift.decode.layouts.node_references import all_references, find_reference
from drift.decode.synonyms import is_about_others, is_container_of_nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.decode.layouts.layout import Layout
    from drift.decode.layouts.nodes import Nodes
    from drift.decode.layouts.record_tables import Table, Tables


def considered(layouts: tuple[Layout, ...], tables: Tables, nodes: Nodes) -> tuple[Considered, ...]:
    """List the other containers that might hold shards, and the other members that might refer to their data nodes."""
    taken = {layout.shards for layout in layouts}
    found = [
        Considered("shards", path_text(path), len(table), _reason(table, layouts, nodes))
        for path, table in tables.items()
        if path not in taken and len(table)
    ]
    for layout in layouts:
        found += _references(layout, tables[layout.shards], nodes)
    return tuple(sorted(found))


def _reason(table: Table, layouts: tuple[Layout, ...], nodes: Nodes) -> str:
    """Say why a table was not taken: the first reason that holds."""
    data_node = find_reference(table, nodes)
    is_above = any(layout.shards[: len(table.path)] == table.path for layout in layouts)
    reasons = (
        (any(table.path == layout.databases for layout in layouts), "its records are the databases"),
        (is_above, "its records hold the shards"),
        (any(is_about_others(step[1:]) for step in table.path), "its name says that it is about other things"),
        (is_container_of_nodes(table.container), "its name says that its records are data nodes"),
        (data_node is None, "nothing in its records refers to a data node"),
        (data_node and find_names(table, data_node, nodes)[0] is None, "no member of its records names a shard"),
    )
    otherwise = "the names in it are not numbered from their databases' as those that were taken are"
    return next((reason for holds, reason in reasons if holds), otherwise)


def _references(layout: Layout, table: Table, nodes: Nodes) -> Iterator[Considered]:
    if layout.data_node is None:
        return
    for path in all_references(table, nodes):
        if path != layout.data_node:
            yield Considered("data node", path_text(path), len(table), "it says the same as the one that was taken")
