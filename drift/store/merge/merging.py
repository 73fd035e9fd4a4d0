"""Merging stores into one, in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.store import writing
from drift.store.merge import about, intervals, numbering, snapshots
from drift.store.records import MergedStore

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from pathlib import Path

    from drift.store.merge.staging import Staged


def merge(connection: sqlite3.Connection, into: Path, stores: Sequence[Staged]) -> list[MergedStore]:
    """Bring staged stores into this one, inside the open transaction; return what became of each.

    Where nothing is new, nothing is written.
    """
    numbering.check_names(connection, into, stores)
    is_new = numbering.number(connection) > 0
    snapshots.bring_instances(connection)
    if is_new:
        snapshots.bring_heads(connection)
        intervals.bring(connection, stores)
        snapshots.seal_new(connection)
    snapshots.complete_heads(connection)
    snapshots.judge(connection)
    about.bring(connection)
    snapshots.bring_responses(connection)
    if is_new:
        writing.analyse(connection)
    return [_told(connection, each) for each in stores]


def _told(connection: sqlite3.Connection, store: Staged) -> MergedStore:
    added, known = connection.execute(
        "SELECT coalesce(sum(is_new), 0), coalesce(sum(NOT is_new), 0) FROM staged.place WHERE store = ?",
        (store.place,),
    ).fetchone()
    instances = connection.execute(
        "SELECT DISTINCT name FROM staged.place WHERE store = ? ORDER BY name", (store.place,)
    ).fetchall()
    return MergedStore(
        path=str(store.path),
        instances=tuple(name for (name,) in instances),
        added=added,
        known=known,
        migrated=store.is_migrated,
    )
