"""The report on two snapshots, which every renderer of one takes. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

import msgspec

from drift.compare.events import EventContext, Events, classify
from drift.core.model import DataNode, Job, Mask, Operation, Snapshot, SnapshotRef, Suspicion
from drift.core.read_settings import OtherSetting
from drift.policy.verdict import Verdict

if TYPE_CHECKING:
    from drift.compare.attribution import Attribution  # noqa: TC004 - a Report is never decoded
    from drift.compare.diff import Diff
    from drift.compare.node_mapping import NodePair  # noqa: TC004 - as above
    from drift.reports.content.acceptance import Acceptance  # noqa: TC004 - as above
    from drift.reports.content.node_check import NodeCheck  # noqa: TC004 - as above
    from drift.reports.content.placements import Placement  # noqa: TC004 - as above


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two snapshots, without its records.

    `reference` is the one that the user wrote. `nodes` are its data nodes by id, `databases` its databases by
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
    unconfirmed: bool = False
    in_flight: tuple[Operation, ...]
    suspicion: Suspicion | None
    content_hash: str
    nodes: Mapping[str, DataNode]
    databases: Mapping[str, int]
    balance: Mapping[str, int]

    @property
    def suspect(self) -> bool:
        """Whether it lost too much to be believed, and nobody has confirmed it."""
        return self.suspicion is not None and self.suspicion.is_open

    @property
    def owner(self) -> str | None:
        """The name of its instance, or else the id; None if neither is known."""
        return self.instance or self.instance_id

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
        """Describe a snapshot. What is given beside it covers all of it, even where only some records are loaded."""
        return cls(
            reference=reference,
            number=snapshot.number,
            label=snapshot.label,
            instance=snapshot.instance.name,
            instance_id=snapshot.instance.instance_id,
            taken_at=snapshot.taken_at,
            source=snapshot.source,
            complete=snapshot.complete,
            unconfirmed=snapshot.unconfirmed,
            in_flight=snapshot.in_flight,
            suspicion=snapshot.suspicion,
            content_hash=snapshot.content_hash,
            nodes=nodes,
            databases=databases,
            balance=balance,
        )

    @classmethod
    def of_whole(cls, snapshot: Snapshot, reference: str) -> Side:
        """Describe a snapshot with all its records."""
        nodes = {node.id: node for node in snapshot.data_nodes}
        balance = Counter(shard.data_node_id for database in snapshot.databases for shard in database.shards)
        databases = {database.name: len(database.shards) for database in snapshot.databases}
        return cls.of(snapshot, reference, nodes=nodes, databases=databases, balance=balance)


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A judged diff between two sides. `events` classify the verdict's changes, in their order.

    `jobs` are the migrations that ran between the two. `name` distinguishes several reports on one instance; `command`
    reproduces this one; `accepting` are the commands that would accept the changes that failed the gate. With
    `node_pairs`, data nodes of the two sides correspond to each other, and `before` has the ids of `after`.
    `placements` are empty unless the format shows every shard. `attribution` has the calls that explain each event,
    where the audit was read. `other_settings` are those that the two were read with differently. A `node_check` of the
    data nodes of `after` is part of the judgement.
    """

    kind: ClassVar = "report"

    before: Side
    after: Side
    verdict: Verdict
    events: Events
    command: str
    jobs: tuple[Job, ...] = ()
    accepting: tuple[Acceptance, ...] = ()
    name: str = "diff"
    node_pairs: tuple[NodePair, ...] = ()
    placements: tuple[Placement, ...] = ()
    attribution: Attribution | None = None
    other_settings: tuple[OtherSetting, ...] = ()
    node_check: NodeCheck | None = None

    @property
    def is_on_two_instances(self) -> bool:
        """Whether it compares two instances, rather than one at two times."""
        return bool(self.node_pairs) or are_of_two(self.before, self.after)


def are_of_two(one: Side, other: Side) -> bool:
    """Return whether two snapshots are of two instances: both known, and not two names for one id."""
    if one.instance_id and one.instance_id == other.instance_id:
        return False
    return bool(one.instance and other.instance) and one.instance != other.instance


def events_between(
    before: Side, after: Side, diff: Diff, returned: Mapping[str | None, SnapshotRef] | None = None
) -> Events:
    """Classify the changes between two sides as events; `returned` is as in an `EventContext`."""
    context = EventContext(
        nodes=(before.nodes, after.nodes),
        balance=(before.balance, after.balance),
        shards=after.databases,
        nodes_checked=not Mask.of(diff.not_checked).hides_data_nodes,
        returned=returned or {},
    )
    return classify(diff.changes, context)
