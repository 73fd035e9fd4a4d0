from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from drift.core.model import Mask, Snapshot, SnapshotRef
from drift.store import Store
from drift.store import earlier as earlier_snapshots
from drift.store.opening import connect
from support.builders import a_big_snapshot, a_database, a_snapshot
from support.strategies import histories

if TYPE_CHECKING:
    from datetime import datetime


@st.composite
def returns(draw: st.DrawFn) -> list[Snapshot]:
    """A history in which the same contents come again and again, not always stored in the order of their times."""
    found = draw(histories(max_size=4))
    again = draw(st.lists(st.tuples(st.sampled_from(found), st.integers(0, 9)), max_size=4))
    return [*found, *(replace(each, taken_at=each.taken_at + timedelta(hours=later)) for each, later in again)]


def moment(snapshot: Snapshot) -> tuple[datetime, int]:
    return snapshot.taken_at, snapshot.number or 0


def earlier(snapshots: list[Snapshot]) -> SnapshotRef | None:
    """The last stored of them."""
    last = max(snapshots, key=lambda each: each.number or 0, default=None)
    return None if last is None else SnapshotRef(last.number or 0, last.label, last.taken_at)


def what_returned(history: list[Snapshot], before: Snapshot, after: Snapshot) -> dict[str | None, SnapshotRef]:
    """What the snapshots themselves say."""
    if moment(after) <= moment(before) or before.content_hash == after.content_hash:
        return {}
    past = [each for each in history if moment(each) < moment(before) and not each.suspect]
    whole = earlier([each for each in past if each.content_hash == after.content_hash]) if after.complete else None
    unread = Mask.of(before.gaps)
    changed = {each for each in set(after.databases) - set(before.databases) if not unread.hides_database(each.name)}
    parts = {each.name: earlier([one for one in past if each in one.databases]) for each in changed}
    return {None: whole} if whole else {name: found for name, found in parts.items() if found}


@given(returns())
def test_what_returned_is_what_the_snapshots_say(history: list[Snapshot]) -> None:
    """Between any two, what is again as before the first is found, and with it the last snapshot that was so."""
    with TemporaryDirectory() as directory, Store.open(Path(directory) / "drift.db", create=True) as store:
        numbers = [store.save(each).number or 0 for each in history]
        stored = [store.load(number) for number in numbers]  # a later one may make an earlier one suspect
        for before, after in permutations(stored, 2):
            expected = what_returned(stored, before, after)
            assert store.returned(before, after) == expected
            assert store.returned(*store.load_pair(before.number or 0, after.number or 0)) == expected


def test_neither_side_need_be_stored(tmp_path: Path) -> None:
    """A capture that was not stored is held against its instance's history, and never against another's."""
    now = a_snapshot(a_database(), minutes=30)
    with Store.open(tmp_path / "drift.db", create=True) as store:
        first = store.save(a_snapshot(a_database(), label="good"))
        then = store.save(a_snapshot(minutes=10))
        found = {None: SnapshotRef(1, "good", first.taken_at)}
        assert store.returned(then, now) == store.returned(a_snapshot(minutes=20), now) == found
        nameless = replace(now, instance=replace(now.instance, name=None))
        assert store.returned(then, nameless) == found
        assert not store.returned(then, a_snapshot(a_database(), minutes=30, instance="users-prod"))
        assert not store.returned(replace(then, instance=nameless.instance), nameless)


def test_nothing_returns_to_a_suspect_snapshot(tmp_path: Path) -> None:
    """In whatever layout it was read: what is not believed is no state to go back to."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        for minutes, shards, layout in ((0, 8, "status"), (1, 3, "index"), (2, 8, "status"), (3, 3, "status")):
            one = a_snapshot(a_database(shards=shards), minutes=minutes)
            store.save(replace(one, layout=f'[{{"shards":"{layout}"}}]'))
        assert not store.returned(store.load(3), store.load(4))


def test_what_was_not_read_has_not_returned(tmp_path: Path) -> None:
    """A database that the first of two snapshots did not read is no return, however the two are loaded."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        store.save(a_snapshot(a_database()))
        unread = store.save(a_snapshot(gaps={"databases": "500"}, minutes=10)).number or 0
        again = store.save(a_snapshot(a_database(), a_database("users"), minutes=20)).number or 0
        assert not store.returned(store.load(unread), store.load(again))
        assert not store.returned(*store.load_pair(unread, again))


def test_the_search_reads_a_fraction_of_the_history(tmp_path: Path) -> None:
    """However long the history is, to find what returned takes no more work than a short one."""
    path = tmp_path / "drift.db"
    worked = []
    with Store.open(path, create=True) as store:
        for number in range(24):
            store.save(a_big_snapshot(200, moved=range(number % 2 * 100), minutes=number))
            if number in {3, 23}:
                with closing(connect(path, create=False).connection) as connection:
                    steps: list[int] = []
                    pair = store.load(number), store.load(number + 1)
                    connection.set_progress_handler(lambda: steps.append(1), 1)  # noqa: B023 - called here alone
                    assert earlier_snapshots.find(connection, *pair)
                    connection.set_progress_handler(None, 0)
                    worked.append(len(steps))
    assert worked[1] <= worked[0]
