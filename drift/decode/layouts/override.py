"""A user's layout: checked against a payload, and completed with the paths that it leaves open. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.core.errors import LayoutError
from drift.decode.layouts.fact_paths import add_fact_paths, add_shard_paths
from drift.decode.layouts.layout import OF_DATABASES, OF_SHARDS, Layout, Path, path_text
from drift.decode.layouts.node_references import all_references
from drift.decode.layouts.values import each

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drift.decode.layouts.nodes import Nodes
    from drift.decode.layouts.record_tables import Table, Tables


def complete(layout: Layout, tables: Tables, nodes: Nodes) -> Layout:
    """Complete a user's layout: find the paths that it leaves open as for any payload.

    Raises LayoutError if a given path leads to nothing, or if an open one can't be found.
    """
    wanted = {"shards": layout.shards}
    if layout.databases is not None and layout.shards[: len(layout.databases)] != layout.databases:
        wanted["databases"] = layout.databases
    for role, path in wanted.items():
        if path not in tables or not tables[path].chunks:
            raise _nothing(role, path, tables)
    table = tables[layout.shards]
    _refuse_vain_paths(layout, OF_SHARDS, table, tables)
    try:
        completed = add_fact_paths(_with_shard_paths(layout, table, nodes), tables)
        completed.check()
    except ValueError as error:
        raise LayoutError(
            f"the paths of [layout] don't fit together: {error}",
            place=path_text(layout.shards),
            hint="Give `databases` as well, the path to the records of the databases",
        ) from error
    _refuse_vain_paths(layout, OF_DATABASES, tables.get(completed.databases or (), table), tables)
    return completed


def _nothing(role: str, path: Path, tables: Tables) -> LayoutError:
    others = ", ".join(path_text(each) for each, table in tables.items() if table.chunks and each != path)
    return LayoutError(
        f"there is nothing at the path that [layout] gives for {role}",
        place=path_text(path),
        hint=f"Compare it with the payload; records are at: {others or 'none of the given paths'}",
    )


def _with_shard_paths(layout: Layout, table: Table, nodes: Nodes) -> Layout:
    """Complete the layout with the paths to names and data nodes, which every shard must have."""
    completed = add_shard_paths(layout, table, nodes)
    data_node, name = completed.data_node, completed.shard_name
    if len(table) and (data_node is None or name is None):
        missing = "data_node" if data_node is None else "shard_name"
        raise LayoutError(
            f"no member is recognised as the {missing.replace('_', ' ')} of these shards",
            place=path_text(layout.shards),
            hint=f"Give `{missing}` under [layout] in drift.toml as well",
        )
    if data_node is not None and nodes.by_id and len(table) and not any(map(nodes.find, table.distinct(data_node))):
        raise LayoutError(
            "nothing there refers to a data node that the export lists",
            place=path_text(data_node),
            hint="Give the path to the shards' data nodes as `data_node` under [layout] in drift.toml",
        )
    if data_node is not None and layout.data_node is None:
        _refuse_rivals(table, data_node, nodes)
    return completed


def _refuse_rivals(table: Table, data_node: Path, nodes: Nodes) -> None:
    """Refuse another reference that says anything else of the shards than the one that was found."""
    found = each(nodes.find, table.column(data_node))
    for rival in all_references(table, nodes):
        if each(nodes.find, table.column(rival)) != found:
            raise LayoutError(
                f"it and {path_text(rival)} refer to different data nodes; either could be the shards'",
                place=path_text(data_node),
                hint="Give `data_node` under [layout] in drift.toml as well",
            )


def _refuse_vain_paths(layout: Layout, roles: Iterable[str], records: Table, tables: Tables) -> None:
    """Refuse a given path that no record has a value at: it is misspelt, or the payload has changed."""
    for role in roles if len(records) else ():
        path = getattr(layout, role)
        is_member = (
            path is not None and path[:-1] == records.path and path[-1][1:] in records.members
        )  # if only as null
        if path is not None and not is_member and all(value is None for value in records.column(path)):
            raise _nothing(role, path, tables)
