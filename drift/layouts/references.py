"""Where shards refer to their data nodes: by a member of their own, or by standing under one. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drift import vocabulary
from drift.errors import LayoutError
from drift.layouts.layout import EACH, KEY, KEYED, WAY_ON, Path, is_member_name, path_text
from drift.layouts.names import continues, shard_name
from drift.layouts.tables import Table, ancestor, dig, members_above
from drift.vocabulary import ranked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from drift.layouts.nodes import Nodes


def own_reference(table: Table, nodes: Nodes) -> Path | None:
    """The member of the shards that refers to a data node. Raises LayoutError where another one says otherwise."""
    if table.path[-1] == KEYED and _refers(table, table.path, nodes):
        return table.path
    options = [
        (*table.path, *members)
        for member in ranked(table.members, vocabulary.DATA_NODE_REFERENCE)
        for members in _reference_members(table.column((*table.path, f".{member}")), member)
    ]
    referring = [option for option in options if _refers(table, option, nodes) and not _names_shards(table, option)]
    if not referring:
        return None
    name = shard_name(table, nodes, referring[0])
    above = [option for option in _options_above(table) if _is_under_nodes(table, option, name, nodes)]
    for option in [*referring[1:], *above]:
        agree(table, referring[0], option, nodes.find, "refer to different data nodes; either could be the shard's")
    return referring[0]


def reference_above(table: Table, nodes: Nodes) -> Path | None:
    """The place above the shards that refers to a data node: a key or a member.

    Where there are several, it is the one that refers most often and names no database. Raises LayoutError where that
    leaves two that say different things.
    """
    shares = {option: _share_referring(table, option, nodes) for option in _options_above(table)}
    said = {option: share for option, share in shares.items() if share and not is_member_name(option)}
    shares = said or {option: share for option, share in shares.items() if share}
    most = max(shares.values(), default=0)
    options = [option for option, share in shares.items() if share == most]
    if len(options) < 2:  # noqa: PLR2004 - nothing to choose between
        return next(iter(options), None)
    name = shard_name(table, nodes, None)
    if name is None:
        return options[0]
    options = [option for option in options if not continues(table, name, option)]
    for option in options[1:]:
        agree(table, options[0], option, nodes.find, "refer to different data nodes; either could hold the shards")
    return next(iter(options), None)


def reference_by_value(table: Table, nodes: Nodes) -> Path | None:
    """The one member, by whatever name, with texts that refer to data nodes: a number can be anything."""
    options: list[Path] = [(*table.path, f".{member}") for member in sorted(table.members)]
    referring = [option for option in options if any(map(nodes.find, table.texts(option)))]
    for option in referring[1:]:
        agree(table, referring[0], option, nodes.find, "refer to different data nodes; either could be the shard's")
    return referring[0] if referring else None


def agree(table: Table, one: Path, other: Path, meaning: Callable[[Any], str | None], otherwise: str) -> None:
    """Raises LayoutError, at the first record, where what two paths say doesn't mean the same."""
    pairs = list(zip(table.column(one), table.column(other), strict=True))
    odd = {pair for pair in _different(pairs) if _disagree(meaning(pair[0]), meaning(pair[1]))}
    if odd:
        position = next(index for index, pair in enumerate(pairs) if _hashable(pair) and pair in odd)
        raise LayoutError(
            f"{path_text(one[-1:])} and {path_text(other[-1:])} {otherwise}",
            place=str(table.place_of(position)),
            hint=WAY_ON,
        )


def _different(pairs: Sequence[tuple[Any, Any]]) -> set[tuple[Any, Any]]:
    try:
        return set(pairs)
    except TypeError:  # objects and arrays, which refer to nothing
        return {pair for pair in pairs if _hashable(pair)}


def _hashable(pair: tuple[Any, Any]) -> bool:
    return type(pair[0]) not in {dict, list} and type(pair[1]) not in {dict, list}


def _disagree(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other


def _reference_members(values: Sequence[Any], member: str) -> Iterator[Path]:
    """The member itself, and where it holds an object, that object's id and name."""
    yield (f".{member}",)
    if dict not in set(map(type, values)):
        return
    inner = {key for value in values if type(value) is dict for key in value}
    for key in ranked(inner, vocabulary.DATA_NODE_ID + vocabulary.DATA_NODE_NAME):
        yield f".{member}", f".{key}"


def _refers(table: Table, option: Path, nodes: Nodes) -> bool:
    return any(map(nodes.find, table.distinct(option)))


def _names_shards(table: Table, option: Path) -> bool:
    """Whether `idName`, documented as the data node's name, is the shard's own name, as the documented example has it.

    Data nodes may be called as databases are.
    """
    if vocabulary.plain(option[-1][1:]) != "idname":
        return False
    others = ((*table.path, f".{member}") for member in ranked(table.members, vocabulary.SHARD_NAME))
    same = any(table.column(other) == table.column(option) for other in others if other != option)
    return same or bool(table.firsts(option))


def _share_referring(table: Table, option: Path, nodes: Nodes) -> float:
    values = table.distinct(option)
    return sum(1 for value in values if nodes.find(value)) / len(values) if values else 0


def _options_above(table: Table) -> Iterator[Path]:
    """What could refer to a data node above the shards, the nearest first."""
    for depth in range(len(table.path) - 1, 0, -1):
        path = table.path[:depth]
        records = [ancestor(chunk, depth, table.path).value for chunk in table.chunks]
        members = members_above(table, depth)
        if path[-1] != EACH:
            yield (*path, KEY)
        for member in ranked(members, vocabulary.DATA_NODE_REFERENCE + vocabulary.DATA_NODE_NAME):
            for steps in _reference_members([dig(record, (member,)) for record in records], member):
                yield (*path, *steps)


def _is_under_nodes(table: Table, option: Path, name: Path | None, nodes: Nodes) -> bool:
    """Whether shards that refer to a data node themselves stand under one as well."""
    base = option[:-1]
    container = next((step[1:] for step in reversed(base) if step.startswith(".")), "")
    if not vocabulary.is_container_of_nodes(container):
        return False
    return _share_referring(table, option, nodes) == 1 and not (name and continues(table, name, option))
