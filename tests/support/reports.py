"""Reports of every kind: any, hostile ones, checks, failures and histories."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

import msgspec
from hypothesis import strategies as st

from drift.compare.diff import diff
from drift.compare.timeline import Period, State, Traced
from drift.core.model import Mask, Snapshot, SnapshotRef
from drift.core.validators import LANGUAGES
from drift.policy.invariants import Demands, balance, check
from drift.policy.rules import RULES, Severity
from drift.policy.selectors import Selector
from drift.policy.verdict import Disposition, Policy, judge, judge_snapshot
from drift.policy.waivers import Waiver
from drift.reports.content import failure
from drift.reports.content.check import CheckReport
from drift.reports.content.history import History, Step
from drift.reports.content.placements import placements
from drift.reports.content.report import Report, Side, events_between
from support.builders import a_database, a_node, a_shard, a_snapshot, a_time
from support.hostile import any_hostile_snapshot, hostile
from support.strategies import any_snapshot, mutated, shared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def a_report(
    before: Snapshot, after: Snapshot, policy: Policy | None = None, names: tuple[str, str] = ("latest~1", "latest")
) -> Report:
    sides = (Side.of_whole(before, names[0]), Side.of_whole(after, names[1]))
    verdict = judge(diff(before, after), policy or Policy(), instance=after.instance.name)
    return Report(
        before=sides[0],
        after=sides[1],
        verdict=verdict,
        events=events_between(*sides, diff(before, after)),
        command=f"drift diff {' '.join(names)} --format markdown",
    )


languages = st.sampled_from(LANGUAGES)


def severities() -> st.SearchStrategy[dict[str, Severity]]:
    return st.dictionaries(st.sampled_from(list(RULES)), st.sampled_from(Severity), max_size=6)


def dispositions(report: Report, draw: st.DrawFn) -> Report:
    changes = tuple(
        msgspec.structs.replace(judged, disposition=draw(st.sampled_from(Disposition)))
        for judged in report.verdict.changes
    )
    return msgspec.structs.replace(report, verdict=msgspec.structs.replace(report.verdict, changes=changes))


@cache
def reports() -> st.SearchStrategy[Report]:
    """Any report of the shared strategies' topologies, with any severities and dispositions."""
    return shared(_reports())


@cache
def hostile_reports() -> st.SearchStrategy[Report]:
    """A report in which every text there is may be anything."""
    return shared(_hostile_reports())


@st.composite
def _reports(draw: st.DrawFn) -> Report:
    before = draw(any_snapshot())
    after = draw(mutated(before))
    policy = Policy(severities=draw(severities()), fail_on=draw(st.sampled_from(Severity)))
    report = a_report(before, after, policy)
    return dispositions(report, draw) if draw(st.booleans()) else report


@st.composite
def _hostile_reports(draw: st.DrawFn) -> Report:
    return msgspec.structs.replace(
        a_report(draw(any_hostile_snapshot()), draw(any_hostile_snapshot())), command=draw(hostile), name=draw(hostile)
    )


def mapped(before: Snapshot, after: Snapshot) -> Report:
    """A report with the places of all shards."""
    report = a_report(before, after)
    mask = Mask.of(report.verdict.not_checked)
    return msgspec.structs.replace(report, placements=placements(before, after, mask))


def many(shards: int, *, later: bool, nodes: int = 12) -> Snapshot:
    names = [f"rds-{i:03}" for i in range(nodes)]
    places = (names[(i * 7 if later and i % 3 else i) % nodes] for i in range(shards))
    found = [a_shard(f"orders_{i:05}", on=on) for i, on in enumerate(places)]
    return a_snapshot(a_database("orders", shards=found), nodes=names, minutes=later)


def a_checkup(snapshot: Snapshot, policy: Policy | None = None) -> CheckReport:
    return CheckReport(
        side=Side.of_whole(snapshot, "latest"),
        snapshot=snapshot,
        checked=judge_snapshot(check(snapshot, Demands()), snapshot.gaps, policy or Policy()),
        balance=balance(snapshot),
        command="drift check latest",
    )


def broken() -> Snapshot:
    """Shards on an unknown data node, one of them busy, and an empty data node."""
    shards = [*a_database(shards=8).shards[:6], a_shard("orders_0006", on="gone"),
              a_shard("orders_0007", on="gone", status="BUSY")]  # fmt: skip
    return a_snapshot(a_database(shards=shards), nodes=["rds-1", "rds-2", "rds-3"])


def waived(report: Report, reason: str) -> Report:
    """The report, with all that nobody expected waived."""
    waiver = Waiver(
        place="waivers[1]",
        selector=Selector(),
        fingerprint=None,
        instance=None,
        reason=reason,
        expires=date(2026, 12, 31),
    )
    changes = tuple(
        msgspec.structs.replace(judged, disposition=Disposition.WAIVED, waiver=waiver)
        if judged.disposition is Disposition.UNEXPECTED
        else judged
        for judged in report.verdict.changes
    )
    return msgspec.structs.replace(report, verdict=msgspec.structs.replace(report.verdict, changes=changes))


def a_failure() -> failure.Failure:
    return failure.Failure(
        name="gate",
        instance=None,
        message="ddm: 503 DBS.280001",
        hint="Try again.",
        exit_code=3,
        command="drift gate",
        at=a_time(),
    )


NOON = a_snapshot().taken_at

HOURS = (0, 24, 25, 25.01, 300)

HELD = ({"rds-1": 8}, {"rds-1": 6, "rds-2": 2}, {}, {"rds-2": 2}, {"rds-1": 4, "rds-2": 4})


def a_history(kind: str, held: Sequence[Mapping[str, int]] = HELD, *, name: str = "orders", older: int = 0) -> History:
    """A thing that held so many shards on those data nodes, by name, one period after the other."""
    hours = HOURS if len(held) == len(HOURS) else range(len(held))
    nodes = {node.id: node for places in held for node in map(a_node, places)}
    record = a_shard() if kind == "shard" else a_database(name) if kind == "database" else a_node(name)
    moments = [SnapshotRef(place + 1, None, NOON + timedelta(hours=hour)) for place, hour in enumerate(hours)]
    steps = tuple(
        Step(
            period=Period(
                moment, moment, State(record, {a_node(n).id: count for n, count in places.items()}) if places else None
            ),
            until=until,
            happened=(),
            nodes=nodes,
        )
        for moment, until, places in zip(moments, [*moments[1:], None], held, strict=True)
    )
    return History(Traced("orders-prod", kind, "orders" if kind == "shard" else None, name), steps, older)
