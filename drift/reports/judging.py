"""Two snapshots to a judged report, and one snapshot to a checked one. Pure."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from drift.compare.diff import diff
from drift.core.errors import UnconfirmedError
from drift.core.read_settings import other_settings
from drift.decode.jobs import between
from drift.policy.verdict import CheckStatus, Policy, judge, judge_snapshot
from drift.reports.content.report import Report, Side, are_of_two, events_between

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date
    from typing import TypeAlias

    from drift.compare.attribution import Attribution
    from drift.compare.diff import Diff
    from drift.compare.events import Events
    from drift.compare.node_mapping import NodePair
    from drift.core.finding import Finding
    from drift.core.model import Snapshot, SnapshotRef
    from drift.core.shard_sizes import KnownSizes
    from drift.core.traces import Audit
    from drift.policy.invariants import Demands
    from drift.policy.known_names import KnownNames
    from drift.policy.plan.file import Plan
    from drift.policy.plan.matching import PlanResult
    from drift.policy.waivers import Waived, Waiver
    from drift.reports.content.check import CheckReport
    from drift.reports.content.node_check import Measured, NodeCheck

    Whole: TypeAlias = Callable[[], tuple[Snapshot, Snapshot]]

_WAY_ON: Final = (
    "Capture it live with the right to list databases and read their details: that confirms the layout. Or look at "
    "`drift inspect FILE` and confirm what it shows with --confirm, or declare [layout] in drift.toml."
)


class Pair(NamedTuple):
    """Two snapshots to compare, and the sides that they are in a report.

    `returned` has the earlier snapshots that `after`, or one of its databases, equals. With a `node_map`, the argument
    of --map-nodes, `before` stands on the data nodes of `after`. `audit` is what the store has of the instance's, where
    that was read with the snapshots.
    """

    before: Snapshot
    after: Snapshot
    sides: tuple[Side, Side]
    returned: Mapping[str | None, SnapshotRef]
    node_map: str | None = None
    node_pairs: tuple[NodePair, ...] = ()
    is_whole: bool = False
    audit: Audit | None = None

    @classmethod
    def of_whole(cls, before: Snapshot, after: Snapshot, names: tuple[str, str]) -> Pair:
        """Make the pair of two snapshots with all their records. Reports call them by these names."""
        return cls(before, after, (Side.of_whole(before, names[0]), Side.of_whole(after, names[1])), {}, is_whole=True)

    @property
    def instance(self) -> str | None:
        """The name of the instance that changes belong to."""
        return self.after.instance.name or self.before.instance.name

    @property
    def known_names(self) -> KnownNames:
        """The names on either side."""
        from drift.policy.known_names import KnownNames

        return KnownNames.of(
            [node for side in self.sides for node in side.nodes.values()],
            [node_id for side in self.sides for node_id in side.balance],
            [name for side in self.sides for name in side.databases],
            [*self.before.gaps, *self.after.gaps],
        )


class Criteria(NamedTuple):
    """The criteria of a judgement.

    Expired waivers are left out by `today`, a day in UTC. `findings` are judged beside the changes; with `demands`, so
    are the invariants that the second snapshot breaks and the first one did not, or less. `audit` attributes events to
    calls; with `require_trace`, an event that no call explains is a finding. A `node_check` is judged, too.
    """

    policy: Policy
    plan: Plan | None = None
    waivers: Sequence[Waiver] = ()
    today: date | None = None
    findings: Iterable[Finding] = ()
    demands: Demands | None = None
    audit: Audit | None = None
    require_trace: bool = False
    node_check: NodeCheck | None = None


def gate(
    before: Snapshot,
    after: Snapshot,
    *,
    policy: Policy | None = None,
    plan: Plan | None = None,
    waivers: Sequence[Waiver] = (),
    today: date | None = None,
    demands: Demands | None = None,
    audit: Audit | None = None,
    require_trace: bool = False,
    names: tuple[str, str] = ("before", "after"),
) -> Report:
    """Judge the changes between two whole snapshots, as `drift gate` does. `report.verdict.exit_code` is the answer.

    `policy` has the severities and the threshold; the default fails from a warning on. The changes that `plan` expects
    pass, and all of them must have happened. A waiver passes its changes through its last day; `today` is a day in UTC,
    and that of `after` by default. With `demands`, broken invariants that are new or worse are judged, too; with
    `require_trace`, so are events that no call in the `audit` explains. The report calls the snapshots by `names`.

    Raises UsageError for a plan that names shards which neither snapshot has.
    """
    criteria = Criteria(policy or Policy(), plan, waivers, today, (), demands, audit, require_trace)
    command = shlex.join(["drift", "gate", *names, *([] if plan is None else ["--plan", str(plan.origin)])])
    pair = Pair.of_whole(before, after, names)
    return judged_report(pair, diff(before, after), criteria, lambda: (before, after), command)


def require_confirmed(sides: Iterable[Side]) -> None:
    """Raise UnconfirmedError where the layout of a snapshot is unconfirmed."""
    from drift.reports.wording.escape import TEXT
    from drift.reports.wording.sides import side_name

    names = [side_name(side, TEXT) for side in sides if side.unconfirmed]
    if names:
        raise UnconfirmedError(
            f"{' and '.join(names)} can't be judged: the layout is unconfirmed, and require_confirmed is set",
            hint=_WAY_ON,
        )


def judged_report(pair: Pair, changes: Diff, criteria: Criteria, whole: Whole, command: str) -> Report:
    """Judge the diff of a pair. `whole` loads both snapshots with all their records, for judgements that need them."""
    pair = pair._replace(sides=_doubted(changes, criteria, pair))
    believable = _believable(changes, pair.sides)
    events = events_between(*pair.sides, believable, pair.returned if believable is changes else {})
    match = None if criteria.plan is None else _matched(criteria, criteria.plan, believable, pair, whole)
    attribution = _attribution(criteria, events, pair)
    untraced = _untraced(events, attribution) if criteria.require_trace else ()
    findings = dict.fromkeys((*criteria.findings, *_worsened(criteria.demands, whole), *untraced))
    verdict = judge(
        believable,
        criteria.policy,
        instance=pair.instance,
        match=match,
        waived=_waived(criteria, believable, pair, match),
        findings=findings,
        verified=status_of(criteria.node_check),
        suspect=any(side.suspect for side in pair.sides),
    )
    return Report(
        before=pair.sides[0],
        after=pair.sides[1],
        verdict=verdict,
        events=events,
        command=command,
        node_pairs=pair.node_pairs,
        jobs=between(pair.before, pair.after),
        attribution=attribution,
        other_settings=other_settings(pair.before.read_with, pair.after.read_with),
        node_check=criteria.node_check,
    )


def status_of(node_check: NodeCheck | None) -> CheckStatus:
    """Return the judgement of data nodes; without one, nothing is wrong there."""
    return CheckStatus.SOUND if node_check is None else node_check.verification.status


def _doubted(changes: Diff, criteria: Criteria, pair: Pair) -> tuple[Side, Side]:
    """Judge whether the second snapshot is credible, where no history has: by the first one.

    Removals that the plan expects are no reason for doubt, but nothing at all is never expected. Two instances that are
    compared are exempt: the second may never have had what the first has. An empty file is doubted all the same.
    """
    before, after = pair.sides
    is_history = before.number is not None and after.number is not None
    if is_history or pair.after.judged or after.suspicion is not None or pair.node_pairs or before.suspect:
        return pair.sides
    if sum(after.balance.values()) and are_of_two(before, after):
        return pair.sides
    from drift.compare.plausibility import loss, suspicion

    left, held = sum(after.balance.values()), sum(before.balance.values())
    lost = loss(changes.changes, held).shards
    if left and 2 * lost > held and criteria.plan is not None:
        from drift.policy.plan.matching import match

        expecting = match(criteria.plan, changes.changes, pair.known_names).expecting
        unplanned = (change for change, item in zip(changes.changes, expecting, strict=True) if item is None)
        lost = loss(unplanned, held).shards
    found = suspicion(lost=lost, held=held, left=left, source=after.source, complete=after.complete)
    return before, msgspec.structs.replace(after, suspicion=found)


def _believable(changes: Diff, sides: tuple[Side, Side]) -> Diff:
    """Leave out the changes that a suspect snapshot without any shard would mean."""
    if not any(map(_is_empty, sides)):
        return changes
    from drift.compare.plausibility import EMPTY_AFTER, EMPTY_BEFORE, without_empty_capture

    for side, reason in zip(sides, (EMPTY_BEFORE, EMPTY_AFTER), strict=True):
        if _is_empty(side):
            changes = without_empty_capture(changes, reason, data_nodes=len(side.nodes))
    return changes


def _is_empty(side: Side) -> bool:
    return side.suspicion is not None and side.suspect and side.suspicion.is_empty


def _matched(criteria: Criteria, plan: Plan, changes: Diff, pair: Pair, whole: Whole) -> PlanResult:
    from drift.policy.plan.matching import check_shards, match

    waived = _waived(criteria, changes, pair, None)
    accepted = waived.numbers if waived else frozenset[int]()
    matched = match(plan, changes.changes, pair.known_names, changes.not_told, accepted)
    if matched.is_missed and not changes.not_checked:  # a record that was not read may exist
        check_shards(plan, matched.results, whole())
    return matched


def _worsened(demands: Demands | None, whole: Whole) -> tuple[Finding, ...]:
    if demands is None:
        return ()
    from drift.compare.read_otherwise import alike
    from drift.policy.invariants import worsened

    both = alike(*whole())
    return worsened(both.before, both.after, demands)


def _attribution(criteria: Criteria, events: Events, pair: Pair) -> Attribution | None:
    """Attribute the events to calls; None where nothing of the audit was read, or two instances are compared."""
    if criteria.audit is None or not criteria.audit.windows or are_of_two(*pair.sides) or pair.node_pairs:
        return None
    from drift.compare.attribution import attribute

    databases = {name for side in pair.sides for name in side.databases}
    return attribute(events.events, criteria.audit, pair.before, pair.after, databases)


def _untraced(events: Events, attribution: Attribution | None) -> tuple[Finding, ...]:
    from drift.policy.untraced import untraced

    return untraced(events.events, attribution)


def _waived(criteria: Criteria, changes: Diff, pair: Pair, match: PlanResult | None) -> Waived | None:
    if not criteria.waivers:
        return None
    from drift.policy.waivers import apply, of_changes

    waivers = of_changes(criteria.waivers, pair.instance)
    if not waivers:
        return None
    return apply(
        waivers,
        changes.changes,
        expected=match.expecting if match else None,
        known_names=pair.known_names,
        instance=pair.instance,
        today=criteria.today or pair.after.taken_at.date(),
        not_told=changes.not_told,
    )


def check(
    snapshot: Snapshot,
    *,
    policy: Policy | None = None,
    demands: Demands | None = None,
    name: str = "snapshot",
    command: str | None = None,
    node_check: NodeCheck | None = None,
    findings: Iterable[Finding] = (),
    sizes: Sequence[KnownSizes] = (),
) -> CheckReport:
    """Judge one whole snapshot by its invariants, as `drift check` does. `report.checked.exit_code` is the answer.

    `policy` has the severities and the threshold; the default fails from a warning on. `demands` are stricter
    expectations, such as the most skew. The report calls the snapshot by `name`, and `command` reproduces it. A
    `node_check` of its data nodes and `findings` from elsewhere are judged with it. Known `sizes`, the newest first,
    are shown beside the balance.
    """
    from drift.policy.invariants import Demands, balance
    from drift.policy.invariants import check as broken
    from drift.reports.content.check import CheckReport

    return CheckReport(
        side=Side.of_whole(snapshot, name),
        snapshot=snapshot,
        checked=judge_snapshot(
            sorted((*broken(snapshot, demands or Demands()), *findings), key=lambda finding: finding.key),
            snapshot.gaps,
            policy or Policy(),
            verified=status_of(node_check),
            suspect=snapshot.suspect,
        ),
        node_check=node_check,
        sizes=_measured(snapshot, sizes),
        balance=balance(snapshot),
        command=command or shlex.join(["drift", "check", name]),
    )


def _measured(snapshot: Snapshot, sizes: Sequence[KnownSizes]) -> Measured | None:
    from drift.policy.size_balance import of_known
    from drift.reports.content.node_check import Measured

    if not sizes:
        return None
    newest, *older = sizes
    return Measured(of_known(snapshot, newest), older[0] if older else None, newest.at)
