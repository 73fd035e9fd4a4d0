"""`drift forget`: an instance and its history out of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from drift.cli.completion import instances
from drift.cli.consent import require_consent, yes_option
from drift.cli.lake import warn_of_old_files
from drift.cli.options import command, common_options

if TYPE_CHECKING:
    from drift.cli.app import App


@command("forget", short_help="Take an instance out of the store.")
@click.argument("instance", shell_complete=instances)
@yes_option
@common_options
@click.pass_obj
def forget_command(app: App, instance: str, *, yes: bool) -> None:
    """Take INSTANCE and all its snapshots out of the store: a name that was misspelled, an instance that is gone.

    A copy of the store is made before. `drift prune` takes out old snapshots of an instance that stays.

    \b
    Examples:
      drift forget oders-prod
      drift forget oders-prod --yes
    """  # noqa: D301 - click's mark
    with app.open_store() as store:
        count = len(store.log(instance))
        snapshots = f"{count:,} snapshot{'s' * (count != 1)}"
        if count:
            require_consent(f"take {instance} with {snapshots} out of {store.path}", yes=yes)
        copy = store.forget(instance)
    app.console.report(f"took out {instance} with {snapshots}\n")
    app.console.note(f"the store as it was before: {copy}")
    warn_of_old_files(app, instance)
