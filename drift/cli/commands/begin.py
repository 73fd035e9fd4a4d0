"""`drift begin`: the half before a migration, which checks and remembers the instance."""

from __future__ import annotations

import shlex
from functools import partial
from typing import TYPE_CHECKING

import click

from drift.cli.change_window import begin, only_one, refuse_other_plan, refuse_second, with_plan
from drift.cli.checking import check_up
from drift.cli.commands.snapshot import check_label, put
from drift.cli.comparison import plan_option
from drift.cli.completion import changes, instances
from drift.cli.loading import load
from drift.cli.options import command, common_options, connection_options, settings_options, verify_option
from drift.cli.reporting import report_options, write_reports
from drift.cli.saved_files import file_options, received_from
from drift.core.errors import UsageError
from drift.core.references import Number
from drift.reports.formats import CHECK_FORMATS
from drift.reports.renderer import render
from drift.store import ChangeWindow

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from drift.cli.app import App
    from drift.core.model import Snapshot
    from drift.policy.plan.file import Plan


@command("begin", short_help="Before a migration: capture, check, remember.")
@click.argument("change", shell_complete=changes)
@click.argument("instance", required=False, shell_complete=instances)
@plan_option
@verify_option("the instance")
@file_options
@settings_options("fail_on", "require_confirmed")
@report_options(CHECK_FORMATS)
@connection_options
@common_options
@click.pass_obj
def begin_command(
    app: App,
    change: str,
    instance: str | None,
    *,
    plan: Plan | None,
    verifies: bool,
    path: str | None,
    taken_at: datetime | None,
    fmt: str,
    outputs: tuple[tuple[str, Path], ...],
) -> int:
    """Capture INSTANCE before a migration, check that it is sound and nothing is in flight, and remember it as CHANGE.

    The snapshot's label is CHANGE. With a finding at or above --fail-on, or in a partial or suspect snapshot, the
    change doesn't begin. Repeated, it keeps the snapshot that it began with; a --plan given then takes the place of the
    one before. With --verify, it doesn't begin either where the data nodes don't hold what the metadata says.

    \b
    Examples:
      drift begin CHG-123 orders-prod --plan plan.toml
      drift begin CHG-123 orders-prod --verify
      drift begin CHG-123 orders-prod --from-file response.json
    """  # noqa: D301 - click's mark
    check_label(change)
    refuse_other_plan(plan, change)
    window = _known(app, change, instance)
    if window is not None and window.ended is not None:
        raise UsageError(
            f"{change} of {window.instance} has ended already, with snapshot {window.ended}",
            hint="Give the next change a name of its own.",
        )
    if window is None:
        refuse_second(_open(app), change, instance or app.usual)
        received = received_from(app, instance, path, taken_at)
        refuse_second(_open(app), change, received.instance.name)
        entry = put(app, received, change, strict=False, taken_at=taken_at)
        refuse_second(_open(app), change, entry.instance)
        window, again = ChangeWindow(instance=entry.instance, name=change, begun=entry.number), False
    else:
        app.console.note(
            f"{change} of {window.instance} has already begun; it will still be judged against snapshot {window.begun}"
        )
        again = True
    snapshot = load(app, Number(window.begun))
    if plan is not None:
        _warn_of_unknown_names(app, plan, snapshot)
    checkup = check_up(app, snapshot, str(window.begun), verifies=verifies)
    write_reports(app, partial(render, checkup, lang=app.language), fmt, outputs)
    if checkup.checked.exit_code and not again:
        why = "the snapshot is suspect" if snapshot.suspect else "of the findings of the check"
        app.console.note(f"{change} has not begun, because {why}")
        return checkup.checked.exit_code
    kept = begin(app, with_plan(window, plan))
    if kept.begun != window.begun:
        app.console.warn(f"another run began {change} meanwhile, with snapshot {kept.begun}, which it keeps")
    end = f"drift end {shlex.quote(change)}"
    app.console.note(f"{change} began with snapshot {kept.begun}; after the migration: {end}")
    return 0


def _warn_of_unknown_names(app: App, plan: Plan, snapshot: Snapshot) -> None:
    """Warn of names in a plan that neither the snapshot nor the plan has: `drift end` would find a slip too late."""
    from drift.policy.known_names import KnownNames
    from drift.policy.plan.matching import name_problems

    for problem in name_problems(plan, KnownNames.of_whole(snapshot)):
        app.console.warn(f"{plan.origin}: {problem.place}: {problem.words}, nor does the plan add it")


def _known(app: App, change: str, instance: str | None) -> ChangeWindow | None:
    """Return the change, if it has begun."""
    owner = instance or app.usual
    windows = [window for window in _windows(app) if window.name == change and owner in {None, window.instance}]
    return only_one(windows, "begin") if windows else None


def _windows(app: App) -> list[ChangeWindow]:
    """List the changes in the store; there are none where there is no store yet, and none is created."""
    if not app.has_store:
        return []
    with app.open_store(create=True) as store:
        return store.change_windows()


def _open(app: App) -> list[ChangeWindow]:
    return [window for window in _windows(app) if window.ended is None]
