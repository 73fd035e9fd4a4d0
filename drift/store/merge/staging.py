"""The rows of all stores that are merged, side by side in a temporary database that SQLite removes by itself.

A transaction can't take in more than a few files, so they are gathered here first. The tables of intervals are copied
record by record, without a look at their columns; that is a tenth of the time that it takes to insert them.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from drift.store.merge import sources
from drift.store.rows import DATA_NODES, DATABASES, JOBS, SHARDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

INTERVALS: Final = (DATA_NODES, DATABASES, SHARDS, JOBS)

# The other tables: here each has the number of its store as a first column.
_OTHERS: Final = (
    "instance",
    "snapshot",
    "gap",
    "in_flight",
    "raw",
    "change",
    "watched",
    "told",
    "outbox",
    "confirmed_layout",
    "audit_window",
    "trace",
    "verification",
)


class Staged(NamedTuple):
    """A store whose rows are here: its place among all, and the row ids of each table of intervals, (after, to)."""

    place: int
    path: Path
    is_migrated: bool
    pieces: dict[str, tuple[int, int]]


@contextmanager
def staged(connection: sqlite3.Connection, paths: Sequence[Path]) -> Iterator[list[Staged]]:
    """Gather the rows of stores in the database `staged` of this connection, outside a transaction."""
    with _attached(connection, "staged", ""):
        connection.execute("PRAGMA staged.journal_mode = OFF")
        connection.execute("PRAGMA staged.cache_size = -16384")
        _make_tables(connection)
        yield [_stage(connection, place, path) for place, path in enumerate(paths)]


@contextmanager
def _attached(connection: sqlite3.Connection, name: str, uri: str) -> Iterator[None]:
    """Attach a database. An error in the block comes out as it is, whatever query it has left open."""
    if name in {row[1] for row in connection.execute("PRAGMA database_list")}:
        connection.execute(f"DETACH {name}")
    connection.execute(f"ATTACH ? AS {name}", (uri,))
    try:
        yield
    except BaseException:
        with suppress(sqlite3.OperationalError):  # locked by that query; then it is detached before the next time
            connection.execute(f"DETACH {name}")
        raise
    connection.execute(f"DETACH {name}")


def columns(connection: sqlite3.Connection, table: str) -> list[str]:
    """List the columns of a table of the store."""
    return [row[1] for row in connection.execute(f"PRAGMA main.table_info({table})")]


def _make_tables(connection: sqlite3.Connection) -> None:
    for table in INTERVALS:
        connection.execute(f"CREATE TABLE staged.{table.name} ({', '.join(_declared(connection, table.name))})")
    for name in _OTHERS:
        connection.execute(f"CREATE TABLE staged.{name} ({', '.join(['store', *columns(connection, name)])})")


def _declared(connection: sqlite3.Connection, table: str) -> Iterator[str]:
    """Declare the columns as the store does: SQLite copies whole records only between tables that are alike."""
    for _, name, kind, is_filled, default, _ in connection.execute(f"PRAGMA main.table_info({table})"):
        yield f"{name} {kind}{' NOT NULL' * is_filled}{'' if default is None else f' DEFAULT {default}'}"


def _stage(connection: sqlite3.Connection, place: int, path: Path) -> Staged:
    with sources.opened(path) as source:
        with _attached(connection, "source", source.uri):
            for name in _OTHERS:
                connection.execute(f"INSERT INTO staged.{name} SELECT ?, * FROM source.{name}", (place,))  # noqa: S608 - names of our own
            pieces = {table.name: _copy(connection, table.name) for table in INTERVALS}
        return Staged(place, path, source.is_migrated, pieces)


def _copy(connection: sqlite3.Connection, table: str) -> tuple[int, int]:
    before = _last(connection, table)
    connection.execute(f"INSERT INTO staged.{table} SELECT * FROM source.{table}")  # noqa: S608 - a name of our own
    return before, _last(connection, table)


def _last(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT coalesce(max(rowid), 0) FROM staged.{table}").fetchone()[0])  # noqa: S608 - a name of our own
