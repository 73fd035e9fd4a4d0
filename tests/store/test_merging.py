"""Stores that are merged are the store that would have seen it all."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import ExitStack, closing
from itertools import count, pairwise, permutations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drift.compare.diff import diff
from drift.core.model import Confirmation, Instance, Job, Snapshot
from drift.notify.message import Notification
from drift.notify.outbox import Enlarged
from drift.notify.transitions import NotifiedState
from drift.store import ChangeWindow, Store, responses
from drift.store.schema import STEPS
from support.builders import ORDERS, a_big_snapshot, a_database, a_snapshot, a_time
from support.older_stores import make_older
from support.shell import drift, environment, start
from support.strategies import histories

if TYPE_CHECKING:
    from collections.abc import Callable


SHOP = Instance(name="shop", project_id="p", instance_id="5" * 32 + "in09", endpoint="https://ddm.example.com")
PARTS = 3
STEPS_APART = 1_000  # of SQLite's machine
TABLES = (
    "instance", "snapshot", "data_node_version", "database_version", "shard_version", "job_version", "gap", "in_flight",
    "raw", "change", "watched", "told", "outbox", "confirmed_layout",
)  # fmt: skip


class Capture(NamedTuple):
    """A snapshot, the part whose runner takes it, and what is done with it afterwards."""

    snapshot: Snapshot
    part: int
    raw: bytes | None
    pinned: bool
    done: str


@st.composite
def captures(draw: st.DrawFn, *, knows_jobs: bool) -> list[Capture]:
    """Captures of two instances, one after the other, by several runners; some may not get to know the jobs."""
    waiting = [list(draw(histories(instance=each, max_size=5))) for each in (ORDERS, SHOP)]
    lasts = [history[-1] for history in waiting]
    ends = {name: draw(st.integers(1, 8)) for name in "ab"}  # jobs end while captures go on
    found: list[Capture] = []
    while any(waiting):
        history = draw(st.sampled_from([each for each in waiting if each]))
        drawn = history.pop(0)
        at = len(found)
        jobs = tuple(Job(name, "migrate", None, "run" if at < end else "done") for name, end in ends.items() if at > 1)
        snapshot = msgspec.structs.replace(
            drawn, taken_at=a_time(at), jobs=draw(st.sampled_from([jobs, jobs if knows_jobs else None])), read_with=None
        )
        done = (
            "nothing" if drawn in lasts else draw(st.sampled_from(["nothing", "confirm", "begin", "watch", "layout"]))
        )
        raw = draw(st.none() | st.just(f"response {len(found)}".encode()))
        found.append(Capture(snapshot, draw(st.integers(0, PARTS - 1)), raw, draw(st.booleans()), done))
    return found


def take(capture: Capture, *stores: Store) -> None:
    """Let each store keep a capture, and what is done with it; all agree on what can be done."""
    kept = [
        store.save(
            capture.snapshot, raw=capture.raw, keep_raw=capture.pinned, digest=capture.raw and capture.raw.decode()
        )
        for store in stores
    ]
    is_first = not stores[0].change_windows("CHG-1")
    name, at = str(capture.snapshot.instance.name), capture.snapshot.taken_at
    for store, saved in zip(stores, kept, strict=True):
        number = saved.number or 0
        match capture.done:
            case "confirm" if all(each.suspect for each in kept):
                store.confirm(number, Confirmation("dropped", "deploy", at))
            case "begin" if is_first:
                store.save_change_window(ChangeWindow(instance=name, name="CHG-1", begun=number, plan="p"))
            case "watch":
                store.save_baseline(number)
            case "layout" if capture.snapshot.layout:
                store.confirm_layout(name, capture.snapshot.layout, "person", at)


def settled(path: Path) -> dict[str, list[Any]]:
    """The same without the responses that the next capture lets go: those of a baseline that was one."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for (owner,) in connection.execute("SELECT id FROM instance").fetchall():
            responses.let_go(connection, owner)
    return dump(path)


def dump(path: Path) -> dict[str, list[Any]]:
    """Everything that a store holds, but for the places of rows in the file."""
    with closing(sqlite3.connect(path)) as connection:
        queries = {table: f"SELECT * FROM {table}" for table in TABLES}  # noqa: S608 - names of our own
        return {table: sorted(connection.execute(query), key=repr) for table, query in queries.items()}


def told(store: Store) -> list[Any]:
    """Everything that commands show of a store, with times for the numbers of snapshots."""
    times = {entry.number: str(entry.taken_at) for entry in store.log()}

    def plain(value: object) -> Any:  # noqa: ANN401 - any JSON value
        read = json.loads(msgspec.json.encode(value))
        text = json.dumps(read, sort_keys=True)
        text = re.sub(r'"(number|against|begun|ended)": (\d+)', lambda m: f'"{m[1]}": "{times[int(m[2])]}"', text)
        return re.sub(r"snapshot (\d+), from", lambda m: f"snapshot {times[int(m[1])]}, from", text)

    entries = store.log()
    found = [plain(each) for each in (*entries, *store.instances(), *store.change_windows())]
    for entry in entries:
        snapshot = store.load(entry.number)
        found += [plain(snapshot), store.raw(entry.number)]
        names = {*snapshot.databases, *snapshot.data_nodes}
        for traced in sorted({each for it in names for each in store.find(getattr(it, "id", it.name), entry.instance)}):
            found += [plain(store.trace(traced))]
    for one in {entry.instance for entry in entries}:
        own = [entry.number for entry in reversed(entries) if entry.instance == one]
        found += [plain(diff(*store.load_pair(a, b)).changes) for a, b in pairwise(own)]
        found += [times.get(store.baseline(one) or 0), sorted(store.confirmed_layouts(one))]
    return found


class Stores(NamedTuple):
    """The stores of the parts, and the one that saw it all."""

    folder: Path
    parts: list[Path]
    one: Path


def stores_of(folder: Path, taken: list[Capture]) -> Stores:
    paths = Stores(folder, [folder / f"part-{part}.db" for part in range(PARTS)], folder / "one.db")
    with ExitStack() as stack:
        parts = [stack.enter_context(Store.open(path, create=True)) for path in paths.parts]
        one = stack.enter_context(Store.open(paths.one, create=True))
        for capture in taken:
            take(capture, one, parts[capture.part])
    return paths


def merged(into: Path, *paths: Path) -> Store:
    """The store that these have been merged into."""
    store = Store.open(into, create=True)
    store.merge(paths)
    return store


@settings(max_examples=25)
@given(captures(knows_jobs=False), st.permutations(range(PARTS)))
def test_merged_at_once_they_are_the_one_store(taken: list[Capture], order: list[int]) -> None:
    """In whatever order they are named, row for row; the parts are left as they were; once more changes nothing."""
    with TemporaryDirectory() as folder:
        stores = stores_of(Path(folder), taken)
        before = [path.read_bytes() for path in stores.parts]
        with merged(stores.folder / "all.db", *(stores.parts[place] for place in order)) as store:
            assert store.verify() == []
            assert dump(store.path) == settled(stores.one)
            store.merge(stores.parts)
            assert dump(store.path) == dump(stores.one)
        assert [path.read_bytes() for path in stores.parts] == before


@settings(max_examples=25)
@given(captures(knows_jobs=True), st.permutations(range(PARTS)), st.booleans())
def test_merged_one_after_the_other_they_tell_the_same(taken: list[Capture], order: list[int], is_own: bool) -> None:  # noqa: FBT001 - drawn
    """Also into one of them: only the numbers of the snapshots differ."""
    with TemporaryDirectory() as folder:
        stores = stores_of(Path(folder), taken)
        first, *others = (stores.parts[place] for place in order)
        into = first if is_own else stores.folder / "all.db"
        with ExitStack() as stack:
            for path in others if is_own else (first, *others):
                with merged(into, path) as store:
                    assert store.verify() == []
            settled(stores.one)
            one, store = stack.enter_context(Store.open(stores.one)), stack.enter_context(Store.open(into))
            assert told(store) == told(one)
            again = dump(into)
            store.merge([stores.one, *others])
            assert dump(into) == again


def kept(path: Path, *snapshots: Snapshot, **fields: Any) -> Path:  # noqa: ANN401 - what `Store.save` takes
    with Store.open(path, create=True) as store:
        for snapshot in snapshots:
            store.save(snapshot, **fields)
    return path


def a_history() -> list[Snapshot]:
    return [a_big_snapshot(200), a_big_snapshot(200, minutes=2)]


def _calls(into: Path, part: Path) -> int:
    """How often SQLite calls back in a merge."""
    calls = count()
    with Store.open(into) as store:
        store._connection.set_progress_handler(lambda: bool(next(calls)) and False, STEPS_APART)  # noqa: SLF001 - SQLite's hook
        store.merge([part])
    return next(calls)


def _merge_until(into: Path, part: Path, call: Callable[[], int], last: int) -> NoReturn:
    """Merge in a process of its own, which kills itself at that call."""
    with Store.open(into) as store:
        store._connection.set_progress_handler(  # noqa: SLF001 - SQLite's hook
            lambda: os.kill(os.getpid(), signal.SIGKILL) if call() == last else None, STEPS_APART
        )
        store.merge([part])
    os._exit(0)


def test_a_killed_merge_has_not_begun(tmp_path: Path) -> None:
    """Killed at any step, it leaves the store as it was; the next run merges all."""
    into = kept(tmp_path / "all.db", *a_history())
    part = kept(tmp_path / "part.db", a_big_snapshot(300, minutes=1), a_big_snapshot(300, instance=SHOP))
    before = dump(into)
    moments = list(range(0, _calls(kept(tmp_path / "like.db", *a_history()), part), 11))
    for moment in moments:
        child = os.fork()
        if not child:
            _merge_until(into, part, count().__next__, moment)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        assert dump(into) == before
    assert len(moments) > 5
    with merged(into, part) as store:
        assert store.verify() == []
        assert len(store.log()) == 4


KILLED = """
import os, signal, sys
from drift.cli.main import run
from drift.store.merge import merging

merging.merge = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
run(sys.argv[1:])
"""


def test_a_killed_merge_into_a_new_store_leaves_none(tmp_path: Path) -> None:
    """No reader finds an empty store; the next run makes it, and clears the draft."""
    kept(tmp_path / "part.db", a_snapshot())
    command = [sys.executable, "-c", KILLED, "merge", "new/all.db", "part.db"]
    assert subprocess.run(command, cwd=tmp_path, env=environment(tmp_path), check=False).returncode == -signal.SIGKILL
    assert not (tmp_path / "new/all.db").exists()
    assert drift(tmp_path, "merge", "new/all.db", "part.db").code == 0
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["all.db"]
    assert drift(tmp_path, "verify-store", "--store", "new/all.db").code == 0


def test_two_merges_into_one_new_store_both_count(tmp_path: Path) -> None:
    """Whichever is in place first, the other merges into it."""
    kept(tmp_path / "one.db", a_big_snapshot(300))
    kept(tmp_path / "two.db", a_big_snapshot(300, instance=SHOP))
    with start(tmp_path, "merge", "all.db", "one.db") as one, start(tmp_path, "merge", "all.db", "two.db") as two:
        assert [run.wait() for run in (one, two)] == [0, 0]
    with Store.open(tmp_path / "all.db") as store:
        assert len(store.log()) == 2


def damage(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
    return path


def foreign(folder: Path) -> Path:
    return damage(folder / "foreign.db", "CREATE TABLE note (text)")


def text(folder: Path) -> Path:
    (folder / "notes.txt").write_text("shards\n" * 100)
    return folder / "notes.txt"


def other(folder: Path, **fields: str) -> Path:
    instance = msgspec.structs.replace(ORDERS, **fields)
    return kept(folder / "other.db", a_snapshot(a_database("orders"), minutes=2, instance=instance))


REFUSED = {
    "one name": (lambda f: other(f, instance_id="0" * 32 + "in09"), 2, "drift rename-instance orders-prod NEW --store"),
    "one id": (lambda f: other(f, name="eu-orders"), 2, "drift rename-instance eu-orders orders-prod --store"),
    "an odd name": (lambda f: other(f, name="eu orders"), 2, "drift rename-instance 'eu orders' orders-prod --store"),
    "itself": (lambda f: f / "all.db", 2, "all.db itself"),
    "none": (lambda f: f / "none.db", 4, "none.db: there is no store"),
    "a folder": (lambda f: f, 4, "there is no store"),
    "no store": (foreign, 4, "foreign.db: the database is not a drift store"),
    "no database": (text, 4, "notes.txt: the file is not a SQLite database"),
    "a newer one": (lambda f: damage(other(f), "PRAGMA user_version = 99"), 4, "written by a newer drift"),
    "a changed one": (lambda f: damage(other(f), "UPDATE snapshot SET label = 'x'"), 4, "drift verify-store"),
    "a moved shard": (
        lambda f: damage(other(f), "UPDATE shard_version SET data_node_id = upper(data_node_id)"),
        4,
        "drift repair",
    ),
    "a lost shard": (lambda f: damage(other(f), "DELETE FROM shard_version WHERE rowid = 1"), 4, "drift repair"),
    "a data node": (lambda f: damage(other(f), "UPDATE data_node_version SET host = 'x'"), 4, "other.db: the store is"),
    "a database": (lambda f: damage(other(f), "UPDATE database_version SET status = 'x'"), 4, "other.db: the store is"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_can_not_be_merged_is_refused(tmp_path: Path, case: str) -> None:
    """With a word about the way on, and nothing of the others is merged either; a new store is not left behind."""
    make_store, code, words = REFUSED[case]
    into = kept(tmp_path / "all.db", a_snapshot())
    fine = kept(tmp_path / "fine.db", a_snapshot(minutes=1), a_snapshot(instance="fine"))
    before, refused = dump(into), make_store(tmp_path)
    ended = drift(tmp_path, "merge", "all.db", "fine.db", str(refused))
    assert (ended.code, ended.out) == (code, ""), ended.err
    assert words in ended.err
    assert dump(into) == before
    if case != "itself":
        assert drift(tmp_path, "merge", "new.db", "all.db", "fine.db", str(refused)).code == code
        assert not list(tmp_path.glob("new.db*"))
    assert [path.name for path in tmp_path.glob("fine.db*")] == [fine.name]


def test_a_conflict_before_other_instances_is_told(tmp_path: Path) -> None:
    """Two instances of one name are named as such, also where a store has further instances after that one."""
    kept(tmp_path / "one.db", a_snapshot(instance=SHOP))
    there = msgspec.structs.replace(SHOP, instance_id="6" * 32 + "in09")
    further = Instance(name="z", instance_id="7" * 32 + "in09")
    kept(tmp_path / "two.db", a_snapshot(instance=there), a_snapshot(instance=further))
    for order in permutations(("one.db", "two.db")):
        ended = drift(tmp_path, "merge", "new.db", *order)
        assert (ended.code, "the instance 'shop' has the id" in ended.err) == (2, True)


class Stopped(BaseException):
    """What the handler of a signal raises."""


@pytest.mark.parametrize("place", ["numbering.number", "intervals.bring", "staging._stage", "staging._copy"])
def test_what_stops_a_merge_comes_out_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """Whatever a merge is about to read then, and the store can be used afterwards."""
    into, part = kept(tmp_path / "all.db", a_snapshot()), kept(tmp_path / "part.db", a_snapshot(minutes=1))
    cursors = []

    def stop(connection: sqlite3.Connection, *_: object) -> NoReturn:
        room = "source" if place == "staging._copy" else "staged"
        cursors.append(connection.execute(f"SELECT * FROM {room}.sqlite_schema"))  # noqa: S608 - our own words
        cursors[-1].fetchone()
        raise Stopped

    with Store.open(into) as store:
        with monkeypatch.context() as patched:
            patched.setattr(f"drift.store.merge.{place}", stop)
            with pytest.raises(Stopped):
                store.merge([part])
        cursors.clear()
        assert [each.added for each in store.merge([part])] == [1]


def test_a_store_of_an_older_version_is_read_from_a_copy(tmp_path: Path) -> None:
    """It is brought up to date in the copy, which is told; the store itself stays as it was."""
    newest, old = kept(tmp_path / "newest.db", a_snapshot()), tmp_path / "old.db"
    make_older(old, len(STEPS) - 1, newest)
    newest.unlink()
    before = old.read_bytes()
    ended = drift(tmp_path, "merge", "all.db", "old.db")
    assert ended == (0, "all.db: 1 new snapshot from 1 store\n", ended.err)
    assert "old.db: written by an older drift; a copy of it was brought up to date" in ended.err
    assert old.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all.db", "old.db"]


def test_a_store_that_somebody_has_open_is_merged_with_its_newest(tmp_path: Path) -> None:
    """What is in the log of changes comes along, and neither file is touched."""
    part = kept(tmp_path / "part.db", a_snapshot())
    with Store.open(part) as writer:
        writer.save(a_snapshot(minutes=1))
        files = {path: path.read_bytes() for path in (part, tmp_path / "part.db-wal")}
        with merged(tmp_path / "all.db", part) as store:
            assert len(store.log()) == 2
        assert {path: path.read_bytes() for path in files} == files


def test_a_capture_and_its_import_are_one_snapshot(tmp_path: Path) -> None:
    """Whichever comes first, what the capture knows of its response is kept."""
    captured = kept(tmp_path / "a.db", a_snapshot(label="m"), raw=b"response", digest="d")
    imported = kept(tmp_path / "b.db", a_snapshot(layout=None), a_snapshot(minutes=1))
    for order in ([captured, imported], [imported, captured]):
        with merged(tmp_path / f"{order[0].stem}{order[1].stem}.db", order[0]) as store:
            store.merge(order[1:])
            assert store.verify() == []
            (first,) = (entry for entry in store.log() if entry.taken_at == a_time())
            assert (len(store.log()), first.label, first.layout) == (2, "m", "flat")
            assert store.raw(first.number) == b"response"


def test_a_word_about_a_suspect_snapshot_comes_along(tmp_path: Path) -> None:
    """Confirmed in one of two stores that both have the snapshot, it is confirmed afterwards."""
    snapshots = [a_snapshot(a_database(shards=8)), a_snapshot(a_database(shards=1), minutes=1)]
    said, silent = (kept(tmp_path / f"{name}.db", *snapshots) for name in ("said", "silent"))
    with Store.open(said) as store:
        store.confirm(2, Confirmation("dropped", "deploy", a_time(2)))
    for first, second in ((said, silent), (silent, said)):
        with merged(tmp_path / f"{first.stem}-first.db", first) as store:
            store.merge([second])
            assert not store.log()[0].suspect
            assert store.verify() == []


@pytest.mark.parametrize("parts", [1, 2])
def test_a_doubt_that_nothing_settles_stays(tmp_path: Path, parts: int) -> None:
    """A suspect snapshot that is now the first of its history is no more believed than it was in its own store."""
    path = kept(tmp_path / "a.db", *(a_snapshot(a_database(shards=each), minutes=each) for each in (8, 1)))
    with Store.open(path) as store:
        assert [entry.suspect for entry in store.log()] == [False, True]
    other = kept(tmp_path / "b.db", a_snapshot(a_database(shards=8), minutes=9))
    with merged(tmp_path / "all.db", path, *[other][: parts - 1]) as store:
        assert [entry.suspect for entry in store.log()][-2:] == [False, True]
        assert store.verify() == []


def test_one_history_is_judged_alike_by_whoever_tells_it(tmp_path: Path) -> None:
    """Which store is named first decides no doubt, also if one of them has forgotten what spoke against it."""
    parts = [
        kept(tmp_path / f"{name}.db", *(a_snapshot(a_database(shards=each), minutes=8 - each) for each in shards))
        for name, shards in (("pruned", (6, 4, 2)), ("other", (6, 2)))
    ]
    with Store.open(parts[0]) as store:
        store.prune([2])
        assert [entry.suspect for entry in store.log()] == [False, False]
    for order in permutations(parts):
        with merged(tmp_path / f"{order[0].stem}-first.db", *order) as store:
            assert [entry.suspect for entry in store.log()] == [True, False]


def test_a_doubt_that_one_store_has_counts_in_any_order(tmp_path: Path) -> None:
    """Where nothing is left to judge a snapshot by, it is suspect if it is in one of the stores."""
    doubting = kept(tmp_path / "a.db", *(a_snapshot(a_database(shards=each), minutes=each) for each in (8, 1)))
    believing = kept(tmp_path / "b.db", *(a_snapshot(a_database(shards=each), minutes=each) for each in (1, 9)))
    for order in permutations((doubting, believing)):
        with merged(tmp_path / f"{order[0].stem}-first.db", *order) as store:
            assert [entry.suspect for entry in store.log()] == [False, False, True]


def test_equal_times_have_one_order(tmp_path: Path) -> None:
    """Snapshots of one time are in the same order, whichever store is named first."""
    snapshots = [a_snapshot(a_database(shards=each)) for each in (3, 4)]
    parts = [kept(tmp_path / "a.db", *snapshots), kept(tmp_path / "b.db", *reversed(snapshots))]
    orders = []
    for order in permutations(parts):
        with merged(tmp_path / f"{order[0].stem}-first.db", *order) as store:
            orders.append([entry.shards for entry in store.log()])
    assert orders[0] == orders[1]


def test_two_records_of_one_change_are_joined(tmp_path: Path) -> None:
    """It began when it was begun first, and has ended if it has in one of the stores."""
    paths = []
    for minutes, ended in ((0, None), (1, 2)):
        paths.append(kept(tmp_path / f"{minutes}.db", a_snapshot(minutes=minutes), a_snapshot(minutes=minutes + 5)))
        with Store.open(paths[-1]) as store:
            window = ChangeWindow(instance="orders-prod", name="CHG-1", begun=1, ended=ended, plan=f"{minutes}")
            store.save_change_window(window)
    for first, second in (paths, paths[::-1]):
        with merged(tmp_path / f"from{first.stem}.db", first) as store:
            store.merge([second])
            (window,) = store.change_windows("CHG-1")
            ends = [store.entry(number or 0).taken_at for number in (window.begun, window.ended)]
            assert (ends, window.plan) == ([a_time(0), a_time(6)], "0")


def test_the_store_that_notified_more_is_believed(tmp_path: Path) -> None:
    """What a channel was notified of and what is on its way come together from one store, whichever is merged first."""
    paths = [kept(tmp_path / f"{count}.db", a_snapshot(minutes=count)) for count in (1, 2, 3)]
    for path in paths:
        count = int(path.stem)
        state = NotifiedState(count, (), f"network {count}")
        with Store.open(path) as store:
            store.outbox.put("ops", "orders-prod", Enlarged((a_notification(count),) if count < 3 else (), state))
    for order in permutations(paths):
        with merged(tmp_path / f"all-{''.join(path.stem for path in order)}.db", order[0]) as store:
            for path in order[1:]:
                store.merge([path])
            assert store.outbox.notified("ops", "orders-prod").trouble == "network 3"
            assert store.outbox.waiting("ops", "orders-prod") == []
            assert store.verify() == []


def a_notification(count: int) -> Notification:
    return Notification(
        channel="ops", instance="orders-prod", count=count, at=a_time(), baseline=None, snapshot=1, still_open=0,
        transitions=(), command="", language="en",
    )  # fmt: skip


def test_numbers_are_never_given_again(tmp_path: Path) -> None:
    """What was pruned in the store leaves its number unused, also when others are merged into it."""
    into = kept(tmp_path / "all.db", *(a_snapshot(minutes=minutes, instance=SHOP) for minutes in range(3)))
    with Store.open(into) as store:
        store.save(a_snapshot(instance="gone"))
        store.forget("gone")
        store.merge([kept(tmp_path / "part.db", a_snapshot())])
        assert [entry.number for entry in store.log("orders-prod")] == [5]
