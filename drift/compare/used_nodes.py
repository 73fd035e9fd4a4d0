"""Data nodes in the attributes of a database that has its shards below them: they come and go with these. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drift.compare.attributes import decoded, is_id
from drift.core.model import canonical_json

if TYPE_CHECKING:
    from drift.compare.attributes import Path
    from drift.core.model import Database


def with_unused(own: Database, other: Database, way: Path) -> str:
    """Return a database's attributes with those of data nodes that it has no shards on, but the other side has.

    `way` are the members that lead to the data nodes.
    """
    if own.attributes == other.attributes:
        return own.attributes
    used = frozenset(shard.data_node_id for shard in own.shards)
    mine = decoded(own.attributes)
    value = _with_unused(mine, decoded(other.attributes), way, used)
    return own.attributes if value == mine else canonical_json(value)


def _with_unused(own: Any, other: Any, way: Path, used: frozenset[str]) -> Any:  # noqa: ANN401 - any JSON values
    """Go the way in both values, and return the own one with what is there of data nodes that it has no shards on."""
    if not way:
        return _filled(own, other, used)
    if type(own) is not dict or type(other) is not dict or way[0] not in other:
        return own
    inner = _with_unused(own.get(way[0], type(other[way[0]])()), other[way[0]], way[1:], used)
    return {**own, way[0]: inner} if inner or way[0] in own else own


def _filled(own: Any, other: Any, used: frozenset[str]) -> Any:  # noqa: ANN401 - any JSON values
    """Add the data nodes that are not used: to a list, or an object by their keys. Of two that differ, take one."""
    if type(own) is dict and type(other) is dict:
        ids = _identity(own), _identity(other)
        if all(ids) and ids[0] != ids[1]:  # the records of two data nodes have nothing to be compared by
            return own if ids[0] < ids[1] else other
        return {key: item for key, item in other.items() if key not in used} | own
    if type(own) is list and type(other) is list:
        known = used | set(map(_identity, own))
        added = [item for item in other if _identity(item) not in known]
        return sorted([*own, *added], key=lambda item: (_identity(item), canonical_json(item))) if added else own
    return own


def _identity(item: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return the id of a data node in a list, or an empty text."""
    members = sorted(item.items()) if type(item) is dict else ()
    return next((value for key, value in members if is_id(key) and type(value) is str), "")
