"""Cheap checks of rows that are read without the rest of their snapshot. They raise ValueError for a damaged store.

A whole snapshot is compared with its hash. Two snapshots that are read by their differences alone are compared with the
totals that were recorded with them: what the rows between them add and remove has to be the difference of the totals.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from drift.core.model import NO_ATTRIBUTES, Database, DataNode, Shard, Snapshot
from drift.store import seals

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

_Record = TypeVar("_Record", bound=DataNode | Database | Shard)


def checked(record: _Record) -> _Record:
    """Return a record whose attributes are a JSON object. Raises ValueError for any other."""
    if record.attributes != NO_ATTRIBUTES:
        msgspec.json.decode(record.attributes, type=dict[str, Any])
    return record


def check_head(connection: sqlite3.Connection, number: int, owner: int) -> None:
    """Check the record of a snapshot, and that of its instance."""
    seals.check(connection, "instance", id=owner)
    seals.check(connection, "snapshot", id=number)
    recorded = connection.execute("SELECT jobs_seal FROM snapshot WHERE id = ?", (number,)).fetchone()[0]
    if recorded != seals.jobs(connection, number):
        raise ValueError(f"the migration jobs of snapshot {number} are not what was recorded")


def check_count(connection: sqlite3.Connection, number: int, shards: int) -> None:
    """Check the number of a snapshot's shards."""
    if (shards,) != connection.execute("SELECT shard_count FROM snapshot WHERE id = ?", (number,)).fetchone():
        raise ValueError(f"the databases of snapshot {number} don't have the number of shards that was recorded")


def check_hash(snapshot: Snapshot, databases: Iterable[Database]) -> None:
    """Check that a snapshot has its recorded hash with these databases, of which only their own hashes count."""
    rebuilt = Snapshot.of(
        instance=snapshot.instance,
        taken_at=snapshot.taken_at,
        source=snapshot.source,
        gaps=snapshot.gaps,
        data_nodes=snapshot.data_nodes,
        databases=databases,
    )
    if rebuilt.content_hash != snapshot.content_hash:
        raise ValueError(f"the content of snapshot {snapshot.number} is not what was recorded")


def check_pair(connection: sqlite3.Connection, low: Snapshot, high: Snapshot) -> None:
    """Check two snapshots that hold only the records that no longer, or not yet, are in the other.

    Snapshots with gaps have no totals of what was not read, so of these only the attributes are checked.
    """
    for snapshot in (low, high):
        records: list[DataNode | Database | Shard] = [*snapshot.data_nodes, *snapshot.databases, *_shards(snapshot)]
        for record in records:
            checked(record)
    if low.complete and high.complete:
        added, recorded = _totals(high), _recorded(connection, high)
        added.subtract(_totals(low))
        recorded.subtract(_recorded(connection, low))
        if added != recorded:  # counts of zero are equal to none
            raise ValueError(f"the rows between snapshots {low.number} and {high.number} are not what was recorded")


def _totals(snapshot: Snapshot) -> Counter[tuple[str, str]]:
    totals = Counter(("on", shard.data_node_id) for shard in _shards(snapshot))
    totals["data nodes", ""] = len(snapshot.data_nodes)
    totals["databases", ""] = len(snapshot.databases)
    return totals


def _recorded(connection: sqlite3.Connection, snapshot: Snapshot) -> Counter[tuple[str, str]]:
    data_nodes, databases, balance = connection.execute(
        "SELECT data_node_count, database_count, balance FROM snapshot WHERE id = ?", (snapshot.number,)
    ).fetchone()
    held = msgspec.json.decode(balance, type=dict[str, int])
    return Counter({("on", node): count for node, count in held.items()}) + Counter(
        {("data nodes", ""): data_nodes, ("databases", ""): databases}
    )


def _shards(snapshot: Snapshot) -> chain[Shard]:
    return chain.from_iterable(database.shards for database in snapshot.databases)
