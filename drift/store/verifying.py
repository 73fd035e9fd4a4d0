"""Verifying a store: rebuild every snapshot from its intervals and compare it with its record. Trusts no hash."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from datetime import UTC, datetime
from itertools import groupby, product, starmap
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from drift.core.model import Database, DataNode, Gap, Instance, Mask, Shard, Snapshot, canonical_json
from drift.store import seals
from drift.store.migrating import make
from drift.store.rows import DATA_NODES, DATABASES, SHARDS, Row, Table, instant, stamp, unpack
from drift.store.schema import STEPS
from drift.store.shard_rows import digests, seal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_Edge: TypeAlias = Literal["until", "since"]

_EDGES: Final[tuple[_Edge, ...]] = ("until", "since")
_ANY_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)


class _Totals(NamedTuple):
    """The recorded totals of a snapshot."""

    content_hash: str
    complete: int
    data_node_count: int
    database_count: int
    shard_count: int
    balance: str


def verify(connection: sqlite3.Connection, on_snapshot: Callable[[], None]) -> list[str]:
    """List the errors in the store, one line each. `on_snapshot` is called after each snapshot."""
    damage = [str(row[0]) for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
    if damage:
        return damage  # rows of a damaged file would only add errors that follow from it
    return [
        *_changed_schema(connection),
        *_dangling(connection),
        *_damaged_responses(connection),
        *seals.broken(connection),
        *changed_rows(connection, on_snapshot),
    ]


def changed_rows(connection: sqlite3.Connection, on_snapshot: Callable[[], None]) -> Iterator[str]:
    """Yield an error for each snapshot whose rows don't give what was recorded of it."""
    for owner, name in connection.execute("SELECT id, name FROM instance ORDER BY id").fetchall():
        yield from _verify_history(connection, owner, name, on_snapshot)


def _changed_schema(connection: sqlite3.Connection) -> Iterator[str]:
    """Compare the tables, views and indexes with those of a new store; what others added is their own matter."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as new:
        make(new, STEPS)
        expected, found = (dict(each.execute("SELECT name, sql FROM sqlite_schema")) for each in (new, connection))
    for name, statement in expected.items():
        if found.get(name) != statement:
            yield f"{name} is not defined as in a new store"


def _dangling(connection: sqlite3.Connection) -> Iterator[str]:
    rows = connection.execute("PRAGMA foreign_key_check")
    broken = Counter((table, parent) for table, _, parent, _ in rows)
    for (table, parent), count in sorted(broken.items()):
        yield f"{table}: {count} rows refer to a {parent} that does not exist"


def _damaged_responses(connection: sqlite3.Connection) -> Iterator[str]:
    for number, packed in connection.execute("SELECT snapshot_id, bytes FROM raw ORDER BY snapshot_id"):
        try:
            unpack(packed)
        except ValueError as exc:
            yield f"snapshot {number}: {exc}"


def _verify_history(
    connection: sqlite3.Connection, owner: int, name: str, on_snapshot: Callable[[], None]
) -> Iterator[str]:
    history = _History()
    snapshots = connection.execute(
        f"SELECT id, taken_at, {', '.join(_Totals._fields)} FROM snapshot WHERE instance_id = ? ORDER BY id",  # noqa: S608 - names of our own
        (owner,),
    ).fetchall()
    for number, taken_at, *totals in snapshots:
        gaps = connection.execute("SELECT scope, reason FROM gap WHERE snapshot_id = ?", (number,))
        mask = Mask.of(starmap(Gap, gaps))
        findings = [*_check_time(taken_at), *history.advance(_events(connection, owner, number), mask)]
        for finding in [*findings, *_compare(_Totals(*totals), history.totals(mask))]:
            yield f"snapshot {number} of {name}: {finding}"
        on_snapshot()
    yield from (f"{name}: {finding}" for finding in history.wrong_digests(connection, owner))


def _events(connection: sqlite3.Connection, owner: int, number: int) -> Iterator[tuple[Table, _Edge, str, list[Row]]]:
    """Read the rows that end or begin at a snapshot, by their first column; those of a table that end come first."""
    for table, edge in product((DATA_NODES, DATABASES, SHARDS), _EDGES):
        rows = connection.execute(
            f"SELECT {table.listed} FROM {table.name} WHERE instance_id = ? AND {edge} = ?",  # noqa: S608 - names of our own
            (owner, number),
        )
        for name, group in groupby(rows, itemgetter(0)):
            yield table, edge, name, list(group)


def _check_time(taken_at: str) -> Iterator[str]:
    try:
        if stamp(instant(taken_at)) == taken_at:
            return
    except ValueError:
        pass
    yield f"its time {taken_at!r} does not have the form of times in the store"


def _compare(recorded: _Totals, rebuilt: _Totals) -> Iterator[str]:
    for field, old, new in zip(_Totals._fields, recorded, rebuilt, strict=True):
        if old != new:
            yield f"its {field} was recorded as {old}, but its rows give {new}"


class _History:
    """The records of an instance at one snapshot after the other; records in a gap stay as they last were."""

    def __init__(self) -> None:
        self._nodes: dict[str, Row] = {}
        self._rows: dict[str, Row] = {}
        self._shards: dict[str, dict[str, Row]] = defaultdict(dict)
        # Rebuilt only where something changed, so the time to verify grows with the changes, not with the snapshots.
        self._databases: dict[str, Database] = {}
        self._balances: dict[str, Counter[str]] = {}

    def advance(self, events: Iterable[tuple[Table, _Edge, str, list[Row]]], mask: Mask) -> Iterator[str]:
        """Go on to the next snapshot, by the rows that end and begin there.

        Yields an error for each wrong hash and for each interval that contradicts another or a gap.
        """
        touched: set[str] = set()
        for table, edge, name, rows in events:
            if mask.hides_data_nodes if table is DATA_NODES else mask.hides_database(name):
                yield from (f"{_label(table, row)} changes although it was not read" for row in rows)
            yield from (f"{_label(table, row)} has intervals that overlap" for row in self._apply(table, edge, rows))
            if table is not DATA_NODES:
                touched.add(name)
        for name in sorted(touched):
            yield from self._rebuild(name)

    def _apply(self, table: Table, edge: _Edge, rows: list[Row]) -> list[Row]:
        """End or begin rows of one database, or one row of another table; return those that don't fit what was before.

        Rows that all begin for the first time are kept at once. Measured: halves the time of a first snapshot.
        """
        known, key = self._nodes if table is DATA_NODES else self._rows, itemgetter(0)
        if table is SHARDS:
            known, key = self._shards[rows[0][0]], itemgetter(1)
        if edge == "until":
            return [row for row in rows if known.pop(key(row), None) != row]
        begun = dict(zip(map(key, rows), rows, strict=True))
        if len(begun) == len(rows) and known.keys().isdisjoint(begun):
            known.update(begun)
            return []
        return [row for row in rows if known.setdefault(key(row), row) is not row]

    def _rebuild(self, name: str) -> Iterator[str]:
        """Rebuild a database from its rows, and its hash from its content."""
        row, shards = self._rows.get(name), list(starmap(Shard, self._shards[name].values()))
        self._databases.pop(name, None)
        self._balances.pop(name, None)
        if row is None:
            if shards:
                yield f"{len(shards)} shards of database {name!r} remain after the database has ended"
            return
        _, mode, count, status, attributes, content_hash, held = row
        database = Database.of(
            name, shard_mode=mode, shard_count=count, status=status, attributes=attributes, shards=shards
        )
        self._databases[name] = database
        self._balances[name] = Counter(map(attrgetter("data_node_id"), shards))
        if database.content_hash != content_hash:
            yield f"the content of database {name!r} differs from its recorded hash"
        if held != len(shards):
            yield f"database {name!r} was recorded with {held} shards, but its rows give {len(shards)}"

    def wrong_digests(self, connection: sqlite3.Connection, owner: int) -> Iterator[str]:
        """Compare the digests of live rows with those of the shards at the last snapshot."""
        rows = connection.execute("SELECT database, digests, seal FROM shard_digest WHERE instance_id = ?", (owner,))
        for name, recorded, sealed in rows:
            database = self._databases.get(name)
            rebuilt = b"" if database is None else digests(database.shards)
            if database is None or (rebuilt, seal(database.content_hash, rebuilt)) != (recorded, sealed):
                yield f"the digests of database {name!r} are not those of its shards"

    def totals(self, mask: Mask) -> _Totals:
        """Compute the totals of the snapshot from its rows."""
        nodes = [] if mask.hides_data_nodes else [DataNode(*row) for row in self._nodes.values()]
        databases = [database for name, database in self._databases.items() if not mask.hides_database(name)]
        snapshot = Snapshot.of(
            instance=Instance(),
            taken_at=_ANY_TIME,
            source="",
            gaps=[Gap(scope, "") for scope in mask.scopes],
            data_nodes=nodes,
            databases=databases,
        )
        balance = Counter(dict.fromkeys((node.id for node in nodes), 0))
        for database in databases:
            balance.update(self._balances[database.name])
        return _Totals(
            snapshot.content_hash,
            int(snapshot.complete),
            len(nodes),
            len(databases),
            snapshot.shard_count,
            canonical_json(balance),
        )


def _label(table: Table, row: Row) -> str:
    return f"{table.noun} {row[1] if table is SHARDS else row[0]!r}"
