"""References and files to snapshots, with progress and warnings on stderr."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from drift.cli.captures import receive
from drift.cli.streams import STREAM, receive_input
from drift.core.errors import JudgementError
from drift.core.references import AsOf, File, Label, Latest, Live, Number, Reference

if TYPE_CHECKING:
    from drift.cli.app import App
    from drift.core.model import Snapshot, Suspicion
    from drift.decode.captures import Loaded, Received


def load(app: App, reference: Reference | Received) -> Snapshot:
    """Load the whole snapshot of a reference, or of an answer that was received before."""
    match reference:
        case File(path=path):
            return read_file(app, path).snapshot
        case Live(instance=instance):
            return held_against_history(app, read(app, receive(app, instance)).snapshot)
        case Number() | Label() | Latest() | AsOf():
            with app.open_store() as store, app.console.working("loading from the store"):
                return store.load(store.resolve(reference))
        case received:
            return held_against_history(app, read(app, received).snapshot)


def held_against_history(app: App, snapshot: Snapshot) -> Snapshot:
    """Judge whether a capture that is not kept is to be believed, by what the store has of its instance."""
    if snapshot.instance.name is None or not app.has_store:
        return snapshot
    with app.open_store() as store:
        judged = store.judged(snapshot)
    warn_of_doubt(app, judged.suspicion, None)
    return judged


def warn_of_doubt(app: App, found: Suspicion | None, number: int | None) -> None:
    """Warn of a capture that is not to be believed."""
    if found is not None and found.is_open:
        from drift.reports.wording.qualities import in_english

        app.console.warn(in_english(found, number))


def receive_file(app: App, path: str) -> Received:
    """Return the bytes of a file, not read yet."""
    if path == STREAM:
        return receive_input(app.run.decoding)
    from drift.decode import files

    return files.receive(Path(path), app.run.decoding)


def read_file(app: App, path: str) -> Loaded:
    """Read a file, and warn of everything in it that is odd or missing."""
    return read(app, receive_file(app, path))


def _confirmed(app: App, loaded: Loaded) -> Loaded:
    """Believe the layout of a file that is confirmed in the store for its instance."""
    snapshot = loaded.snapshot
    if not snapshot.unconfirmed or not app.has_store:
        return loaded
    try:
        with app.open_store() as store:
            layouts = store.confirmed_layouts(snapshot.instance.name)
    except JudgementError:
        return loaded  # a file can be read without a store, too
    if snapshot.layout not in layouts:
        return loaded
    return msgspec.structs.replace(loaded, snapshot=msgspec.structs.replace(snapshot, unconfirmed=False))


def read(app: App, received: Received, *, explains: bool = False) -> Loaded:
    """Read an answer or a file, and warn of everything in it that is odd or missing. `explains` is as in `Options`."""
    from drift.decode import captures

    with app.console.working(f"reading {received.path or received.instance.name}"):
        loaded = captures.read(received, msgspec.structs.replace(app.run.decoding, explains=explains))
    if received.path is not None:
        loaded = _confirmed(app, loaded)
    app.loaded = (*app.loaded, loaded)
    if loaded.told:
        app.console.note(f"note: {received.path} is {', in it '.join(loaded.told)}")
    for warning in loaded.warnings:
        app.console.warn(warning)
    for gap in loaded.snapshot.gaps:
        app.console.warn(gap.reason if gap.is_disagreement else f"not read: {gap.scope}: {gap.reason}")
    return loaded
