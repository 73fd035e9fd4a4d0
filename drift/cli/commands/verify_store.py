"""`drift verify-store`: rebuild and check every stored snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from drift.cli.options import command, common_options
from drift.core.errors import StoreError

if TYPE_CHECKING:
    from drift.cli.app import App
    from drift.store import Store


@command("verify-store", short_help="Check that the history is true.")
@common_options
@click.pass_obj
def verify_store_command(app: App) -> None:
    """Rebuild every snapshot from the store and compare it with what was recorded.

    Ends with 4 and a line per finding if anything differs. Warns of what killed runs left beside the store.
    """
    with app.open_store() as store:
        count = len(store.log())
        with app.console.working("snapshots checked", count) as work:
            findings = store.verify(work.advance)
        _warn_of_leftovers(app, store)
    if findings:
        listed = "\n".join(f"  {finding}" for finding in findings)
        raise StoreError(
            f"{app.settings.store.value} is damaged:\n{listed}",
            hint="Put back a copy of the file; `drift repair` rebuilds what is whole into a new one.",
        )
    app.console.report(f"{app.settings.store.value}: {count} snapshot{'s' * (count != 1)}, all as recorded\n")


def _warn_of_leftovers(app: App, store: Store) -> None:
    from drift.cli.output import abandoned

    drafts, logs = store.leftovers()
    for draft in [*drafts, *abandoned(store.path.parent)]:
        app.console.warn(f"{draft}: a killed run left this draft; it can be removed")
    for log, database in logs:
        app.console.warn(
            f"{log}: {database.name}, to which it belongs, is not there; put them together again, or remove it if that "
            "is gone for good"
        )
