"""The history of one shard, database or data node, read from its rows. Writes nothing."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from typing import TYPE_CHECKING, Final, Generic, TypeAlias, TypeVar

import msgspec

from drift.compare.timeline import Period, State, Traced, periods, placed
from drift.core.model import DATABASES_SCOPE, Database, DataNode, Shard, SnapshotRef
from drift.store.checking import checked
from drift.store.rows import BELIEVED, DATA_NODES, DATABASES, SHARDS, Row, instant

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping

_SHORTEST_ID: Final = 8
_T = TypeVar("_T")
_Observed: TypeAlias = tuple[SnapshotRef, State | None, int]


class _Intervals(Generic[_T]):
    """The value that is valid at each snapshot, from rows (since, until, value) that don't overlap."""

    def __init__(self, rows: Iterable[tuple[int, int | None, _T]]) -> None:
        edges: dict[int, _T | None] = {}
        for since, until, value in rows:
            edges[since] = value
            if until is not None:
                edges.setdefault(until, None)
        self._numbers = sorted(edges)
        self._values = [edges[number] for number in self._numbers]

    def at(self, number: int) -> _T | None:
        """Return the value at a snapshot."""
        index = bisect_right(self._numbers, number)
        return self._values[index - 1] if index else None


def find(connection: sqlite3.Connection, name: str, instance: str | None) -> list[Traced]:
    """Find every entity that ever had that name, sorted."""
    owners = connection.execute(
        "SELECT id, name FROM instance WHERE :name IS NULL OR name = :name ORDER BY name", {"name": instance}
    ).fetchall()
    return sorted(traced for owner, owner_name in owners for traced in _find_in(connection, owner, owner_name, name))


def trace(connection: sqlite3.Connection, traced: Traced) -> tuple[Period, ...]:
    """Return the periods of one entity's history."""
    (owner,) = connection.execute("SELECT id FROM instance WHERE name = ?", (traced.instance,)).fetchone()
    match traced.kind:
        case "shard":
            states = _shard_states(connection, owner, traced)
        case "database":
            states = _database_states(connection, owner, traced.name)
        case "data-node":
            states = _node_states(connection, owner, traced.name)
    return periods(states)


def _find_in(connection: sqlite3.Connection, owner: int, instance: str, name: str) -> Iterator[Traced]:
    known = {row[0] for row in connection.execute(
        "SELECT DISTINCT name FROM database_version WHERE instance_id = ?", (owner,)
    )}  # fmt: skip
    if name in known:
        yield Traced(instance, "database", None, name)
    database, _, shard = name.partition("/")
    places = [(database, shard)] if database in known else []
    for place in [*places, *((each, name) for each in known)]:
        if _shard_rows(connection, owner, *place):
            yield Traced(instance, "shard", *place)
    nodes = connection.execute(
        "SELECT DISTINCT node_id FROM data_node_version WHERE instance_id = :owner"
        " AND (name = :name OR node_id = :name"
        " OR (length(:name) >= :shortest AND substr(node_id, 1, length(:name)) = :name))",
        {"owner": owner, "name": name, "shortest": _SHORTEST_ID},
    )
    for (node_id,) in nodes:
        yield Traced(instance, "data-node", None, node_id)


def _shard_states(connection: sqlite3.Connection, owner: int, traced: Traced) -> Iterator[_Observed]:
    database = str(traced.database)
    shards = _Intervals(
        (since, until, checked(Shard(*row)))
        for since, until, *row in _shard_rows(connection, owner, database, traced.name)
    )
    for number, moment in _moments(connection, owner, database):
        shard = shards.at(number)
        yield moment, None if shard is None else State(shard, {shard.data_node_id: 1}), 0


def _database_states(connection: sqlite3.Connection, owner: int, name: str) -> Iterator[_Observed]:
    rows = connection.execute(
        f"SELECT since, until, {DATABASES.listed} FROM database_version WHERE instance_id = ? AND name = ?",  # noqa: S608 - names of our own
        (owner, name),
    )
    databases = _Intervals((since, until, _record(row)) for since, until, *row in rows)
    counts = _counts(connection, owner, name)
    placements = _placements(connection, owner, f"database = ? AND name IN ({_MOVED})", (name, owner, name))
    for number, moment in _moments(connection, owner, name):
        database = databases.at(number)
        state = None if database is None else State(database, counts.at(number) or {})
        yield moment, state, placements.at(number) or 0


def _node_states(connection: sqlite3.Connection, owner: int, node_id: str) -> Iterator[_Observed]:
    rows = connection.execute(
        f"SELECT since, until, {DATA_NODES.listed} FROM data_node_version WHERE instance_id = ? AND node_id = ?",  # noqa: S608 - names of our own
        (owner, node_id),
    )
    nodes = _Intervals((since, until, checked(DataNode(*row))) for since, until, *row in rows)
    placements = _placements(connection, owner, "data_node_id = ?", (node_id,))
    balances = dict(connection.execute("SELECT id, balance FROM snapshot WHERE instance_id = ?", (owner,)))
    # A gap anywhere hides how many shards the data node held.
    for number, moment in _moments(connection, owner, None):
        node = nodes.at(number)
        held = msgspec.json.decode(balances[number], type=dict[str, int]).get(node_id, 0)
        yield moment, None if node is None else State(node, {node_id: held}), placements.at(number) or 0


def _record(row: Row) -> Database:
    name, shard_mode, shard_count, status, attributes, *_ = row
    return checked(
        Database.of(name, shard_mode=shard_mode, shard_count=shard_count, status=status, attributes=attributes)
    )


def _shard_rows(connection: sqlite3.Connection, owner: int, database: str, name: str) -> list[Row]:
    """Read every row of a shard: the live one and the ended ones, each from its own index."""
    return [
        row
        for state in ("IS NULL", "IS NOT NULL")
        for row in connection.execute(
            f"SELECT since, until, {SHARDS.listed} FROM shard_version"  # noqa: S608 - names of our own
            f" WHERE instance_id = ? AND database = ? AND name = ? AND until {state}",
            (owner, database, name),
        )
    ]


def _counts(connection: sqlite3.Connection, owner: int, database: str) -> _Intervals[Mapping[str, int]]:
    """Count a database's shards by data node, at each snapshot that changed the counts."""
    edges: dict[int, Counter[str]] = {}
    for state in ("IS NULL", "IS NOT NULL"):
        rows = connection.execute(
            "SELECT since, until, data_node_id, count(*) FROM shard_version"  # noqa: S608 - a condition of our own
            f" WHERE instance_id = ? AND database = ? AND until {state} GROUP BY since, until, data_node_id",
            (owner, database),
        )
        for since, until, node_id, count in rows:
            edges.setdefault(since, Counter())[node_id] += count
            if until is not None:
                edges.setdefault(until, Counter())[node_id] -= count
    return _Intervals(_running(edges))


# The shards of a database that were not the same all the time: where the counts stay, one of them left its place.
_MOVED: Final = (
    "SELECT name FROM shard_version WHERE instance_id = ? AND database = ?"
    " GROUP BY name HAVING count(*) > 1 OR max(until) IS NOT NULL"
)


def _placements(connection: sqlite3.Connection, owner: int, which: str, values: tuple[object, ...]) -> _Intervals[int]:
    """Sum up where some shards are, at each snapshot that changed it."""
    edges: dict[int, int] = {}
    rows = connection.execute(
        f"SELECT since, until, database, name, data_node_id FROM shard_version WHERE instance_id = ? AND {which}",  # noqa: S608 - conditions of our own
        (owner, *values),
    )
    for since, until, *where in rows:
        for number in (since, until):
            if number is not None:
                edges[number] = edges.get(number, 0) ^ placed(*where)
    return _Intervals((number, None, value) for number, value in _summed(edges))


def _summed(edges: Mapping[int, int]) -> Iterator[tuple[int, int]]:
    total = 0
    for number, edge in sorted(edges.items()):
        total ^= edge
        yield number, total


def _running(edges: Mapping[int, Counter[str]]) -> Iterator[tuple[int, None, Mapping[str, int]]]:
    total: Counter[str] = Counter()
    for number, edge in sorted(edges.items()):
        total.update(edge)
        yield number, None, dict(sorted((node, count) for node, count in total.items() if count))


def _moments(connection: sqlite3.Connection, owner: int, database: str | None) -> Iterator[tuple[int, SnapshotRef]]:
    """List the believed snapshots, by time, that could read that database; for None, those that read everything."""
    rows = connection.execute(
        f"""
        SELECT id, label, taken_at FROM snapshot
        WHERE instance_id = :owner AND {BELIEVED} AND NOT EXISTS (
            SELECT 1 FROM gap WHERE snapshot_id = id AND (:scope IS NULL OR scope IN (:scope, :all))
        )
        ORDER BY taken_at, id
        """,  # noqa: S608 - a condition of our own
        {"owner": owner, "scope": database and f"database {database}", "all": DATABASES_SCOPE},
    )
    for number, label, taken_at in rows:
        yield number, SnapshotRef(number, label, instant(taken_at))
