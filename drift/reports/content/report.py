"""The one thing that every renderer shows. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

import msgspec

from drift.compare.events import EventContext, Events, classify
from drift.compare.node_mapping import NodePair
from drift.core.model import DataNode, Job, Mask, Operation, Snapshot, SnapshotRef
from drift.policy.verdict import Verdict
from drift.reports.content.placements import Placement

if TYPE_CHECKING:
    from drift.reports.content.acceptance import Acceptance  # noqa: TC004 - a Report is never decoded


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two snapshots, without its records.

    `reference` is what the user wrote. `nodes` are its data nodes by id, `databases` its databases by
    name with the count of their shards; `balance` counts its shards by data-node id.
    """

    reference: str
    number: int | None
    label: str | None
    instance: str | None
    instance_id: str | None
    taken_at: datetime
    source: str
    complete: bool
    in_flight: tuple[Operation, ...]
    content_hash: str
    nodes: Mapping[str, DataNode]
    databases: Mapping[str, int]
    balance: Mapping[str, int]

    @classmethod
    def of(
        cls,
        snapshot: Snapshot,
        reference: str,
        *,
        nodes: Mapping[str, DataNode],
        databases: Mapping[str, int],
        balance: Mapping[str, int],
    ) -> Side:
        """The side that a snapshot is. What is given beside it covers all of it even where its records are a part."""
        return cls(
            reference=reference,
            number=snapshot.number,
            label=snapshot.label,
            instance=snapshot.instance.name,
            instance_id=snapshot.instance.instance_id,
            taken_at=snapshot.taken_at,
            source=snapshot.source,
            complete=snapshot.complete,
            in_flight=snapshot.in_flight,
            content_hash=snapshot.content_hash,
            nodes=nodes,
            databases=databases,
            balance=balance,
        )

    @classmethod
    def of_whole(cls, snapshot: Snapshot, reference: str) -> Side:
        """The side that a snapshot with all its records is."""
        nodes = {node.id: node for node in snapshot.data_nodes}
        balance = Counter(shard.data_node_id for database in snapshot.databases for shard in database.shards)
        databases = {database.name: len(database.shards) for database in snapshot.databases}
        return cls.of(snapshot, reference, nodes=nodes, databases=databases, balance=balance)


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A judged diff between two sides. `told` is what happened, in the order of the verdict's changes.

    `jobs` are the migrations that ran between the two. `name` tells several reports on one instance apart; `command`
    reproduces this one; `accepting` are the commands that would accept what failed the gate. With `node_pairs`, data
    nodes of the two sides stand for each other, and `before` is told in the words of `after`. `placements` are those of
    all shards, for a format that shows each of them, and else none.
    """

    kind: ClassVar = "report"

    before: Side
    after: Side
    verdict: Verdict
    told: Events
    command: str
    jobs: tuple[Job, ...] = ()
    accepting: tuple[Acceptance, ...] = ()
    name: str = "diff"
    node_pairs: tuple[NodePair, ...] = ()
    placements: tuple[Placement, ...] = ()


def happened(before: Side, after: Side, verdict: Verdict, returned: Mapping[str | None, SnapshotRef]) -> Events:
    """Classify what happened between two sides; `returned` is as in an `EventContext`."""
    context = EventContext(
        nodes=(before.nodes, after.nodes),
        balance=(before.balance, after.balance),
        shards=after.databases,
        nodes_checked=not Mask.of(verdict.not_checked).hides_data_nodes,
        returned=returned,
    )
    return classify([judged.change for judged in verdict.changes], context)
