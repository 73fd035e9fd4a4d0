"""A document read by a layout: databases with their shards. Pure. Every error names the place in the document."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NoReturn

import msgspec

from drift import vocabulary
from drift.errors import LayoutError, PayloadError
from drift.layouts.layout import EACH, KEY, KEYED, NUMBERED, WAY_ON, Layout, Path, Source
from drift.layouts.tables import Chunk, Tables, ancestor, column, dig
from drift.model import NO_ATTRIBUTES, Database, Gap, Shard, canonical_json
from drift.vocabulary import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from drift.layouts.nodes import Nodes
    from drift.strictjson import Place

_CONTAINERS: Final = frozenset({dict, list})
_NAME: Final = attrgetter("name")


class Reading(msgspec.Struct, frozen=True):
    """What a document says, and what it leaves out. `strangers` are the data nodes that no list names."""

    databases: tuple[Database, ...]
    gaps: tuple[Gap, ...]
    strangers: tuple[str, ...]


class _Facts(msgspec.Struct, frozen=True):
    """What is said of a database apart from its shards, and where."""

    shard_mode: str | None = None
    shard_count: int | None = None
    status: str | None = None
    attributes: str = NO_ATTRIBUTES


class Reader:
    """Reads the tables of one document by their layouts."""

    def __init__(self, tables: Tables, nodes: Nodes, volatile: frozenset[str]) -> None:
        self._tables = tables
        self._nodes = nodes
        self._volatile = volatile
        self._shards: dict[str, dict[str, Shard]] = {}
        self._facts: dict[str, _Facts] = {}
        self._strangers: set[str] = set()
        self._gaps: list[Gap] = []

    def read(self, layouts: tuple[Layout, ...]) -> Reading:
        """Everything that the layouts lead to. Raises PayloadError for values that can't be what they should be."""
        for layout in layouts:
            self._read_databases(layout, layouts)
            for chunk in self._tables[layout.shards].chunks:
                self._read_chunk(chunk, layout)
        names = sorted(self._facts.keys() | self._shards.keys())
        return Reading(
            tuple(self._database(name) for name in names), tuple(sorted(self._gaps)), tuple(sorted(self._strangers))
        )

    def _database(self, name: str) -> Database:
        facts = self._facts.get(name, _Facts())
        return Database.of(
            name,
            shard_mode=facts.shard_mode,
            shard_count=facts.shard_count,
            status=facts.status,
            attributes=facts.attributes,
            shards=self._shards.get(name, {}).values(),
        )

    # --- shards ---

    def _read_chunk(self, chunk: Chunk, layout: Layout) -> None:
        names = self._names(chunk, layout)
        nodes = self._data_nodes(chunk, layout)
        databases = self._database_names(chunk, layout, names)
        indexes = self._indexes(chunk, layout, names)
        statuses = _each(status, _column(chunk, layout.shard_status, layout.shards))
        attributes = self._attributes(chunk, layout, nodes)
        shards = list(map(Shard, databases, names, indexes, nodes, statuses, attributes))
        for database, group in _grouped(shards, databases):
            known = self._shards.setdefault(database, {})
            fresh = dict(zip(map(_NAME, group), group, strict=True))
            if len(fresh) != len(group) or not known.keys().isdisjoint(fresh):
                self._refuse_duplicate(chunk, shards, database, set(known))
            known.update(fresh)

    def _refuse_duplicate(self, chunk: Chunk, shards: list[Shard], database: str, seen: set[str]) -> NoReturn:
        for position, shard in enumerate(shards):
            if shard.database != database:
                continue
            if shard.name in seen:
                message = f"the shard {shard.name} of database {database} is there more than once"
                raise PayloadError(message, place=str(chunk.place_of(position)), hint=WAY_ON)
            seen.add(shard.name)
        raise AssertionError("called without a duplicate")

    def _names(self, chunk: Chunk, layout: Layout) -> Sequence[str]:
        names = _column(chunk, layout.shard_name, layout.shards)
        if set(map(type, names)) <= {str} and all(names):
            return names
        return [
            _text(name) or self._refuse(chunk, position, layout.shard_name, "expected the shard's name")
            for position, name in enumerate(names)
        ]

    def _data_nodes(self, chunk: Chunk, layout: Layout) -> Sequence[str]:
        values = _column(chunk, layout.data_node, layout.shards)
        words = _each(_text, values)
        if None in words:
            self._refuse(chunk, words.index(None), layout.data_node, "expected a known data node")
        known = {word: self._nodes.find(word) for word in set(words)}
        self._strangers.update(word for word, found in known.items() if word and not found)
        return [known[word] or word or "" for word in words]

    def _database_names(self, chunk: Chunk, layout: Layout, names: Sequence[str]) -> Sequence[str]:
        if layout.database is None:
            return [
                match[1]
                if (match := NUMBERED.fullmatch(name))
                else self._refuse(chunk, position, layout.shard_name, f"{name!r} tells no database: it isn't NAME_0000")
                for position, name in enumerate(names)
            ]
        databases = _each(_text, _column(chunk, layout.database, layout.shards))
        if None in databases:
            self._refuse(chunk, databases.index(None), layout.database, "expected the name of a database")
        return [name or "" for name in databases]

    def _indexes(self, chunk: Chunk, layout: Layout, names: Sequence[str]) -> Sequence[int | None]:
        values = _column(chunk, layout.shard_index, layout.shards)
        if set(map(type, values)) == {int}:
            return values
        return [
            _numbered_index(name) if value is None else integer(value, self._place(chunk, position, layout.shard_index))
            for position, (value, name) in enumerate(zip(values, names, strict=True))
        ]

    def _attributes(self, chunk: Chunk, layout: Layout, nodes: Sequence[str]) -> Iterable[str]:
        """Each shard's other members. One that says again what is known of the shard or its node is no attribute."""
        taken = _members(layout.shards, layout)
        others = {member for member in chunk.members() if member not in taken and plain(member) not in self._volatile}
        if not others:
            return [NO_ATTRIBUTES] * len(chunk.records)
        said = [(_column(chunk, path, layout.shards), words) for path, words in _said_again(layout)]
        hosts = [self._nodes.by_id.get(node) for node in nodes]
        said.append(([host and host.host for host in hosts], vocabulary.HOST))
        said.append(([host and host.port for host in hosts], vocabulary.PORT))
        return [
            self._kept(record, others, [(values[position], words) for values, words in said])
            for position, record in enumerate(chunk.records)
        ]

    def _kept(self, record: Any, members: Iterable[str], said: Sequence[tuple[Any, tuple[str, ...]]]) -> str:  # noqa: ANN401 - any JSON value
        if type(record) is not dict:
            return NO_ATTRIBUTES
        steady = {member: self._steady(record[member]) for member in members if member in record}
        kept = {
            member: value
            for member, value in steady.items()
            if not any(plain(member) in words and self._same(value, known) for known, words in said)
        }
        return canonical_json(kept) if kept else NO_ATTRIBUTES

    def _same(self, one: Any, other: Any) -> bool:  # noqa: ANN401 - any JSON value
        """Whether two values say the same: equal but for being a number or a text, or the same data node."""
        if type(one) is dict:
            return bool(one) and all(self._same(inner, other) for inner in one.values())
        if one is None or (_text(one) and _text(one) == _text(other)):
            return True
        found = self._nodes.find(one)
        return found is not None and found == self._nodes.find(other)

    def _steady(self, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        """The value without volatile members; lists of data nodes, which have no order, are sorted."""
        if type(value) is dict:
            return {key: self._steady(inner) for key, inner in value.items() if plain(key) not in self._volatile}
        if type(value) is not list:
            return value
        items = [self._steady(item) for item in value]
        references = [self._reference(item) for item in items]
        if all(references):
            return sorted(items, key=lambda item: (self._reference(item) or "", canonical_json(item)))
        return items

    def _reference(self, item: Any) -> str | None:  # noqa: ANN401 - any JSON value
        """The data node that an element of a list stands for."""
        if type(item) is not dict:
            return self._nodes.find(item)
        members = vocabulary.ranked(set(item), vocabulary.DATA_NODE_ID)
        return next(filter(None, (self._nodes.find(item[member]) for member in members)), None)

    # --- databases ---

    def _read_databases(self, layout: Layout, layouts: tuple[Layout, ...]) -> None:
        if layout.databases is None:
            self._read_facts_of_shards(layout)
            return
        base = layout.databases
        if base == layout.shards:
            return
        read: set[str] = set()
        for place in self._database_places(layout):
            name = _text(_value(place, layout.database_name, base))
            if name is None:
                raise PayloadError("expected a database with a name", place=str(place), hint=WAY_ON)
            nested = layout.shards[: len(base)] == base
            keeps = {each.shards[len(base)] for each in layouts if len(each.shards) > len(base)} if nested else set()
            self._add_facts(
                name, self._facts_of(place, layout, {step[1:] for step in keeps}), place, alone=name in read
            )
            if self._is_unique(layout):
                read.add(name)
            if nested and _lacks(place.value, layout.shards[len(base) :]):
                self._gaps.append(Gap.of_database(name, f"{place}: the payload has no shards for it, not even none"))

    def _is_unique(self, layout: Layout) -> bool:
        """Whether a database can have one record only: under data nodes, each of them has one."""
        data_node, base = layout.data_node or (), layout.databases or ()
        return layout.shards[: len(data_node) - 1] != data_node[:-1] or len(data_node) > len(base)

    def _database_places(self, layout: Layout) -> Iterator[Place]:
        base = layout.databases or ()
        if base in self._tables:
            for chunk in self._tables[base].chunks:
                yield from map(chunk.place_of, range(len(chunk.records)))
            return
        places = (ancestor(chunk, len(base), layout.shards) for chunk in self._tables[layout.shards].chunks)
        yield from {id(place.value): place for place in places}.values()

    def _facts_of(self, place: Place, layout: Layout, keeps: set[str]) -> _Facts:
        base = layout.databases or ()
        record = place.value
        members = [
            member
            for member in (record if type(record) is dict else ())
            if member not in keeps | _members(base, layout) and plain(member) not in self._volatile
        ]
        said = [(_value(place, layout.database_name, base), vocabulary.DATABASE_NAME)]
        is_container = layout.shards[: len(base)] == base and layout.shards[len(base)] in {EACH, KEYED}
        return _Facts(
            shard_mode=lowered(_value(place, layout.shard_mode, base)),
            shard_count=integer(_value(place, layout.shard_count, base), place),
            status=status(_value(place, layout.database_status, base)),
            attributes=NO_ATTRIBUTES if is_container else self._kept(record, members, said),
        )

    def _read_facts_of_shards(self, layout: Layout) -> None:
        """Facts about a database that each of its shards repeats."""
        paths = (layout.shard_mode, layout.shard_count, layout.database_status)
        if layout.database is None or not any(paths):
            return
        for chunk in self._tables[layout.shards].chunks:
            rows = zip(*(_column(chunk, path, layout.shards) for path in (layout.database, *paths)), strict=True)
            for position, (name, mode, count, state) in enumerate(rows):
                place = chunk.place_of(position)
                facts = _Facts(lowered(mode), integer(count, place), status(state))
                self._add_facts(_text(name) or "", facts, place, alone=False)

    def _add_facts(self, name: str, facts: _Facts, place: Place, *, alone: bool) -> None:
        if alone:
            raise PayloadError(f"the database {name} is there more than once", place=str(place), hint=WAY_ON)
        if self._facts.setdefault(name, facts) != facts:
            raise PayloadError(f"the database {name} is described in two ways", place=str(place), hint=WAY_ON)

    def _refuse(self, chunk: Chunk, position: int, path: Path | None, message: str) -> NoReturn:
        raise LayoutError(message, place=self._place(chunk, position, path), hint=WAY_ON)

    def _place(self, chunk: Chunk, position: int, path: Path | None) -> str:
        last = path[-1] if path else ""
        place = chunk.place_of(position)
        return f"{place}{last}" if last.startswith(".") else str(place)


def status(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    """A status in capitals, as the vocabulary has them: DDM's interfaces don't agree on the case."""
    return value.strip().upper() if type(value) is str and value.strip() else None


def lowered(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    """A word of a closed set (`cluster`, `mysql`) in lower case."""
    return value.strip().lower() if type(value) is str and value.strip() else None


def integer(value: Any, place: Place | str) -> int | None:  # noqa: ANN401 - any JSON value
    """A whole number, be it written as text or as 3.0. Raises PayloadError for what isn't one."""
    if value is None or type(value) is int:
        return value
    if type(value) is float and value.is_integer():
        return int(value)
    if type(value) is str and value.strip().removeprefix("-").isdecimal():
        return int(value)
    raise PayloadError("expected a whole number", place=str(place))


def _each(function: Callable[[Any], str | None], values: Sequence[Any]) -> list[str | None]:
    """The function of every value, computed once for each different one: an export repeats few of them many times."""
    try:
        results = {value: function(value) for value in set(values)}
    except TypeError:  # objects and arrays, where a text should be
        return [function(value) for value in values]
    return [results[value] for value in values]


def _text(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    if type(value) is str:
        return value or None
    return str(value) if type(value) is int else None


def _numbered_index(name: str) -> int | None:
    """The index that a name ends in: "a four-digit number starting from 0000 … incremented by one"."""
    match = NUMBERED.fullmatch(name)
    return int(match[2]) if match else None


def _grouped(shards: list[Shard], databases: Sequence[str]) -> Iterable[tuple[str, list[Shard]]]:
    """The shards by database; mostly they are all of one."""
    if len(set(databases)) == 1:
        return [(databases[0], shards)]
    groups: dict[str, list[Shard]] = {}
    for shard in shards:
        groups.setdefault(shard.database, []).append(shard)
    return groups.items()


def _column(chunk: Chunk, path: Path | None, base: Path) -> Sequence[Any]:
    return [None] * len(chunk.records) if path is None else column(chunk, Source.of(path, base), base)


def _value(place: Place, path: Path | None, base: Path) -> Any:  # noqa: ANN401 - any JSON value
    if path is None:
        return None
    source = Source.of(path, base)
    for _ in range(len(base) - source.depth):
        place = place.parent or place
    return place.key if source.is_key else dig(place.value, source.members)


def _members(base: Path, layout: Layout) -> set[str]:
    """The members of the records at `base` that a layout takes a value from."""
    paths = (getattr(layout, field) for field in layout.__struct_fields__)
    return {
        path[len(base)][1:]
        for path in paths
        if path is not None and len(path) == len(base) + 1 and path[: len(base)] == base and path[-1] != KEY
    }


def _said_again(layout: Layout) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """The fields of a shard, with the words of members that may repeat them."""
    pairs = (
        (layout.data_node, vocabulary.DATA_NODE_REFERENCE),
        (layout.shard_name, vocabulary.SHARD_NAME),
        (layout.database, vocabulary.DATABASE_NAME),
        (layout.shard_index, vocabulary.SHARD_INDEX),
    )
    return ((path, words) for path, words in pairs if path is not None)


def _lacks(record: Any, path: Path) -> bool:  # noqa: ANN401 - any JSON value
    """Whether the containers that lead from a database to its shards are missing from its record."""
    for step in path:
        if not step.startswith("."):
            return type(record) not in _CONTAINERS
        record = record.get(step[1:]) if type(record) is dict else None
    return record is None
