"""Distinguishing keys that are names of databases, shards or data nodes from names of members. Pure."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

from drift.core.member_names import plain
from drift.decode import synonyms
from drift.decode.layouts.layout import KEYED, NUMBERED, Path
from drift.decode.layouts.nodes import is_like_an_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CONTAINERS: Final = frozenset({dict, list})
_EMPTY: Final = frozenset({dict, list, type(None)})
_FEW: Final = 64  # enough to recognise the content of an object or array
# The words that distinguish databases, shards and data nodes from everything else a payload may list.
_DISTINCTIVE: Final = synonyms.CONTAINERS | (
    frozenset(
        synonyms.SHARD_MODE
        + synonyms.SHARD_COUNT
        + synonyms.SHARD_INDEX
        + synonyms.DATA_NODE_REFERENCE
        + synonyms.SHARD_NAME[: synonyms.SHARD_NAME.index("name")]
    )
    - {"id", "idname", "node", "instance", "index"}
)


def names_among(
    objects: list[dict[str, Any]], path: Path, is_reference: Callable[[Any], bool]
) -> frozenset[str] | None:
    """Return the keys that are names, or None if all the objects at a path are records with named members.

    Keys that are words of the interfaces name members, unless their place or their values show that they are names:
    databases may be called `users`, `status` or `shards`. If objects keyed by name are missed here, each of their
    members becomes a table of its own, and is still read.
    """
    keys = frozenset(chain.from_iterable(objects))
    kinds = {
        type(value)
        for value in chain.from_iterable(map(dict.values, objects))
        if value or type(value) not in _EMPTY
    }  # fmt: skip
    plural = _is_called_plurally(path)
    only_words = all(map(synonyms.is_known, keys))
    if not objects or (only_words and len(kinds) > 1):
        return None
    if kinds.isdisjoint(_CONTAINERS):
        is_keyed = (
            _are_keyed_to_references(objects, keys, is_reference, plural=plural)
            if kinds == {str}
            else not kinds and (not keys or plural or not only_words)
        )
        return keys if is_keyed else None
    here = _container(path) in synonyms.CONTAINERS
    if len(kinds) == 1 and ((kinds == {dict} and plural) or _are_all_names(objects, keys, is_reference, here=here)):
        return keys
    names = _names_by_content(objects, path, is_reference)
    return names or (_names_by_place(objects, is_reference) if plural else None)


def _names_by_content(
    objects: list[dict[str, Any]], path: Path, is_reference: Callable[[Any], bool]
) -> frozenset[str] | None:
    """Return the keys that are names if some surely are: shards below continue them, or they refer to data nodes."""
    items = [item for members in objects for item in members.items() if type(item[1]) in _CONTAINERS]
    # What wraps the topology stands at its beginning, not within records.
    words = frozenset() if path[-1:] == (KEYED,) else synonyms.CONTAINERS | synonyms.WRAPPERS
    sure = [(key, value) for key, value in items[:_FEW] if plain(key) not in words and _is_surely_a_name(key, value)]
    under_nodes = [value for key, value in items if is_reference(key)]
    if under_nodes and all(is_reference(key) for key, _ in sure):
        stems = frozenset(chain.from_iterable(map(_stems_below, under_nodes)))
        return frozenset(
            key
            for key, value in items
            if is_reference(key) or is_like_an_id(key) or not stems.isdisjoint(_stems_below(value))
        )
    values = [value for _, value in sure]
    return frozenset(key for key, value in items if _is_like_any_of(values, key, value, is_reference)) or None


def _is_surely_a_name(key: str, value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Whether a key is the name of a first shard, or the shards below it continue it."""
    return (key.endswith("_0000") and type(value) is dict) or _stems_below(value) == {key}


def _is_like_any_of(sure: list[Any], key: str, value: Any, is_reference: Callable[[Any], bool]) -> bool:  # noqa: ANN401 - any JSON value
    """Whether a value can be of the same kind as the values that are surely under names."""
    if type(value) not in set(map(type, sure)):
        return False
    if not value:
        return not synonyms.is_known(key)
    if _holds_texts(value):
        return any(map(_holds_texts, sure))
    members: set[str] = set().union(*chain.from_iterable(map(_records, sure)))
    return _is_certainly_a_name(key, value, is_reference) or _is_mostly_of(members, value)


def _names_by_place(objects: list[dict[str, Any]], is_reference: Callable[[Any], bool]) -> frozenset[str] | None:
    """Return the keys that are names in a place for names, beside members such as a count."""
    return (
        frozenset(
            key
            for members in objects
            for key, value in members.items()
            if type(value) in _CONTAINERS
            and not synonyms.is_known(key)
            and value
            and _is_certainly_a_name(key, value, is_reference)
        )
        or None
    )


def _are_keyed_to_references(
    objects: list[dict[str, Any]], keys: frozenset[str], is_reference: Callable[[Any], bool], *, plural: bool
) -> bool:
    """Whether objects of texts lead from shards' names to data nodes. Unlisted nodes count if the names are sure."""
    values = {value for members in objects for value in members.values() if type(value) is str}
    has_words = any(map(synonyms.is_known, keys))
    if all(map(is_reference, values)):
        return plural or not has_words
    if has_words or not any(map(is_reference, values)):
        return False
    numbered = list(map(NUMBERED.fullmatch, keys))
    return plural or all(numbered) or any(match and not int(match[2]) for match in numbered)


def _are_all_names(
    objects: list[dict[str, Any]], keys: frozenset[str], is_reference: Callable[[Any], bool], *, here: bool
) -> bool:
    """Whether all keys of objects of objects or arrays are names.

    The value under each key has to show it, or to be mostly like values that do: an unknown member can be anything.
    """
    if not here and len(keys) == 1 and all(map(synonyms.is_known, keys)):  # one wraps, several are listed
        return False
    unsure: list[Any] = []
    members: set[str] = set()
    for key, value in chain.from_iterable(map(dict.items, objects)):
        if not value and not _is_container(key):
            continue
        if _is_certainly_a_name(key, value, is_reference, here=here):
            members.update(*_records(value))
        else:
            unsure.append(value)
    return all(_is_mostly_of(members, value) for value in unsure)


def _is_certainly_a_name(key: str, value: Any, is_reference: Callable[[Any], bool], *, here: bool = False) -> bool:  # noqa: ANN401 - any JSON value
    """Whether a key is surely a name, by its value. `here`: the keys are in a place for names."""
    if _is_container(key):
        return _stems_below(value) == {key}
    if here or is_reference(key) or _holds_texts(value):
        return True
    words = {plain(word) for record in _records(value) for word in islice(record, _FEW)}
    refers = any(map(is_reference, islice(_texts_below(value), _FEW)))
    return refers or not words.isdisjoint(_DISTINCTIVE) or _stems_below(value) == {key}


def _is_container(key: str) -> bool:
    return plain(key) in synonyms.CONTAINERS


def _container(path: Path) -> str:
    """Return the plain name of the last member of a path, or an empty text."""
    return plain(path[-1][1:]) if path and path[-1].startswith(".") else ""


def _is_called_plurally(path: Path) -> bool:
    return _container(path) in synonyms.CONTAINERS - synonyms.SINGULAR


def _holds_texts(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    return type(value) is list and dict not in set(map(type, value))


def _is_mostly_of(members: set[str], value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Whether most of the members of a record, or of an array's records, are among these.

    Volatile members don't count: times of creation or update are in records of every kind.
    """
    named = {member for record in _records(value) for member in record}
    own = {member for member in named if plain(member) not in synonyms.VOLATILE}
    return len(own & members) * 2 > len(own)


def _records(value: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON value
    records = [value] if type(value) is dict else (value or [])[:_FEW]
    return [record for record in records if type(record) is dict]


def _stems_below(value: Any) -> set[str]:  # noqa: ANN401 - any JSON value
    """Return the databases in the first shard names below: `orders` for `orders_0000`."""
    matches = (NUMBERED.fullmatch(text) for text in islice(_texts_below(value), _FEW))
    return {match[1] for match in matches if match}


def _texts_below(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _texts_below(item)
        case dict():
            for key, member in value.items():
                yield key
                yield from _texts_below(member)
