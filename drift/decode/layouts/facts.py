"""Reading the facts about databases and data nodes themselves, apart from their shards. Pure."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final

from drift.core.errors import PayloadError
from drift.core.member_names import plain
from drift.core.model import NO_ATTRIBUTES, Database, Gap
from drift.decode import synonyms
from drift.decode.layouts.attributes import Keeper, as_text
from drift.decode.layouts.layout import KEYED, WAY_ON, Layout, Path, base_of
from drift.decode.layouts.record_tables import (
    Table,
    Tables,
    beginnings_of,
    dig,
    members_taken,
    place_at,
    places_above,
)
from drift.decode.layouts.values import integer, lowered, status, text
from drift.decode.synonyms import is_container_of_nodes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from drift.core.strict_json import Place
    from drift.decode.layouts.nodes import Nodes

_CONTAINERS: Final = frozenset({dict, list})
_REFERENCES: Final = synonyms.DATA_NODE_ID + synonyms.DATA_NODE_REFERENCE


class FactReader:
    """The reader of facts in one document: about databases, by name, and about data nodes, by id."""

    def __init__(self, tables: Tables, nodes: Nodes, keeper: Keeper) -> None:
        self._tables = tables
        self._nodes = nodes
        self._keeper = keeper
        self.databases: dict[str, Database] = {}  # without their shards
        self.gaps: list[Gap] = []
        self.node_attributes: dict[str, dict[str, Any]] = {}

    def read(self, layouts: tuple[Layout, ...]) -> None:
        """Read all facts that the layouts lead to. Raises PayloadError for a value of the wrong kind."""
        done: set[Path] = set()
        for layout in layouts:
            base, nodes = layout.databases, base_of(layout.data_node or ())
            # What stands inside one database's record, or in a shard's, is an attribute of that.
            is_inside = base is not None and nodes[: len(base)] == base
            if layout.data_node is not None and _is_within(layout.shards, nodes) and not is_inside:
                self._read_nodes(layout, nodes, _ways_below(nodes, layouts))
            if base is not None and base != layout.shards and base not in done:
                done.add(base)
                self._read_databases(layout, base, _ways_below(base, layouts))
        self._read_lists_of_nodes(layouts)

    def _read_databases(self, layout: Layout, base: Path, below: list[Path]) -> None:
        """Read the databases' records; `below` are the paths from a record to its shards."""
        read: set[str] = set()
        # A database has one record only, or one below each data node.
        is_below_nodes = layout.data_node is not None and _is_within(base, base_of(layout.data_node))
        for place in self._places(base, layout):
            value = place_at(place, layout.database_name, base).value
            name = text(value)
            if name is None:
                raise PayloadError("expected a database with a name", place=str(place), hint=WAY_ON)
            if name in read:
                raise PayloadError(f"the database {name} appears more than once", place=str(place), hint=WAY_ON)
            if not is_below_nodes:
                read.add(name)
            known = [(value, synonyms.DATABASE_NAME)]
            attributes = as_text(self._keeper.others(place.value, below, members_taken(base, layout), known))
            self._add(_database(name, [place_at(place, path, base) for path in _paths(layout)], attributes), place)
            if below and all(_lacks(place.value, path) for path in below):
                self.gaps.append(Gap.of_database(name, f"{place}: the payload has no list of its shards"))

    def read_facts_of_shards(self, table: Table, layout: Layout, databases: Sequence[str]) -> None:
        """Read the facts about a database that each of its shards repeats."""
        paths = _paths(layout)
        if layout.databases is not None or not any(paths):
            return
        known: dict[str, list[Any]] = {}
        for position, (name, *values) in enumerate(zip(databases, *map(table.column, paths), strict=True)):
            if known.get(name) != values:
                known[name] = values
                place = table.place_of(position)
                self._add(_database(name, [place_at(place, path, table.path) for path in paths]), place)

    def _add(self, database: Database, place: Place) -> None:
        if self.databases.setdefault(database.name, database) != database:
            message = f"the database {database.name} is described in two ways"
            raise PayloadError(message, place=str(place), hint=WAY_ON)

    def _read_nodes(self, layout: Layout, base: Path, below: list[Path]) -> None:
        """Read the attributes of the data nodes that contain the shards."""
        for place in self._places(base, layout):
            identity = self._nodes.find(place_at(place, layout.data_node, base).value)
            if identity is not None:
                self._add_node(identity, place, below, members_taken(base, layout))

    def _read_lists_of_nodes(self, layouts: tuple[Layout, ...]) -> None:
        if any(layout.databases == () for layout in layouts):
            return  # all stands in one database's record, and is an attribute of that
        ways = beginnings_of(path for each in layouts for path in (each.shards, each.databases or ()))
        for path, table in self._tables.items():
            if path not in ways and _is_list_of_nodes(table):
                self._read_list_of_nodes(table)

    def _read_list_of_nodes(self, table: Table) -> None:
        """Read the attributes of data nodes in a list apart from the shards, if that has a record for each of them.

        A list of some may be of those in use: then what it says comes and goes with their shards.
        """
        is_keyed = table.path[-1] == KEYED
        places = {self._listed(place.key if is_keyed else place.value): place for place in table.places()}
        if len(places) == len(table) and places.keys() == self._nodes.by_id.keys():
            for identity in self._nodes.by_id:
                self._add_node(identity, places[identity], [], frozenset())

    def _listed(self, record: Any) -> str | None:  # noqa: ANN401 - any JSON value
        """Return the data node whose id a record, or a key, has."""
        references = [record]
        if type(record) is dict:
            references = [record[member] for member in synonyms.ranked(record, _REFERENCES)]
        return next(filter(None, map(self._nodes.find, references)), None)

    def _add_node(self, identity: str, place: Place, below: list[Path], taken: frozenset[str]) -> None:
        known = self.node_attributes.setdefault(identity, {})
        others = self._keeper.others(place.value, below, taken, self._keeper.node_facts(identity))
        for member, value in others.items():
            if known.setdefault(member, value) != value:
                message = f"the data node {identity} is described in two ways"
                raise PayloadError(message, place=f"{place}.{member}", hint=WAY_ON)

    def _places(self, base: Path, layout: Layout) -> Iterable[Place]:
        """List the places of the records at a path on the way to the shards, or in a table of their own."""
        if base in self._tables:
            return self._tables[base].places()
        return places_above(self._tables[layout.shards], len(base))


def _paths(layout: Layout) -> tuple[Path | None, ...]:
    """Return the paths to what a record of a database has fields for, besides its name."""
    return layout.shard_mode, layout.shard_count, layout.database_status


def _database(name: str, found: Sequence[Place], attributes: str = NO_ATTRIBUTES) -> Database:
    """Build the record of a database from what is at the paths."""
    mode, count, state = found
    return Database.of(
        name,
        shard_mode=lowered(mode.value, mode),
        shard_count=integer(count.value, count),
        status=status(state.value, state),
        attributes=attributes,
    )


def _is_list_of_nodes(table: Table) -> bool:
    """Whether a table is one list, or object, called as those of data nodes are, that stands in wrappers alone."""
    *above, container = table.path[:-1] or ("",)
    return is_container_of_nodes(container[1:]) and all(plain(step[1:]) in synonyms.ENVELOPES for step in above)


def _is_within(path: Path, base: Path) -> bool:
    return len(path) > len(base) and path[: len(base)] == base


def _ways_below(base: Path, layouts: tuple[Layout, ...]) -> list[Path]:
    """Return the ways from the records at a path to what is read below them: databases, or else shards."""
    ends = (
        next((path for path in (each.databases, each.shards) if path is not None and _is_within(path, base)), None)
        for each in layouts
    )
    return [end[len(base) :] for end in ends if end is not None]


def _lacks(record: Any, path: Path) -> bool:  # noqa: ANN401 - any JSON value
    """Whether a database's record lacks the container that leads to its shards."""
    members = tuple(step[1:] for step in takewhile(lambda step: step.startswith("."), path))
    return type(dig(record, members)) not in _CONTAINERS
