"""Where one entity was, from when to when, and the changes between. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import msgspec

from drift.compare.timeline import Period, Traced
from drift.core.model import DataNode, SnapshotRef, Suspicion
from drift.core.shard_sizes import Size
from drift.reports.content.nodes import Node, NodeNames

if TYPE_CHECKING:
    from drift.compare.diff import Change


class Happening(NamedTuple):
    """A change, and the kind of the event that it belongs to; where no operation explains it, that is its rule."""

    change: Change
    event: str


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A period and how it came about.

    `until` is the first snapshot that says otherwise. What `happened` began the period, nothing where the thing was in
    the first snapshot already; `nodes` are the data nodes by id as they were then.
    """

    period: Period
    until: SnapshotRef | None
    happened: tuple[Happening, ...]
    nodes: Mapping[str, DataNode]


class History(msgspec.Struct, frozen=True):
    """The last steps of one thing, oldest first, and how many older ones are left out.

    Suspect snapshots are `left_out` of it: their numbers, and why they are not believed. `sizes` are what
    `drift verify --size` estimated, with the times (aware UTC).
    """

    kind: ClassVar = "history"

    traced: Traced
    steps: tuple[Step, ...]
    older: int
    left_out: tuple[tuple[int, Suspicion], ...] = ()
    sizes: tuple[tuple[datetime, Size], ...] = ()


def node_in(step: Step, node_id: str) -> Node:
    """Name a data node as it was called in that period."""
    return NodeNames(step.nodes, {*step.nodes, node_id}).node(node_id)
