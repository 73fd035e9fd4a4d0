"""The rows of large databases, of which a capture reads only the runs that differ."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drift.store import Store, suspects, writing
from drift.store.opening import connect
from support.builders import a_big_snapshot, a_database, a_shard, a_snapshot

if TYPE_CHECKING:
    from collections.abc import Collection

    from drift.core.model import Snapshot

MOST = 300
"""More shards than three runs have."""


def captured(present: Collection[int], moved: Collection[int], minutes: float = 0) -> Snapshot:
    shards = [a_shard(f"orders_{each:04}", on="rds-2" if each in moved else "rds-1") for each in present]
    return a_snapshot(a_database(shards=shards), minutes=minutes)


Turn: TypeAlias = tuple[int, int, int, int]
places = st.integers(0, MOST)
turns = st.lists(st.tuples(places, places, places, places), min_size=1, max_size=5)
"""At each capture: which shards are gone or there again, and which on the other data node; from and to."""


def history_of(turns: list[Turn]) -> list[Snapshot]:
    """Captures of one database: a first one, and one after each turn."""
    present, moved = set(range(MOST)), set[int]()
    found = [captured(present, moved)]
    for minutes, (first, end, first_moved, end_moved) in enumerate(turns, 1):
        present, moved = present ^ {*range(first, end)}, moved ^ {*range(first_moved, end_moved)}
        found.append(captured(present, moved, minutes))
    return found


@given(turns, st.sets(st.integers(1, 4)))
@settings(max_examples=60)
def test_whatever_differs_is_written(turns: list[Turn], gone: set[int]) -> None:
    """Each capture of a large database is stored as it is, also after others were removed; no row is told twice."""
    with TemporaryDirectory() as folder, Store.open(Path(folder) / "drift.db", create=True) as store:
        *history, last = history_of(turns)
        numbers = [store.save(snapshot).number or 0 for snapshot in history]
        assert unnecessary(store.path) == 0
        store.prune(gone & set(numbers[:-1]))
        saved = store.save(last)
        assert store.load(saved.number or 0).databases == last.databases
        assert store.verify() == []


@given(turns)
@settings(max_examples=60)
def test_what_is_counted_as_lost_while_writing_is_what_the_rows_say(turns: list[Turn]) -> None:
    """A capture is judged by the shards that ended and didn't begin again; the stored rows give the same judgement."""
    with TemporaryDirectory() as folder, Store.open(Path(folder) / "drift.db", create=True) as store:
        saved = [store.save(snapshot) for snapshot in history_of(turns)]
        with closing(connect(store.path, create=False).connection) as connection:
            for each in saved:
                number = each.number or 0
                suspects.judge(connection, number)
                assert suspects.of(connection, number) == each.suspicion


def unnecessary(path: Path) -> int:
    """Count the rows that go on where an equal one ends."""
    names = ("database", "name", "shard_index", "data_node_id", "status", "attributes")
    same = " AND ".join(f"one.{name} IS other.{name}" for name in names)
    with closing(sqlite3.connect(path)) as connection:
        both = "shard_version AS one JOIN shard_version AS other ON one.until = other.since"
        return int(connection.execute(f"SELECT count(*) FROM {both} AND {same}").fetchone()[0])  # noqa: S608 - names above


@given(turns, turns)
@settings(max_examples=20)
def test_a_capture_after_a_merge_is_written(mine: list[Turn], theirs: list[Turn]) -> None:
    """What a merge brings is what the next capture is held against."""
    with TemporaryDirectory() as folder:
        here, there = Path(folder) / "here.db", Path(folder) / "there.db"
        *history, last = history_of(mine)
        for path, snapshots in ((here, history), (there, history_of(theirs))):
            with Store.open(path, create=True) as store:
                for snapshot in snapshots:
                    store.save(snapshot)
        with Store.open(here) as store:
            store.merge([there])
            saved = store.save(last)
            assert store.load(saved.number or 0).databases == last.databases
            assert store.verify() == []


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM shard_digest",
        "UPDATE shard_digest SET digests = x''",
        "UPDATE shard_digest SET digests = x'00'",
        "UPDATE shard_digest SET digests = substr(digests, 1, 20)",
        "UPDATE shard_digest SET digests = CAST(digests || digests AS BLOB)",
        "UPDATE shard_digest SET digests = CAST(x'00' || substr(digests, 2) AS BLOB)",
        "UPDATE shard_digest SET digests = CAST(substr(digests, 17) || substr(digests, 1, 16) AS BLOB)",
    ],
)
@pytest.mark.parametrize("present", [range(MOST), range(0), range(128), range(64, MOST), range(MOST + 1)])
def test_damaged_digests_lose_nothing(tmp_path: Path, damage: str, present: range) -> None:
    """Digests that are not those of the rows make a capture read more; what it stores is right all the same."""
    path = tmp_path / "drift.db"
    with Store.open(path, create=True) as store:
        store.save(captured(range(MOST), {1}))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(damage)
    with Store.open(path) as store:
        saved = store.save(captured(present, {7, 200}, minutes=1))
        assert store.load(saved.number or 0).databases == captured(present, {7, 200}).databases
        assert store.verify() == []


def test_a_changed_databases_other_shards_are_not_read(tmp_path: Path) -> None:
    """Storing a move takes about the same work in a database of 1,000 shards as in one of 5,000, in SQLite's steps."""
    large, very_large = (steps_of_a_move(tmp_path / f"{shards}.db", shards) for shards in (1_000, 5_000))
    assert very_large < large * 1.1


def steps_of_a_move(path: Path, shards: int) -> int:
    with Store.open(path, create=True) as store:
        store.save(a_big_snapshot(shards, databases=1))
    with closing(connect(path, create=False).connection) as connection:
        steps = count()
        connection.set_progress_handler(lambda: next(steps) < 0, 1)
        moved = a_big_snapshot(shards, databases=1, moved=[shards // 2], minutes=1)
        writing.save(connection, moved, raw=None, keep_raw=False, digest=None)
    return next(steps)
