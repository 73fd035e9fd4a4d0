"""The layouts that are confirmed for an instance. Reads and writes one small table.

A layout is confirmed for one version of the reader: another one may read other records by the same paths.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.core.model import READER_VERSION
from drift.store import seals
from drift.store.rows import stamp

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

    from drift.store.records import Witness

_EMPTY: Final = "[]"  # the layouts of a payload without shards

UNCONFIRMED: Final = """
    unconfirmed AND NOT EXISTS (
        SELECT 1 FROM confirmed_layout AS known
        WHERE known.instance = instance.name AND known.layout = snapshot.layout
            AND known.reader_version = snapshot.reader_version
    )
"""
"""Whether a snapshot, joined with its instance, is unconfirmed: stored so, and its layout not confirmed otherwise."""


def find(connection: sqlite3.Connection, instance: str | None) -> frozenset[str]:
    """Return the layouts that are confirmed for an instance; without a name, for the only one that the store knows."""
    names = [instance] if instance is not None else _names(connection)
    if len(names) != 1:
        return frozenset()
    seals.check(connection, "confirmed_layout", instance=names[0])
    rows = connection.execute(
        "SELECT layout FROM confirmed_layout WHERE instance = ? AND reader_version = ?", (names[0], READER_VERSION)
    )
    return frozenset(layout for (layout,) in rows)


def _names(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("SELECT name FROM instance UNION SELECT instance FROM confirmed_layout")
    return [name for (name,) in rows]


def last_digest(connection: sqlite3.Connection, instance: str) -> tuple[str | None, bool]:
    """Return the digest of an instance's last response, and whether it has shards and its layout is confirmed."""
    row = connection.execute(
        f"SELECT digest, layout, {UNCONFIRMED} FROM snapshot JOIN instance ON instance.id = instance_id"  # noqa: S608 - our own words
        " WHERE name = ? ORDER BY snapshot.id DESC LIMIT 1",
        (instance,),
    ).fetchone()
    return (None, False) if row is None else (row[0], row[1] not in {None, _EMPTY} and not row[2])


def save(connection: sqlite3.Connection, instance: str, layout: str, by: Witness, at: datetime) -> None:
    """Record that a layout is confirmed for an instance; the first record stays."""
    connection.execute(
        "INSERT INTO confirmed_layout (instance, layout, reader_version, confirmed_by, confirmed_at)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (instance, layout, READER_VERSION, by, stamp(at)),
    )
    seals.seal(connection, "confirmed_layout", instance=instance, layout=layout, reader_version=READER_VERSION)


def take_over(  # noqa: PLR0917 - the columns of a record
    connection: sqlite3.Connection, instance: str, layout: str, reader: int, by: Witness, at: str
) -> None:
    """Take over a record from another store, unless there is an earlier one."""
    changed = connection.execute(
        "INSERT INTO confirmed_layout (instance, layout, reader_version, confirmed_by, confirmed_at)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " confirmed_by = excluded.confirmed_by, confirmed_at = excluded.confirmed_at"
        " WHERE (excluded.confirmed_at, excluded.confirmed_by) < (confirmed_at, confirmed_by)",
        (instance, layout, reader, by, at),
    )
    if changed.rowcount:
        seals.seal(connection, "confirmed_layout", instance=instance, layout=layout, reader_version=reader)
