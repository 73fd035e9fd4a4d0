"""`drift diff --all` and `drift gate --all`: one comparison for each instance, and one report of all."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from drift.cli.captures import receive
from drift.cli.comparison import open_pair, report_on, with_shards
from drift.cli.fleet import every_instance, go_through
from drift.cli.fleet_report import FleetReport, opened_report, refuse_together
from drift.cli.holders import Holders
from drift.cli.own_reference import own_reference, own_text
from drift.core.references import Live
from drift.reports.content.fleet import STATUS_OF, Row, capture_of
from drift.reports.wording.escape import TEXT
from drift.reports.wording.fleet import SUSPECT
from drift.reports.wording.i18n import language_scope
from drift.reports.wording.shared_events import SharedEvents

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from drift.cli.app import App
    from drift.cli.comparison import Mode
    from drift.core.finding import Finding
    from drift.core.references import Reference
    from drift.decode.captures import Received
    from drift.policy.plan.file import Plan
    from drift.policy.verdict import Verdict
    from drift.reports.content.report import Report
    from drift.reports.judging import Pair


class Comparison(NamedTuple):
    """A comparison to make for every instance: its mode, both references, the plan, and the exit code of a verdict."""

    mode: Mode
    references: tuple[str, str]
    plan: Plan | None
    exit_code: Callable[[Verdict], int]


def compare_all(app: App, comparison: Comparison, fmt: str, outputs: Sequence[tuple[str, Path]]) -> int:
    """Compare every instance in drift.toml with itself; return the worst exit code."""
    names = every_instance(app)
    for name in names:
        _references(comparison, name)  # a wrong reference is refused before anything is captured
    refuse_together(fmt, outputs)
    with opened_report(comparison.mode.command, fmt, outputs) as report:
        comparisons = _Comparisons(comparison, report)
        go_through(
            app,
            names,
            lambda app, name: _receive(app, comparison, name),
            comparisons.add,
            lambda rows: comparisons.conclude(app, rows),
        )
    return report.exit_code


class _Comparisons:
    """The comparison of one instance after the other. `report` is the one of all."""

    def __init__(self, comparison: Comparison, report: FleetReport) -> None:
        self._comparison = comparison
        self._report = report
        self._gathering = SharedEvents(TEXT)
        self._holders = Holders()

    def add(self, app: App, name: str, received: tuple[Received | None, ...]) -> Row:
        """Compare one instance, and hand its report in."""
        pair = _opened(app, self._comparison, name, received)
        report = report_on(app, pair, self._comparison.mode, self._comparison.plan, self._shared(pair, name))
        report = with_shards(app, pair, report, self._report.kinds_apart)
        with language_scope(app.language):
            self._gathering.add(name, report)
        self._report.put(app, name, report, is_quiet=report.verdict.outcome == "in-sync")
        return _row(name, report, self._comparison)

    def _shared(self, pair: Pair, name: str) -> tuple[Finding, ...]:
        """Find the data nodes that an instance before has, too."""
        if not self._comparison.mode.judges_findings:
            return ()
        return self._holders.shared(name, pair.after.instance.instance_id, pair.sides[1].nodes)

    def conclude(self, app: App, rows: Sequence[Row]) -> None:
        """Write the report of all instances."""
        with language_scope(app.language):
            events = tuple(self._gathering.rows())
        plan = self._comparison.plan
        planned = [] if plan is None else ["--plan", str(plan.origin)]
        self._report.conclude(app, rows, events, [*self._comparison.references, *planned])


def _references(comparison: Comparison, name: str) -> tuple[Reference, Reference]:
    before, after = (own_reference(written, name) for written in comparison.references)
    return before, after


def _receive(app: App, comparison: Comparison, name: str) -> tuple[Received | None, ...]:
    """Capture the instance for each side that is `live`."""
    sides = _references(comparison, name)
    return tuple(receive(app, name) if isinstance(side, Live) else None for side in sides)


def _opened(app: App, comparison: Comparison, name: str, received: tuple[Received | None, ...]) -> Pair:
    """Open the two snapshots of an instance."""
    texts = [own_text(written, name) for written in comparison.references]
    before, after = (got or side for got, side in zip(received, _references(comparison, name), strict=True))
    return open_pair(app, (texts[0], texts[1]), (before, after))


def _row(name: str, report: Report, comparison: Comparison) -> Row:
    verdict = report.verdict
    return Row(
        name,
        STATUS_OF[verdict.outcome],
        SUSPECT if report.before.suspect or report.after.suspect else "",
        exit_code=comparison.exit_code(verdict),
        changes=len(verdict.changes),
        unexpected=sum(count for kind, count in verdict.by_disposition.items() if kind == "unexpected"),
        gaps=len(verdict.not_checked),
        capture=capture_of(report.after),
    )
