"""`drift repair`: what is whole in a damaged store, into a new one."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from drift.cli.options import command, common_options
from drift.cli.output import draft_folder, put_in_place
from drift.core.errors import BaselineError, DriftError, StoreError, UsageError
from drift.decode import sources

if TYPE_CHECKING:
    from drift.cli.app import App
    from drift.core.model import Snapshot
    from drift.store import Repaired


@command("repair", short_help="Rebuild a damaged store into a new one.")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    help="The new store. [default: drift.repaired.db beside drift.db]",
)
@common_options
@click.pass_obj
def repair_command(app: App, output: Path | None) -> None:
    """Rebuild into a new store what is proven to be as it was, and list what is lost. The old one is left untouched.

    A snapshot keeps its number. One whose record or data nodes no longer hold is lost, unless its kept response gives
    them. A database whose rows no longer hold is taken from wherever the store has it whole, or else becomes a gap.

    Ends with 0 if nothing is lost, with 4 if anything is; the new store is sound either way. Let nobody write to the
    old one meanwhile.

    \b
    Example:
      drift repair --output rebuilt.db
    """  # noqa: D301 - click's mark
    path = app.settings.store.value
    target = output or path.with_name(f"{path.stem}.repaired{path.suffix}")
    if not app.has_store:
        raise BaselineError(f"{path}: there is no store", hint="--store names another one.")
    try:
        repaired = _rebuilt(app, path, target)
    except OSError as error:
        raise StoreError(
            f"could not write {target}: {error.strerror}", hint="Name another file with --output."
        ) from error
    count = len(repaired.numbers)
    app.console.report(f"{target}: {count:,} snapshot{'s' * (count != 1)} rebuilt\n")
    if repaired.lost:
        listed = "\n".join(f"  {each}" for each in repaired.lost)
        raise StoreError(f"{path}: this could not be rebuilt:\n{listed}", hint=f"Everything else is in {target}.")


def _rebuilt(app: App, path: Path, target: Path) -> Repaired:
    """Repair a store into a draft, in a folder of its own beside the new store, and put it in place when whole."""
    with draft_folder(target) as folder:
        _refuse_existing(target)
        draft = folder / "draft.db"
        repaired = _repair(app, path, draft)
        _refuse_existing(target)  # another repair may have been faster
        put_in_place(draft, target)
    return repaired


def _refuse_existing(target: Path) -> None:
    if os.path.lexists(target):
        raise UsageError(f"{target} exists already", hint="Name another file with --output.")


def _repair(app: App, path: Path, draft: Path) -> Repaired:
    """Repair a copy of the store into a draft: to open a store may write to it."""
    from drift.store import Store

    def reread(stored: Snapshot, response: bytes) -> Snapshot:
        content = sources.read(response, stored.source, app.run.decoding)
        again = content.snapshot(instance=stored.instance, taken_at=stored.taken_at, source=stored.source)
        return msgspec.structs.replace(again, number=stored.number)

    copy = draft.with_name("copy.db")
    for ending in ("", "-wal", "-journal"):
        if os.path.exists(there := path.with_name(path.name + ending)):  # noqa: PTH110 - never raises
            shutil.copyfile(there, copy.with_name(copy.name + ending))
    try:
        with Store.open(copy) as old, Store.open(draft, create=True) as new:
            return old.repair(new, reread)
    except DriftError as error:
        error.message = error.message.replace(str(copy), str(path))
        raise
