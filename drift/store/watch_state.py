"""What `drift watch` has told whom, and what it judges against. Reads and writes two small tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from drift.notify.transitions import Item, NotifiedState

if TYPE_CHECKING:
    import sqlite3


def notified(connection: sqlite3.Connection, channel: str, instance: str) -> NotifiedState:
    """What a channel knows of an instance; nothing, where it was never told of it."""
    row = connection.execute(
        "SELECT count, items, trouble FROM told WHERE channel = ? AND instance = ?", (channel, instance)
    ).fetchone()
    if row is None:
        return NotifiedState()
    count, items, trouble = row
    return NotifiedState(count, msgspec.json.decode(items, type=tuple[Item, ...]), trouble)


def save_notified(connection: sqlite3.Connection, channel: str, instance: str, known: NotifiedState) -> None:
    """Write down what a channel knows, in the place of what it knew."""
    connection.execute(
        "INSERT INTO told (channel, instance, count, items, trouble) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (channel, instance) DO UPDATE SET"
        " count = excluded.count, items = excluded.items, trouble = excluded.trouble",
        (channel, instance, known.count, msgspec.json.encode(known.items).decode(), known.trouble),
    )


def baseline(connection: sqlite3.Connection, instance: str) -> int | None:
    """The number of the snapshot that an instance is watched against."""
    row = connection.execute(
        "SELECT baseline FROM watched JOIN instance ON instance.id = instance_id WHERE name = ?", (instance,)
    ).fetchone()
    return None if row is None else int(row[0])


def put_baseline(connection: sqlite3.Connection, number: int) -> None:
    """Watch the instance of a snapshot against it."""
    connection.execute(
        "INSERT INTO watched (instance_id, baseline) SELECT instance_id, id FROM snapshot WHERE id = ?"
        " ON CONFLICT (instance_id) DO UPDATE SET baseline = excluded.baseline",
        (number,),
    )
