"""Reading rows into records. Writes nothing."""

from __future__ import annotations

from collections import defaultdict
from itertools import starmap
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift.core.errors import BaselineError
from drift.core.model import Database, DataNode, Gap, Instance, Job, Mask, Operation, Shard, Snapshot
from drift.core.read_settings import ReadSettings
from drift.core.sources import source_of
from drift.store import seals
from drift.store.checking import check_count, check_hash, check_head, check_pair, checked
from drift.store.confirmed_layouts import UNCONFIRMED
from drift.store.records import Entry, Outline
from drift.store.rows import BELIEVED, DATA_NODES, DATABASES, JOBS, SHARDS, Row, instant, stamp, suspicion
from drift.store.selecting import begun, ended, valid

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

    from drift.store.selecting import Select

# Whether a snapshot was held against another one: the first of an instance was not.
IS_JUDGED: Final = f"""suspect IS NOT NULL OR EXISTS (
    SELECT 1 FROM (SELECT * FROM snapshot WHERE complete AND {BELIEVED}) AS earlier
    WHERE earlier.instance_id = snapshot.instance_id
        AND (earlier.taken_at, earlier.id) < (snapshot.taken_at, snapshot.id)
)"""  # noqa: S608 - a condition of our own


class _Head(msgspec.Struct, frozen=True):
    """A snapshot without its records."""

    owner: int
    fields: dict[str, Any]
    mask: Mask

    def snapshot(self, nodes: Iterable[DataNode], databases: Iterable[Database]) -> Snapshot:
        """Build the snapshot of these records, without those in its gaps."""
        visible = [database for database in databases if not self.mask.hides_database(database.name)]
        return Snapshot(
            **self.fields,
            data_nodes=() if self.mask.hides_data_nodes else tuple(sorted(nodes, key=attrgetter("id"))),
            databases=tuple(sorted(visible, key=attrgetter("name"))),
        )


def load(connection: sqlite3.Connection, number: int) -> Snapshot:
    """Load a whole snapshot."""
    snapshot = load_unchecked(connection, number, is_record_checked=True)
    # A database's own hash is computed, not taken as recorded.
    check_hash(snapshot, (each.with_shards(each.shards) for each in snapshot.databases))
    return snapshot


def load_unchecked(connection: sqlite3.Connection, number: int, *, is_record_checked: bool = False) -> Snapshot:
    """Load a whole snapshot as its rows say, whether they are what was recorded or not."""
    head = _head(connection, number, is_checked=is_record_checked)
    return _snapshot(connection, head, valid, {"owner": head.owner, "number": number})


def load_pair(connection: sqlite3.Connection, before: int, after: int) -> tuple[Snapshot, Snapshot]:
    """Load two snapshots without the records that no row ends or begins between them.

    They have all records where the others decide what their layouts have a place for.
    """
    from drift.compare.untold import needs_all

    heads = {number: _head(connection, number) for number in (before, after)}
    sources = {source_of(head.fields["source"]).lists_data_nodes for head in heads.values()}
    layouts = {head.fields["layout"] for head in heads.values()}
    if len(sources) > 1 or len(layouts) > 1 or heads[before].owner != heads[after].owner:
        return load(connection, before), load(connection, after)
    low, high = sorted((before, after))
    span = {"owner": heads[before].owner, "low": low, "high": high}
    pair = {
        low: _snapshot(connection, heads[low], ended, span),
        high: _snapshot(connection, heads[high], begun, span),
    }
    check_pair(connection, pair[low], pair[high])
    if needs_all(pair[before], pair[after]):
        return load(connection, before), load(connection, after)
    return pair[before], pair[after]


def nodes(connection: sqlite3.Connection, number: int) -> dict[str, DataNode]:
    """Load the data nodes of a snapshot by id."""
    return {node.id: checked(node) for node in _outline(connection, number).data_nodes}


def outline(connection: sqlite3.Connection, number: int) -> Outline:
    """Load what is known of a snapshot without its shards, which were counted when it was stored."""
    found = nodes(connection, number)
    held = held_shards(connection, number)
    check_count(connection, number, sum(held.values()))
    return Outline(nodes=found, databases=held, balance=balance(connection, number))


def database_names(connection: sqlite3.Connection, instance: str) -> frozenset[str]:
    """Return the names of all databases that an instance ever had."""
    query = "SELECT DISTINCT d.name FROM database_version d JOIN instance i ON i.id = d.instance_id WHERE i.name = ?"
    return frozenset(name for (name,) in connection.execute(query, [instance]))


def held_shards(connection: sqlite3.Connection, number: int) -> dict[str, int]:
    """Return the same, unchecked: a capture is judged, and so stored, also beside an earlier one that is damaged."""
    owner = connection.execute("SELECT instance_id FROM snapshot WHERE id = ?", (number,)).fetchone()[0]
    mask = Mask.of(gaps(connection, number))
    rows = valid(connection, DATABASES, {"owner": owner, "number": number})
    return {name: held for name, *_, held in rows if not mask.hides_database(name)}


def _outline(connection: sqlite3.Connection, number: int) -> Snapshot:
    """Load a snapshot whose databases have their recorded hashes and no shards; these have to give its own hash."""
    head = _head(connection, number)
    span = {"owner": head.owner, "number": number}
    databases = [
        Database(name, mode, count, status, attributes, (), content_hash)
        for name, mode, count, status, attributes, content_hash, _ in valid(connection, DATABASES, span)
    ]
    outline = head.snapshot(starmap(DataNode, valid(connection, DATA_NODES, span)), databases)
    check_hash(outline, outline.databases)
    return outline


def balance(connection: sqlite3.Connection, number: int) -> dict[str, int]:
    """Return the shard count of each data node by id, as counted when the snapshot was stored."""
    seals.check(connection, "snapshot", id=number)
    row = connection.execute("SELECT balance FROM snapshot WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise _no_snapshot(number)
    return msgspec.json.decode(row[0], type=dict[str, int])


def log(connection: sqlite3.Connection, instance: str | None) -> list[Entry]:
    """List every snapshot, or those of one instance, newest first."""
    # Not `:name IS NULL OR name = :name`: that reads every snapshot, and 500,000 are a week of a large fleet.
    condition = "" if instance is None else "WHERE name = :name"
    rows = connection.execute(
        f"""
        SELECT snapshot.id, label, name, taken_at, source, complete, layout, content_hash,
            data_node_count, database_count, shard_count, (SELECT count(*) FROM gap WHERE snapshot_id = snapshot.id),
            (SELECT count(*) FROM gap WHERE snapshot_id = snapshot.id AND scope = 'disagreement'),
            (SELECT json_group_array(json_array(scope, state, job_id)) FROM in_flight WHERE snapshot_id = snapshot.id),
            suspect, confirmed,
            content_hash IS lag(content_hash) OVER (PARTITION BY instance_id ORDER BY taken_at, snapshot.id),
            {UNCONFIRMED}
        FROM snapshot JOIN instance ON instance.id = instance_id
        {condition}
        ORDER BY taken_at DESC, snapshot.id DESC
        """,  # noqa: S608 - a condition of our own
        {"name": instance},
    )
    return [_entry(row) for row in rows]


def entry(connection: sqlite3.Connection, number: int) -> Entry:
    """Return the log's entry for a snapshot."""
    row = connection.execute(
        "SELECT name FROM snapshot JOIN instance ON instance.id = instance_id WHERE snapshot.id = ?", (number,)
    ).fetchone()
    if row is None:
        raise _no_snapshot(number)
    seals.check(connection, "snapshot", id=number)
    return next(entry for entry in log(connection, row[0]) if entry.number == number)


def instances(connection: sqlite3.Connection) -> list[Instance]:
    """List every instance by name."""
    rows = connection.execute("SELECT name, project_id, ddm_instance_id, endpoint FROM instance ORDER BY name")
    return [_instance(row) for row in rows]


def find_same(connection: sqlite3.Connection, snapshot: Snapshot) -> int | None:
    """Find the first snapshot with the same instance, time, source and content."""
    row = connection.execute(
        "SELECT min(snapshot.id) FROM snapshot JOIN instance ON instance.id = instance_id"
        " WHERE name = ? AND taken_at = ? AND source = ? AND content_hash = ?",
        (snapshot.instance.name, stamp(snapshot.taken_at), snapshot.source, snapshot.content_hash),
    ).fetchone()
    number: int | None = row[0]
    return number


def numbers_with_raw(connection: sqlite3.Connection, instance: str | None) -> list[int]:
    """List the snapshots whose response is kept, newest first."""
    rows = connection.execute(
        """
        SELECT snapshot.id FROM raw
        JOIN snapshot ON snapshot.id = snapshot_id
        JOIN instance ON instance.id = instance_id
        WHERE :name IS NULL OR name = :name
        ORDER BY taken_at DESC, snapshot.id DESC
        """,
        {"name": instance},
    )
    return [number for (number,) in rows]


def raw(connection: sqlite3.Connection, number: int) -> bytes | None:
    """Load a snapshot's response, if it is kept."""
    seals.check(connection, "raw", snapshot_id=number)
    row = connection.execute(
        "SELECT bytes FROM snapshot LEFT JOIN raw ON snapshot_id = snapshot.id WHERE snapshot.id = ?", (number,)
    ).fetchone()
    if row is None:
        raise _no_snapshot(number)
    from drift.store.rows import unpack

    return None if row[0] is None else unpack(row[0])


def gaps(connection: sqlite3.Connection, number: int) -> tuple[Gap, ...]:
    """Load the gaps of a snapshot, sorted."""
    rows = connection.execute("SELECT scope, reason FROM gap WHERE snapshot_id = ? ORDER BY scope, reason", (number,))
    return tuple(starmap(Gap, rows))


def _no_snapshot(number: int) -> BaselineError:
    return BaselineError(f"there is no snapshot {number} in the store", hint="`drift log` lists the stored snapshots.")


def _head(connection: sqlite3.Connection, number: int, *, is_checked: bool = True) -> _Head:
    row = connection.execute(
        "SELECT instance_id, name, project_id, ddm_instance_id, endpoint, taken_at, source, layout, content_hash,"  # noqa: S608 - our own words
        f" label, {UNCONFIRMED}, suspect, confirmed, {IS_JUDGED}, read_with"
        " FROM snapshot JOIN instance ON instance.id = instance_id WHERE snapshot.id = ?",
        (number,),
    ).fetchone()
    if row is None:
        raise _no_snapshot(number)
    if is_checked:
        check_head(connection, number, row[0])
    unread = gaps(connection, number)
    fields = {
        "instance": _instance(row[1:5]),
        "taken_at": instant(row[5]),
        "source": row[6],
        "layout": row[7],
        "content_hash": row[8],
        "label": row[9],
        "gaps": unread,
        "number": number,
        "in_flight": _operations(connection, number),
        "jobs": _jobs(connection, row[0], number),
        "unconfirmed": bool(row[10]),
        "suspicion": suspicion(*row[11:13]),
        "judged": bool(row[13]),
        "read_with": row[14] and msgspec.json.decode(row[14], type=ReadSettings),
    }
    return _Head(row[0], fields, Mask.of(unread))


def _operations(connection: sqlite3.Connection, number: int) -> tuple[Operation, ...]:
    rows = connection.execute(
        "SELECT scope, state, job_id FROM in_flight WHERE snapshot_id = ? ORDER BY place", (number,)
    )
    return tuple(starmap(Operation, rows))


def _jobs(connection: sqlite3.Connection, owner: int, number: int) -> tuple[Job, ...] | None:
    """Load the migration jobs as they were last known."""
    rows = valid(connection, JOBS, {"owner": owner, "number": number})
    jobs = sorted(starmap(Job, rows), key=lambda job: (job.started or "", job.id), reverse=True)
    return tuple(jobs) or None


def _instance(row: Row) -> Instance:
    name, project_id, instance_id, endpoint = row
    return Instance(name=name, project_id=project_id, instance_id=instance_id, endpoint=endpoint)


def _entry(row: Row) -> Entry:
    number, label, instance, taken_at, source, complete, layout, content_hash, *counts, unchanged, unconfirmed = row
    data_nodes, databases, shards, gaps, disagreements, in_flight, suspect, confirmed = counts
    return Entry(
        number=number,
        label=label,
        instance=instance,
        taken_at=instant(taken_at),
        source=source,
        complete=bool(complete),
        layout=layout,
        content_hash=content_hash,
        data_nodes=data_nodes,
        databases=databases,
        shards=shards,
        gaps=gaps,
        disagreements=disagreements,
        in_flight=() if in_flight == "[]" else tuple(starmap(Operation, msgspec.json.decode(in_flight))),
        suspicion=suspicion(suspect, confirmed),
        unchanged=bool(unchanged),
        unconfirmed=bool(unconfirmed),
    )


def _snapshot(connection: sqlite3.Connection, head: _Head, select: Select, span: Mapping[str, int]) -> Snapshot:
    """Load a snapshot with the selected records. If a shard is selected, its database is as well."""
    shards: dict[str, list[Shard]] = defaultdict(list)
    for shard in starmap(Shard, select(connection, SHARDS, span)):
        shards[shard.database].append(shard)
    databases = [
        Database(
            name, mode, count, status, attributes, tuple(sorted(shards[name], key=attrgetter("name"))), content_hash
        )
        for name, mode, count, status, attributes, content_hash, _ in select(connection, DATABASES, span)
    ]
    return head.snapshot(starmap(DataNode, select(connection, DATA_NODES, span)), databases)
