"""Finding the reference of shards to their data nodes: a member of their own, or one above them. Pure."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from drift.decode import synonyms
from drift.decode.layouts.layout import KEY, KEYED, Path, base_of
from drift.decode.layouts.names import continues, find_names
from drift.decode.layouts.record_tables import Table, paths_to
from drift.decode.layouts.values import each

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.decode.layouts.nodes import Nodes


def find_reference(table: Table, nodes: Nodes) -> Path | None:
    """Find the member of the shards, or the key or member above them, that refers to a data node.

    Where both say the same of every shard, it is the one above: what stands beside it tells of the data node, unless
    it is the database that is named there.
    """
    own, above = next(_own(table, nodes), None), next(_above(table, nodes), None)
    if own and above and each(nodes.find, table.column(own)) == each(nodes.find, table.column(above)):
        name, database = find_names(table, above, nodes)
        is_beside = name and database and base_of(database) == base_of(above) and continues(table, name, database)
        return own if is_beside else above
    return own or above or next(_by_value(table, nodes), None)


def all_references(table: Table, nodes: Nodes) -> list[Path]:
    """List all members and keys, in or above the shards, that refer to data nodes."""
    return list(dict.fromkeys([*_own(table, nodes), *_above(table, nodes), *_by_value(table, nodes)]))


def _own(table: Table, nodes: Nodes) -> Iterator[Path]:
    """Yield the members of the shards that are called as references and refer to data nodes, or the shards that do."""
    values = [table.path] if table.path[-1] == KEYED else []
    return _referring(table, len(table.path), values, synonyms.DATA_NODE_REFERENCE, nodes)


def _above(table: Table, nodes: Nodes) -> Iterator[Path]:
    """Yield what refers to data nodes above the shards, nearest first."""
    return chain.from_iterable(references_at(table, depth, nodes) for depth in range(len(table.path) - 1, 0, -1))


def references_at(table: Table, depth: int, nodes: Nodes) -> Iterator[Path]:
    """Yield the keys and members that refer to data nodes, `depth` steps below the root on the path to the records."""
    keys = [(*table.path[:depth], KEY)] if table.path[depth - 1] == KEYED else []
    return _referring(table, depth, keys, synonyms.DATA_NODE_REFERENCE + synonyms.DATA_NODE_NAME, nodes)


def _referring(table: Table, depth: int, options: list[Path], words: tuple[str, ...], nodes: Nodes) -> Iterator[Path]:
    """Yield what refers to data nodes: of the options, and of members among the words or the ids and names in these."""
    for path in paths_to(table.path[:depth], table.members_at(depth), words):
        inner = frozenset(key for value in table.column(path) if type(value) is dict for key in value)
        options += [path, *paths_to(path, inner, synonyms.DATA_NODE_ID + synonyms.DATA_NODE_NAME)]
    return (option for option in options if any(map(nodes.find, table.distinct(option))))


def _by_value(table: Table, nodes: Nodes) -> Iterator[Path]:
    """Yield the members of any name with texts that refer to data nodes; a number could be anything."""
    paths = ((*table.path, f".{member}") for member in sorted(table.members))
    return (path for path in paths if any(map(nodes.find, table.texts(path))))
