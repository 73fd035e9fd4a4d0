"""`drift merge`: the histories of several stores, in one."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from drift.cli.options import command, common_options
from drift.cli.output import draft_folder, put_in_new_place
from drift.core.errors import DriftError, StoreError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drift.cli.app import App
    from drift.store import MergedStore

_PATH = click.Path(path_type=Path)


@command("merge", short_help="Bring the histories of several stores into one.")
@click.argument("into", type=_PATH, metavar="INTO")
@click.argument("stores", type=_PATH, nargs=-1, required=True, metavar="FROM...")
@common_options
@click.pass_obj
def merge_command(app: App, into: Path, stores: tuple[Path, ...]) -> None:
    """Bring the histories of the stores FROM into the store INTO, which is created if there is none.

    Afterwards INTO is what one store would be that had kept all the captures: the history of each instance, by the time
    of its captures, whichever store they are from; what was confirmed, begun, ended, watched and notified; the kept
    responses. A snapshot that INTO has already is passed over, so a second run changes nothing. Those of INTO keep
    their numbers, and new ones are numbered after them in the order of their times. The stores FROM are only read.

    All is merged, or nothing: where two instances have one name, or one has two names, the error says what to rename.

    \b
    Examples:
      drift merge snapshots/all.db parts/*.db
      drift merge snapshots/all.db nightly.db --quiet
    """  # noqa: D301 - click's mark
    if "store" in app.flags:
        raise UsageError("--store doesn't go with merge: INTO is the store", hint="drift merge INTO FROM...")
    refuse_itself(into, stores)
    try:
        with app.console.working("merging stores"):
            merged = _merged(into, stores)
    except OSError as error:
        raise StoreError(f"could not write {into}: {error.strerror}", hint="Name another file for INTO.") from error
    for each in merged:
        _tell(app, each)
    total = sum(each.added for each in merged)
    app.console.report(f"{into}: {_counted(total, 'new snapshot')} from {_counted(len(merged), 'store')}\n")


def refuse_itself(into: Path, stores: Sequence[Path]) -> None:
    """Raise UsageError where a store is to be merged into itself, by whatever path."""
    for path in stores:
        with suppress(OSError):
            if os.path.samefile(into, path):  # noqa: PTH121 - both may be missing
                raise UsageError(f"{path} is {into} itself", hint="Leave it out: INTO keeps what it has.")


def _merged(into: Path, stores: Sequence[Path]) -> list[MergedStore]:
    """Merge into a store. A new one is built in a draft: killed at any time, a run leaves all of it, or nothing."""
    while not os.path.lexists(into):
        with draft_folder(into) as folder:
            draft = folder / "draft.db"
            try:
                merged = _merged_into(draft, stores)
            except DriftError as error:
                error.message = error.message.replace(str(draft), str(into))
                raise
            if put_in_new_place(draft, into):
                return merged
    return _merged_into(into, stores)


def _merged_into(path: Path, stores: Sequence[Path]) -> list[MergedStore]:
    from drift.store import Store

    with Store.open(path, create=True) as store:
        return store.merge(stores)


def _tell(app: App, merged: MergedStore) -> None:
    if merged.migrated:
        app.console.note(f"{merged.path}: written by an older drift; a copy of it was brought up to date and merged")
    instances = _counted(len(merged.instances), "instance")
    app.console.detail(
        f"{merged.path}: {_counted(merged.added, 'new snapshot')} of {instances}, {merged.known:,} known already"
    )


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"
