"""The state of `drift watch`: the notifications it has made, those on their way, and its baselines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from drift.notify.message import Notification
from drift.notify.outbox import Waiting
from drift.notify.transitions import Item, NotifiedState
from drift.store import seals
from drift.store.open_store import StorePart
from drift.store.transactions import explained

if TYPE_CHECKING:
    import sqlite3

    from drift.notify.outbox import Enlarged


class Outbox(StorePart):
    """The notifications that channels have had about instances, by their names, and those on their way."""

    def notified(self, channel: str, instance: str) -> NotifiedState:
        """Load what a channel was notified of; an empty state if of nothing."""
        with explained(self._path):
            seals.check(self._connection, "told", channel=channel, instance=instance)
            row = self._connection.execute(
                "SELECT count, items, trouble FROM told WHERE channel = ? AND instance = ?", (channel, instance)
            ).fetchone()
            if row is None:
                return NotifiedState()
            count, items, trouble = row
            return NotifiedState(count, msgspec.json.decode(items, type=tuple[Item, ...]), trouble)

    def put(self, channel: str, instance: str, found: Enlarged) -> None:
        """Put notifications in, in the place of earlier ones with their numbers, and record the state after them."""
        state = found.state
        with explained(self._path), self._writing():
            self._connection.executemany(
                "INSERT OR REPLACE INTO outbox (channel, instance, number, sent, notification) VALUES (?, ?, ?, 0, ?)",
                [(channel, instance, each.count, msgspec.json.encode(each).decode()) for each in found.notifications],
            )
            self._connection.execute(
                "INSERT INTO told (channel, instance, count, items, trouble) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (channel, instance) DO UPDATE SET"
                " count = excluded.count, items = excluded.items, trouble = excluded.trouble",
                (channel, instance, state.count, msgspec.json.encode(state.items).decode(), state.trouble),
            )
            for table in ("outbox", "told"):
                seals.seal(self._connection, table, channel=channel, instance=instance)

    def waiting(self, channel: str, instance: str) -> list[Waiting]:
        """Load the notifications that have not arrived, oldest first."""
        with explained(self._path):
            seals.check(self._connection, "outbox", channel=channel, instance=instance)
            rows = self._connection.execute(
                "SELECT notification, sent FROM outbox WHERE channel = ? AND instance = ? ORDER BY number",
                (channel, instance),
            ).fetchall()
            return [Waiting(msgspec.json.decode(text, type=Notification), bool(sent)) for text, sent in rows]

    def mark(self, channel: str, instance: str, number: int, *, sent: bool) -> None:
        """Record whether the notification of that `count` may have arrived."""
        with explained(self._path), self._writing():
            self._connection.execute(
                "UPDATE outbox SET sent = ? WHERE channel = ? AND instance = ? AND number = ?",
                (sent, channel, instance, number),
            )
            seals.seal(self._connection, "outbox", channel=channel, instance=instance, number=number)

    def take_out(self, channel: str, instance: str, number: int) -> None:
        """Record that the notification of that `count` has arrived."""
        with explained(self._path), self._writing():
            self._connection.execute(
                "DELETE FROM outbox WHERE channel = ? AND instance = ? AND number = ?",
                (channel, instance, number),
            )


def baseline(connection: sqlite3.Connection, instance: str) -> int | None:
    """Return the number of the snapshot that a watched instance is judged against."""
    seals.check(connection, "watched")
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
    seals.seal(connection, "watched", baseline=number)
