"""Writing snapshots as rows, inside the open transaction. An unchanged record is neither written again nor read."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Final

import msgspec

from drift.core.errors import ConfigError, UsageError
from drift.core.model import READER_VERSION, Instance, Mask, Snapshot, canonical_json
from drift.core.references import label_problem, name_problem, way_to_one_name
from drift.store import responses, seals, suspects
from drift.store.rows import DATA_NODES, DATABASES, JOBS, Row, Table, database_row, pack, stamp, unpack
from drift.store.shard_rows import ShardWriter

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

    from drift.core.model import Operation
    from drift.store.records import Repeat

# The rows that ANALYZE reads in each index: enough for good query plans, and under a millisecond.
_ANALYSIS_LIMIT: Final = 400

_CONTENT_COLUMNS: Final = (
    "complete, layout, content_hash, reader_version, digest, data_node_count, database_count, shard_count, balance,"
    " unconfirmed, read_with"
)
_COLUMNS: Final = f"instance_id, label, taken_at, source, {_CONTENT_COLUMNS}"

_CONTENT_HASH: Final = DATABASES.columns.index("content_hash")
_astuple: Final = msgspec.structs.astuple


def save(
    connection: sqlite3.Connection, snapshot: Snapshot, *, raw: bytes | None, keep_raw: bool, digest: str | None
) -> Snapshot:
    """Write a snapshot and return it with its number and the full record of its instance."""
    _check_names(snapshot)
    visible = _without_gaps(snapshot)
    owner, instance = _instance(connection, visible.instance)
    number = _write_head(connection, visible, owner, digest)
    _write_operations(connection, number, visible.in_flight)
    lost = _IntervalWriter(connection, owner, number).write(visible)
    seals.seal_snapshot(connection, number)
    if snapshot.suspicion is None:
        suspects.judge(connection, number, lost)
    else:
        suspects.keep(connection, number, snapshot.suspicion)
        suspects.judge_later(connection, owner, stamp(snapshot.taken_at), number)
    if raw is not None:
        responses.keep(connection, owner, number, pack(raw), pinned=keep_raw)
    analyse(connection)
    found, judged = suspects.of(connection, number), suspects.is_judged(connection, number)
    return msgspec.structs.replace(visible, number=number, instance=instance, suspicion=found, judged=judged)


def analyse(connection: sqlite3.Connection) -> None:
    """Let SQLite look at the rows, by which it plans its queries."""
    connection.execute(f"PRAGMA analysis_limit = {_ANALYSIS_LIMIT}")
    connection.execute("ANALYZE main")


def save_again(connection: sqlite3.Connection, repeat: Repeat, *, keep_raw: bool) -> int | None:
    """Write the instance's last snapshot again, at another time; return None if its digest or its response differs."""
    row = connection.execute(
        "SELECT snapshot.id, instance_id, digest, complete, bytes FROM snapshot"
        " JOIN instance ON instance.id = instance_id LEFT JOIN raw ON snapshot_id = snapshot.id"
        " WHERE name = ? ORDER BY snapshot.id DESC LIMIT 1",
        (repeat.instance.name,),
    ).fetchone()
    if row is None or row[2] != repeat.digest or not row[3] or row[4] is None:
        return None
    last, owner, _, _, packed = row
    if repeat.kept is not None and unpack(packed) != repeat.kept:
        return None
    for table, key in (("snapshot", "id"), ("raw", "snapshot_id")):
        seals.check(connection, table, **{key: last})  # or the copy's own seals would call damage sound
    _check_label(repeat.label)
    _instance(connection, repeat.instance)
    cursor = connection.execute(
        f"INSERT INTO snapshot (label, taken_at, source, instance_id, {_CONTENT_COLUMNS})"  # noqa: S608 - names of our own
        f" SELECT ?, ?, ?, instance_id, {_CONTENT_COLUMNS} FROM snapshot WHERE id = ?",
        (repeat.label, stamp(repeat.taken_at), repeat.source, last),
    )
    number = _new_id(cursor)
    connection.execute(
        "INSERT INTO in_flight SELECT ?, place, scope, state, job_id FROM in_flight WHERE snapshot_id = ?",
        (number, last),
    )
    seals.seal_snapshot(connection, number)
    suspects.judge(connection, number)
    responses.keep(connection, owner, number, packed, pinned=keep_raw)
    return number


def _check_names(snapshot: Snapshot) -> None:
    if snapshot.instance.name is None:
        raise UsageError("could not store the snapshot: its instance has no name")
    if problem := name_problem(snapshot.instance.name):
        raise UsageError(f"{snapshot.instance.name!r} is no valid name for an instance: {problem}")
    _check_label(snapshot.label)


def _check_label(label: str | None) -> None:
    if label is not None and (problem := label_problem(label)):
        raise UsageError(f"{label!r} is no valid label: {problem}", hint="Choose another label.")


def _without_gaps(snapshot: Snapshot) -> Snapshot:
    """Drop the records in the snapshot's gaps: they were not read, so they are no evidence."""
    mask = Mask.of(snapshot.gaps)
    databases = [database for database in snapshot.databases if not mask.hides_database(database.name)]
    nodes = () if mask.hides_data_nodes else snapshot.data_nodes
    if len(databases) == len(snapshot.databases) and len(nodes) == len(snapshot.data_nodes):
        return snapshot
    return snapshot.with_records(data_nodes=nodes, databases=databases)


def _instance(connection: sqlite3.Connection, given: Instance) -> tuple[int, Instance]:
    """Return the instance's row id and its record, filled in with the fields that the store already has."""
    row = connection.execute(
        "SELECT id, project_id, ddm_instance_id, endpoint FROM instance WHERE name = ?", (given.name,)
    ).fetchone()
    if row is None or row[2] != given.instance_id:
        _refuse_other_name(connection, given, is_known=row is not None)
    if row is None:
        cursor = connection.execute(
            "INSERT INTO instance (name, project_id, ddm_instance_id, endpoint) VALUES (?, ?, ?, ?)",
            (given.name, given.project_id, given.instance_id, given.endpoint),
        )
        owner = _new_id(cursor)
        seals.seal(connection, "instance", id=owner)
        return owner, given
    owner, project_id, instance_id, endpoint = row
    seals.check(connection, "instance", id=owner)
    if instance_id and given.instance_id and instance_id != given.instance_id:
        raise ConfigError(
            f"the instance {given.name!r} has the id {given.instance_id} here, but {instance_id} in the store",
            hint="Give the other instance another name.",
        )
    known = Instance(
        name=given.name,
        project_id=given.project_id or project_id,
        instance_id=given.instance_id or instance_id,
        endpoint=given.endpoint or endpoint,
    )
    connection.execute(
        "UPDATE instance SET project_id = ?, ddm_instance_id = ?, endpoint = ? WHERE id = ?",
        (known.project_id, known.instance_id, known.endpoint, owner),
    )
    seals.seal(connection, "instance", id=owner)
    return owner, known


def _refuse_other_name(connection: sqlite3.Connection, given: Instance, *, is_known: bool) -> None:
    """Raise ConfigError where the store has the instance's id under another name: one history would become two.

    With `is_known`, it has the instance's name, too, and so no history can be given that name.
    """
    row = (
        given.instance_id
        and connection.execute(
            "SELECT name FROM instance WHERE ddm_instance_id = ? AND name <> ?", (given.instance_id, given.name)
        ).fetchone()
    )
    if row:
        raise ConfigError(
            f"the instance {given.instance_id} is called {row[0]!r} in the store, and {given.name!r} here",
            hint=f"Call it {row[0]} here, too; or {way_to_one_name(row[0], str(given.name), is_taken=is_known)}.",
        )


def _write_head(connection: sqlite3.Connection, snapshot: Snapshot, owner: int, digest: str | None) -> int:
    cursor = connection.execute(
        f"INSERT INTO snapshot ({_COLUMNS}) VALUES ({', '.join('?' * 15)})",  # noqa: S608 - names of our own
        (
            owner,
            snapshot.label,
            stamp(snapshot.taken_at),
            snapshot.source,
            snapshot.complete,
            snapshot.layout,
            snapshot.content_hash,
            READER_VERSION,
            digest,
            len(snapshot.data_nodes),
            len(snapshot.databases),
            snapshot.shard_count,
            _known_balance(connection, snapshot, owner) or canonical_json(_balance(snapshot)),
            snapshot.unconfirmed,
            None if snapshot.read_with is None else canonical_json(snapshot.read_with),
        ),
    )
    number = _new_id(cursor)
    gaps = [(number, gap.scope, gap.reason) for gap in snapshot.gaps]
    connection.executemany("INSERT INTO gap (snapshot_id, scope, reason) VALUES (?, ?, ?)", gaps)
    return number


def _write_operations(connection: sqlite3.Connection, number: int, operations: tuple[Operation, ...]) -> None:
    if operations:
        rows = [(number, place, *_astuple(operation)) for place, operation in enumerate(operations)]
        connection.executemany("INSERT INTO in_flight VALUES (?, ?, ?, ?, ?)", rows)


def _new_id(cursor: sqlite3.Cursor) -> int:
    if cursor.lastrowid is None:
        raise RuntimeError("an inserted row has an id")
    return cursor.lastrowid


def _known_balance(connection: sqlite3.Connection, snapshot: Snapshot, owner: int) -> str | None:
    """Return the balance of the last snapshot if the content is the same."""
    row = connection.execute(
        "SELECT content_hash, balance FROM snapshot WHERE instance_id = ? ORDER BY id DESC LIMIT 1", (owner,)
    ).fetchone()
    return row[1] if row and row[0] == snapshot.content_hash else None


def _balance(snapshot: Snapshot) -> dict[str, int]:
    shards = chain.from_iterable(database.shards for database in snapshot.databases)
    return dict.fromkeys((node.id for node in snapshot.data_nodes), 0) | Counter(
        map(attrgetter("data_node_id"), shards)
    )


class _IntervalWriter:
    """The writer that ends and begins the intervals of one instance's records at one snapshot."""

    def __init__(self, connection: sqlite3.Connection, owner: int, number: int) -> None:
        self._connection = connection
        self._owner = owner
        self._number = number

    def write(self, snapshot: Snapshot) -> int:
        """Bring the live rows up to the snapshot, except for those in its gaps; return how many shards were lost."""
        mask = Mask.of(snapshot.gaps)
        if snapshot.jobs is not None:  # unknown jobs keep their rows, as records in a gap do
            self._replace(JOBS, self._live(JOBS), map(_astuple, snapshot.jobs))
        if not mask.hides_data_nodes:
            self._replace(DATA_NODES, self._live(DATA_NODES), map(_astuple, snapshot.data_nodes))
        live = {row: rowid for row, rowid in self._live(DATABASES).items() if not mask.hides_database(row[0])}
        current = {database_row(database): database for database in snapshot.databases}
        self._replace(DATABASES, live, current)
        # A row holds the hash of its database with all shards, so an equal row means equal shards.
        before = {row[0]: row[_CONTENT_HASH] for row in live.keys() - current.keys()}
        after = {row[0]: database for row, database in current.items() if row not in live}
        writer = ShardWriter(self._connection, self._owner, self._number)
        writer.write(before, after)
        return writer.lost

    def _live(self, table: Table) -> dict[Row, int]:
        """Return the live rows with their row ids."""
        rows = self._connection.execute(
            f"SELECT rowid, {table.listed} FROM {table.name} WHERE instance_id = ? AND until IS NULL",  # noqa: S608 - names of our own
            (self._owner,),
        )
        return {row[1:]: row[0] for row in rows}

    def _replace(self, table: Table, live: Mapping[Row, int], current: Iterable[Row]) -> None:
        rows = dict.fromkeys(current)
        self._connection.executemany(
            f"UPDATE {table.name} SET until = ?, room = NULL WHERE rowid = ?",  # noqa: S608 - a name of our own
            ((self._number, rowid) for row, rowid in live.items() if row not in rows),
        )
        marks = ", ".join("?" * len(table.columns))
        self._connection.executemany(
            f"INSERT INTO {table.name} (instance_id, since, {table.listed}) VALUES (?, ?, {marks})",  # noqa: S608 - names of our own
            ((self._owner, self._number, *row) for row in rows if row not in live),
        )
