"""Reading a document by its layout: databases with their shards. Pure. Every error names the place in the document."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

import msgspec

from drift.core.errors import LayoutError, PayloadError
from drift.core.model import NO_ATTRIBUTES, Database, Gap, Shard
from drift.decode import synonyms
from drift.decode.layouts.attributes import Keeper, as_text
from drift.decode.layouts.facts import FactReader
from drift.decode.layouts.layout import NUMBERED, WAY_ON, Layout, Path
from drift.decode.layouts.record_tables import Table, Tables, members_taken, place_at
from drift.decode.layouts.twice import twice_listed
from drift.decode.layouts.values import each, integer, is_decimal, status, text
from drift.decode.synonyms import ranked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from drift.decode.layouts.nodes import Nodes

_NODE_NAMES: Final = tuple(word for word in synonyms.DATA_NODE_NAME if word != "name")


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


class Reader:
    """The reader of one document's tables by their layouts."""

    def __init__(self, tables: Tables, nodes: Nodes, volatile: frozenset[str]) -> None:
        self._tables = tables
        self._nodes = nodes
        self._keeper = Keeper(nodes, volatile)
        self._fact_reader = FactReader(tables, nodes, self._keeper)
        self._shards: dict[str, dict[str, Shard]] = {}
        self._placed: list[Placed] = []

    def read(self, layouts: tuple[Layout, ...]) -> Reading:
        """Read everything that the layouts lead to. Raises PayloadError for a value of the wrong kind."""
        self._fact_reader.read(layouts)
        for layout in layouts:
            self._read_shards(self._tables[layout.shards], layout)
        declared = frozenset(self._fact_reader.databases)
        for placed in self._placed:
            self._fact_reader.read_facts_of_shards(placed.table, placed.layout, placed.databases)
        facts = self._fact_reader.databases
        databases = {
            name: (facts.get(name) or Database.of(name)).with_shards(self._shards.get(name, {}).values())
            for name in sorted(declared | self._shards.keys())
        }
        return Reading(
            tuple(databases.values()),
            tuple(sorted(self._fact_reader.gaps)),
            tuple(sorted(set().union(*(placed.nodes for placed in self._placed)) - self._nodes.by_id.keys())),
            self._fact_reader.node_attributes,
            layouts,
            tuple(self._placed),
            declared,
            databases,
        )

    # --- shards ---

    def _read_shards(self, table: Table, layout: Layout) -> None:
        names = self._told(table, layout.shard_name, text, "expected the shard's name")
        nodes = self._told(table, layout.data_node, self._data_node, "expected a known data node")
        if layout.database in {None, layout.shard_name}:
            databases = self._databases_of_names(table, layout, names)
        else:
            databases = self._told(table, layout.database, text, "expected the name of a database")
        self._placed.append(Placed(table, layout, databases, names, nodes))
        indexes = [
            _numbered_index(name) if index is None else index
            for index, name in zip(_column(table, layout.shard_index, integer), names, strict=True)
        ]
        statuses = _column(table, layout.shard_status, status)
        attributes = self._attributes(table, layout, nodes)
        shards = map(Shard, databases, names, indexes, nodes, statuses, attributes)
        for position, shard in enumerate(shards):
            known = self._shards.setdefault(shard.database, {})
            other = known.setdefault(shard.name, shard)
            if other is not shard:
                raise twice_listed(other, shard, self._nodes, str(table.place_of(position)))

    def _told(self, table: Table, path: Path | None, read: Callable[[Any], Any], missing: str) -> Sequence[Any]:
        """Read a column. Raises LayoutError, with its place, for the first record that has no such value."""
        found = each(read, table.column(path))
        if None in found:
            self._refuse(table, found.index(None), path, missing)
        return found

    def _data_node(self, value: Any) -> str | None:  # noqa: ANN401 - any JSON value
        """Return the id of the data node that a value refers to, or the value itself for an unknown data node."""
        return self._nodes.find(value) or text(value)

    def _databases_of_names(self, table: Table, layout: Layout, names: Sequence[str]) -> Sequence[str]:
        databases = [
            self._database_of_name(name)
            or self._refuse(table, position, layout.shard_name, f"{name!r} names no database: it isn't NAME_0000")
            for position, name in enumerate(names)
        ]
        alone = {
            database for database, count in Counter(databases).items() if count == 1
        } - self._fact_reader.databases.keys()
        for position, (database, name) in enumerate(zip(databases, names, strict=True) if alone else ()):
            if database in alone and _numbered_index(name):
                message = f"{name!r} may be a shard of {database!r}, or an unsharded database of that name"
                self._refuse(table, position, layout.shard_name, message)
        return databases

    def _database_of_name(self, name: str) -> str | None:
        """Return the database in a shard's name: the name before the number, else the name of a declared database."""
        match = NUMBERED.fullmatch(name)
        stem = match[1] if match else None
        if name not in self._fact_reader.databases:
            return stem
        return None if stem in self._fact_reader.databases else name

    def _attributes(self, table: Table, layout: Layout, nodes: Sequence[str]) -> Iterable[str]:
        """Build the attributes from the other members of each shard, without those that repeat its fields or node's.

        A member of any name repeats the data node if it does so for every shard.
        """
        fields = (
            (layout.data_node, synonyms.DATA_NODE_REFERENCE),
            (layout.shard_name, synonyms.SHARD_NAME),
            (layout.database, synonyms.DATABASE_NAME),
            (layout.shard_index, synonyms.SHARD_INDEX),
        )

        def listed(field: str) -> Sequence[Any]:
            return each(lambda node: getattr(self._nodes.by_id.get(node), field, None), nodes)

        known: list[tuple[Sequence[Any], tuple[str, ...]]]
        known = [(table.column(path), words) for path, words in fields if path is not None]
        known += [(listed("name"), _NODE_NAMES), (listed("host"), synonyms.HOST), (listed("port"), synonyms.PORT)]
        members = self._keeper.with_rivals(table.members - members_taken(layout.shards, layout), known)
        columns = {member: table.column((*layout.shards, f".{member}")) for member in members}
        if not self._nodes.by_id.keys() >= set(
            nodes
        ):  # what an unlisted data node is called says nothing of its shards
            for member in ranked(members, _NODE_NAMES):
                pairs = zip(columns[member], nodes, strict=True)
                members[member].append([None if node in self._nodes.by_id else name for name, node in pairs])
        members = {
            member: rivals
            for member, rivals in members.items()
            if columns[member] != nodes and (not rivals or columns[member] not in rivals)
        }
        if not members:
            return [NO_ATTRIBUTES] * len(table.records)
        return [
            as_text(self._keeper.kept(record, {m: [rival[at] for rival in rivals] for m, rivals in members.items()}))
            for at, record in enumerate(table.records)
        ]

    def _refuse(self, table: Table, position: int, path: Path | None, message: str) -> NoReturn:
        place = place_at(table.place_of(position), path or table.path, table.path)
        raise LayoutError(message, place=str(place), hint=WAY_ON)


def _column(table: Table, path: Path | None, read: Callable[[Any, object], Any]) -> Sequence[Any]:
    """Read a column. Raises PayloadError, with its place, for the first value of the wrong kind."""
    values = table.column(path)
    try:
        return each(lambda value: read(value, ""), values)
    except PayloadError:
        places = (place_at(place, path, table.path) for place in table.places())
        return [read(value, place) for value, place in zip(values, places, strict=True)]


def _numbered_index(name: str) -> int | None:
    """Read the index at the end of a name: "a four-digit number starting from 0000 … incremented by one"."""
    match = NUMBERED.fullmatch(name)
    return int(match[2]) if match and is_decimal(match[2]) else None
