"""`drift plan`: what a change is meant to do, written down before or after it, and explained."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click
import msgspec

from drift import checks
from drift.cli.app import App, open_pair
from drift.cli.options import common_options, connection_options
from drift.errors import UsageError
from drift.refs import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from drift.cli.app import Pair
    from drift.plan import Plan

    _F = TypeVar("_F", bound=Callable[..., Any])


def _change(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    try:
        return None if value is None else checks.text(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _plan_options(function: _F) -> _F:
    function = click.option(
        "--output", "-o", type=click.Path(path_type=Path), metavar="PATH", help="Write the plan there, not to stdout."
    )(function)
    return click.option("--change", metavar="NAME", callback=_change, help="What the change is called.")(function)


@click.group("plan", short_help="Write and explain plans: what is meant to change.")
@common_options
def plan_command() -> None:
    """Write and explain plans: what a change is meant to do, and nothing else.

    A plan is a TOML file of expected changes. `drift gate --plan FILE` passes when all of them have happened and
    nothing else has.

    \b
    Example:
      drift plan from-diff pre-rehearsal post-rehearsal --output plan.toml
      drift plan show plan.toml live
      drift gate pre-change post-change --plan plan.toml
    """  # noqa: D301 - click's mark


@plan_command.command("from-diff", short_help="The plan that expects what changed between two snapshots.")
@click.argument("before")
@click.argument("after")
@_plan_options
@connection_options
@common_options
@click.pass_obj
def from_diff_command(app: App, before: str, after: str, change: str | None, output: Path | None) -> None:
    """Write the plan that expects just what changed from BEFORE to AFTER.

    BEFORE and AFTER are references, as in `drift diff`.

    \b
    Examples:
      drift plan from-diff 12 13 --change CHG-123 --output plan.toml
      drift plan from-diff baseline.json live
    """  # noqa: D301 - click's mark
    pair = open_pair(app, (before, after), (parse(before), parse(after)))
    remark = f"What changed from {before} to {after}."
    _give(app, _drafted(app, pair, change, output), output, [remark])


@plan_command.command("reverse", short_help="The plan that undoes a plan, or what changed between two snapshots.")
@click.argument("before", metavar="PLAN|BEFORE")
@click.argument("after", metavar="[AFTER]", required=False)
@_plan_options
@connection_options
@common_options
@click.pass_obj
def reverse_command(app: App, before: str, after: str | None, change: str | None, output: Path | None) -> None:
    """Write the plan that undoes another one, or what changed from BEFORE to AFTER.

    \b
    Examples:
      drift plan reverse plan.toml --output rollback.toml
      drift plan reverse 12 13
    """  # noqa: D301 - click's mark
    from drift.drafts import reverse  # noqa: PLC0415 - only here

    if after is None:
        if not before.endswith(".toml"):
            raise UsageError(
                f"{before} is no plan, which ends in .toml, and there is no second snapshot",
                hint="`drift plan reverse PLAN.toml` undoes a plan, `drift plan reverse BEFORE AFTER` what changed.",
            )
        plan = app.read_plan(before)
        undone = msgspec.structs.replace(plan, change=change or plan.change)
        remark = f"What undoes the plan {before}."
    else:
        pair = open_pair(app, (before, after), (parse(before), parse(after)))
        undone = _drafted(app, pair, change, output)
        remark = f"What undoes the change from {before} to {after}."
    _give(app, reverse(undone), output, [remark])


def _drafted(app: App, pair: Pair, change: str | None, output: Path | None) -> Plan:
    from drift.diff import diff  # noqa: PLC0415 - not every plan is made of a diff
    from drift.drafts import from_changes  # noqa: PLC0415 - as above

    found = diff(pair.before, pair.after)
    for gap in found.not_checked:
        app.console.warn(f"not checked, so not in the plan: {gap.scope}: {gap.reason}")
    names = {node_id: node.name for side in pair.sides for node_id, node in side.nodes.items()}
    return from_changes(found.changes, pair.world, names, change, output or Path("plan.toml"))


def _give(app: App, plan: Plan, output: Path | None, remarks: Iterable[str]) -> None:
    from drift.reports.plan_toml import render  # noqa: PLC0415 - only here

    text = render(plan, remarks)
    if output is None:
        app.console.report(text)
        return
    from drift.files import write  # noqa: PLC0415 - only here

    write(output, text.encode())
    app.console.report(f"wrote {output}\n")
