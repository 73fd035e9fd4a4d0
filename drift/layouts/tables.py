"""The tables of a JSON document: all records that stand at the same path, wherever they are. Pure."""

from __future__ import annotations

from functools import cached_property
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from drift import vocabulary
from drift.layouts.layout import EACH, KEYED, Path, Source
from drift.strictjson import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_CONTAINERS: Final = frozenset({dict, list})
_SCALARS: Final = frozenset({str, int})


class Chunk(NamedTuple):
    """The records of one container: its place, and each record with its key or index there."""

    place: Place
    keys: Sequence[str | int]
    records: Sequence[Any]

    def place_of(self, index: int) -> Place:
        """Where the record at that position stands."""
        return Place(self.place, self.keys[index], self.records[index])

    def members(self) -> set[str]:
        """The names of all members that any record has."""
        if set(map(type, self.records)) <= {dict}:
            return set(chain.from_iterable(self.records))
        return set(chain.from_iterable(record for record in self.records if type(record) is dict))


class Table:
    """All records at one path, container by container."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.chunks: list[Chunk] = []
        self._distinct: dict[Path, frozenset[str | int]] = {}

    @property
    def container(self) -> str:
        """The plain name of the member that holds the records, or an empty text."""
        return next((vocabulary.plain(step[1:]) for step in reversed(self.path) if step.startswith(".")), "")

    def records(self) -> Iterator[Any]:
        """Every record."""
        return chain.from_iterable(chunk.records for chunk in self.chunks)

    @cached_property
    def columns(self) -> frozenset[str]:
        """The names of all members that any record has. To be asked for once the table is whole."""
        return frozenset().union(*(chunk.members() for chunk in self.chunks))

    def values(self, path: Path) -> Iterator[Any]:
        """What stands at the path for each record."""
        source = Source.of(path, self.path)
        return chain.from_iterable(column(chunk, source, self.path) for chunk in self.chunks)

    def distinct(self, path: Path) -> frozenset[str | int]:
        """The different texts and whole numbers that stand at the path."""
        if path not in self._distinct:
            source = Source.of(path, self.path)
            found: set[Any] = set()
            for chunk in self.chunks:
                values = column(chunk, source, self.path)
                plain = set(map(type, values)) <= _SCALARS
                found.update(values if plain else (value for value in values if type(value) in _SCALARS))
            self._distinct[path] = frozenset(found)
        return self._distinct[path]


Tables: TypeAlias = dict[Path, Table]


def column(chunk: Chunk, source: Source, base: Path) -> Sequence[Any]:
    """What a source gives for each record of a chunk of the table at `base`; None where there is nothing."""
    if source.depth < len(base):
        return [_ancestor_value(chunk, source, base)] * len(chunk.records)
    if source.is_key:
        return chunk.keys
    match source.members:
        case ():
            return chunk.records
        case (member,):
            return _member_of_each(member, chunk.records)
        case members:
            return [dig(record, members) for record in chunk.records]


def _member_of_each(member: str, records: Sequence[Any]) -> Sequence[Any]:
    try:
        return list(map(itemgetter(member), records))
    except (KeyError, TypeError, IndexError):
        return [record.get(member) if type(record) is dict else None for record in records]


def dig(value: Any, members: tuple[str, ...]) -> Any:  # noqa: ANN401 - any JSON value
    """The value behind these members, or None."""
    for member in members:
        value = value.get(member) if type(value) is dict else None
    return value


def ancestor(chunk: Chunk, depth: int, base: Path) -> Place:
    """The place `depth` steps below the root on the way to a chunk of the table at `base`."""
    place = chunk.place
    for _ in range(len(base) - 1 - depth):
        place = place.parent or place
    return place


def _ancestor_value(chunk: Chunk, source: Source, base: Path) -> Any:  # noqa: ANN401 - any JSON value
    place = ancestor(chunk, source.depth, base)
    return place.key if source.is_key else dig(place.value, source.members)


def survey(document: Any, is_reference: Callable[[Any], bool]) -> Tables:  # noqa: ANN401 - any JSON value
    """Every table of a document. `is_reference` tells whether a value refers to a data node."""
    tables: Tables = {}
    _enter(Place(None, "$", document), (), tables, is_reference)
    return tables


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


def _enter(place: Place, path: Path, tables: Tables, is_reference: Callable[[Any], bool]) -> None:
    value = place.value
    if type(value) is list:
        _enter_records(Chunk(place, range(len(value)), value), (*path, EACH), tables, is_reference)
    elif type(value) is dict and _is_keyed(value, path, is_reference):
        _enter_records(Chunk(place, list(value), list(value.values())), (*path, KEYED), tables, is_reference)
    elif type(value) is dict:
        for key, member in value.items():
            if type(member) in _CONTAINERS:
                _enter(Place(place, key, member), (*path, f".{key}"), tables, is_reference)


def _enter_records(chunk: Chunk, path: Path, tables: Tables, is_reference: Callable[[Any], bool]) -> None:
    tables.setdefault(path, Table(path)).chunks.append(chunk)
    if _is_flat(chunk.records):
        return
    for index, record in enumerate(chunk.records):
        if type(record) in _CONTAINERS:
            _enter(chunk.place_of(index), path, tables, is_reference)


def _is_flat(records: Sequence[Any]) -> bool:
    """Whether nothing more is to be found inside these records: the usual case of an export's many shards."""
    kinds = set(map(type, records))
    if kinds.isdisjoint(_CONTAINERS):
        return True
    if kinds != {dict}:
        return False
    return (
        _CONTAINERS.isdisjoint(map(type, chain.from_iterable(map(dict.values, records))))
        and any(map(vocabulary.is_known, chain.from_iterable(records)))
    )  # fmt: skip


def _is_keyed(members: dict[str, Any], path: Path, is_reference: Callable[[Any], bool]) -> bool:
    """Whether an object is keyed by name rather than one record with named members.

    Its values are all of one kind, and its keys are no words of the interfaces. Where this says no to an object that
    is keyed by name after all, each of its members becomes a table of its own, and is read all the same.
    """
    kinds = set(map(type, members.values()))
    if len(kinds) != 1:
        return not kinds
    words = {vocabulary.plain(key) for key in members}
    kind = kinds.pop()
    if kind is str:
        return not any(map(vocabulary.is_known, members)) and any(map(is_reference, members.values()))
    if kind not in _CONTAINERS or words & vocabulary.CONTAINERS:
        return False
    parent = vocabulary.plain(path[-1][1:]) if path and path[-1].startswith(".") else ""
    return parent in vocabulary.CONTAINERS or not all(map(vocabulary.is_known, members))
