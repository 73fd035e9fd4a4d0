"""Snapshots out of the store, with what remains as true as before. Space is given back by whoever has committed."""

from __future__ import annotations

from bisect import bisect_left
from datetime import datetime
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, Final

import msgspec

from drift.core.model import Mask
from drift.store import reading
from drift.store.rows import DATA_NODES, DATABASES, JOBS, SHARDS, Table

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection, Iterable, Iterator

    from drift.store.reading import Entry

_ROOM: Final = 0x7FFFFF  # what a live row holds for the number that ends it


class Outdated(msgspec.Struct, frozen=True, kw_only=True):
    """Which snapshots may go; each condition that is given has to be met.

    `before` is a time, `keep` how many of each instance's newest stay, `label` a pattern (`ci-*`) for the label.
    Without `labelled` or `label`, what has a label stays.
    """

    before: datetime | None = None
    keep: int | None = None
    label: str | None = None
    labelled: bool = False


def find(connection: sqlite3.Connection, instance: str | None, outdated: Outdated) -> list[Entry]:
    """The snapshots that may go, newest first.

    Each instance's newest stays whatever is asked, and so do the first response of each layout, the snapshot with
    which a change that is still open began, and the one that an instance is watched against.
    """
    fixed = {number for (number,) in connection.execute(
        "SELECT min(snapshot.id) FROM snapshot JOIN raw ON snapshot_id = snapshot.id GROUP BY instance_id, layout"
        " UNION SELECT begun FROM change WHERE ended IS NULL"
        " UNION SELECT baseline FROM watched"
    )}  # fmt: skip
    seen: dict[str, int] = {}
    found = []
    for entry in reading.log(connection, instance):
        newer = seen.setdefault(entry.instance, 0)
        seen[entry.instance] += 1
        if newer and entry.number not in fixed and _may_go(entry, newer, outdated):
            found.append(entry)
    return found


def _may_go(entry: Entry, newer: int, outdated: Outdated) -> bool:
    if outdated.before is not None and entry.taken_at >= outdated.before:
        return False
    if outdated.keep is not None and newer < outdated.keep:
        return False
    if outdated.label is not None:
        return entry.label is not None and fnmatchcase(entry.label, outdated.label)
    return outdated.labelled or entry.label is None


def prune(connection: sqlite3.Connection, numbers: Collection[int]) -> None:
    """Take these snapshots out, inside the transaction that is open.

    A row's interval is moved to the nearest later snapshots that remain and that don't have the record in a gap. What
    was true at none of those that remain goes; what was true at the last of them is live again.
    """
    connection.execute("CREATE TEMP TABLE pruned (id INTEGER PRIMARY KEY)")
    connection.executemany("INSERT INTO pruned VALUES (?)", ((number,) for number in set(numbers)))
    owners = connection.execute(
        "SELECT DISTINCT instance_id FROM snapshot WHERE id IN (SELECT id FROM pruned)"
    ).fetchall()
    for (owner,) in owners:
        settle = _settling(connection, owner)
        for table in (DATA_NODES, DATABASES, SHARDS, JOBS):
            _move(connection, owner, table, settle)
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


def _settling(connection: sqlite3.Connection, owner: int) -> Callable[[int, Table, str | None], int | None]:
    """Where an end of a row's interval goes: to the first snapshot from there on that remains and read that record."""
    remaining = [number for (number,) in connection.execute(
        "SELECT id FROM snapshot WHERE instance_id = ? AND id NOT IN (SELECT id FROM pruned) ORDER BY id", (owner,)
    )]  # fmt: skip
    masks = {number: Mask.of(reading.gaps(connection, number)) for number in remaining}

    @cache
    def settle(number: int, table: Table, database: str | None) -> int | None:
        later = remaining[bisect_left(remaining, number) :]
        return next((each for each in later if not _hides(masks[each], table, database)), None)

    return settle


def _hides(mask: Mask, table: Table, database: str | None) -> bool:
    if database is not None:
        return mask.hides_database(database)
    return table is DATA_NODES and mask.hides_data_nodes  # no gap hides a job


def _move(
    connection: sqlite3.Connection, owner: int, table: Table, settle: Callable[[int, Table, str | None], int | None]
) -> None:
    gone, moved = [], []
    for rowid, since, until, database in _touched(connection, owner, table):
        begin = settle(since, table, database)
        end = None if until is None else settle(until, table, database)
        if begin is None or begin == end:
            gone.append((rowid,))
        else:
            moved.append((begin, end, _ROOM if end is None else None, rowid))
    # Those that go make way first: of two rows for one record, the other may become the live one.
    connection.executemany(f"DELETE FROM {table.name} WHERE rowid = ?", gone)  # noqa: S608 - a name of our own
    connection.executemany(
        f"UPDATE {table.name} SET since = ?, until = ?, room = ? WHERE rowid = ?",  # noqa: S608 - a name of our own
        moved,
    )


def _touched(
    connection: sqlite3.Connection, owner: int, table: Table
) -> Iterable[tuple[int, int, int | None, str | None]]:
    """The rows that begin or end at a snapshot that goes: row id, since, until, and the database if they have one."""
    database = "NULL" if table in {DATA_NODES, JOBS} else table.columns[0]
    rows: dict[int, tuple[int, int, int | None, str | None]] = {}
    for edge in ("since", "until"):
        found: Iterator[tuple[int, int, int | None, str | None]] = connection.execute(
            f"SELECT version.rowid, since, until, {database} FROM pruned"  # noqa: S608 - names of our own
            f" JOIN {table.name} AS version ON version.instance_id = ? AND version.{edge} = pruned.id",
            (owner,),
        )
        rows.update((row[0], row) for row in found)
    return rows.values()
