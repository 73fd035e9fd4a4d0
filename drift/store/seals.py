"""Checksums of the rows that no content hash covers: when, how and of what a snapshot was taken, and what is about it.

A checksum tells damage, not intent: whoever changes a row can also compute it. It covers the columns that are not null,
so that a later step of the schema may add columns; a step that fills them seals the rows again.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

import msgspec

from drift.store.rows import JOBS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

# Each sealed table, and the columns that identify a row.
_KEYS: Final = {
    "instance": ("id",),
    "snapshot": ("id",),
    "raw": ("snapshot_id",),
    "change": ("id",),
    "watched": ("instance_id",),
    "told": ("channel", "instance"),
    "outbox": ("channel", "instance", "number"),
    "confirmed_layout": ("instance", "layout", "reader_version"),
    "audit_window": ("instance", "since", "until"),
    "trace": ("instance", "id"),
    "verification": ("instance", "read_at"),
}
_SEAL: Final = "seal"
# What belongs to a snapshot and is never changed after it.
_PARTS: Final = {"gap": "scope, reason", "in_flight": "place, scope, state, job_id"}


class Sealed(msgspec.Struct, frozen=True):
    """A row by the names of its columns, and whether its checksum holds."""

    table: str
    values: dict[str, Any]
    checksum: int

    @property
    def holds(self) -> bool:
        """Whether the row is as it was sealed."""
        return bool(self.values[_SEAL] == self.checksum)

    @property
    def label(self) -> str:
        """The row in words."""
        key = ", ".join(str(self.values[name]) for name in _KEYS[self.table])
        noun = {"raw": "the kept response of snapshot", "told": "the notifications of"}.get(self.table, self.table)
        return f"{noun.replace('_', ' ')} {key}"


def rows(connection: sqlite3.Connection, table: str, **key: object) -> Iterator[Sealed]:
    """Read the rows of a table whose columns have these values, in the order of their keys."""
    where = "".join(f" AND {name} = :{name}" for name in key)
    parts = _parts(connection, key.get("id")) if table == "snapshot" else {}
    cursor = connection.execute(
        f"SELECT * FROM {table} WHERE true{where} ORDER BY {', '.join(_KEYS[table])}",  # noqa: S608 - names of our own
        key,
    )
    names = [column[0] for column in cursor.description]
    for row in cursor:
        values = dict(zip(names, row, strict=True))
        filled = [pair for pair in values.items() if pair[1] is not None and pair[0] != _SEAL]
        yield Sealed(table, values, _checksum(filled, parts.get(values.get("id"), [])))


def seal(connection: sqlite3.Connection, table: str, **key: object) -> None:
    """Seal the rows of a table whose columns have these values, inside the open transaction."""
    where = " AND ".join(f"{name} = ?" for name in _KEYS[table])
    for row in list(rows(connection, table, **key)):
        connection.execute(
            f"UPDATE {table} SET {_SEAL} = ? WHERE {where}",  # noqa: S608 - names of our own
            (row.checksum, *(row.values[name] for name in _KEYS[table])),
        )


def seal_snapshot(connection: sqlite3.Connection, number: int) -> None:
    """Seal a snapshot that has just been stored, with the jobs that were known then."""
    connection.execute("UPDATE snapshot SET jobs_seal = ? WHERE id = ?", (jobs(connection, number), number))
    seal(connection, "snapshot", id=number)


def seal_all(connection: sqlite3.Connection) -> None:
    """Seal every row of a store that had no seals."""
    for (number,) in connection.execute("SELECT id FROM snapshot").fetchall():
        seal_snapshot(connection, number)
    for table in _KEYS.keys() - {"snapshot"}:
        seal(connection, table)


def check(connection: sqlite3.Connection, table: str, **key: object) -> None:
    """Raise ValueError unless every row of a table whose columns have these values is as it was sealed."""
    for row in rows(connection, table, **key):
        if not row.holds:
            raise ValueError(f"{row.label} is not what was recorded")


def broken(connection: sqlite3.Connection) -> Iterator[str]:
    """List, in words, every row whose checksum doesn't hold."""
    for table in _KEYS:
        for row in rows(connection, table):
            if not row.holds:
                yield f"{row.label}: a value of its record was changed"
            if table == "snapshot" and row.values["jobs_seal"] != jobs(connection, row.values["id"]):
                yield f"{row.label}: its migration jobs were changed"


def jobs(connection: sqlite3.Connection, number: int) -> int:
    """Compute the checksum of the migration jobs that are valid at a snapshot."""
    found = connection.execute(
        f"SELECT {', '.join(f'job.{name}' for name in JOBS.columns)} FROM snapshot JOIN {JOBS.name} AS job"  # noqa: S608 - names of our own
        " ON job.instance_id = snapshot.instance_id AND since <= snapshot.id AND (until IS NULL OR until > snapshot.id)"
        " WHERE snapshot.id = ? ORDER BY job_id",
        (number,),
    )
    return _checksum(found.fetchall())


def _parts(connection: sqlite3.Connection, number: object) -> dict[Any, list[Any]]:
    """Read what belongs to a snapshot, or to every one, by its number."""
    found: dict[Any, list[Any]] = defaultdict(list)
    condition = "" if number is None else "WHERE snapshot_id = :number"
    for table, columns in _PARTS.items():
        for row in connection.execute(
            f"SELECT snapshot_id, {columns} FROM {table} {condition}"  # noqa: S608 - names of our own
            f" ORDER BY snapshot_id, {columns}",
            {"number": number},
        ):
            found[row[0]].append((table, *row[1:]))
    return found


def _checksum(*values: object) -> int:
    return crc32(msgspec.msgpack.encode(values))
