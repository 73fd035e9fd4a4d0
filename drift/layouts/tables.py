"""The tables of a JSON document: all records that stand at the same path, wherever they are. Pure."""

from __future__ import annotations

from functools import cached_property, lru_cache
from itertools import chain, islice, starmap
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from drift import vocabulary
from drift.layouts.layout import EACH, KEY, KEYED, NUMBERED, Layout, Path, Source
from drift.strictjson import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

_CONTAINERS: Final = frozenset({dict, list})
_FEW: Final = 64
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
        self._texts: dict[Path, frozenset[str]] = {}
        self._firsts: dict[Path, frozenset[str]] = {}

    @property
    def container(self) -> str:
        """The plain name of the member that holds the records, or an empty text."""
        return next((vocabulary.plain(step[1:]) for step in reversed(self.path) if step.startswith(".")), "")

    def records(self) -> Iterator[Any]:
        """Every record."""
        return chain.from_iterable(chunk.records for chunk in self.chunks)

    @property
    def has_records(self) -> bool:
        """Whether it is more than one or more empty containers."""
        return any(len(chunk.records) for chunk in self.chunks)

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

    def texts(self, path: Path) -> frozenset[str]:
        """The different texts that stand at the path, without the empty one."""
        if path not in self._texts:
            self._texts[path] = frozenset(value for value in self.distinct(path) if value and type(value) is str)
        return self._texts[path]

    def firsts(self, path: Path) -> frozenset[str]:
        """The databases whose first shard is among the names at the path: `orders` for `orders_0000`."""
        if path not in self._firsts:
            self._firsts[path] = firsts(self.texts(path))
        return self._firsts[path]


Tables: TypeAlias = dict[Path, Table]


def firsts(names: Iterable[str]) -> frozenset[str]:
    """The databases whose first shard is among the names."""
    matches = (NUMBERED.fullmatch(name) for name in names if name.endswith("_0000"))
    return frozenset(match[1] for match in matches if match)


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


def columns_or_none(chunk: Chunk, path: Path | None, base: Path) -> Sequence[Any]:
    """As `column`, for a path that may not be known."""
    return [None] * len(chunk.records) if path is None else column(chunk, Source.of(path, base), base)


def value_at(place: Place, path: Path | None, base: Path) -> Any:  # noqa: ANN401 - any JSON value
    """What stands at a path for one record of those at `base`; None where there is nothing."""
    if path is None:
        return None
    source = Source.of(path, base)
    for _ in range(len(base) - source.depth):
        place = place.parent or place
    return place.key if source.is_key else dig(place.value, source.members)


@lru_cache(maxsize=64)
def members_taken(base: Path, layout: Layout) -> frozenset[str]:
    """The members of the records at `base` that a layout takes a value from."""
    paths = (getattr(layout, field) for field in layout.__struct_fields__)
    return frozenset(
        path[len(base)][1:]
        for path in paths
        if path is not None and len(path) == len(base) + 1 and path[: len(base)] == base and path[-1] != KEY
    )


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


def members_above(table: Table, depth: int) -> set[str]:
    """The names of all members of the records `depth` steps below the root, on the way to a table's own records."""
    if not table.path[depth].startswith("."):
        return set()  # a container of records has keys, not members
    places = (ancestor(chunk, depth, table.path) for chunk in table.chunks)
    return {key for place in places if type(place.value) is dict for key in place.value}


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
    if not {vocabulary.plain(key) for key in members}.isdisjoint(vocabulary.CONTAINERS):
        named = not only_words or any(starmap(_names_what_is_below, members.items()))
        return len(members) > 1 and named and bool(_words_in_common(members, is_reference))
    refer = kinds == {dict} and all(
        any(map(is_reference, record.values())) for record in members.values() if type(record) is dict
    )
    alike = len(members) > 1 and not vocabulary.CONTAINERS.isdisjoint(_words_in_common(members, is_reference))
    return refer or alike or not only_words or _container(path) in vocabulary.CONTAINERS


def _is_keyed_to_references(members: dict[str, Any], is_reference: Callable[[Any], bool], *, plural: bool) -> bool:
    """Whether an object of texts leads from shards' names to data nodes."""
    if any(map(vocabulary.is_known, members)):
        return plural and all(map(is_reference, members.values()))
    return any(map(is_reference, members.values()))


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
        keys = {key for record in records if type(record) is dict for key in record}
        words = {vocabulary.plain(key) for key in keys if vocabulary.is_known(key)} if keys else {""}
        words |= {"a data node"} if any(map(is_reference, keys)) else set()
        shared = words if shared is None else shared & words
    return shared or set()
