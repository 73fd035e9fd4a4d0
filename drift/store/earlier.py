"""The earlier snapshots whose content has returned. Writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from drift.compare.diff import diff, node_of
from drift.core.model import DATABASES_SCOPE, Gap, Mask, SnapshotRef
from drift.store.reading import load, load_pair
from drift.store.rows import BELIEVED, instant, stamp

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

    from drift.compare.diff import Change
    from drift.core.model import Snapshot

_LATEST: Final = 2**63 - 1  # later than the number of any snapshot
_NEWEST_OF_ALL: Final = f"""
    SELECT id, label, taken_at FROM snapshot INDEXED BY snapshot_content
    WHERE instance_id = :owner AND content_hash = :hash AND (taken_at, id) < (:time, :number)
        AND {BELIEVED}
    ORDER BY id DESC LIMIT 1
"""  # noqa: S608 - a condition of our own
# The rows come in the order of an index, so SQLite stops at the first match.
_NEWEST_OF_ONE: Final = f"""
    SELECT snapshot.id, label, taken_at
    FROM database_version AS version INDEXED BY database_version_name
    CROSS JOIN snapshot ON snapshot.id >= since AND (until IS NULL OR snapshot.id < until)
    WHERE version.instance_id = :owner AND version.content_hash = :hash AND name = :name
        AND snapshot.instance_id = :owner AND (taken_at, snapshot.id) < (:time, :number)
        AND {BELIEVED}
        AND NOT EXISTS (SELECT 1 FROM gap WHERE snapshot_id = snapshot.id AND scope IN (:databases, :scope))
    ORDER BY since DESC, snapshot.id DESC LIMIT 1
"""  # noqa: S608 - a condition of our own
# The newest snapshots of other content that were read in another layout: it may have told more, or less, of the same.
_IN_ANOTHER_LAYOUT: Final = f"""
    SELECT max(id) AS newest FROM snapshot
    WHERE instance_id = :owner AND layout IS NOT :layout AND (taken_at, id) < (:time, :number) AND {BELIEVED}
    GROUP BY content_hash ORDER BY newest DESC LIMIT :most
"""  # noqa: S608 - a condition of our own
_MOST_LOADED: Final = 8
_PLACING: Final = frozenset({"shard-added", "shard-moved", "shard-removed"})
_PLACE: Final = """
    SELECT data_node_id FROM shard_version
    WHERE instance_id = :owner AND database = :database AND name = :name AND since <= :number AND until IS NULL
    UNION ALL
    SELECT data_node_id FROM shard_version
    WHERE instance_id = :owner AND database = :database AND name = :name AND since <= :number AND until > :number
"""


def find(connection: sqlite3.Connection, before: Snapshot, after: Snapshot) -> dict[str | None, SnapshotRef]:
    """Find content that changed between the two and equals that of a snapshot taken before `before`.

    The key is None for the whole content, else a database's name; the value is the last stored such snapshot. Finds
    nothing if `after` is the older side or of another instance, and no database that `before` could not read. The sides
    need not be in the store, and may lack the records that can't differ.
    """
    names = {side.instance.name for side in (before, after)} - {None}
    if len(names) != 1 or _moment(after) <= _moment(before) or before.content_hash == after.content_hash:
        return {}
    owner = connection.execute("SELECT id FROM instance WHERE name = ?", (*names,)).fetchone()
    if owner is None:
        return {}
    time, number = _moment(before)
    known = {"owner": owner[0], "time": time, "number": number, "databases": DATABASES_SCOPE}
    whole = _earlier(connection, _NEWEST_OF_ALL, {**known, "hash": after.content_hash}) if after.complete else None
    if whole:
        return {None: whole}
    found = _databases(connection, before, after, known)
    numbers = _in_another_layout(connection, after, known)
    return _alike(connection, numbers, before, after, owner[0]) | found if numbers else found


def _in_another_layout(connection: sqlite3.Connection, after: Snapshot, known: Mapping[str, Any]) -> list[int]:
    values = {**known, "layout": after.layout, "most": _MOST_LOADED}
    return [number for (number,) in connection.execute(_IN_ANOTHER_LAYOUT, values)] if after.layout else []


def _alike(
    connection: sqlite3.Connection, numbers: list[int], before: Snapshot, after: Snapshot, owner: int
) -> dict[str | None, SnapshotRef]:
    """Find what doesn't differ from the earlier snapshots of other layouts, but for facts that one side can't tell."""
    unread, changes = Mask.of(before.gaps), diff(before, after).changes
    names = {_database(change) for change in changes if change.entity != "data-node"}
    found: dict[str | None, SnapshotRef] = {}
    for number in numbers:
        if not _may_be_alike(connection, owner, number, changes):
            continue
        earlier, now = _sides(connection, number, after)
        reference = SnapshotRef(number, earlier.label, earlier.taken_at)
        since = diff(earlier, now)
        if not since.changes and not since.not_checked:
            return {None: reference}
        differing = {_database(change) for change in since.changes if change.entity != "data-node"}
        mask = Mask.of(since.not_checked)
        for name in {database.name for database in after.databases} & names - differing:
            if not (mask.hides_database(name) or unread.hides_database(name)):
                found.setdefault(name, reference)
    return found


def _database(change: Change) -> str:
    return change.database or change.name


def _may_be_alike(connection: sqlite3.Connection, owner: int, number: int, changes: Iterable[Change]) -> bool:
    """Return whether a snapshot is worth loading: in some database, a shard that went is back where it was there."""
    placements = {_database(change): change for change in changes if change.entity != "data-node"}
    placements |= {_database(change): change for change in changes if change.rule in _PLACING}
    return not placements or any(
        change.rule not in _PLACING or _place(connection, owner, number, change) == node_of(change.after)
        for change in placements.values()
    )


def _place(connection: sqlite3.Connection, owner: int, number: int, change: Change) -> str | None:
    """Return the data node that the shard of a change was on in a snapshot."""
    known = {"owner": owner, "database": change.database, "name": change.name, "number": number}
    return next((node_id for (node_id,) in connection.execute(_PLACE, known)), None)


def _sides(connection: sqlite3.Connection, number: int, after: Snapshot) -> tuple[Snapshot, Snapshot]:
    """Load an earlier snapshot, and the later one with as many records as their diff needs."""
    if after.number is None:
        return load(connection, number), after
    return load_pair(connection, number, after.number)


def _databases(
    connection: sqlite3.Connection, before: Snapshot, after: Snapshot, known: Mapping[str, Any]
) -> dict[str | None, SnapshotRef]:
    unread = Mask.of(before.gaps)
    old = {database.name: database.content_hash for database in before.databases}
    earlier = {
        database.name: _earlier(
            connection,
            _NEWEST_OF_ONE,
            {
                **known,
                "hash": database.content_hash,
                "name": database.name,
                "scope": Gap.of_database(database.name, "").scope,
            },
        )
        for database in after.databases
        if database.content_hash != old.get(database.name) and not unread.hides_database(database.name)
    }
    return {name: snapshot for name, snapshot in earlier.items() if snapshot}


def _earlier(connection: sqlite3.Connection, query: str, values: Mapping[str, Any]) -> SnapshotRef | None:
    row = connection.execute(query, values).fetchone()
    return None if row is None else SnapshotRef(row[0], row[1], instant(row[2]))


def _moment(snapshot: Snapshot) -> tuple[str, int]:
    """Return the snapshot's key in the order of snapshots; one that is not stored is the last of its time."""
    return stamp(snapshot.taken_at), _LATEST if snapshot.number is None else snapshot.number
