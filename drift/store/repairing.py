"""Repairing a damaged store: rebuild into a new one what is proven, and say what is lost.

A snapshot is proven where its record holds its checksum, and its data nodes and the recorded hashes of its databases
give its hash. A database whose rows no longer give its hash is taken from another snapshot, or from a kept response,
that gives it; where none does, it becomes a gap.
"""

from __future__ import annotations

import shlex
import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import msgspec

from drift.core.errors import DriftError
from drift.core.model import Database, Gap, Snapshot
from drift.store import reading, seals, writing
from drift.store.checking import check_hash
from drift.store.records import Repaired
from drift.store.rows import DATA_NODES, DATABASES, JOBS, SHARDS, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drift.core.model import Job

    Reread = Callable[[Snapshot, bytes], Snapshot]

_LOST: Final = (sqlite3.Error, ValueError, TypeError, msgspec.MsgspecError, DriftError)
_GAP: Final = "its rows were damaged in the store that this one was repaired from"
# Columns of a snapshot that the new store gives it itself.
_OWN: Final = frozenset({"id", "instance_id", "seal", "jobs_seal"})
# What is about snapshots and instances, and the columns that the new store gives a row itself.
_ABOUT: Final[dict[str, set[str]]] = {
    "change": {"id"},
    "watched": set(),
    "told": set(),
    "outbox": set(),
    "confirmed_layout": set(),
    "audit_window": set(),
    "trace": set(),
    "verification": set(),
}

# The snapshots that there were, by the rows that are about them.
_NAMED: Final = " UNION ".join(
    f"SELECT {column} AS number FROM {table}"  # noqa: S608 - names of our own
    for table, column in (
        *((each.name, edge) for each in (DATA_NODES, DATABASES, SHARDS, JOBS) for edge in ("since", "until")),
        *((each, "snapshot_id") for each in ("gap", "in_flight", "raw")),
    )
)

# The columns of a row that name snapshots, without which it is lost.
_SNAPSHOTS: Final = {"change": ("begun", "ended"), "watched": ("baseline",)}
# What follows where such a row is lost, and what to do.
_TOLD: Final = {
    "change": "the change {change} of {instance}: {error}, so `drift end` can't judge it; where it is still open,"
    " `drift begin` begins it anew with the topology of now",
    "watched": "the baseline of {instance}: {error}, so `drift watch` has none, and would take the next capture for it"
    " where nothing is open; judge that with `drift gate REF live` by a snapshot or a file that you trust, then set it"
    " with `drift watch --once {quoted} --accept`",
}


def repair(
    old: sqlite3.Connection, new: sqlite3.Connection, reread: Reread, on_snapshot: Callable[[], None]
) -> Repaired:
    """Rebuild a store into an empty one, inside its open transaction.

    `reread` reads a kept response as its snapshot was read. `on_snapshot` is called after each snapshot.
    """
    return _Repair(old, new, reread).run(on_snapshot)


def _require_kept(row: seals.Sealed, kept: list[int]) -> None:
    """Raise ValueError for a row that was changed, or is about a snapshot that is lost."""
    if not row.holds:
        raise ValueError("its record was changed")
    for number in (row.values[column] for column in _SNAPSHOTS.get(row.table, ())):
        if number is not None and number not in kept:
            raise ValueError(f"snapshot {number} is lost")


class _Repair:
    """One run: the databases that are proven by their hashes, and what is lost."""

    def __init__(self, old: sqlite3.Connection, new: sqlite3.Connection, reread: Reread) -> None:
        self._old, self._new, self._reread = old, new, reread
        self._proven: dict[str, Database] = {}
        self._lost: list[str] = []

    def run(self, on_snapshot: Callable[[], None]) -> Repaired:
        """Rebuild each snapshot, then what is about it."""
        numbers = self._numbers()
        self._lost += [f"snapshot {number}: its record is not there" for number in self._without_record()]
        for number in numbers:
            self._prove(number)
        kept = []
        for number in numbers:
            try:
                self._save(number, self._rebuilt(number))
                kept.append(number)
            except _LOST as error:
                self._lost.append(f"snapshot {number}: {error}")
            on_snapshot()
        for number in kept:  # after all are saved: to save one may judge others
            self._copy_record(number)
        self._lost += [f"{row.label}: its record was changed; check its name" for row in self._doubtful()]
        for table, own in _ABOUT.items():
            self._copy_about(table, own, kept)
        return Repaired(numbers=tuple(kept), lost=tuple(self._lost))

    def _doubtful(self) -> list[seals.Sealed]:
        return [row for row in seals.rows(self._old, "instance") if not row.holds]

    def _numbers(self) -> list[int]:
        try:
            return [number for (number,) in self._old.execute("SELECT id FROM snapshot ORDER BY id")]
        except sqlite3.Error as error:
            self._lost.append(f"the list of snapshots: {error}")
            return []

    def _without_record(self) -> list[int]:
        """List the snapshots that other rows name. What can't be read here is told where it is needed."""
        with suppress(*_LOST):
            query = f"""
                SELECT number FROM ({_NAMED})
                WHERE number IS NOT NULL AND number NOT IN (SELECT id FROM snapshot) ORDER BY number
            """  # noqa: S608 - a query of our own
            return [number for (number,) in self._old.execute(query)]
        return []

    def _prove(self, number: int) -> None:
        """Note the databases of a snapshot, and of its kept response, by the hashes that their content gives."""
        for snapshot in self._readings(number):
            for each in snapshot.databases:
                whole = each.with_shards(each.shards)
                self._proven[whole.content_hash] = whole

    def _readings(self, number: int) -> Iterator[Snapshot]:
        try:
            stored = reading.load_unchecked(self._old, number)
        except _LOST:
            return  # what can't be read proves nothing; it is told where the snapshot is rebuilt
        yield stored
        response = self._response(number)
        if response is not None:
            try:
                yield self._reread(stored, response)
            except _LOST:
                return

    def _response(self, number: int) -> bytes | None:
        try:
            row = next(seals.rows(self._old, "raw", snapshot_id=number), None)
            return unpack(row.values["bytes"]) if row and row.holds else None
        except _LOST:
            return None

    def _rebuilt(self, number: int) -> Snapshot:
        """Rebuild a snapshot. Raises an error where its record, its data nodes or its databases aren't proven."""
        seals.check(self._old, "snapshot", id=number)
        snapshot = reading.load_unchecked(self._old, number)
        try:
            check_hash(snapshot, snapshot.databases)
        except ValueError:
            response = self._response(number)
            if response is None:
                raise
            again = self._reread(snapshot, response)
            check_hash(msgspec.structs.replace(again, content_hash=snapshot.content_hash), again.databases)
            return msgspec.structs.replace(snapshot, data_nodes=again.data_nodes, databases=again.databases)
        return self._with_proven(snapshot)

    def _with_proven(self, snapshot: Snapshot) -> Snapshot:
        found = {each.name: self._proven.get(each.content_hash) for each in snapshot.databases}
        missing = [name for name, database in found.items() if database is None]
        databases = tuple(each for each in found.values() if each is not None)
        if not missing:
            return msgspec.structs.replace(snapshot, databases=databases)
        self._lost += [f"snapshot {snapshot.number}: database {name!r}, now a gap" for name in missing]
        gaps = [*snapshot.gaps, *(Gap.of_database(name, _GAP) for name in missing)]
        return snapshot.with_records(data_nodes=snapshot.data_nodes, databases=databases, gaps=gaps)

    def _save(self, number: int, snapshot: Snapshot) -> None:
        """Save a snapshot under its number, with what its record says beside its content."""
        self._new.execute("SAVEPOINT one")
        try:
            jobs = self._known_jobs(number, snapshot)
            self._number_next(number)
            writing.save(self._new, msgspec.structs.replace(snapshot, jobs=jobs), raw=None, keep_raw=False, digest=None)
            self._copy_response(number)
        except BaseException:
            self._new.execute("ROLLBACK TO one")
            raise
        finally:
            self._new.execute("RELEASE one")

    def _known_jobs(self, number: int, snapshot: Snapshot) -> tuple[Job, ...] | None:
        with suppress(*_LOST):
            recorded = self._old.execute("SELECT jobs_seal FROM snapshot WHERE id = ?", (number,)).fetchone()[0]
            if recorded == seals.jobs(self._old, number):
                return snapshot.jobs or ()
        self._lost.append(f"snapshot {number}: its migration jobs")
        return None

    def _number_next(self, number: int) -> None:
        self._new.execute("DELETE FROM sqlite_sequence WHERE name = 'snapshot'")
        self._new.execute("INSERT INTO sqlite_sequence VALUES ('snapshot', ?)", (number - 1,))

    def _copy_record(self, number: int) -> None:
        """Copy what the record of a snapshot says beside its content."""
        (row,), (saved,) = (seals.rows(each, "snapshot", id=number) for each in (self._old, self._new))
        own = _OWN
        if saved.values["content_hash"] != row.values["content_hash"]:  # what a gap hides is not counted
            own |= {"complete", "content_hash", "digest", "data_node_count", "database_count", "shard_count", "balance"}
        kept = {name: value for name, value in row.values.items() if name not in own}
        columns = ", ".join(f"{name} = :{name}" for name in kept)
        self._new.execute(f"UPDATE snapshot SET {columns} WHERE id = :id", {**kept, "id": number})  # noqa: S608 - columns of ours
        seals.seal_snapshot(self._new, number)

    def _copy_response(self, number: int) -> None:
        try:
            rows = list(seals.rows(self._old, "raw", snapshot_id=number))
        except _LOST:
            rows = None
        if rows is None or (rows and self._response(number) is None):
            self._lost.append(f"snapshot {number}: its kept response")
            return
        for row in rows:
            self._insert("raw", row.values)

    def _copy_about(self, table: str, own: set[str], kept: list[int]) -> None:
        """Copy the rows of a table that hold their checksum, and whose snapshots and instances are there."""
        try:
            rows = list(seals.rows(self._old, table))
        except _LOST as error:
            self._lost.append(f"{table.replace('_', ' ')}: {error}")
            return
        for row in rows:
            try:
                _require_kept(row, kept)
                values = {name: value for name, value in row.values.items() if name not in own}
                if "instance_id" in values:
                    values["instance_id"] = self._owner(values["instance_id"])
                self._insert(table, values)
            except _LOST as error:
                self._lost.append(self._told(row, error))
        seals.seal(self._new, table)

    def _told(self, row: seals.Sealed, error: Exception) -> str:
        """Say that what was about a snapshot or an instance is lost, what follows, and what to do."""
        told = _TOLD.get(row.table)
        name = self._name(row.values["instance_id"]) if told else None
        if told is None or name is None:
            return f"{row.label}: {error}"
        return told.format(error=error, change=row.values.get("name"), instance=name, quoted=shlex.quote(name))

    def _name(self, owner: object) -> str | None:
        """Return the name of an instance of the damaged store."""
        with suppress(*_LOST):
            return str(self._old.execute("SELECT name FROM instance WHERE id = ?", (owner,)).fetchone()[0])
        return None

    def _owner(self, owner: int) -> int:
        """Return the new row id of an instance."""
        (name,) = self._old.execute("SELECT name FROM instance WHERE id = ?", (owner,)).fetchone()
        (found,) = self._new.execute("SELECT id FROM instance WHERE name = ?", (name,)).fetchone()
        return int(found)

    def _insert(self, table: str, values: dict[str, object]) -> None:
        marks = ", ".join(f":{name}" for name in values)
        self._new.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", values)  # noqa: S608 - names of ours
