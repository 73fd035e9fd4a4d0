"""Bringing staged rows of intervals into the store.

The rows of a plain instance are copied, with new numbers. Where an instance has snapshots from several stores, or some
already here, each of its records is followed through the new snapshots in their order: the value that a record has at a
snapshot is what its own store says of it, and a row begins where that value differs from the one before.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from drift.core.model import Gap, Mask
from drift.store.merge.staging import INTERVALS
from drift.store.rows import DATA_NODES, DATABASES, JOBS, SHARDS, Row, Table
from drift.store.shard_rows import forget_digests

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

    from drift.store.merge.staging import Staged

_HERE: Final = -1  # in the place of a store's: the row is live in this one
_JOINED: Final = "SELECT owner FROM staged.owner WHERE news AND NOT is_plain"
_KEYS: Final = {DATA_NODES.name: 1, DATABASES.name: 1, SHARDS.name: 2, JOBS.name: 1}

_Interval: TypeAlias = tuple[int, int | None, Row]  # since, until, values


class _Moment(NamedTuple):
    """A new snapshot: its number here, its store and the number there, and what it could not read, if anything."""

    number: int
    store: int
    there: int
    mask: Mask | None

    def hides(self, table: Table, name: str) -> bool:
        """Return whether the record of that name, or of the database of that name, was not read."""
        if self.mask is None or table is JOBS:
            return False
        return self.mask.hides_data_nodes if table is DATA_NODES else self.mask.hides_database(name)


def bring(connection: sqlite3.Connection, stores: Sequence[Staged]) -> None:
    """Bring all staged rows of intervals into the store, by the numbers of `numbering.number`."""
    for name, value in (("plain", "owner"), ("numbered", "number")):
        connection.execute(f"CREATE TABLE staged.{name} (id INTEGER PRIMARY KEY, {value} INTEGER)")
    for each in stores:
        _look_up(connection, each.place)
        for table in INTERVALS:
            _copy_plain(connection, table, each)
    (is_joined,) = connection.execute(f"SELECT EXISTS ({_JOINED})").fetchone()
    for table in INTERVALS if is_joined else ():
        _follow_all(connection, table, stores)


def _look_up(connection: sqlite3.Connection, store: int) -> None:
    """Fill the two tables by which rows of one store are renumbered. Small ones with such a key: the search is fast."""
    connection.execute("DELETE FROM staged.plain")
    connection.execute("DELETE FROM staged.numbered")
    connection.execute(
        "INSERT INTO staged.plain SELECT id, owner FROM staged.owner WHERE store = ? AND is_plain", (store,)
    )
    connection.execute("INSERT INTO staged.numbered SELECT id, number FROM staged.place WHERE store = ?", (store,))


def _copy_plain(connection: sqlite3.Connection, table: Table, store: Staged) -> None:
    number = "(SELECT number FROM staged.numbered WHERE id = version.{})"
    connection.execute(
        f"INSERT INTO main.{table.name} (instance_id, {table.listed}, since, until, room)"  # noqa: S608 - names of our own
        f" SELECT plain.owner, {_of_version(table)}, {number.format('since')}, {number.format('until')}, room"
        f" FROM staged.{table.name} AS version CROSS JOIN staged.plain AS plain ON plain.id = version.instance_id"
        " WHERE version.rowid > :after AND version.rowid <= :to",
        _span(table, store),
    )


def _follow_all(connection: sqlite3.Connection, table: Table, stores: Sequence[Staged]) -> None:
    """Follow the records of all instances that are not plain, sorted so that each comes once, with all its rows."""
    connection.execute(f"CREATE TABLE staged.followed (owner, store, since, until, live, {table.listed})")
    for each in stores:
        connection.execute(
            f"INSERT INTO staged.followed SELECT owner.owner, :store, since, until, NULL, {_of_version(table)}"  # noqa: S608 - names of our own
            f" FROM staged.{table.name} AS version CROSS JOIN staged.owner AS owner"
            " ON owner.store = :store AND owner.id = version.instance_id AND NOT is_plain AND news"
            " WHERE version.rowid > :after AND version.rowid <= :to",
            _span(table, each),
        )
    connection.execute(
        f"INSERT INTO staged.followed SELECT instance_id, {_HERE}, since, NULL, rowid, {table.listed}"  # noqa: S608 - names of our own
        f" FROM main.{table.name} WHERE until IS NULL"
        f" AND instance_id IN ({_JOINED})"
    )
    key = ", ".join(table.columns[: _KEYS[table.name]])
    rows = connection.execute(f"SELECT * FROM staged.followed ORDER BY owner, {key}, store, since")  # noqa: S608 - names of our own
    writer = _Writer(connection, table)
    told = _told_jobs(connection) if table is JOBS else None
    for owner, of_owner in groupby(rows, itemgetter(0)):
        moments = [each for each in _moments(connection, owner) if told is None or (each.store, each.there) in told]
        follower = _Follower(table, moments)
        for _, of_record in groupby(of_owner, itemgetter(slice(5, 5 + _KEYS[table.name]))):
            writer.write(owner, *follower.follow(list(of_record)))
        if table is SHARDS:
            forget_digests(connection, owner)
    connection.execute("DROP TABLE staged.followed")


def _told_jobs(connection: sqlite3.Connection) -> set[tuple[int, int]]:
    """Return the new snapshots, by store and number there, whose jobs are as their own store says.

    Where the jobs are those of the one before, they may not have been known: then what another store knew meanwhile
    holds. Where they were known, the other one knew the same, as jobs only go on. A snapshot that is older than one
    that was here already has nothing but its own store's word.
    """
    return set(
        connection.execute(
            "SELECT store, since FROM staged.followed UNION SELECT store, until FROM staged.followed"
            " UNION SELECT place.store, place.id FROM staged.place AS place"
            " JOIN main.snapshot AS each ON each.id = number"
            " WHERE is_new AND EXISTS (SELECT 1 FROM main.snapshot AS old WHERE old.instance_id = each.instance_id"
            "  AND old.taken_at > each.taken_at AND old.id < (SELECT min(number) FROM staged.fresh))"
        )
    )


def _span(table: Table, store: Staged) -> dict[str, int]:
    after, to = store.pieces[table.name]
    return {"store": store.place, "after": after, "to": to}


def _of_version(table: Table) -> str:
    return ", ".join(f"version.{name}" for name in table.columns)


def _moments(connection: sqlite3.Connection, owner: int) -> list[_Moment]:
    """List the new snapshots of an instance, in the order of their numbers."""
    rows = connection.execute(
        "SELECT number, place.store, place.id, json_group_array(scope) FILTER (WHERE scope IS NOT NULL)"
        " FROM (SELECT DISTINCT name FROM staged.owner WHERE owner = ?) JOIN staged.place AS place USING (name)"
        " LEFT JOIN staged.gap AS gap ON gap.store = place.store AND snapshot_id = place.id"
        " WHERE is_new GROUP BY number ORDER BY number",
        (owner,),
    )
    return [_Moment(number, store, there, _mask(scopes)) for number, store, there, scopes in rows]


def _mask(scopes: str) -> Mask | None:
    import msgspec

    return Mask.of(Gap(scope, "") for scope in msgspec.json.decode(scopes)) if scopes != "[]" else None


class _Follower:
    """Follows each record of one instance through its new snapshots."""

    def __init__(self, table: Table, moments: list[_Moment]) -> None:
        self._table, self._moments = table, moments
        self._stores = {moment.store for moment in moments}
        self._first = {store: min(each.there for each in moments if each.store == store) for store in self._stores}
        self._last = {store: max(each.there for each in moments if each.store == store) for store in self._stores}

    def follow(self, rows: list[Row]) -> tuple[tuple[int, int] | None, list[_Interval]]:
        """Return where the live row of a record ends, as (row id, number), if it does, and the rows that begin."""
        live = next(((row[4], row[5:]) for row in rows if row[1] == _HERE), None)
        value = None if live is None else live[1]
        versions: dict[int, list[Row]] = {store: [] for store in self._stores}
        for row in rows:
            if row[1] in versions:
                versions[row[1]].append(row)
        name = rows[0][5]
        ends: list[tuple[int, Row | None]] = []
        for number, each in self._values(versions, name):
            if each != value:
                ends.append((number, each))
                value = each
        begun = [
            (since, ends[place + 1][0] if place + 1 < len(ends) else None, each)
            for place, (since, each) in enumerate(ends)
            if each is not None
        ]
        return ((live[0], ends[0][0]) if live and ends else None), begun

    def _values(self, versions: dict[int, list[Row]], name: str) -> Iterator[tuple[int, Row | None]]:
        """Yield the value of a record at each new snapshot that could read it; only the first if it never changes."""
        is_same = self._is_constant(versions)
        for moment in self._moments:
            if not moment.hides(self._table, name):
                yield moment.number, _at(versions[moment.store], moment.there)
                if is_same:
                    return

    def _is_constant(self, versions: dict[int, list[Row]]) -> bool:
        """Return whether every store has the record at each of its new snapshots, and all have the same."""
        spans = [rows[0] for rows in versions.values() if len(rows) == 1]
        return len(spans) == len(versions) and all(
            row[2] <= self._first[row[1]]
            and (row[3] is None or row[3] > self._last[row[1]])
            and row[5:] == spans[0][5:]
            for row in spans
        )


def _at(rows: Iterable[Row], number: int) -> Row | None:
    return next((row[5:] for row in rows if row[2] <= number and (row[3] is None or row[3] > number)), None)


class _Writer:
    """Ends and begins rows of one table."""

    def __init__(self, connection: sqlite3.Connection, table: Table) -> None:
        self._connection = connection
        self._end = f"UPDATE main.{table.name} SET until = ?, room = NULL WHERE rowid = ?"  # noqa: S608 - a name of our own
        marks = ", ".join("?" * len(table.columns))
        head = f"INSERT INTO main.{table.name} (instance_id, {table.listed}, since, until"
        self._begin = f"{head}) VALUES (?, {marks}, ?, ?)"
        self._pass = f"{head}, room) VALUES (?, {marks}, ?, ?, NULL)"

    def write(self, owner: int, ended: tuple[int, int] | None, begun: list[_Interval]) -> None:
        if ended is not None:
            rowid, number = ended
            self._connection.execute(self._end, (number, rowid))
        for since, until, values in begun:
            statement = self._begin if until is None else self._pass
            self._connection.execute(statement, (owner, *values, since, until))
