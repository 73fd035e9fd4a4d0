"""`drift check --all`: one check for each instance, and one report of all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from drift.cli.captures import receive
from drift.cli.checking import check_up
from drift.cli.fleet import every_instance, go_through
from drift.cli.fleet_report import FleetReport, opened_report, refuse_together
from drift.cli.holders import Holders
from drift.cli.loading import load
from drift.cli.own_reference import own_reference, own_text
from drift.core.references import Live
from drift.reports.content.fleet import Row, Status, capture_of
from drift.reports.wording.escape import TEXT
from drift.reports.wording.fleet import SUSPECT
from drift.reports.wording.i18n import language_scope
from drift.reports.wording.shared_events import SharedEvents

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from drift.cli.app import App
    from drift.decode.captures import Received
    from drift.reports.content.check import CheckReport

_STATUSES: Final = {
    "sound": Status.SOUND,
    "broken": Status.BROKEN,
    "inconclusive": Status.NOT_CHECKED,
}


def check_all(app: App, reference: str, fmt: str, outputs: Sequence[tuple[str, Path]]) -> int:
    """Check a snapshot of every instance in drift.toml; return the worst exit code."""
    names = every_instance(app)
    for name in names:
        own_reference(reference, name)  # a wrong reference is refused before anything is captured
    refuse_together(fmt, outputs)
    with opened_report("check", fmt, outputs) as report:
        checks = _Checks(reference, report, SharedEvents(TEXT), Holders())
        go_through(
            app,
            names,
            lambda app, name: receive(app, name) if isinstance(own_reference(reference, name), Live) else None,
            checks.add,
            lambda rows: checks.conclude(app, rows),
        )
    return report.exit_code


class _Checks(NamedTuple):
    """The check of one instance after the other. `report` is the one of all."""

    reference: str
    report: FleetReport
    gathering: SharedEvents
    holders: Holders

    def add(self, app: App, name: str, received: Received | None) -> Row:
        """Check one instance, and hand its report in."""
        snapshot = load(app, received or own_reference(self.reference, name))
        shared = self.holders.shared(name, snapshot.instance.instance_id, [node.id for node in snapshot.data_nodes])
        checkup = check_up(app, snapshot, own_text(self.reference, name), findings=shared)
        with language_scope(app.language):
            self.gathering.add_findings(name, checkup.checked.findings)
        is_quiet = checkup.checked.status == "sound" and not checkup.checked.findings
        self.report.put(app, name, checkup, is_quiet=is_quiet)
        return _row(name, checkup)

    def conclude(self, app: App, rows: Sequence[Row]) -> None:
        """Write the report of all instances."""
        with language_scope(app.language):
            events = tuple(self.gathering.rows())
        self.report.conclude(app, rows, events, [self.reference])


def _row(name: str, checkup: CheckReport) -> Row:
    checked = checkup.checked
    return Row(
        name,
        _STATUSES[checked.status],
        SUSPECT if checkup.side.suspect else "",
        exit_code=checked.exit_code,
        findings=len(checked.findings),
        failing=sum(each.fails for each in checked.findings),
        gaps=len(checked.not_checked),
        capture=capture_of(checkup.side),
    )
