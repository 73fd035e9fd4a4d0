"""Tells objects that are keyed by name from records with named members. Pure."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

from drift import vocabulary
from drift.layouts.layout import NUMBERED, Path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CONTAINERS: Final = frozenset({dict, list})
_EMPTY: Final = frozenset({dict, list, type(None)})
_FEW: Final = 64
# The words that tell databases, shards and data nodes from whatever else a payload may list.
_TELLING: Final = vocabulary.CONTAINERS | (
    frozenset(
        vocabulary.SHARD_MODE
        + vocabulary.SHARD_COUNT
        + vocabulary.SHARD_INDEX
        + vocabulary.DATA_NODE_REFERENCE
        + vocabulary.SHARD_NAME[: vocabulary.SHARD_NAME.index("name")]
    )
    - {"id", "idname", "node", "instance", "index"}
)


def are_keyed(objects: list[dict[str, Any]], path: Path, is_reference: Callable[[Any], bool]) -> bool:
    """Whether the objects at a path are keyed by name.

    Their values are all of one kind (whatever is empty is of any kind). Keys that are words of the interfaces make
    records of them, unless their place or their content says that they are names all the same: databases may be called
    `users`, `status` or `shards`. Where this says no to objects that are keyed by name after all, each of their members
    becomes a table of its own, and is read all the same.
    """
    kinds = _kinds(objects)
    if len(kinds) > 1 or not objects:
        return False
    keys = frozenset(chain.from_iterable(objects))
    plural = _is_called_plurally(path)
    if not kinds:
        return not keys or plural or not all(map(vocabulary.is_known, keys))
    if kinds == {str}:
        return _are_keyed_to_references(objects, keys, is_reference, plural=plural)
    if kinds.isdisjoint(_CONTAINERS):
        return False
    return (kinds == {dict} and plural) or _are_keyed_to_containers(objects, keys, path, is_reference)


def _kinds(objects: list[dict[str, Any]]) -> set[type]:
    """The kinds of the objects' values, apart from null and what is empty; not all of them where there are several."""
    kinds: set[type] = set()
    for members in objects:
        kinds |= {type(value) for value in members.values() if value or type(value) not in _EMPTY}
        if len(kinds) > 1:
            break
    return kinds


def _are_keyed_to_references(
    objects: list[dict[str, Any]], keys: frozenset[str], is_reference: Callable[[Any], bool], *, plural: bool
) -> bool:
    """Whether objects of texts lead from shards' names to data nodes, listed ones or, with sure names, others."""
    values = {value for members in objects for value in members.values() if type(value) is str}
    if all(map(is_reference, values)):
        return plural or not any(map(vocabulary.is_known, keys))
    return any(map(is_reference, values)) and (plural or all(map(NUMBERED.fullmatch, keys)))


def _are_keyed_to_containers(
    objects: list[dict[str, Any]], keys: frozenset[str], path: Path, is_reference: Callable[[Any], bool]
) -> bool:
    """Whether objects of objects or arrays lead from names to databases, shards or data nodes.

    What stands under each key tells so, or is mostly like what tells so: an unknown member can be anything else.
    """
    here = _container(path) in vocabulary.CONTAINERS
    if not here and len(keys) < 2 and all(map(vocabulary.is_known, keys)):  # noqa: PLR2004 - one wraps, several are listed
        return False
    unsure: list[Any] = []
    members: set[str] = set()
    for key, value in chain.from_iterable(map(dict.items, objects)):
        if value and not _tells(key, value, is_reference, here=here):
            unsure.append(value)
        elif value:
            members.update(*_records(value))
    return all(_is_mostly_of(members, value) for value in unsure)


def _tells(key: str, value: Any, is_reference: Callable[[Any], bool], *, here: bool) -> bool:  # noqa: ANN401 - any JSON value
    """Whether a key is surely a name, by what stands under it. `here`: the keys stand where names are expected."""
    if vocabulary.plain(key) in vocabulary.CONTAINERS:
        return _names_what_is_below(key, value)
    if here or is_reference(key) or _holds_texts(value):
        return True
    words = {vocabulary.plain(word) for record in _records(value) for word in islice(record, _FEW)}
    refers = any(map(is_reference, islice(_texts_below(value), _FEW)))
    return refers or not words.isdisjoint(_TELLING) or _names_what_is_below(key, value)


def _holds_texts(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    return type(value) is list and dict not in set(map(type, value))


def _is_mostly_of(members: set[str], value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Whether most of the members of a record, or of an array's records, are among these."""
    own = {member for record in _records(value) for member in record}
    return len(own & members) * 2 > len(own)


def _container(path: Path) -> str:
    """The plain name of what stands at the path, or an empty text."""
    return vocabulary.plain(path[-1][1:]) if path and path[-1].startswith(".") else ""


def _is_called_plurally(path: Path) -> bool:
    return _container(path) in vocabulary.CONTAINERS - vocabulary.SINGULAR


def _records(value: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON value
    records = [value] if type(value) is dict else value[:_FEW]
    return [record for record in records if type(record) is dict]


def _names_what_is_below(key: str, value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Whether a word of the interfaces is a database's name all the same: `shards` with only `shards_0000` below it."""
    matches = (NUMBERED.fullmatch(text) for text in islice(_texts_below(value), _FEW))
    return {match[1] for match in matches if match} == {key}


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
