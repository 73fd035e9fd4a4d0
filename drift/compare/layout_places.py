"""What the layout of a snapshot has places for. Pure."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Final

import msgspec

from drift.core.sources import source_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from drift.compare.attributes import Path
    from drift.core.model import DataNode, Snapshot

_NO_LAYOUT: Final = "[]"
# The members down to a list, an object that is keyed by data nodes, or one data node with its reference.
_TO_NODES: Final = r"(\w+(?:\.\w+)*?)(?:\[\]\.|\{\}(?:@key$|\.)|\.\w+$)"


class Places(msgspec.Struct, frozen=True):
    """The roles that each of a snapshot's layouts has a path for, and those that only some have."""

    roles: frozenset[str]
    partly: frozenset[str]


def _layouts(snapshot: Snapshot) -> list[dict[str, str]]:
    """Return the layouts of a snapshot; none if it has none that drift wrote."""
    try:
        return msgspec.json.decode(snapshot.layout or _NO_LAYOUT, type=list[dict[str, str]])
    except msgspec.DecodeError:
        return []


def ways_to_nodes(*snapshots: Snapshot) -> frozenset[Path]:
    """Return the ways from databases' records to the data nodes that their shards stand below, in any layout."""
    ways = (_way_to_nodes(layout) for snapshot in snapshots for layout in _layouts(snapshot))
    return frozenset(filter(None, ways))


def paths_to_empty(snapshot: Snapshot) -> set[str]:
    """Return the paths to databases in a snapshot that has some without shards."""
    if all(database.shards for database in snapshot.databases):
        return set()
    return {_path_to_databases(layout) for layout in _layouts(snapshot)}


def _path_to_databases(layout: Mapping[str, str]) -> str:
    """Return the paths to databases and their names; from data nodes on, where databases stand below these."""
    databases, nodes = layout.get("databases", ""), _path_to_nodes(layout)
    is_below = len(nodes) > 1 and databases != nodes and databases.startswith(nodes)
    below = (layout.get(role, "").removeprefix(nodes) for role in ("shards", "database_name"))
    return " ".join(below) if is_below else f"{databases} {layout.get('database_name', '')}"


def places_of(snapshot: Snapshot, empty: Collection[str]) -> Places | None:
    """Return the places of a snapshot's layouts; None if it has no layout that drift wrote.

    An export without any shards or databases has a place for these, and for nothing that stands in their layout.
    """
    if snapshot.layout == _NO_LAYOUT and not snapshot.databases and source_of(snapshot.source).has_undocumented:
        return Places(frozenset({"database_name"}), frozenset())
    each = [_roles(layout, empty) for layout in _layouts(snapshot)]
    roles = frozenset.intersection(*each) if each else frozenset()
    return Places(roles, frozenset().union(*each) - roles) if any(each) else None


def _roles(layout: Mapping[str, str], empty: Collection[str]) -> frozenset[str]:
    """Return the roles that a layout has a path for.

    One that leads to a single database, as the root or by a member above data nodes, can name no other. A member's name
    above shards may be one of several keys. A layout may leave out a database without shards, unless one was seen at
    its path: `empty` are the paths where such may have been seen, on either side.
    """
    databases, data_node = layout.get("databases"), layout.get("data_node", "")
    is_above_nodes = not data_node.startswith(layout.get("shards", ""))
    names_one = databases is not None and not {"[", "{"} & set(databases) and (databases == "$" or is_above_nodes)
    return frozenset(layout) - ({"database_name"} if names_one or _path_to_databases(layout) not in empty else set())


def without_records(snapshot: Snapshot) -> list[DataNode]:
    """Return the data nodes without shards, if a layout has the shards below the data nodes' own records.

    An export may leave out such a data node there: then only the list of data nodes tells of it.
    """
    if not any(map(_has_nodes_above, _layouts(snapshot))):
        return []
    used = {shard.data_node_id for shard in chain.from_iterable(database.shards for database in snapshot.databases)}
    return [node for node in snapshot.data_nodes if node.id not in used]


def _has_nodes_above(layout: Mapping[str, str]) -> bool:
    """Whether a layout has records of data nodes above the shards, and not inside those of databases."""
    nodes, shards, databases = _path_to_nodes(layout), layout.get("shards", ""), layout.get("databases", "")
    is_above = len(nodes) > 1 and nodes != shards and shards.startswith(nodes)
    return is_above and databases != "$" and not (databases and nodes.startswith(databases))


def _path_to_nodes(layout: Mapping[str, str]) -> str:
    """Return the path to the records with the references to data nodes."""
    data_node = layout.get("data_node", "")
    return data_node[: max(data_node.rfind("[]"), data_node.rfind("{}")) + 2]


def _way_to_nodes(layout: Mapping[str, str]) -> Path:
    """Return the members that lead from a database's record to the data nodes with its shards; none if it has none."""
    databases = layout.get("databases", "")
    base = "" if databases == "$" else f"{databases}."
    reference, shards = layout.get("data_node", ""), layout.get("shards", "")
    match = re.match(_TO_NODES, reference.removeprefix(base)) if databases and reference.startswith(base) else None
    if match is None:
        return ()
    rest = shards.removeprefix(base + match[1])
    is_above = rest != shards and rest[:1] in {"[", "{", "."} and rest not in {"[]", "{}"}
    return tuple(match[1].split(".")) if is_above else ()
