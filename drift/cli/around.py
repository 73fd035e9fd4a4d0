"""`drift begin` and `drift end`: the two halves around a migration."""

from __future__ import annotations

import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from drift.cli.app import open_pair, report_on
from drift.cli.check import check_up
from drift.cli.compare import plan_option, tell_all
from drift.cli.options import common_options, connection_options
from drift.cli.reporting import report_options, tell, threshold_option
from drift.cli.snapshot import check_label, put, received_from
from drift.core.errors import BaselineError, UsageError
from drift.core.references import Number
from drift.reports.formats import CHECK_FORMATS, REPORT_FORMATS
from drift.reports.renderer import render
from drift.store.change_windows import Ticket

if TYPE_CHECKING:
    from drift.cli.app import App
    from drift.core.model import Snapshot
    from drift.policy.invariants import Finding
    from drift.policy.plan.file import Plan


@click.command("begin", short_help="Before a migration: capture, check, remember.")
@click.argument("change")
@click.argument("instance", required=False)
@plan_option
@click.option("--from-file", "path", metavar="PATH", help="Read a saved response instead of asking the service.")
@threshold_option
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
    path: str | None,
    fmt: str,
    outputs: tuple[tuple[str, Path], ...],
) -> int:
    """Capture INSTANCE before a migration, check that it is sound and nothing is in flight, and remember it as CHANGE.

    The snapshot's label is CHANGE. With a finding at or above --fail-on, or in a partial snapshot, the change doesn't
    begin. Repeated, it keeps the snapshot that it began with; a --plan given then takes the place of the one before.

    \b
    Examples:
      drift begin CHG-123 orders-prod --plan plan.toml
      drift begin CHG-123 orders-prod --from-file response.json
    """  # noqa: D301 - click's mark
    check_label(change)
    ticket = _known(app, change, instance)
    if ticket is not None and ticket.ended is not None:
        raise UsageError(
            f"{change} of {ticket.instance} has ended already, with snapshot {ticket.ended}",
            hint="Give the next change a name of its own.",
        )
    if ticket is None:
        entry = put(app, received_from(app, instance, path), change, strict=False)
        ticket, again = Ticket(instance=entry.instance, name=change, begun=entry.number), False
    else:
        app.console.note(
            f"{change} of {ticket.instance} has begun already; what it is judged against stays snapshot {ticket.begun}"
        )
        again = True
    snapshot = app.load(Number(ticket.begun))
    if plan is not None:
        _doubt(app, plan, snapshot)
    checkup = check_up(app, snapshot, str(ticket.begun))
    tell(app, partial(render, checkup, lang=app.language), fmt, outputs)
    if checkup.checked.exit_code and not again:
        app.console.note(f"{change} has not begun; what the check found stands in its way")
        return checkup.checked.exit_code
    _remember(app, _planned(ticket, plan))
    end = f"drift end {shlex.quote(change)}"
    app.console.note(f"{change} began with snapshot {ticket.begun}; after the migration: {end}")
    return 0


@click.command("end", short_help="After a migration: capture, and judge it.")
@click.argument("change")
@click.argument("instance", required=False)
@plan_option
@click.option("--from-file", "path", metavar="PATH", help="Read a saved response instead of asking the service.")
@click.option("--close", is_flag=True, help="The change has ended, whatever the judgement is.")
@threshold_option
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
    path: str | None,
    close: bool,
    fmt: str,
    outputs: tuple[tuple[str, Path], ...],
) -> int:
    """Capture the instance after a migration, and judge what changed since CHANGE began against its plan.

    It judges as `drift gate` does. The change has ended when what is found passes and nothing is in flight any more;
    until then it stays open, and `drift end` captures and judges anew. Of a change that has ended, it judges again what
    was captured then.

    \b
    Examples:
      drift end CHG-123
      drift end CHG-123 --output markdown=report.md --output json=report.json
      drift end CHG-123 --close
    """  # noqa: D301 - click's mark
    ticket = _planned(_open(app, change, instance), plan)
    number = ticket.ended
    if number is None:
        number = put(app, received_from(app, ticket.instance, path), change, strict=False).number
    else:
        app.console.note(f"{change} has ended with snapshot {number}; that is judged again")
    numbers = ticket.begun, number
    pair = open_pair(app, (str(numbers[0]), str(numbers[1])), (Number(numbers[0]), Number(numbers[1])))
    report = report_on(app, pair, "gate", plan or _remembered(ticket), _under_way(app, number))
    tell_all(app, pair, report, fmt, outputs)
    code = report.verdict.exit_code
    if code == 0 or close:
        _remember(app, msgspec.structs.replace(ticket, ended=number))
        app.console.note(f"{change} ended with snapshot {number}")
    elif ticket.ended is None:
        app.console.note(
            f"{change} stays open; `drift end {shlex.quote(change)}` captures and judges anew, --close ends it as it is"
        )
    return code


def _doubt(app: App, plan: Plan, snapshot: Snapshot) -> None:
    """Warn of what a plan speaks of and doesn't bring: after the migration, a slip would be too late to find."""
    from drift.policy.known_names import World  # noqa: PLC0415 - as above
    from drift.policy.plan.matching import problems  # noqa: PLC0415 - only with a plan

    for problem in problems(plan, World.of_whole(snapshot)):
        app.console.warn(f"{plan.origin}: {problem.place}: {problem.words}, nor does the plan add it")


def _known(app: App, change: str, instance: str | None) -> Ticket | None:
    """The change, if it has begun."""
    with app.open_store(create=True) as store:
        known = store.tickets(change)
    owner = instance or (next(iter(app.config.instances)) if len(app.config.instances) == 1 else None)
    found = [ticket for ticket in known if owner in {None, ticket.instance}]
    return _one(found, "begin") if found else None


def _open(app: App, change: str, instance: str | None) -> Ticket:
    """The one change that is to end."""
    with app.open_store() as store:
        tickets = store.tickets(None)
    found = [ticket for ticket in tickets if ticket.name == change and instance in {None, ticket.instance}]
    if not found:
        names = ", ".join(sorted({f"{each.name} of {each.instance}" for each in tickets if each.ended is None}))
        raise BaselineError(
            f"no change {change!r} has begun",
            hint=f"Open are {names}." if names else "`drift begin CHANGE` captures and remembers what was before.",
        )
    return _one(found, "end")


def _one(found: list[Ticket], command: str) -> Ticket:
    if len(found) > 1:
        raise UsageError(
            f"{found[0].name!r} could mean that of {', '.join(each.instance for each in found)}",
            hint=f"Name the instance: `drift {command} CHANGE INSTANCE`.",
        )
    return found[0]


def _planned(ticket: Ticket, plan: Plan | None) -> Ticket:
    """The change with its new plan, if there is one."""
    if plan is None:
        return ticket
    from drift.config.file import read_text  # noqa: PLC0415 - only with a plan

    text = read_text(Path(plan.origin), hint="")
    return msgspec.structs.replace(ticket, plan=text, plan_path=str(plan.origin))


def _remembered(ticket: Ticket) -> Plan | None:
    """The plan as it was when the change began."""
    if ticket.plan is None or ticket.plan_path is None:
        return None
    from drift.policy.plan.file import parse  # noqa: PLC0415 - only with a plan

    return parse(ticket.plan, Path(ticket.plan_path))


def _remember(app: App, ticket: Ticket) -> None:
    with app.open_store() as store:
        store.put_ticket(ticket)


def _under_way(app: App, number: int) -> tuple[Finding, ...]:
    """What is still in flight in a snapshot."""
    from drift.policy.invariants import check  # noqa: PLC0415 - only at the end

    found = check(app.load(Number(number)), app.config.check)
    return tuple(finding for finding in found if finding.rule == "not-running")
