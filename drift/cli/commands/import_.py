"""`drift import`: exported files into the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from drift.cli.loading import read_file
from drift.cli.options import command, common_options
from drift.cli.saved_files import refuse_future
from drift.core.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drift.cli.app import App
    from drift.core.model import Instance, Snapshot


@command("import", short_help="Put exported files into the store.")
@click.argument("paths", nargs=-1, required=True, metavar="FILE...")
@common_options
@click.pass_obj
def import_command(app: App, paths: tuple[str, ...]) -> None:
    """Put `drift export` files into the store.

    Nothing is lost: instance, label and the time of capture come along. A snapshot that is stored already is passed
    over. Either every file can be read, or nothing is stored.

    \b
    Example:
      drift import baselines/*.json
    """  # noqa: D301 - click's mark
    with app.console.working("files read", len(paths)) as work:
        snapshots = []
        for path in paths:
            snapshots.append((path, _snapshot(app, path)))
            work.advance()
    with app.open_store(create=True) as store, app.console.working("files stored", len(paths)) as work:
        refuse_other_names([*store.instances(), *(snapshot.instance for _, snapshot in snapshots)])
        for path, snapshot in snapshots:
            entry, is_new = store.save_unless_stored(snapshot)
            if is_new:
                app.console.report(f"{path}: snapshot {entry.number} of {entry.instance}\n")
            else:
                app.console.note(f"{path}: already stored as snapshot {entry.number}")
            work.advance()


def refuse_other_names(instances: Iterable[Instance]) -> None:
    """Raise ConfigError where two names have one id, before anything is stored: one history would become two."""
    names: dict[str, str] = {}
    for each in instances:
        if each.instance_id and each.name and names.setdefault(each.instance_id, each.name) != each.name:
            known = names[each.instance_id]
            raise ConfigError(
                f"the instance {each.instance_id} is called {known!r} and {each.name!r}; one instance has one name",
                hint=f"`drift rename-instance {known} {each.name}` gives its history in the store the new name.",
            )


def _snapshot(app: App, path: str) -> Snapshot:
    loaded = read_file(app, path)
    if loaded.response is not None or loaded.snapshot.instance.name is None:
        raise UsageError(
            f"{path} doesn't say which instance it is of, nor when it was captured",
            hint=f"This takes `drift export` files; for others there is `drift snapshot NAME --from-file {path}`.",
        )
    refuse_future(path, loaded.snapshot.taken_at)
    return loaded.snapshot
