"""The state of `drift watch`: the notifications it has sent, and its baselines. Reads and writes two small tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from drift.notify.transitions import Item, NotifiedState

if TYPE_CHECKING:
    import sqlite3


def notified(connection: sqlite3.Connection, channel: str, instance: str) -> NotifiedState:
    """Load the notifications that a channel has had about an instance; an empty state if it has had none."""
    row = connection.execute(
        "SELECT count, items, trouble FROM told WHERE channel = ? AND instance = ?", (channel, instance)
    ).fetchone()
    if row is None:
        return NotifiedState()
    count, items, trouble = row
    return NotifiedState(count, msgspec.json.decode(items, type=tuple[Item, ...]), trouble)


def save_notified(connection: sqlite3.Connection, channel: str, instance: str, state: NotifiedState) -> None:
    """Record the notifications that a channel has had; an earlier record is replaced."""
    connection.execute(
        "INSERT INTO told (channel, instance, count, items, trouble) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (channel, instance) DO UPDATE SET"
        " count = excluded.count, items = excluded.items, trouble = excluded.trouble",
        (channel, instance, state.count, msgspec.json.encode(state.items).decode(), state.trouble),
    )


def baseline(connection: sqlite3.Connection, instance: str) -> int | None:
    """Return the number of the snapshot that a watched instance is judged against."""
    row = connection.execute(
        "SELECT baseline FROM watched JOIN instance ON instance.id = instance_id WHERE name = ?", (instance,)
    ).fetchone()
    return None if row is None else int(row[0])


def save_baseline(connection: sqlite3.Connection, number: int) -> None:
    """Record a snapshot as the baseline of its instance."""
    connection.execute(
        "INSERT INTO watched (instance_id, baseline) SELECT instance_id, id FROM snapshot WHERE id = ?"
        " ON CONFLICT (instance_id) DO UPDATE SET baseline = excluded.baseline",
        (number,),
    )
