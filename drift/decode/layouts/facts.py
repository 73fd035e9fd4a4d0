"""Reading the facts about databases and data nodes themselves, apart from their shards. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift.core.errors import PayloadError
from drift.core.model import NO_ATTRIBUTES, Gap
from drift.decode import synonyms
from drift.decode.layouts.attributes import Keeper, as_text
from drift.decode.layouts.layout import EACH, KEYED, WAY_ON, Layout, Path, base_of
from drift.decode.layouts.record_tables import Table, Tables, ancestor, members_taken, value_at
from drift.decode.layouts.values import integer, lowered, status, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from drift.core.strict_json import Place
    from drift.decode.layouts.nodes import Nodes

_CONTAINERS: Final = frozenset({dict, list})


class Facts(msgspec.Struct, frozen=True):
    """The fields of a database apart from its shards."""

    shard_mode: str | None = None
    shard_count: int | None = None
    status: str | None = None
    attributes: str = NO_ATTRIBUTES


class FactReader:
    """The reader of facts in one document: about databases, by name, and about data nodes, by id."""

    def __init__(self, tables: Tables, nodes: Nodes, keeper: Keeper) -> None:
        self._tables = tables
        self._nodes = nodes
        self._keeper = keeper
        self.facts: dict[str, Facts] = {}
        self.gaps: list[Gap] = []
        self.node_attributes: dict[str, dict[str, Any]] = {}

    def read(self, layouts: tuple[Layout, ...]) -> None:
        """Read all facts that the layouts lead to. Raises PayloadError for a value of the wrong kind."""
        done: set[Path] = set()
        for layout in layouts:
            self._read_nodes(layout, layouts)
            base = layout.databases
            if base is None:
                self._read_facts_of_shards(layout)
            elif base != layout.shards and base not in done:
                done.add(base)
                self._read_databases(layout, [each.shards[len(base) :] for each in layouts if _is_within(each, base)])

    # --- databases ---

    def _read_databases(self, layout: Layout, below: list[Path]) -> None:
        """Read the databases' records; `below` are the paths from a record to its shards."""
        base = layout.databases or ()
        read: set[str] = set()
        for place in self._places(base, layout):
            name = text(value_at(place, layout.database_name, base))
            if name is None:
                raise PayloadError("expected a database with a name", place=str(place), hint=WAY_ON)
            self._add(name, self._facts_of(place, layout, below), place, is_repeated=name in read)
            if _is_unique(layout):
                read.add(name)
            if below and all(_lacks(place.value, path) for path in below):
                self.gaps.append(Gap.of_database(name, f"{place}: the payload has no list of its shards"))

    def _places(self, base: Path, layout: Layout) -> Iterator[Place]:
        """List the places of the records at a path on the way to the shards, or in a table of their own."""
        if base in self._tables:
            for chunk in self._tables[base].chunks:
                yield from map(chunk.place_of, range(len(chunk.records)))
            return
        yield from _ancestors(self._tables[layout.shards], len(base))

    def _facts_of(self, place: Place, layout: Layout, below: list[Path]) -> Facts:
        base = layout.databases or ()
        values = (
            value_at(place, path, base) for path in (layout.shard_mode, layout.shard_count, layout.database_status)
        )
        known = [(value_at(place, layout.database_name, base), synonyms.DATABASE_NAME)]
        others = self._others(place.value, members_taken(base, layout), below, known)
        return _facts(layout, values, place, as_text(others))

    def _others(
        self,
        record: Any,  # noqa: ANN401 - any JSON value
        taken: frozenset[str],
        below: list[Path],
        known: Sequence[tuple[Any, tuple[str, ...]]],
    ) -> dict[str, Any]:
        """Return the members of a record that no field takes; of members that lead to shards, the other content."""
        if type(record) is not dict or any(path[0] in {EACH, KEYED} for path in below):
            return {}
        steps = {path[0][1:] for path in below}
        kept = self._keeper.kept(record, self._keeper.with_rivals(record.keys() - steps - taken, known))
        for step in steps & record.keys():
            rest = self._keeper.rest(record[step], {path[1:] for path in below if path[0][1:] == step})
            if rest is not None:
                kept[step] = rest
        return kept

    def _read_facts_of_shards(self, layout: Layout) -> None:
        """Read the facts about a database that each of its shards repeats."""
        paths = (layout.shard_mode, layout.shard_count, layout.database_status)
        if layout.database is None or not any(paths):
            return
        table = self._tables[layout.shards]
        rows = zip(*(table.column(path) for path in (layout.database, *paths)), strict=True)
        for position, (name, *values) in enumerate(rows):
            place = table.place_of(position)
            self._add(text(name) or "", _facts(layout, values, place), place, is_repeated=False)

    def _add(self, name: str, facts: Facts, place: Place, *, is_repeated: bool) -> None:
        if is_repeated:
            raise PayloadError(f"the database {name} appears more than once", place=str(place), hint=WAY_ON)
        if self.facts.setdefault(name, facts) != facts:
            raise PayloadError(f"the database {name} is described in two ways", place=str(place), hint=WAY_ON)

    # --- data nodes ---

    def _read_nodes(self, layout: Layout, layouts: tuple[Layout, ...]) -> None:
        """Read the attributes of data nodes that contain the shards, unless they are inside one database's record."""
        base = base_of(layout.data_node or ())
        if layout.data_node is None or base == layout.shards or not _is_within(layout, base):
            return
        if layout.databases is not None and len(layout.databases) <= len(base):
            return
        below = [_end(each, base)[len(base) :] for each in layouts if _is_within(each, base)]
        for place in self._places(base, layout):
            identity = self._nodes.find(value_at(place, layout.data_node, base))
            if identity is not None:
                known = self._keeper.node_facts(identity)
                attributes = self._others(place.value, members_taken(base, layout), below, known)
                self._add_to_node(identity, attributes, place)

    def _add_to_node(self, identity: str, attributes: dict[str, Any], place: Place) -> None:
        known = self.node_attributes.setdefault(identity, {})
        for member, value in attributes.items():
            if known.setdefault(member, value) != value:
                message = f"the data node {identity} is described in two ways"
                raise PayloadError(message, place=f"{place}.{member}", hint=WAY_ON)


def _facts(layout: Layout, values: Iterable[Any], place: Place, attributes: str = NO_ATTRIBUTES) -> Facts:
    mode, count, state = values

    def at(path: Path | None) -> str:
        return f"{place}{path[-1]}" if path and path[-1].startswith(".") else str(place)

    return Facts(
        lowered(mode, at(layout.shard_mode)),
        integer(count, at(layout.shard_count)),
        status(state, at(layout.database_status)),
        attributes,
    )


def _ancestors(table: Table, depth: int) -> Iterable[Place]:
    places = (ancestor(chunk, depth, table.path) for chunk in table.chunks)
    return {id(place.value): place for place in places}.values()


def _is_within(layout: Layout, base: Path) -> bool:
    return len(layout.shards) > len(base) and layout.shards[: len(base)] == base


def _end(layout: Layout, base: Path) -> Path:
    """Return the path at which the records at `base` end: that of the databases below them, else of the shards."""
    databases = layout.databases or ()
    return databases if len(databases) > len(base) and databases[: len(base)] == base else layout.shards


def _is_unique(layout: Layout) -> bool:
    """Whether a database has one record only: if databases are under data nodes, it has one under each."""
    data_node, base = layout.data_node or (), layout.databases or ()
    return layout.shards[: len(data_node) - 1] != data_node[:-1] or len(data_node) > len(base)


def _lacks(record: Any, path: Path) -> bool:  # noqa: ANN401 - any JSON value
    """Whether a database's record lacks the containers that lead to its shards."""
    for step in path:
        if not step.startswith("."):
            return type(record) not in _CONTAINERS
        record = record.get(step[1:]) if type(record) is dict else None
    return record is None
