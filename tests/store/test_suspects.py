from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.core.errors import BaselineError
from drift.core.model import Confirmation, Suspicion
from drift.core.references import Stored, parse
from drift.store import Outdated, Repeat, Store
from support.builders import ORDERS, a_database, a_snapshot, a_time
from support.older_stores import make_older, version_before

if TYPE_CHECKING:
    from drift.core.model import Snapshot

WHY = Confirmation("dropped", "anna", a_time())


def holding(shards: int, minutes: float = 0, **fields: object) -> Snapshot:
    """A snapshot with that many shards; with none, it has no database either."""
    databases = [a_database(shards=shards)] if shards else []
    return a_snapshot(*databases, minutes=minutes, **fields)  # type: ignore[arg-type] # any fields


def doubts(store: Store) -> dict[int, bool]:
    """Whether each snapshot is suspect."""
    return {entry.number: entry.suspect for entry in store.log()}


@pytest.mark.parametrize(
    ("shards", "suspect"),
    [
        ([8, 0], [2]),
        ([8, 3], [2]),
        ([8, 4], []),
        ([8, 5], []),
        ([0, 8, 0], [3]),
        ([0, 0], []),
        ([8, 0, 0, 8], [2, 3]),
        ([8, 0, 8, 8], [2]),
        ([8, 3, 3, 1], [2, 3, 4]),
        ([8, 4, 2, 1], []),
        ([8, 0, 5, 2], [2, 4]),
    ],
)
def test_what_is_suspect(tmp_path: Path, shards: list[int], suspect: list[int]) -> None:
    """Empty, or more than half gone, against the last snapshot that is believed; what was doubted is no measure."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        for minutes, count in enumerate(shards):
            store.save(holding(count, minutes))
        assert sorted(number for number, doubted in doubts(store).items() if doubted) == suspect


def test_shards_of_another_instance_are_a_loss(tmp_path: Path) -> None:
    """As many shards of other names are not what was there."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        store.save(a_snapshot(a_database("orders")))
        found = store.save(a_snapshot(a_database("users"), minutes=1)).suspicion
    assert found is not None
    assert (found.lost, found.held, found.left) == (4, 4, 4)


def test_what_was_not_read_is_not_lost(tmp_path: Path) -> None:
    """A database in a gap is not gone, and an unreadable list of databases says nothing."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        store.save(a_snapshot(a_database("orders", shards=8), a_database("users", shards=2)))
        store.save(a_snapshot(a_database("users", shards=2), gaps={"database orders": "500"}, minutes=1))
        store.save(a_snapshot(gaps={"databases": "500"}, minutes=2))
        store.save(a_snapshot(gaps={"database orders": "500"}, minutes=3))
        assert doubts(store) == {1: False, 2: False, 3: False, 4: True}


@pytest.mark.parametrize(
    ("sources", "suspect"),
    [
        (["export", "export", "export"], [2, 3]),
        (["export", "both"], []),
        (["export", "export", "details"], []),
        (["export", "details", "export"], []),
        (["export", "file", "details"], [2, 3]),
        (["export", "details", "terraform"], [2, 3]),
        (["export", "details", "file"], [2, 3]),
        (["export", "file", "file"], [2, 3]),
        (["export", "details", "details"], [2, 3]),
    ],
)
@pytest.mark.parametrize("left", [0, 3])
def test_a_second_source_is_a_witness(tmp_path: Path, sources: list[str], suspect: list[int], left: int) -> None:
    """What export and details say alike is believed; the same source twice is no witness, and no file is one."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        for minutes, source in enumerate(sources):
            store.save(holding(left if minutes else 8, minutes, source=source))
        assert sorted(number for number, doubted in doubts(store).items() if doubted) == suspect


def test_a_file_stays_no_witness_when_an_older_snapshot_comes(tmp_path: Path) -> None:
    """Whatever is judged again by what is stored later: what a file says alike proves nothing."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        for minutes, source, count in ((0, "export", 8), (2, "details", 0), (3, "file", 0), (1, "export", 8)):
            store.save(holding(count, minutes, source=source))
        assert sorted(number for number, doubted in doubts(store).items() if doubted) == [2, 3]


def test_a_damaged_suspect_keeps_nobody_from_storing(tmp_path: Path) -> None:
    """It is no witness, and the next capture is stored and judged all the same."""
    path = tmp_path / "drift.db"
    with Store.open(path, create=True) as store:
        for minutes, count in ((0, 8), (1, 0)):
            store.save(holding(count, minutes))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE snapshot SET label = 'other' WHERE id = 2")
    with Store.open(path) as store:
        assert store.save(holding(0, 2, source="details")).suspect


def test_a_confirmed_snapshot_that_comes_later_is_a_measure(tmp_path: Path) -> None:
    """One that brings its confirmation along, as an import does, settles those after it like one stored in order."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        for minutes, count in ((0, 8), (2, 3)):
            store.save(holding(count, minutes))
        found = Suspicion(lost=5, held=8, left=3, confirmed=WHY)
        store.save(msgspec.structs.replace(holding(3, 1), suspicion=found))
        assert not any(doubts(store).values())


def test_sources_that_differ_are_no_witness(tmp_path: Path) -> None:
    """Another loss of the other source confirms nothing, nor do both sources that disagree."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        store.save(holding(8))
        store.save(holding(3, 1))
        store.save(holding(2, 2, source="details"))
        store.save(holding(0, 3, source="both", gaps={"disagreement": "orders"}))
        assert doubts(store) == {1: False, 2: True, 3: True, 4: True}


def test_what_was_believed_meanwhile_parts_two_losses(tmp_path: Path) -> None:
    """A source that says the same after the shards were there again is no witness of what the other said before."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        for minutes, (count, source) in enumerate([(8, "export"), (0, "export"), (8, "export"), (0, "details")]):
            store.save(holding(count, minutes, source=source))
        assert doubts(store) == {1: False, 2: True, 3: False, 4: True}
        store.save(holding(0, 4))
        assert doubts(store) == {1: False, 2: True, 3: False, 4: False, 5: False}


@pytest.mark.parametrize("minutes", [(0, 1, 2, 3), (0, 2, 1, 3)])
def test_all_that_a_witness_saw_are_believed(tmp_path: Path, minutes: tuple[int, ...]) -> None:
    """A second source settles every snapshot since that says the same, in whatever order they were stored."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        for minute, count, source in zip(minutes, (8, 0, 0, 0), (*["export"] * 3, "details"), strict=True):
            store.save(holding(count, minute, source=source))
        assert not any(doubts(store).values())


def test_a_confirmation_is_kept_and_can_be_taken_back(tmp_path: Path) -> None:
    """It makes the snapshot the measure of the later ones, until it is undone."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        for minutes, count in enumerate([8, 2, 2, 0]):
            store.save(holding(count, minutes))
        found = store.confirm(2, WHY)
        assert found is not None
        assert (found.confirmed, store.load(2).suspicion, store.load(2).suspect) == (WHY, found, False)
        assert doubts(store) == {1: False, 2: False, 3: False, 4: True}
        store.confirm(2, None)
        assert doubts(store) == {1: False, 2: True, 3: True, 4: True}
        assert store.confirm(1, WHY) is None


@pytest.mark.parametrize(
    ("text", "number"), [("latest", 5), ("latest~1", 4), ("latest~2", 1), ("3", 3), ("seen", 3), ("latest~3", None)]
)
def test_no_reference_leads_to_a_suspect_snapshot_by_itself(tmp_path: Path, text: str, number: int | None) -> None:
    """Those before the newest are counted without suspect ones; who names one gets it."""
    reference = parse(text)
    assert isinstance(reference, Stored)
    with Store.open(tmp_path / "drift.db", create=True) as store:
        for minutes, count in enumerate([8, 0, 0, 8, 0]):
            store.save(holding(count, minutes, label="seen" if minutes == 2 else None))
        if number is None:
            with pytest.raises(BaselineError) as error:
                store.resolve(reference)
            assert "`drift confirm` settles them" in str(error.value.hint)
        else:
            assert store.resolve(reference) == number


def test_an_older_snapshot_is_judged_in_its_place(tmp_path: Path) -> None:
    """One that is stored later is held against what was before it, and is the measure of what was after it."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        store.save(holding(0, 20))
        store.save(holding(8, 10))
        assert doubts(store) == {1: True, 2: False}
        store.save(holding(0, 5))
        assert doubts(store) == {1: True, 2: False, 3: True}


def test_the_same_response_again_is_judged_again(tmp_path: Path) -> None:
    """An answer that is stored without being read is no less suspect than the first of its kind."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        store.save(holding(8), raw=b"a", digest="a")
        store.save(holding(0, 1), raw=b"b", digest="b")
        again = store.save_again(Repeat(instance=ORDERS, taken_at=a_time(2), source="export", digest="b"))
    assert again is not None
    assert again.suspect


def test_pruning_leaves_something_to_judge_by(tmp_path: Path) -> None:
    """However few are to stay, the newest snapshot that was never suspect is one of them."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        for minutes, count in enumerate([8, 8, 0, 0]):
            store.save(holding(count, minutes))
        assert [entry.number for entry in store.prunable(Outdated(keep=1))] == [3, 1]


@given(st.lists(st.tuples(st.integers(0, 6), st.sampled_from(["export", "details", "both"])), max_size=7))
def test_the_judgement_is_that_of_the_history(history: list[tuple[int, str]]) -> None:
    """Judged one by one as they are stored, or all together when an older store is migrated: the same are suspect."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "drift.db"
        with Store.open(path, create=True) as store:
            for minutes, (count, source) in enumerate(history):
                store.save(holding(count, minutes, source=source))
            judged = doubts(store)
        old = path.with_name("old.db")
        make_older(old, version_before("suspect"), path)
        with Store.open(old) as store:
            assert doubts(store) == judged


def suspicion(found: Suspicion | None) -> tuple[int, int] | None:
    """What was lost of what."""
    return found and (found.lost, found.held)


def test_a_live_capture_is_judged_by_the_store(tmp_path: Path) -> None:
    """One that is not stored is held against the newest that is believed; of an unknown instance nothing is known."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        store.save(holding(8))
        store.save(holding(0, 1))
        assert suspicion(store.judged(holding(3, 2)).suspicion) == (5, 8)
        assert suspicion(store.judged(holding(4, 2)).suspicion) is None
        assert not store.judged(holding(0, 2, instance="other")).judged
