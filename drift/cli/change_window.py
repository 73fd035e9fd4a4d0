"""A change between `drift begin` and `drift end`, as both halves know it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from drift.core.errors import UsageError

if TYPE_CHECKING:
    from drift.cli.app import App
    from drift.policy.plan.file import Plan
    from drift.store import ChangeWindow


def begin(app: App, window: ChangeWindow) -> ChangeWindow:
    """Record in the store that the change has begun; return it with the snapshot that it began with."""
    with app.open_store() as store:
        return store.begin_change_window(window)


def remember(app: App, window: ChangeWindow) -> None:
    """Keep the change in the store."""
    with app.open_store() as store:
        store.save_change_window(window)


def only_one(windows: list[ChangeWindow], command: str) -> ChangeWindow:
    """Return the only change. Raises UsageError where several instances have one of that name."""
    if len(windows) > 1:
        raise UsageError(
            f"{windows[0].name!r} could mean that of {', '.join(each.instance for each in windows)}",
            hint=f"Name the instance: `drift {command} CHANGE INSTANCE`.",
        )
    return windows[0]


def refuse_other_plan(plan: Plan | None, change: str) -> None:
    """Raise UsageError for a plan that says itself that it is the plan of another change."""
    if plan is not None and plan.change not in {None, change}:
        raise UsageError(
            f"{plan.origin} is the plan of {plan.change}, not of {change}",
            hint=f'Give {change} its own plan, or write `change = "{change}"` in the file.',
        )


def refuse_second(windows: list[ChangeWindow], change: str, instance: str | None) -> None:
    """Raise UsageError where another change of the instance is open: each would find the other's changes unexpected."""
    for window in windows:
        if window.instance == instance and window.name != change:
            name = shlex.quote(window.name)
            raise UsageError(
                f"{window.name} is open on {instance} since snapshot {window.begun}; two at once can't be told apart",
                hint=f"End it first: `drift end {name}`, or as it is, `drift end {name} --close`.",
            )


def with_plan(window: ChangeWindow, plan: Plan | None) -> ChangeWindow:
    """Return the change with its new plan, if there is one."""
    if plan is None:
        return window
    from drift.cli.streams import STREAM
    from drift.core.bounded_files import read_text
    from drift.reports.plan_file import render

    is_stream = str(plan.origin) == STREAM  # which is read already
    text = render(plan, []) if is_stream else read_text(Path(plan.origin), hint="")
    return msgspec.structs.replace(window, plan=text, plan_path=str(plan.origin))
