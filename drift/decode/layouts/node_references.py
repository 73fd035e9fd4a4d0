"""Finding the reference of shards to their data nodes: a member of their own, or one above them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drift.core.errors import LayoutError
from drift.core.member_names import plain
from drift.decode import synonyms
from drift.decode.layouts.layout import EACH, KEY, KEYED, WAY_ON, Path, is_member_name, path_text
from drift.decode.layouts.record_tables import Table, ancestor, dig, members_above
from drift.decode.layouts.shard_names import continues, shard_name
from drift.decode.layouts.values import each
from drift.decode.synonyms import ranked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from drift.decode.layouts.nodes import Nodes


def direct_reference(table: Table, nodes: Nodes) -> Path | None:
    """Find the member, or the key or member above, that is called as a reference and refers to a data node.

    Where both say the same of every shard, it is the one above: what stands beside it tells of the data node.
    """
    own, above = own_reference(table, nodes), reference_above(table, nodes)
    if own and above and each(nodes.find, table.column(own)) == each(nodes.find, table.column(above)):
        return above
    return own or above


def own_reference(table: Table, nodes: Nodes) -> Path | None:
    """Find the member of the shards that refers to a data node."""
    return next(iter(_own(table, nodes)), None)


def reference_above(table: Table, nodes: Nodes) -> Path | None:
    """Find the key or member above the shards that refers to a data node.

    Of several, it is the one that refers most often and names no database.
    """
    return next(iter(_above(table, nodes)), None)


def reference_by_value(table: Table, nodes: Nodes) -> Path | None:
    """Find the member, of any name, with texts that refer to data nodes; a number could be anything."""
    return next(iter(_by_value(table, nodes)), None)


def other_references(table: Table, taken: Path, nodes: Nodes) -> list[Path]:
    """List the other members and keys, in or above the shards, that refer to data nodes."""
    found = dict.fromkeys([*_own(table, nodes), *_above(table, nodes), *_by_value(table, nodes)])
    return [path for path in found if path != taken]


def refuse_rivals(table: Table, data_node: Path, nodes: Nodes) -> None:
    """Refuse another reference that places shards on a different data node. Raises LayoutError."""
    taken = each(nodes.hinted, table.column(data_node))
    for rival in other_references(table, data_node, nodes):
        if rival[:-1] == table.path and plain(rival[-1][1:]) in synonyms.DATABASE_NAME:
            continue  # data nodes may have the names of databases
        for position, (one, other) in enumerate(zip(taken, each(nodes.hinted, table.column(rival)), strict=True)):
            if one and other and one != other:
                raise LayoutError(
                    f"{_last(data_node)} and {_last(rival)} refer to different data nodes; either could be the shard's",
                    place=str(table.place_of(position)),
                    hint=WAY_ON,
                )


def _own(table: Table, nodes: Nodes) -> list[Path]:
    if table.path[-1] == KEYED and _refers(table, table.path, nodes):
        return [table.path]
    options = [
        (*table.path, *members)
        for member in ranked(table.members, synonyms.DATA_NODE_REFERENCE)
        for members in _reference_members(table.column((*table.path, f".{member}")), member)
    ]
    return [option for option in options if _refers(table, option, nodes) and not _names_shards(table, option)]


def _above(table: Table, nodes: Nodes) -> list[Path]:
    shares = {option: _share_referring(table, option, nodes) for option in _options_above(table)}
    values = {option: share for option, share in shares.items() if share and not is_member_name(option)}
    shares = values or {option: share for option, share in shares.items() if share}
    most = max(shares.values(), default=0)
    options = [option for option, share in shares.items() if share == most]
    name = shard_name(table, nodes, None) if len(options) > 1 or any(map(_is_in_databases, options)) else None
    return [option for option in options if name is None or not continues(table, name, option)]


def _by_value(table: Table, nodes: Nodes) -> list[Path]:
    options: list[Path] = [(*table.path, f".{member}") for member in sorted(table.members)]
    return [option for option in options if any(map(nodes.find, table.texts(option)))]


def _last(path: Path) -> str:
    """Shorten a path for a message: to its last member, or not at all if it leads to a key."""
    return path_text(path if path[-1] == KEY else path[-1:])


def _reference_members(values: Sequence[Any], member: str) -> Iterator[Path]:
    """List the member itself and, if it holds an object, that object's id and name."""
    yield (f".{member}",)
    if dict not in set(map(type, values)):
        return
    inner = {key for value in values if type(value) is dict for key in value}
    for key in ranked(inner, synonyms.DATA_NODE_ID + synonyms.DATA_NODE_NAME):
        yield f".{member}", f".{key}"


def _refers(table: Table, option: Path, nodes: Nodes) -> bool:
    return any(map(nodes.find, table.distinct(option)))


def _names_shards(table: Table, option: Path) -> bool:
    """Whether `idName`, documented as the data node's name, is the shard's own name, as in the documented example.

    Data nodes may have the names of databases.
    """
    if plain(option[-1][1:]) != "idname":
        return False
    others = ((*table.path, f".{member}") for member in ranked(table.members, synonyms.SHARD_NAME))
    same = any(table.column(other) == table.column(option) for other in others if other != option)
    return same or bool(table.firsts(option))


def _share_referring(table: Table, option: Path, nodes: Nodes) -> float:
    values = table.distinct(option)
    return sum(1 for value in values if nodes.find(value)) / len(values) if values else 0


def _options_above(table: Table) -> Iterator[Path]:
    """List the keys and members above the shards that could refer to a data node, nearest first."""
    for depth in range(len(table.path) - 1, 0, -1):
        path = table.path[:depth]
        records = [ancestor(chunk, depth, table.path).value for chunk in table.chunks]
        members = members_above(table, depth)
        if path[-1] != EACH:
            yield (*path, KEY)
        for member in ranked(members, synonyms.DATA_NODE_REFERENCE + synonyms.DATA_NODE_NAME):
            for steps in _reference_members([dig(record, (member,)) for record in records], member):
                yield (*path, *steps)


def _container(option: Path) -> str:
    """Return the plain name of the member that contains the records of an option."""
    return next((plain(step[1:]) for step in reversed(option[:-1]) if step.startswith(".")), "")


def _is_in_databases(option: Path) -> bool:
    """Whether an option is among databases, which may have the names of data nodes."""
    return _container(option) in synonyms.DATABASES
