"""The history of one entity: a series of snapshots becomes the periods in which it did not change. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec

from drift.compare.diff import Entity
from drift.core.model import Record, Shard, SnapshotRef

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drift.compare.diff import Change


class Traced(msgspec.Struct, frozen=True, order=True):
    """The traced entity: a shard of a database, a database, or a data node, whose `name` is its id."""

    instance: str
    kind: Entity
    database: str | None
    name: str


class State(msgspec.Struct, frozen=True):
    """The state of an entity. `shards` counts its shards by data-node id; a shard counts itself.

    A database's record is without its shards.
    """

    record: Record
    shards: Mapping[str, int]


class Period(msgspec.Struct, frozen=True):
    """The span from one snapshot to the last one with the same state; `state` is None where the entity didn't exist."""

    first: SnapshotRef
    last: SnapshotRef
    state: State | None


def periods(seen: Iterable[tuple[SnapshotRef, State | None, int]]) -> tuple[Period, ...]:
    """Merge the states in snapshots, in the order in which they were taken, into few periods.

    Beside a state is its placement, which differs where other shards are counted: an exchange of shards, which leaves
    every count as it is, begins a period. Where the first snapshots lack the entity, the first period has no state.
    """
    merged: list[Period] = []
    last: tuple[State, int] | None = None
    for snapshot, state, placement in seen:
        now = (state, placement) if state else None  # shards may be on a data node that is not listed
        if merged and last == now:
            merged[-1] = Period(merged[-1].first, snapshot, state)
        else:
            merged.append(Period(snapshot, snapshot, state))
        last = now
    return tuple(merged)


def placed(database: str, shard: str, data_node_id: str) -> int:
    """Return the part of one shard in a placement, which is all of them by exclusive or."""
    text = f"{database}\0{shard}\0{data_node_id}"
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def concerns(change: Change, traced: Traced) -> bool:
    """Return whether a change is about the traced entity: its record, a database's shards, a data node's shards."""
    if traced.kind == "data-node":
        sides = (change.before, change.after)
        return change.name == traced.name if change.entity == "data-node" else traced.name in _places(sides)
    if traced.kind == "database" and change.entity == "shard":
        return change.database == traced.name
    return (change.entity, change.database, change.name) == (traced.kind, traced.database, traced.name)


def _places(records: Iterable[Record | None]) -> set[str]:
    return {record.data_node_id for record in records if isinstance(record, Shard)}
