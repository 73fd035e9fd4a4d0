from __future__ import annotations

import sqlite3
from contextlib import closing
from random import Random
from typing import TYPE_CHECKING

import msgspec
import pytest

from drift.store import Store, reading, writing
from drift.store.opening import connect
from support.builders import a_big_snapshot, a_database, a_shard, a_snapshot, a_time

if TYPE_CHECKING:
    from pathlib import Path


def counted(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - a name below


def test_an_unchanged_instance_adds_no_records(tmp_path: Path) -> None:
    """Captured a thousand times unchanged, an instance has the records of one capture, and a thousand snapshots."""
    path = tmp_path / "drift.db"
    snapshot = a_snapshot(a_database("orders", shards=16), a_database("users", shards=16))
    with Store.open(path, create=True) as store:
        for minutes in range(1000):
            store.save(msgspec.structs.replace(snapshot, taken_at=a_time(minutes)), raw=b"response")
        assert store.load(1000).databases == snapshot.databases
    tables = ("snapshot", "shard_version", "database_version", "data_node_version", "raw")
    assert [counted(path, table) for table in tables] == [1000, 32, 2, 2, 2]
    assert path.stat().st_size < 1_000_000


def test_growth_follows_change(tmp_path: Path) -> None:
    """A snapshot in which 5 of 5,000 shards moved adds a few rows; responses of any size add nothing at all."""
    path = tmp_path / "drift.db"
    sizes = []
    for minutes in range(21):
        moved = range(minutes * 5, minutes * 5 + 5)
        response = Random(minutes).randbytes(200_000 - minutes)  # noqa: S311 - bytes that don't compress, not secrets
        with Store.open(path, create=True) as store:
            store.save(a_big_snapshot(5_000, moved=moved, minutes=minutes), raw=response)
        sizes.append(path.stat().st_size)
    # Each capture moves 5 shards away and the 5 before back, in at most 10 databases.
    assert counted(path, "shard_version") == 5_000 + 20 * 10
    assert (sizes[-1] - sizes[1]) / 19 < 8_192


@pytest.mark.parametrize("length", [1, 3, 7])
def test_a_row_that_ends_does_not_grow(tmp_path: Path, length: int) -> None:
    """A thousand shards that are gone add two index entries each: their rows end in place and split no page.

    Rows of these lengths fill their pages to the last bytes.
    """
    path, name = tmp_path / "drift.db", "d" * length
    sizes = []
    for minutes, stride in enumerate([1, 4]):
        kept = [a_shard(f"{name}_{index:04}") for index in range(4_000) if stride == 1 or index % stride]
        with Store.open(path, create=True) as store:
            store.save(a_snapshot(a_database(name, shards=kept), minutes=minutes))
        sizes.append(path.stat().st_size)
    assert sizes[1] - sizes[0] <= 12 * 4_096


def test_a_shard_that_returns_is_two_rows(tmp_path: Path) -> None:
    """A shard that moves away and back has three intervals, and every snapshot knows where it was."""
    path = tmp_path / "drift.db"
    with Store.open(path, create=True) as store:
        for minutes, node in enumerate(["rds-1", "rds-2", "rds-1"]):
            store.save(a_snapshot(a_database(shards=1, on=[node]), minutes=minutes))
    with closing(sqlite3.connect(path)) as connection:
        intervals = connection.execute("SELECT since, until FROM shard_version ORDER BY since").fetchall()
    assert intervals == [(1, 2), (2, 3), (3, None)]


def test_neighbours_are_compared_without_reading_what_stayed(tmp_path: Path) -> None:
    """A pair of neighbours costs a fraction of the work that a snapshot costs, counted in SQLite's own steps."""
    path = tmp_path / "drift.db"
    with Store.open(path, create=True) as store:
        for minutes in range(3):
            store.save(a_big_snapshot(5_000, moved=range(minutes), minutes=minutes))
    with closing(connect(path, create=False).connection) as connection:
        steps: list[int] = []
        connection.set_progress_handler(lambda: steps.append(1), 10)
        reading.load(connection, 3)
        whole = len(steps)
        reading.load_pair(connection, 2, 3)
        assert (len(steps) - whole) * 50 < whole


def test_an_equal_databases_shards_are_not_read(tmp_path: Path) -> None:
    """Storing a change in a small database takes the same work beside a large database as beside a very large one."""
    large, very_large = (steps_beside(tmp_path / f"{shards}.db", shards) for shards in (1_000, 5_000))
    assert very_large < large + 100


def steps_beside(path: Path, shards: int) -> int:
    """What it takes to store a change in a small database beside one of so many shards, in SQLite's own steps."""
    beside = a_database("large", shards=shards)
    with Store.open(path, create=True) as store:
        store.save(a_snapshot(beside, a_database("small", shards=1)))
    with closing(connect(path, create=False).connection) as connection:
        steps: list[int] = []
        connection.set_progress_handler(lambda: steps.append(1), 1)
        snapshot = a_snapshot(beside, a_database("small", shards=2), minutes=1)
        writing.save(connection, snapshot, raw=None, keep_raw=False, digest=None)
    return len(steps)
