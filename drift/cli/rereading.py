"""Kept responses, read again with the settings of now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from drift.core.errors import PayloadError
from drift.core.read_settings import other_settings
from drift.core.sources import source_of

if TYPE_CHECKING:
    from drift.cli.app import App
    from drift.core.model import Snapshot
    from drift.store import Store


def read_again(app: App, store: Store, stored: Snapshot) -> Snapshot | None:
    """Read the response of a stored snapshot again; None where it was not kept. Raises PayloadError as reading does."""
    raw = store.raw(stored.number or 0)
    if raw is None:
        return None
    from drift.decode import sources

    options = app.run.decoding
    content = sources.read(raw, stored.source, msgspec.structs.replace(options, defers_doubt=True))
    again = content.snapshot(instance=stored.instance, taken_at=stored.taken_at, source=stored.source)
    # A doubt about records that are stored as confirmed has been decided; any other is as open as ever.
    if content.doubt is not None and (stored.unconfirmed or again.content_hash != stored.content_hash):
        raise content.doubt
    is_new = stored.unconfirmed or again.layout != stored.layout
    return msgspec.structs.replace(
        again,
        label=stored.label,
        in_flight=stored.in_flight,
        jobs=stored.jobs,
        unconfirmed=is_new and source_of(stored.source).needs_witness and not options.layout,
        read_with=options.settings_for(stored.source),
    )


def are_read_otherwise(before: Snapshot, after: Snapshot) -> bool:
    """Whether two snapshots are known to have been read with different settings."""
    return bool(other_settings(before.read_with, after.read_with))


def read_alike(app: App, before: Snapshot, after: Snapshot) -> tuple[Snapshot, Snapshot]:
    """Read what was read with other settings again with those of now, as far as the responses were kept.

    Both have all their records. What is stored keeps its number, and what was judged about it.
    """
    if not are_read_otherwise(before, after):
        return before, after
    return _as_of_now(app, before), _as_of_now(app, after)


def _as_of_now(app: App, snapshot: Snapshot) -> Snapshot:
    if snapshot.number is None or snapshot.read_with == app.run.decoding.settings_for(snapshot.source):
        return snapshot
    try:
        with app.open_store() as store, app.console.working(f"reading snapshot {snapshot.number} again"):
            again = read_again(app, store, snapshot)
            layouts = store.confirmed_layouts(snapshot.instance.name)
    except PayloadError as error:
        app.console.detail(f"snapshot {snapshot.number} can't be read with the settings of now: {error.message}")
        return snapshot
    if again is None:
        return snapshot
    app.console.detail(f"snapshot {snapshot.number} is read again with the settings of now")
    return msgspec.structs.replace(
        again,
        number=snapshot.number,
        suspicion=snapshot.suspicion,
        judged=snapshot.judged,
        unconfirmed=again.unconfirmed and again.layout not in layouts,
    )
