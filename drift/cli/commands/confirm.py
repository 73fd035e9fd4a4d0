"""`drift confirm`: believe a suspect snapshot after all."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

import click
import msgspec

from drift.cli.app import now
from drift.cli.completion import references
from drift.cli.options import command, common_options
from drift.core import validators
from drift.core.errors import UsageError
from drift.core.model import Confirmation
from drift.core.references import FORMS, Stored, parse

if TYPE_CHECKING:
    from drift.cli.app import App


def _text(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    try:
        return None if value is None else validators.text(value.strip())
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@command("confirm", short_help="Believe a suspect snapshot.")
@click.argument("reference", metavar="REF", shell_complete=references)
@click.option(
    "--reason",
    metavar="TEXT",
    callback=_text,
    help="Why it is true: what was dropped, by whom. Kept, and shown in reports.",
)
@click.option("--by", metavar="NAME", callback=_text, help="Who says so. [default: the user of this process]")
@click.option("--undo", is_flag=True, help="Doubt it again.")
@common_options
@click.pass_obj
def confirm_command(app: App, reference: str, *, reason: str | None, by: str | None, undo: bool) -> None:
    """Confirm that a suspect snapshot is true.

    A capture that is empty, or in which more than half of the shards are gone, is suspect: it is kept, but it is no
    baseline, nothing is judged by it, and `drift history` leaves it out. When you know that so much was really dropped,
    confirm it; later snapshots are then held against it. To confirm it again keeps the --reason and the --by that are
    given then. REF is a reference, as in `drift show`.

    No confirmation is needed where the service says the same twice: a snapshot with --source both, or one from the
    export and one from the details, confirm each other.

    \b
    Examples:
      drift confirm 14 --reason "CHG-123 dropped crm and billing"
      drift confirm orders-prod:latest --reason "decommissioned" --by anna
      drift confirm 14 --undo
    """  # noqa: D301 - click's mark
    if undo and (reason or by):
        raise UsageError("--undo excludes --reason and --by: it keeps neither")
    parsed = parse(reference)
    if not isinstance(parsed, Stored):
        raise UsageError(f"{reference} is not in the store; expected {FORMS.partition(', live')[0]}")
    with app.open_store() as store:
        number = store.resolve(parsed)
        known = store.entry(number).suspicion
        if known is None:
            raise UsageError(
                f"snapshot {number} is not suspect, so there is nothing to confirm",
                hint="`drift log` marks the snapshots that are suspect.",
            )
        if known.confirmed is not None and (reason or by):
            store.confirm(number, _amended(known.confirmed, reason, by))
            app.console.report(f"snapshot {number} is confirmed already; what was given is kept with that\n")
            return
        if known.is_open is undo:
            app.console.note(f"snapshot {number} is {'suspect' if undo else 'confirmed'} already")
            return
        store.confirm(number, None if undo else Confirmation(reason or "", by or _user(), now()))
        waiting = [str(entry.number) for entry in store.log(store.entry(number).instance) if entry.suspect]
    app.console.report(f"snapshot {number} is {'suspect again' if undo else 'confirmed'}\n")
    if reason is None and not undo:
        app.console.note("--reason TEXT tells others why; it is kept, and shown in reports")
    if waiting and not undo:
        app.console.note(f"still suspect: {', '.join(waiting)}")


def _amended(known: Confirmation, reason: str | None, by: str | None) -> Confirmation:
    """Add to a confirmation what is given now. It is as old as it was."""
    return msgspec.structs.replace(known, reason=reason or known.reason, by=by or known.by or _user())


def _user() -> str | None:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a user without a name
        return None
