"""Removing snapshots without changing the others. The caller gives the space back after the commit."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, Final

from drift.core.model import Mask
from drift.store import reading, shard_rows
from drift.store.responses import FIRST_OF_LAYOUT
from drift.store.rows import DATA_NODES, DATABASES, JOBS, SHARDS, Table

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection, Iterable, Iterator

    from drift.store.records import Entry, Outdated

_ROOM: Final = 0x7FFFFF  # the value in a live row that reserves the bytes of `until`

_PROTECTED: Final = f"""
    {FIRST_OF_LAYOUT}
    UNION SELECT begun FROM change WHERE ended IS NULL
    UNION SELECT baseline FROM watched
    UNION SELECT (
        SELECT id FROM snapshot WHERE instance_id = instance.id AND suspect IS NULL
        ORDER BY taken_at DESC, id DESC LIMIT 1
    ) FROM instance
"""  # noqa: S608 - a query of our own


def size(connection: sqlite3.Connection) -> int:
    """Return the size of the file in bytes after a checkpoint of the log."""
    pages, each = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    return int(pages * each)


def find(connection: sqlite3.Connection, instance: str | None, outdated: Outdated) -> list[Entry]:
    """List the snapshots that may be removed, newest first.

    Never removed are each instance's newest snapshot and the newest that was never suspect, the first kept response of
    each layout, the snapshot with which an open change began, and the baseline of a watched instance.
    """
    protected = {number for (number,) in connection.execute(_PROTECTED)}
    listed: Counter[str] = Counter()
    removable = []
    for entry in reading.log(connection, instance):
        newer = listed[entry.instance]
        listed[entry.instance] += 1
        if newer and entry.number not in protected and _is_outdated(entry, newer, outdated):
            removable.append(entry)
    return removable


def _is_outdated(entry: Entry, newer: int, outdated: Outdated) -> bool:
    if outdated.before is not None and entry.taken_at >= outdated.before:
        return False
    if outdated.keep is not None and newer < outdated.keep:
        return False
    if outdated.label is not None:
        return entry.label is not None and fnmatchcase(entry.label, outdated.label)
    return outdated.labelled or entry.label is None


def prune(connection: sqlite3.Connection, numbers: Collection[int]) -> None:
    """Remove these snapshots, inside the open transaction.

    The ends of a row's interval move to the nearest later snapshots that remain and could read the record. A row that
    was valid at no remaining snapshot is deleted; a row that was valid at the last of them is live again.
    """
    connection.execute("CREATE TEMP TABLE pruned (id INTEGER PRIMARY KEY)")
    connection.executemany("INSERT INTO pruned VALUES (?)", ((number,) for number in set(numbers)))
    owners = connection.execute(
        "SELECT DISTINCT instance_id FROM snapshot WHERE id IN (SELECT id FROM pruned)"
    ).fetchall()
    for (owner,) in owners:
        new_edge = _edge_mover(connection, owner)
        for table in (DATA_NODES, DATABASES, SHARDS, JOBS):
            _move(connection, owner, table, new_edge)
        shard_rows.forget_digests(connection, owner)
    for table_name, column in (
        ("change", "begun"),
        ("change", "ended"),
        ("watched", "baseline"),
        ("gap", "snapshot_id"),
        ("in_flight", "snapshot_id"),
        ("raw", "snapshot_id"),
        ("snapshot", "id"),
    ):
        connection.execute(f"DELETE FROM {table_name} WHERE {column} IN (SELECT id FROM pruned)")  # noqa: S608 - names of our own
    connection.execute("DELETE FROM instance WHERE id NOT IN (SELECT instance_id FROM snapshot)")
    connection.execute("DROP TABLE pruned")


def _edge_mover(connection: sqlite3.Connection, owner: int) -> Callable[[int, Table, str | None], int | None]:
    """Return a function that moves an end of an interval to the first remaining snapshot that could read the record."""
    remaining = [number for (number,) in connection.execute(
        "SELECT id FROM snapshot WHERE instance_id = ? AND id NOT IN (SELECT id FROM pruned) ORDER BY id", (owner,)
    )]  # fmt: skip
    masks = {number: Mask.of(reading.gaps(connection, number)) for number in remaining}

    @cache
    def new_edge(number: int, table: Table, database: str | None) -> int | None:
        later = remaining[bisect_left(remaining, number) :]
        return next((each for each in later if not _hides(masks[each], table, database)), None)

    return new_edge


def _hides(mask: Mask, table: Table, database: str | None) -> bool:
    if database is not None:
        return mask.hides_database(database)
    return table is DATA_NODES and mask.hides_data_nodes  # no gap hides a job


def _move(
    connection: sqlite3.Connection, owner: int, table: Table, new_edge: Callable[[int, Table, str | None], int | None]
) -> None:
    deleted, moved = [], []
    for rowid, since, until, database in _touched(connection, owner, table):
        begin = new_edge(since, table, database)
        end = None if until is None else new_edge(until, table, database)
        if begin is None or begin == end:
            deleted.append((rowid,))
        else:
            moved.append((begin, end, _ROOM if end is None else None, rowid))
    # Delete first: of two rows for one record, the other may become the live one, and only one may be.
    connection.executemany(f"DELETE FROM {table.name} WHERE rowid = ?", deleted)  # noqa: S608 - a name of our own
    connection.executemany(
        f"UPDATE {table.name} SET since = ?, until = ?, room = ? WHERE rowid = ?",  # noqa: S608 - a name of our own
        moved,
    )


def _touched(
    connection: sqlite3.Connection, owner: int, table: Table
) -> Iterable[tuple[int, int, int | None, str | None]]:
    """Select the rows that begin or end at a removed snapshot: row id, since, until, and the database if any."""
    database = "NULL" if table in {DATA_NODES, JOBS} else table.columns[0]
    rows: dict[int, tuple[int, int, int | None, str | None]] = {}
    for edge in ("since", "until"):
        cursor: Iterator[tuple[int, int, int | None, str | None]] = connection.execute(
            f"SELECT version.rowid, since, until, {database} FROM pruned"  # noqa: S608 - names of our own
            f" JOIN {table.name} AS version ON version.instance_id = ? AND version.{edge} = pruned.id",
            (owner,),
        )
        rows.update((row[0], row) for row in cursor)
    return rows.values()
