"""Where one thing was over time: snapshots in a row to the periods in which nothing about it changed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from drift.compare.diff import Entity
from drift.core.model import Record, Shard, SnapshotRef

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drift.compare.diff import Change


class Traced(msgspec.Struct, frozen=True, order=True):
    """What is traced: a shard of a database, a database, or a data node, which `name` calls by its id."""

    instance: str
    kind: Entity
    database: str | None
    name: str


class State(msgspec.Struct, frozen=True):
    """What a thing was. `shards` counts by data-node id what it had where: of a shard, itself.

    A database's record is without its shards.
    """

    record: Record
    shards: Mapping[str, int]


class Period(msgspec.Struct, frozen=True):
    """From one snapshot to the last one that says the same; `state` is None where the thing wasn't there."""

    first: SnapshotRef
    last: SnapshotRef
    state: State | None


def periods(seen: Iterable[tuple[SnapshotRef, State | None]]) -> tuple[Period, ...]:
    """What snapshots say, in the order in which they were taken, as few periods.

    Where the first of them don't have the thing, it begins with a period without a state.
    """
    found: list[Period] = []
    for moment, state in seen:
        if found and found[-1].state == state:
            found[-1] = Period(found[-1].first, moment, state)
        else:
            found.append(Period(moment, moment, state))
    return tuple(found)


def concerns(change: Change, traced: Traced) -> bool:
    """Whether a change is one of what is traced: of its record, of a database's shards, of what a data node holds."""
    if traced.kind == "data-node":
        sides = (change.before, change.after)
        return change.name == traced.name if change.entity == "data-node" else traced.name in _places(sides)
    if traced.kind == "database" and change.entity == "shard":
        return change.database == traced.name
    return (change.entity, change.database, change.name) == (traced.kind, traced.database, traced.name)


def _places(records: Iterable[Record | None]) -> set[str]:
    return {record.data_node_id for record in records if isinstance(record, Shard)}
