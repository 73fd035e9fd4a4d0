"""Reading a document by its layout: databases with their shards. Pure. Every error names the place in the document."""

from __future__ import annotations

from collections import Counter
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

import msgspec

from drift.core.errors import LayoutError
from drift.core.model import NO_ATTRIBUTES, Database, Gap, Shard
from drift.decode import synonyms
from drift.decode.layouts.attributes import Keeper, as_text
from drift.decode.layouts.facts import FactReader, Facts
from drift.decode.layouts.layout import KEY, NUMBERED, WAY_ON, Layout, Path
from drift.decode.layouts.record_tables import Table, Tables, members_taken
from drift.decode.layouts.twice import twice_listed
from drift.decode.layouts.values import LARGEST, each, integer, is_decimal, status, text
from drift.decode.synonyms import ranked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from drift.decode.layouts.nodes import Nodes

_WORDS: Final = frozenset({str, type(None)})
_FEWEST_DIGITS: Final = 4
_NAME: Final = attrgetter("name")


class Placed(NamedTuple):
    """The shards of one table, column by column, and the layout that they were read by."""

    table: Table
    layout: Layout
    databases: Sequence[str]
    names: Sequence[str]
    nodes: Sequence[str]


class Reading(msgspec.Struct, frozen=True):
    """The databases of a document, and its gaps.

    `strangers` are the data nodes that no list names; `node_attributes` are attributes of the others that their list
    lacks. `declared` are the databases that it describes apart from their shards.
    """

    databases: tuple[Database, ...]
    gaps: tuple[Gap, ...]
    strangers: tuple[str, ...]
    node_attributes: dict[str, dict[str, Any]]
    layouts: tuple[Layout, ...]
    placed: tuple[Placed, ...]
    declared: frozenset[str]
    by_name: dict[str, Database]


class At(NamedTuple):
    """The place of one member of a shard. Its text is built only for an error."""

    table: Table
    position: int
    path: Path | None

    def __str__(self) -> str:
        place = self.table.place_of(self.position)
        path, base = self.path or (), self.table.path
        own = path[len(base) :] if path[: len(base)] == base and path[-1:] != (KEY,) else ()
        return f"{place}{''.join(own)}"


class Reader:
    """The reader of one document's tables by their layouts."""

    def __init__(self, tables: Tables, nodes: Nodes, volatile: frozenset[str]) -> None:
        self._tables = tables
        self._nodes = nodes
        self._keeper = Keeper(nodes, volatile)
        self._fact_reader = FactReader(tables, nodes, self._keeper)
        self._shards: dict[str, dict[str, Shard]] = {}
        self._strangers: set[str] = set()
        self._placed: list[Placed] = []

    def read(self, layouts: tuple[Layout, ...]) -> Reading:
        """Read everything that the layouts lead to. Raises PayloadError for a value of the wrong kind."""
        self._fact_reader.read(layouts)
        for layout in layouts:
            self._read_shards(self._tables[layout.shards], layout)
        names = sorted(self._fact_reader.facts.keys() | self._shards.keys())
        databases = {name: self._database(name) for name in names}
        return Reading(
            tuple(databases.values()),
            tuple(sorted(self._fact_reader.gaps)),
            tuple(sorted(self._strangers)),
            self._fact_reader.node_attributes,
            layouts,
            tuple(self._placed),
            frozenset(self._fact_reader.facts),
            databases,
        )

    def _database(self, name: str) -> Database:
        facts = self._fact_reader.facts.get(name, Facts())
        return Database.of(
            name,
            shard_mode=facts.shard_mode,
            shard_count=facts.shard_count,
            status=facts.status,
            attributes=facts.attributes,
            shards=self._shards.get(name, {}).values(),
        )

    # --- shards ---

    def _read_shards(self, table: Table, layout: Layout) -> None:
        names = self._names(table, layout)
        nodes = self._data_nodes(table, layout)
        databases = self._database_names(table, layout, names)
        self._placed.append(Placed(table, layout, databases, names, nodes))
        indexes = self._indexes(table, layout, names)
        statuses = self._statuses(table, layout)
        attributes = self._attributes(table, layout, nodes)
        shards = list(map(Shard, databases, names, indexes, nodes, statuses, attributes))
        for database, group in _grouped(shards, databases, table):
            known = self._shards.setdefault(database, {})
            fresh = dict(zip(map(_NAME, group), group, strict=True))
            if len(fresh) != len(group) or not known.keys().isdisjoint(fresh):
                self._refuse_duplicate(table, shards, database)
            known.update(fresh)

    def _refuse_duplicate(self, table: Table, shards: list[Shard], database: str) -> NoReturn:
        counts = Counter(shard.name for shard in shards if shard.database == database)
        seen = dict(self._shards[database]) if max(counts.values()) == 1 else {}
        for position, shard in enumerate(shards):
            if shard.database != database:
                continue
            if shard.name in seen:
                raise twice_listed(seen[shard.name], shard, self._nodes, str(table.place_of(position)))
            seen[shard.name] = shard
        raise AssertionError("called without a duplicate")

    def _names(self, table: Table, layout: Layout) -> Sequence[str]:
        names = table.column(layout.shard_name)
        if set(map(type, names)) <= {str} and all(names):
            return names
        return [
            text(name) or self._refuse(table, position, layout.shard_name, "expected the shard's name")
            for position, name in enumerate(names)
        ]

    def _data_nodes(self, table: Table, layout: Layout) -> Sequence[str]:
        nodes = each(self._data_node, table.column(layout.data_node))
        if None in nodes:
            self._refuse(table, nodes.index(None), layout.data_node, "expected a known data node")
        return nodes  # type: ignore[return-value]

    def _data_node(self, value: Any) -> str | None:  # noqa: ANN401 - any JSON value
        """Return the id of the data node that a value refers to, or the value itself for an unknown data node."""
        identity = self._nodes.find(value) or text(value)
        if identity and identity not in self._nodes.by_id:
            self._strangers.add(identity)
        return identity

    def _database_names(self, table: Table, layout: Layout, names: Sequence[str]) -> Sequence[str]:
        if layout.database in {None, layout.shard_name}:
            return self._databases_of_names(table, layout, names)
        databases = each(text, table.column(layout.database))
        if None in databases:
            self._refuse(table, databases.index(None), layout.database, "expected the name of a database")
        return databases  # type: ignore[return-value]

    def _databases_of_names(self, table: Table, layout: Layout, names: Sequence[str]) -> Sequence[str]:
        databases = [
            self._database_of_name(name)
            or self._refuse(table, position, layout.shard_name, f"{name!r} names no database: it isn't NAME_0000")
            for position, name in enumerate(names)
        ]
        alone = {
            database for database, count in Counter(databases).items() if count == 1
        } - self._fact_reader.facts.keys()
        for position, (database, name) in enumerate(zip(databases, names, strict=True) if alone else ()):
            if database in alone and _numbered_index(name):
                message = f"{name!r} may be a shard of {database!r}, or an unsharded database of that name"
                self._refuse(table, position, layout.shard_name, message)
        return databases

    def _database_of_name(self, name: str) -> str | None:
        """Return the database in a shard's name: the name before the number, else the name of a declared database."""
        match = NUMBERED.fullmatch(name)
        stem = match[1] if match else None
        if name not in self._fact_reader.facts:
            return stem
        return None if stem in self._fact_reader.facts else name

    def _indexes(self, table: Table, layout: Layout, names: Sequence[str]) -> Sequence[int | None]:
        values = table.column(layout.shard_index)
        if set(map(type, values)) == {int} and max(values) <= LARGEST and min(values) >= -LARGEST:
            return values
        indexes = [
            None if value is None else integer(value, At(table, position, layout.shard_index))
            for position, value in enumerate(values)
        ]
        return [_numbered_index(name) if index is None else index for index, name in zip(indexes, names, strict=True)]

    def _statuses(self, table: Table, layout: Layout) -> Sequence[str | None]:
        values = table.column(layout.shard_status)
        if set(map(type, values)) <= _WORDS:
            return each(lambda value: status(value, ""), values)
        return [status(value, At(table, at, layout.shard_status)) for at, value in enumerate(values)]

    def _attributes(self, table: Table, layout: Layout, nodes: Sequence[str]) -> Iterable[str]:
        """Build the attributes from the other members of each shard, without those that repeat its fields or node's.

        A member of any name repeats the data node if it does so for every shard.
        """
        known = [(table.column(path), words) for path, words in _repeatable_fields(layout)]
        known += [
            (each(fact, nodes), words)
            for fact, words in ((self._host, synonyms.HOST), (self._port, synonyms.PORT))
            if ranked(table.members, words)
        ]
        members = self._keeper.with_rivals(table.members - members_taken(layout.shards, layout), known)
        columns = {member: table.column((*layout.shards, f".{member}")) for member in members}
        members = {
            member: rivals
            for member, rivals in members.items()
            if columns[member] != nodes and (not rivals or columns[member] not in rivals)
        }
        if not members:
            return [NO_ATTRIBUTES] * len(table.records)
        if not any(members.values()):
            return [as_text(self._keeper.kept(record, members)) for record in table.records]
        return [
            as_text(self._keeper.kept(record, {m: [rival[at] for rival in rivals] for m, rivals in members.items()}))
            for at, record in enumerate(table.records)
        ]

    def _host(self, node: str) -> str | None:
        known = self._nodes.by_id.get(node)
        return known.host if known else None

    def _port(self, node: str) -> int | None:
        known = self._nodes.by_id.get(node)
        return known.port if known else None

    def _refuse(self, table: Table, position: int, path: Path | None, message: str) -> NoReturn:
        raise LayoutError(message, place=str(At(table, position, path)), hint=WAY_ON)


def _numbered_index(name: str) -> int | None:
    """Read the index at the end of a name: "a four-digit number starting from 0000 … incremented by one"."""
    stem, _, digits = name.rpartition("_")
    is_number = len(digits) >= _FEWEST_DIGITS and digits.isascii() and digits.isdecimal() and is_decimal(digits)
    return int(digits) if stem and is_number else None


def _grouped(shards: Sequence[Shard], databases: Sequence[str], table: Table) -> Iterator[tuple[str, Sequence[Shard]]]:
    """Group the shards by database; the shards of one container mostly have the same."""
    start = 0
    for chunk in table.chunks:
        end = start + len(chunk.records)
        names, here = databases[start:end], shards[start:end]
        start = end
        groups: dict[str, list[Shard]] = {name: [] for name in sorted(set(names))}
        if len(groups) == 1:
            yield names[0], here
            continue
        for name, shard in zip(names, here, strict=True):
            groups[name].append(shard)
        yield from groups.items()


def _repeatable_fields(layout: Layout) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Pair the fields of a shard with the words for members that may repeat them."""
    pairs = (
        (layout.data_node, synonyms.DATA_NODE_REFERENCE),
        (layout.shard_name, synonyms.SHARD_NAME),
        (layout.database, synonyms.DATABASE_NAME),
        (layout.shard_index, synonyms.SHARD_INDEX),
    )
    return ((path, words) for path, words in pairs if path is not None)
