"""`drift rename-instance`: another name for the history of an instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from drift.cli.consent import require_consent, yes_option
from drift.cli.lake import warn_of_old_files
from drift.cli.options import command, common_options

if TYPE_CHECKING:
    from drift.cli.app import App


@command("rename-instance", short_help="Give the history of an instance another name.")
@click.argument("old")
@click.argument("new")
@yes_option
@common_options
@click.pass_obj
def rename_instance_command(app: App, old: str, new: str, *, yes: bool) -> None:
    """Give the history of the instance OLD the name NEW.

    A copy of the store is made before. drift.toml is left as it is: rename [instances.OLD] there, too. Waivers by
    fingerprint are bound to the name, so write them anew.

    \b
    Examples:
      drift rename-instance oders-prod orders-prod
      drift rename-instance 1f5c9fd6cd984056ba89c8c87cc03278in09 orders-prod --yes
    """  # noqa: D301 - click's mark
    with app.open_store() as store:
        require_consent(f"rename {old} to {new} in {store.path}", yes=yes)
        copy = store.rename_instance(old, new)
    app.console.report(f"{old} is called {new} from now on\n")
    app.console.note(f"the store as it was before: {copy}")
    if old in app.config.instances:
        app.console.warn(f"{app.config.file_name} still has [instances.{old}]: rename it there, too")
    warn_of_old_files(app, old)
