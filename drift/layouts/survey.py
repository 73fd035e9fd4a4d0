"""Finds the tables of a JSON document: which of its arrays and objects are containers of records. Pure."""

from __future__ import annotations

from itertools import chain, islice, starmap
from typing import TYPE_CHECKING, Any, Final

from drift import vocabulary
from drift.layouts.layout import EACH, KEYED, NUMBERED, Path
from drift.layouts.tables import Chunk, Table, Tables
from drift.strictjson import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_CONTAINERS: Final = frozenset({dict, list})
_FEW: Final = 64


def survey(document: Any, is_reference: Callable[[Any], bool], *, depth: int | None = None) -> Tables:  # noqa: ANN401 - any JSON value
    """Every table of a document. `is_reference` tells whether a value refers to a data node.

    `depth` is how many containers deep the document is, where that is known: it spares looking for more in the deepest.
    """
    found = _Survey(is_reference, depth)
    found.enter(Place(None, "$", document), ())
    return found.tables


def along(document: Any, path: Path) -> Tables:  # noqa: ANN401 - any JSON value
    """The tables on the way that a path describes, whatever they hold."""
    tables: Tables = {}
    places = [Place(None, "$", document)]
    for depth, step in enumerate(path, 1):
        if step.startswith("."):
            places = [inner for place in places for inner in _step(place, step)]
            continue
        chunks = [chunk for place in places if (chunk := _chunk(place, step))]
        tables[path[:depth]] = table = Table(path[:depth])
        table.chunks += chunks
        places = [chunk.place_of(index) for chunk in chunks for index in range(len(chunk.records))]
    return tables


def _step(place: Place, step: str) -> Iterator[Place]:
    if type(place.value) is dict and step[1:] in place.value:
        yield Place(place, step[1:], place.value[step[1:]])


def _chunk(place: Place, step: str) -> Chunk | None:
    value = place.value
    if step == EACH and type(value) is list:
        return Chunk(place, range(len(value)), value)
    if step == KEYED and type(value) is dict:
        return Chunk(place, list(value), list(value.values()))
    return None


class _Survey:
    """One walk through a document."""

    def __init__(self, is_reference: Callable[[Any], bool], depth: int | None) -> None:
        self.tables: Tables = {}
        self._is_reference = is_reference
        self._depth = depth

    def enter(self, place: Place, path: Path) -> None:
        """Find all tables at this place and below it."""
        value = place.value
        if type(value) is list:
            self._enter_records(Chunk(place, range(len(value)), value), (*path, EACH))
        elif type(value) is dict and _is_keyed(value, path, self._is_reference):
            self._enter_records(Chunk(place, list(value), list(value.values())), (*path, KEYED))
        elif type(value) is dict:
            for key, member in value.items():
                if type(member) in _CONTAINERS:
                    self.enter(Place(place, key, member), (*path, f".{key}"))

    def _enter_records(self, chunk: Chunk, path: Path) -> None:
        table = self.tables.setdefault(path, Table(path))
        table.chunks.append(chunk)
        if _are_plain(chunk.records) or (_are_records(chunk.records) and self._holds_no_more(chunk.records, path)):
            return
        before = self._keyed_below(path)
        for index, record in enumerate(chunk.records):
            if type(record) in _CONTAINERS:
                self.enter(chunk.place_of(index), path)
        table.keyed += self._keyed_below(path) - before

    def _keyed_below(self, path: Path) -> int:
        below = self.tables.get((*path, KEYED))
        return len(below.chunks) if below else 0

    def _holds_no_more(self, records: Sequence[dict[str, Any]], path: Path) -> bool:
        """Whether no member of these records is a container: the usual case of an export's many shards."""
        if self._depth == len(path) + 1:
            return True
        return _CONTAINERS.isdisjoint(map(type, chain.from_iterable(map(dict.values, records))))


def _are_plain(records: Sequence[Any]) -> bool:
    return _CONTAINERS.isdisjoint(map(type, records))


def _are_records(records: Sequence[Any]) -> bool:
    """Whether these are objects with named members, at least one of which is known, rather than keyed by names."""
    return set(map(type, records)) == {dict} and any(map(vocabulary.is_known, chain.from_iterable(records)))


def _is_keyed(members: dict[str, Any], path: Path, is_reference: Callable[[Any], bool]) -> bool:
    """Whether an object is keyed by name rather than one record with named members.

    Its values are all of one kind (whatever is empty is of any kind). Keys that are words of the interfaces make it a
    record, unless its place or its content says that they are names all the same: databases may be called `users`,
    `status` or `shards`. Where this says no to an object that is keyed by name after all, each of its members becomes
    a table of its own, and is read all the same.
    """
    kinds = {type(value) for value in members.values() if value or type(value) not in _CONTAINERS}
    plural = _is_called_plurally(path)
    only_words = all(map(vocabulary.is_known, members))
    if kinds == {str}:
        return _is_keyed_to_references(members, is_reference, plural=plural)
    if kinds == {dict} and plural:
        return True
    if len(kinds) != 1 or kinds.isdisjoint(_CONTAINERS):
        return not kinds and (not members or plural or not only_words)
    words = {vocabulary.plain(key) for key in islice(members, _FEW)}
    if not words.isdisjoint(vocabulary.CONTAINERS):
        named = not only_words or any(starmap(_names_what_is_below, members.items()))
        return len(members) > 1 and named and bool(_words_in_common(members, is_reference))
    refer = (
        kinds == {dict}
        and words.isdisjoint(vocabulary.DATA_NODE_REFERENCE)
        and all(any(map(is_reference, record.values())) for record in members.values() if type(record) is dict)
    )
    alike = len(members) > 1 and not vocabulary.CONTAINERS.isdisjoint(_words_in_common(members, is_reference))
    return refer or alike or not only_words or _container(path) in vocabulary.CONTAINERS


def _is_keyed_to_references(members: dict[str, Any], is_reference: Callable[[Any], bool], *, plural: bool) -> bool:
    """Whether an object of texts leads from shards' names to data nodes, listed ones or, with sure names, others."""
    if all(map(is_reference, members.values())):
        return plural or not any(map(vocabulary.is_known, members))
    return any(map(is_reference, members.values())) and all(map(NUMBERED.fullmatch, members))


def _container(path: Path) -> str:
    """The plain name of what stands at the path, or an empty text."""
    return vocabulary.plain(path[-1][1:]) if path and path[-1].startswith(".") else ""


def _is_called_plurally(path: Path) -> bool:
    return _container(path) in vocabulary.CONTAINERS - vocabulary.SINGULAR


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


def _words_in_common(members: dict[str, Any], is_reference: Callable[[Any], bool]) -> set[str]:
    """The words of the interfaces that members of all objects have, or of all arrays' objects.

    Being keyed by data nodes is something in common, too, as is being an array of texts.
    """
    shared: set[str] | None = None
    for value in filter(None, members.values()):
        records = [value] if type(value) is dict else value[:_FEW]
        keys = {key for record in records if type(record) is dict for key in islice(record, _FEW)}
        words = {vocabulary.plain(key) for key in keys if vocabulary.is_known(key)} if keys else {""}
        words |= {"a data node"} if any(map(is_reference, keys)) else set()
        shared = words if shared is None else shared & words
    return shared or set()
