"""`drift end`: the half after a migration, which judges it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from drift.cli.change_window import only_one, refuse_other_plan, remember, with_plan
from drift.cli.commands.snapshot import put
from drift.cli.comparison import GATE, open_pair, plan_option, report_on, whole, write_report
from drift.cli.completion import changes, instances
from drift.cli.options import command, common_options, connection_options, settings_options, verify_option
from drift.cli.reporting import report_options
from drift.cli.saved_files import file_options, received_from
from drift.core.errors import BaselineError, UnconfirmedError
from drift.core.references import Number
from drift.reports.formats import REPORT_FORMATS

if TYPE_CHECKING:
    from datetime import datetime

    from drift.cli.app import App
    from drift.core.finding import Finding
    from drift.policy.plan.file import Plan
    from drift.reports.judging import Pair
    from drift.store import ChangeWindow


@command("end", short_help="After a migration: capture, and judge it.")
@click.argument("change", shell_complete=changes)
@click.argument("instance", required=False, shell_complete=instances)
@plan_option
@verify_option("the instance")
@file_options
@click.option("--close", is_flag=True, help="The change has ended, whatever the judgement is.")
@settings_options("fail_on", "require_confirmed", "require_trace")
@report_options(REPORT_FORMATS)
@connection_options
@common_options
@click.pass_obj
def end_command(
    app: App,
    change: str,
    instance: str | None,
    *,
    plan: Plan | None,
    verifies: bool,
    path: str | None,
    taken_at: datetime | None,
    close: bool,
    fmt: str,
    outputs: tuple[tuple[str, Path], ...],
) -> int:
    """Capture the instance after a migration, and judge what changed since CHANGE began against its plan.

    It judges as `drift gate` does. The change ends when the judgement passes and no migration is running. Until
    then it stays open, and `drift end` captures and judges again. For a change that has ended, it judges the same
    snapshot again. With --verify, the data nodes are read and judged, too.

    \b
    Examples:
      drift end CHG-123
      drift end CHG-123 --verify
      drift end CHG-123 --output markdown=report.md --output json=report.json
      drift end CHG-123 --close
    """  # noqa: D301 - click's mark
    refuse_other_plan(plan, change)
    window = with_plan(_open(app, change, instance or app.usual), plan)
    number = window.ended
    if number is None:
        received = received_from(app, window.instance, path, taken_at)
        with app.open_store() as store:
            begun = store.entry(window.begun)
        number = put(app, received, change, strict=False, taken_at=taken_at, begun=begun).number
    else:
        app.console.note(f"{change} has ended with snapshot {number}; that is judged again")
    numbers = window.begun, number
    pair = open_pair(app, (str(numbers[0]), str(numbers[1])), (Number(numbers[0]), Number(numbers[1])))
    try:
        plan = plan or _stored_plan(window)
        report = report_on(app, pair, GATE, plan, _under_way(app, pair), verifies=verifies)
    except UnconfirmedError:
        if close:
            _close(app, window, number)
        raise
    write_report(app, pair, report, fmt, outputs)
    code = report.verdict.exit_code
    if code == 0 or close:
        _close(app, window, number)
    elif window.ended is None:
        app.console.note(
            f"{change} stays open; `drift end {shlex.quote(change)}` captures and judges anew, --close ends it as it is"
        )
    return code


def _close(app: App, window: ChangeWindow, number: int) -> None:
    remember(app, msgspec.structs.replace(window, ended=number))
    app.console.note(f"{window.name} ended with snapshot {number}")


def _open(app: App, change: str, instance: str | None) -> ChangeWindow:
    """Return the one change to end."""
    with app.open_store() as store:
        known = store.change_windows(None)
    windows = [window for window in known if window.name == change and instance in {None, window.instance}]
    if not windows:
        names = ", ".join(sorted({f"{each.name} of {each.instance}" for each in known if each.ended is None}))
        raise BaselineError(
            f"no change {change!r} has begun",
            hint=f"Open are {names}." if names else "`drift begin CHANGE` captures and remembers what was before.",
        )
    return only_one(windows, "end")


def _stored_plan(window: ChangeWindow) -> Plan | None:
    """Return the plan as it was when the change began."""
    if window.plan is None or window.plan_path is None:
        return None
    from drift.policy.plan.file import parse

    return parse(window.plan, Path(window.plan_path))


def _under_way(app: App, pair: Pair) -> tuple[Finding, ...]:
    """Find the operations that are in flight after the change, and were not, or less, when it began."""
    from drift.compare.read_otherwise import alike
    from drift.policy.invariants import worsened

    both = alike(*whole(app, pair))
    findings = worsened(both.before, both.after, app.config.check)
    return tuple(finding for finding in findings if finding.rule == "not-running")
