from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import permutations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drift.compare.diff import diff
from drift.core.errors import BaselineError
from drift.core.model import Instance, Job, Operation, Snapshot
from drift.store import ChangeWindow, Outdated, Store
from support.builders import a_big_snapshot, a_database, a_snapshot, a_time
from support.strategies import histories, mutated

if TYPE_CHECKING:
    from drift.compare.diff import Diff

OTHER = Instance(name="orders-test")


jobs = st.none() | st.lists(
    st.builds(
        Job,
        st.sampled_from(["j1", "j2"]),
        st.just("migrateLogicDb"),
        st.none(),
        st.sampled_from(["RUNNING", "SUCCESS"]),
    ),
    max_size=2,
    unique_by=lambda job: job.id,
).map(tuple)
motions = st.just(()) | st.just((Operation("instance", "MIGRATE_DATABASE"),))


def unjudged(snapshot: Snapshot) -> Snapshot:
    """A snapshot without the mark that there was an earlier one to hold it against, which may go."""
    return msgspec.structs.replace(snapshot, judged=False)


def all_diffs(store: Store, numbers: list[int]) -> dict[tuple[int, int], Diff]:
    return {pair: diff(*store.load_pair(*pair)) for pair in permutations(numbers, 2)}


@settings(max_examples=30)
@given(st.data(), histories(max_size=6), histories(max_size=3, instance=OTHER))
def test_what_remains_stays_true(data: st.DataObject, orders: list[Snapshot], others: list[Snapshot]) -> None:
    """Whichever snapshots go: all others, every diff of two, and the next capture are as they would have been."""
    with TemporaryDirectory() as directory, Store.open(Path(directory) / "drift.db", create=True) as store:
        numbers = [
            store.save(msgspec.structs.replace(each, jobs=data.draw(jobs), in_flight=data.draw(motions))).number or 0
            for each in data.draw(st.permutations([*orders, *others]))
        ]
        gone = data.draw(st.sets(st.sampled_from(numbers)))
        remaining = [number for number in numbers if number not in gone]
        snapshots = {number: unjudged(store.load(number)) for number in remaining}
        diffs = all_diffs(store, remaining)
        store.prune(gone)
        assert {number: unjudged(store.load(number)) for number in remaining} == snapshots
        assert all_diffs(store, remaining) == diffs
        assert sorted(entry.number for entry in store.log()) == remaining
        assert store.verify() == []
        later = store.save(data.draw(mutated(data.draw(st.sampled_from(orders)))))
        assert later.number == max(numbers) + 1
        assert msgspec.structs.replace(store.load(later.number), jobs=None) == later
        assert store.verify() == []
        for number in gone:
            with pytest.raises(BaselineError):
                store.load(number)


def test_an_open_change_keeps_the_snapshot_that_it_began_with(tmp_path: Path) -> None:
    """Of three outdated snapshots the one with which a change began stays until the change has ended."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        numbers = [store.save(a_snapshot(minutes=minutes)).number or 0 for minutes in range(4)]
        change = store.begin_change_window(ChangeWindow(instance="orders-prod", name="CHG-1", begun=numbers[1]))
        assert [entry.number for entry in store.prunable(Outdated(keep=1))] == [3, 1]
        store.save_change_window(msgspec.structs.replace(change, ended=numbers[3]))
        assert [entry.number for entry in store.prunable(Outdated(keep=1))] == [3, 2, 1]


def test_nothing_is_left_of_what_goes(tmp_path: Path) -> None:
    """Only what the remaining snapshots say has rows; an instance without a snapshot is gone as well."""
    path = tmp_path / "drift.db"
    with Store.open(path, create=True) as store:
        for minutes in range(6):
            store.save(a_database_of(minutes), raw=b"response")
        store.save(a_snapshot(instance=OTHER))
        store.prune([1, 2, 3, 5, 7])
        assert [instance.name for instance in store.instances()] == ["orders-prod"]
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name, since, until, room IS NULL FROM shard_version").fetchall()
        raws = connection.execute("SELECT snapshot_id FROM raw").fetchall()
    assert sorted(rows) == sorted([
        *((f"orders_{i:04}", 4, None, 0) for i in range(4)),
        *((f"orders_{i:04}", 6, None, 0) for i in range(4, 6)),
    ])  # fmt: skip
    assert raws == [(6,)]


def a_database_of(minutes: int) -> Snapshot:
    return a_snapshot(a_database("orders", shards=minutes + 1, on=["rds-1"]), minutes=minutes)


def test_space_is_given_back(tmp_path: Path) -> None:
    """The file becomes as small as one into which only what remains was ever put, and says by how much."""
    path, small = tmp_path / "drift.db", tmp_path / "small.db"
    with Store.open(path, create=True) as store:
        for minutes in range(8):
            store.save(a_big_snapshot(3_000, databases=1 + minutes, minutes=minutes))
        before = path.stat().st_size + path.with_name("drift.db-wal").stat().st_size
        freed = store.prune(range(1, 8))
    with Store.open(small, create=True) as store:
        store.save(a_big_snapshot(3_000, databases=8, minutes=7))
    assert path.stat().st_size <= small.stat().st_size * 1.1
    assert 0 < freed <= before


def test_a_pruning_that_fails_changes_nothing(tmp_path: Path) -> None:
    """Half a pruning is none."""
    path = tmp_path / "drift.db"
    with Store.open(path, create=True) as store:
        for minutes in range(3):
            store.save(a_database_of(minutes))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TRIGGER no BEFORE DELETE ON snapshot BEGIN SELECT raise(ABORT, 'not this one'); END")
    with Store.open(path) as store:
        with pytest.raises(Exception, match="not this one"):
            store.prune([2])
        assert [entry.number for entry in store.log()] == [3, 2, 1]
        assert store.verify() == []


@pytest.mark.parametrize(
    ("outdated", "numbers"),
    [
        (Outdated(keep=1), [5, 4, 2]),
        (Outdated(keep=3), [2]),
        (Outdated(keep=1, labelled=True), [5, 4, 3, 2]),
        (Outdated(before=a_time(3)), [2]),
        (Outdated(before=a_time(4)), [4, 2]),
        (Outdated(before=a_time(4), keep=4), [2]),
        (Outdated(label="pre-*"), [3]),
        (Outdated(label="nobody"), []),
        (Outdated(before=a_time(100), labelled=True), [5, 4, 3, 2]),
    ],
)
def test_what_may_go(tmp_path: Path, outdated: Outdated, numbers: list[int]) -> None:
    """By age, count and label; each instance's newest and each layout's first response stay in any case."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        for minutes, label in enumerate([None, None, "pre-change", None, None, None]):
            store.save(a_snapshot(a_database(), minutes=minutes, label=label), raw=b"response")
        store.save(a_snapshot(a_database(), instance=OTHER))
        assert [entry.number for entry in store.prunable(outdated)] == numbers
        assert [entry.number for entry in store.prunable(outdated, "orders-prod")] == numbers
        assert store.prunable(outdated, "orders-test") == []
        store.prune(numbers)
        assert store.prunable(outdated) == []
        assert store.numbers_with_raw("orders-prod") == [6, 1]
