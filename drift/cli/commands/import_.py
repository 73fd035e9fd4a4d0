"""`drift import`: exported files into the store."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from drift.cli.loading import read_file
from drift.cli.options import command, common_options
from drift.cli.saved_files import refuse_future
from drift.core.errors import ConfigError, UsageError
from drift.core.references import way_to_one_name

if TYPE_CHECKING:
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
        refuse_other_names(store.instances(), [snapshot.instance for _, snapshot in snapshots])
        for path, snapshot in snapshots:
            entry, is_new = store.save_unless_stored(snapshot)
            if is_new:
                app.console.report(f"{path}: snapshot {entry.number} of {entry.instance}\n")
            else:
                app.console.note(f"{path}: already stored as snapshot {entry.number}")
            work.advance()


def refuse_other_names(known: list[Instance], imported: list[Instance]) -> None:
    """Raise ConfigError where the id of an imported instance has another name, before anything is stored.

    One history would become two. What an older store has under two names already may go on under both.
    """
    names: dict[str, dict[str, None]] = {}
    for each in (*known, *imported):
        names.setdefault(each.instance_id or "", {})[each.name or ""] = None
    held = {(each.instance_id, each.name) for each in known}
    for each in imported:
        if not each.instance_id or (each.instance_id, each.name) in held:
            continue
        if others := [name for name in names[each.instance_id] if name != each.name]:
            raise ConfigError(
                f"the instance {each.instance_id} is called {others[0]!r} and {each.name!r}; one instance has one name",
                hint=_way_out(others[0], str(each.name), {each.name for each in known}),
            )


def _way_out(old: str, new: str, known: set[str | None]) -> str:
    if old not in known:
        return "Import the files of one name alone."
    return f"{way_to_one_name(old, new, is_taken=new in known)}."


def _snapshot(app: App, path: str) -> Snapshot:
    loaded = read_file(app, path)
    if loaded.response is not None:
        raise UsageError(
            f"{path} is no `drift export` file: it doesn't say which instance it is of",
            hint=f"`drift snapshot NAME --from-file {shlex.quote(path)}` stores it.",
        )
    if loaded.snapshot.instance.name is None:
        raise UsageError(
            f"{path} doesn't say what its instance is called: it was exported from a file",
            hint=f"`drift snapshot NAME --from-file {shlex.quote(path)}` stores it under a name, with its time.",
        )
    refuse_future(path, loaded.snapshot.taken_at)
    return loaded.snapshot
