"""What a document says of databases and data nodes themselves, apart from their shards. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from drift.core.errors import PayloadError
from drift.core.model import NO_ATTRIBUTES, Gap
from drift.decode import synonyms
from drift.decode.layouts.attributes import Keeper, as_text
from drift.decode.layouts.layout import EACH, KEY, KEYED, WAY_ON, Layout, Path
from drift.decode.layouts.record_tables import Table, Tables, ancestor, members_taken, value_at
from drift.decode.layouts.values import integer, lowered, status, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from drift.core.strict_json import Place
    from drift.decode.layouts.nodes import Nodes

_CONTAINERS: Final = frozenset({dict, list})


class At(NamedTuple):
    """The place of one member of a record, which is put into words only where something is wrong there."""

    record: Place
    path: Path | None

    def __str__(self) -> str:
        last = self.path[-1] if self.path else ""
        return f"{self.record}{last}" if last.startswith(".") else str(self.record)


class Facts(msgspec.Struct, frozen=True):
    """What is said of a database apart from its shards."""

    shard_mode: str | None = None
    shard_count: int | None = None
    status: str | None = None
    attributes: str = NO_ATTRIBUTES


class Descriptions:
    """Reads what the tables of one document say of databases, by name, and of data nodes, by id."""

    def __init__(self, tables: Tables, nodes: Nodes, keeper: Keeper) -> None:
        self._tables = tables
        self._nodes = nodes
        self._keeper = keeper
        self.facts: dict[str, Facts] = {}
        self.gaps: list[Gap] = []
        self.node_attributes: dict[str, dict[str, Any]] = {}

    def read(self, layouts: tuple[Layout, ...]) -> None:
        """Reads all that the layouts lead to. Raises PayloadError for what can't be so."""
        done: set[Path] = set()
        for layout in layouts:
            self._read_nodes(layout, layouts)
            base = layout.databases
            if base is None:
                self._read_facts_of_shards(layout)
            elif base != layout.shards and base not in done:
                done.add(base)
                self._read_databases(layout, [_way(each, base) for each in layouts if _is_within(each, base)])

    # --- databases ---

    def _read_databases(self, layout: Layout, ways: list[Path]) -> None:
        base = layout.databases or ()
        read: set[str] = set()
        for place in self._places(base, layout):
            name = text(value_at(place, layout.database_name, base))
            if name is None:
                raise PayloadError("expected a database with a name", place=str(place), hint=WAY_ON)
            self._add(name, self._facts_of(place, layout, ways), place, alone=name in read)
            if _is_unique(layout):
                read.add(name)
            if ways and all(_lacks(place.value, way) for way in ways):
                self.gaps.append(Gap.of_database(name, f"{place}: the payload has no shards for it, not even none"))

    def _places(self, base: Path, layout: Layout) -> Iterator[Place]:
        """The places of the records at a path on the way to the shards, or of a table of their own."""
        if base in self._tables:
            for chunk in self._tables[base].chunks:
                yield from map(chunk.place_of, range(len(chunk.records)))
            return
        yield from _ancestors(self._tables[layout.shards], len(base))

    def _facts_of(self, place: Place, layout: Layout, ways: list[Path]) -> Facts:
        base = layout.databases or ()
        said = [(value_at(place, layout.database_name, base), synonyms.DATABASE_NAME)]
        return Facts(
            shard_mode=lowered(value_at(place, layout.shard_mode, base), At(place, layout.shard_mode)),
            shard_count=integer(value_at(place, layout.shard_count, base), At(place, layout.shard_count)),
            status=status(value_at(place, layout.database_status, base), At(place, layout.database_status)),
            attributes=as_text(self._others(place.value, members_taken(base, layout), ways, said)),
        )

    def _others(
        self,
        record: Any,  # noqa: ANN401 - any JSON value
        taken: frozenset[str],
        ways: list[Path],
        said: Sequence[tuple[Any, tuple[str, ...]]],
    ) -> dict[str, Any]:
        """The members of a record that no field takes and that don't lead to shards, and what else those lead to."""
        if type(record) is not dict or any(way[0] in {EACH, KEYED} for way in ways):
            return {}
        steps = {way[0][1:] for way in ways}
        kept = self._keeper.kept(record, self._keeper.with_rivals(record.keys() - steps - taken, said))
        for step in steps & record.keys():
            rest = self._keeper.rest(record[step], {way[1:] for way in ways if way[0][1:] == step})
            if rest is not None:
                kept[step] = rest
        return kept

    def _read_facts_of_shards(self, layout: Layout) -> None:
        """Facts about a database that each of its shards repeats."""
        paths = (layout.shard_mode, layout.shard_count, layout.database_status)
        if layout.database is None or not any(paths):
            return
        mode_at, count_at, status_at = paths
        table = self._tables[layout.shards]
        rows = zip(*(table.column(path) for path in (layout.database, *paths)), strict=True)
        for position, (name, mode, count, state) in enumerate(rows):
            place = table.place_of(position)
            facts = Facts(
                lowered(mode, At(place, mode_at)),
                integer(count, At(place, count_at)),
                status(state, At(place, status_at)),
            )
            self._add(text(name) or "", facts, place, alone=False)

    def _add(self, name: str, facts: Facts, place: Place, *, alone: bool) -> None:
        if alone:
            raise PayloadError(f"the database {name} is there more than once", place=str(place), hint=WAY_ON)
        if self.facts.setdefault(name, facts) != facts:
            raise PayloadError(f"the database {name} is described in two ways", place=str(place), hint=WAY_ON)

    # --- data nodes ---

    def _read_nodes(self, layout: Layout, layouts: tuple[Layout, ...]) -> None:
        """What is said of data nodes that have the shards below them, unless it is said for one database alone."""
        base = _base(layout.data_node or ())
        if layout.data_node is None or base == layout.shards or not _is_within(layout, base):
            return
        if layout.databases is not None and len(layout.databases) < len(base):
            return
        ways = [_end(each, base)[len(base) :] for each in layouts if _is_within(each, base)]
        for place in _ancestors(self._tables[layout.shards], len(base)):
            identity = self._nodes.find(value_at(place, layout.data_node, base))
            if identity is not None:
                said = self._keeper.said_of(identity)
                found = self._others(place.value, members_taken(base, layout), ways, said)
                self._add_to_node(identity, found, place)

    def _add_to_node(self, identity: str, found: dict[str, Any], place: Place) -> None:
        known = self.node_attributes.setdefault(identity, {})
        for member, value in found.items():
            if known.setdefault(member, value) != value:
                message = f"the data node {identity} is described in two ways"
                raise PayloadError(message, place=f"{place}.{member}", hint=WAY_ON)


def _ancestors(table: Table, depth: int) -> Iterable[Place]:
    places = (ancestor(chunk, depth, table.path) for chunk in table.chunks)
    return {id(place.value): place for place in places}.values()


def _is_within(layout: Layout, base: Path) -> bool:
    return len(layout.shards) > len(base) and layout.shards[: len(base)] == base


def _way(layout: Layout, base: Path) -> Path:
    """How one goes on from the records at a path to the shards."""
    return layout.shards[len(base) :]


def _end(layout: Layout, base: Path) -> Path:
    """Where what the records at a path say ends: at the databases below them, else at the shards."""
    databases = layout.databases or ()
    return databases if len(databases) > len(base) and databases[: len(base)] == base else layout.shards


def _base(path: Path) -> Path:
    """The records that a path to one of their values starts from."""
    if path[-1:] == (KEY,):
        return path[:-1]
    while path and path[-1].startswith("."):
        path = path[:-1]
    return path


def _is_unique(layout: Layout) -> bool:
    """Whether a database can have one record only: under data nodes, each of them has one."""
    data_node, base = layout.data_node or (), layout.databases or ()
    return layout.shards[: len(data_node) - 1] != data_node[:-1] or len(data_node) > len(base)


def _lacks(record: Any, path: Path) -> bool:  # noqa: ANN401 - any JSON value
    """Whether the containers that lead from a database to its shards are missing from its record."""
    for step in path:
        if not step.startswith("."):
            return type(record) not in _CONTAINERS
        record = record.get(step[1:]) if type(record) is dict else None
    return record is None
