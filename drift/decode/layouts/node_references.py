"""Finding the reference of shards to their data nodes: a member of their own, or one above them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drift.decode import synonyms
from drift.decode.layouts.layout import KEY, KEYED, Path, base_of
from drift.decode.layouts.names import continues, find_names
from drift.decode.layouts.record_tables import Table, dig, members_above, places_above
from drift.decode.layouts.values import each
from drift.decode.synonyms import ranked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drift.decode.layouts.nodes import Nodes


def find_reference(table: Table, nodes: Nodes) -> Path | None:
    """Find the member of the shards, or the key or member above them, that refers to a data node.

    Where both say the same of every shard, it is the one above: what stands beside it tells of the data node, unless
    it is the database that is named there.
    """
    own, above = next(own_references(table, nodes), None), next(_above(table, nodes), None)
    if own and above and each(nodes.find, table.column(own)) == each(nodes.find, table.column(above)):
        name, database = find_names(table, own, nodes)
        if name is None or database is None or base_of(database) != base_of(above):
            return above
        is_of_node = any(map(nodes.named, table.distinct(database)))
        return above if is_of_node or not continues(table, name, database) else own
    return own or above or next(_by_value(table, nodes), None)


def all_references(table: Table, nodes: Nodes) -> list[Path]:
    """List all members and keys, in or above the shards, that refer to data nodes."""
    return list(dict.fromkeys([*own_references(table, nodes), *_above(table, nodes), *_by_value(table, nodes)]))


def own_references(table: Table, nodes: Nodes) -> Iterator[Path]:
    """Yield the members of the shards that are called as references and refer to data nodes."""
    if table.path[-1] == KEYED and _refers(table, table.path, nodes):
        yield table.path
    for member in ranked(table.members, synonyms.DATA_NODE_REFERENCE):
        path = (*table.path, f".{member}")
        yield from (way for way in _ways(path, table.column(path)) if _refers(table, way, nodes))


def _above(table: Table, nodes: Nodes) -> Iterator[Path]:
    """Yield what refers to data nodes above the shards, nearest first."""
    for depth in range(len(table.path) - 1, 0, -1):
        path = table.path[:depth]
        options = [(*path, KEY)] if path[-1] == KEYED else []
        records = [place.value for place in places_above(table, depth)]
        for member in ranked(members_above(table, depth), synonyms.DATA_NODE_REFERENCE + synonyms.DATA_NODE_NAME):
            options += _ways((*path, f".{member}"), [dig(record, (member,)) for record in records])
        yield from (option for option in options if _refers(table, option, nodes))


def _by_value(table: Table, nodes: Nodes) -> Iterator[Path]:
    """Yield the members of any name with texts that refer to data nodes; a number could be anything."""
    paths = ((*table.path, f".{member}") for member in sorted(table.members))
    return (path for path in paths if any(map(nodes.find, table.texts(path))))


def _ways(path: Path, values: Iterable[Any]) -> Iterator[Path]:
    """Yield the path of a member and, if it holds an object, those of that object's id and name."""
    yield path
    inner = {key for value in values if type(value) is dict for key in value}
    yield from ((*path, f".{key}") for key in ranked(inner, synonyms.DATA_NODE_ID + synonyms.DATA_NODE_NAME))


def _refers(table: Table, path: Path, nodes: Nodes) -> bool:
    return any(map(nodes.find, table.distinct(path)))
