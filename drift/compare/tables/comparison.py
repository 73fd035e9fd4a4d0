"""Compare the tables of every database of a snapshot, as its data nodes showed them. Pure.

A shard counts at its claimed data node alone. What could not be read is not checked: it is in no majority.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from drift.compare.node_identity import others_than_claimed
from drift.compare.tables.structure import DatabaseStructure, compare_shards
from drift.core.data_nodes import Compared, Failure, NotChecked
from drift.core.model import Mask
from drift.core.table_definitions import NodeStructure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from drift.core.data_nodes import NodeReading
    from drift.core.model import Database, Snapshot
    from drift.core.table_definitions import ShardStructure

RULE = "column-differs"
"""The rule that stands for all rules about tables where they could not be judged."""


class StructureComparison(msgspec.Struct, frozen=True):
    """The tables of all databases, and what could not be checked. An operation is in flight on those `moving`."""

    databases: tuple[DatabaseStructure, ...]
    not_checked: tuple[NotChecked, ...]
    moving: frozenset[str]

    @property
    def compared(self) -> Compared:
        """The findings and the unchecked parts, as all comparisons with data nodes have them."""
        found = tuple(chain.from_iterable(each.findings for each in self.databases))
        return Compared(
            findings=tuple(each for each in found if each.name not in self.moving),
            not_checked=self.not_checked,
            moving=tuple(each for each in found if each.name in self.moving),
        )


def compare_structure(snapshot: Snapshot, readings: Mapping[str, NodeReading]) -> StructureComparison:
    """Compare the shards of each database, from readings by data-node id."""
    mask = Mask.of(snapshot.gaps)
    others = others_than_claimed(snapshot.data_nodes, readings.values())
    doubtful = frozenset(chain.from_iterable(each.items or (each.name,) for each in others))
    databases = [each for each in snapshot.databases if not mask.hides_database(each.name)]
    shards = {database.name: _shards(database, readings, doubtful) for database in databases}
    return StructureComparison(
        tuple(compare_shards(each.name, held, _first(each)) for each in databases if (held := shards[each.name])),
        (*_unread(readings, doubtful), *chain.from_iterable(_hidden(each, readings) for each in databases)),
        _moving(snapshot),
    )


def _moving(snapshot: Snapshot) -> frozenset[str]:
    """Return the databases on which an operation is in flight: their shards are being filled or emptied."""
    scopes = {operation.scope for operation in snapshot.in_flight}
    names = (each.name for each in snapshot.databases)
    return frozenset(name for name in names if not scopes.isdisjoint({"instance", f"database {name}"}))


def _first(database: Database) -> str:
    """Return the name of the first shard, which holds the tables that are not sharded."""
    first = min(database.shards, key=lambda shard: (shard.index is None, shard.index or 0, shard.name))
    return first.name


def _shards(
    database: Database, readings: Mapping[str, NodeReading], doubtful: frozenset[str]
) -> dict[str, ShardStructure]:
    found: dict[str, ShardStructure] = {}
    for shard in database.shards:
        reading = None if shard.data_node_id in doubtful else readings.get(shard.data_node_id)
        if reading is not None and isinstance(reading.structure, NodeStructure):
            structure = reading.structure.shards.get(shard.name)
            if structure is not None:
                found[shard.name] = structure
    return found


def _unread(readings: Mapping[str, NodeReading], doubtful: frozenset[str]) -> Iterator[NotChecked]:
    """Report the data nodes whose tables could not be read; placement reports those that could not be read at all."""
    for node, reading in sorted(readings.items()):
        if isinstance(reading.structure, Failure):
            yield NotChecked(rule=RULE, data_node_id=node, failure=reading.structure)
        elif node in doubtful and reading.structure is not None:
            yield NotChecked(rule=RULE, data_node_id=node, failure=Failure("another-server"))


def _hidden(database: Database, readings: Mapping[str, NodeReading]) -> Iterator[NotChecked]:
    names: defaultdict[str, list[str]] = defaultdict(list)
    for shard in database.shards:
        reading = readings.get(shard.data_node_id)
        structure = None if reading is None else reading.structure
        if isinstance(structure, NodeStructure) and shard.name in structure.hidden:
            names[shard.data_node_id].append(shard.name)
    for node, hidden in sorted(names.items()):
        yield NotChecked(
            rule=RULE,
            data_node_id=node,
            database=database.name,
            items=tuple(sorted(hidden)),
            failure=Failure("right-missing"),
            grant=readings[node].grant("REFERENCES"),  # which shows every table
        )
