from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from drift.core.errors import DriftError, LakeError
from drift.store import Outdated, Store
from drift.store.lake.asking import ask
from drift.store.lake.exporting import export
from drift.store.lake.files import Lake
from drift.store.lake.parts import file_of
from drift.store.lake.tables import TABLES, TIME
from support.builders import ORDERS, a_database, a_snapshot, a_time
from support.lakes import a_lake, export_all, save_histories

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    import pyarrow as pa

    from drift.store.lake.files import Notes
    from drift.store.lake.tables import LakeTable

NAME = str(ORDERS.name)
HERE, THERE = a_database("orders"), a_database("orders", on=("rds-2", "rds-1"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store in which all shards move twice."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        for minutes, database in ((0, HERE), (60, THERE), (120, HERE)):
            store.save(a_snapshot(database, minutes=minutes))
        yield store


def states(lake: Lake) -> set[str | None]:
    """The states of an instance's files; one where they were written together."""
    return {notes and notes.state for notes in (lake.notes(table.name, NAME) for table in TABLES)}


def times(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*.parquet")}


def test_a_lake_has_what_the_store_has(tmp_path: Path) -> None:
    """Each table has every row of the store's with its values, and times to the microsecond in UTC."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        save_histories(store, ("007", "orders-prod"))
        lake = a_lake(tmp_path / "lake")
        export_all(store, lake)
        with store.reading() as connection:
            for owner, name in connection.execute("SELECT id, name FROM instance").fetchall():
                for table in TABLES:
                    rows = pq.read_table(lake.place.path(file_of(table.name, name)), partitioning=None)
                    assert rows.schema.equals(table.schema)
                    plain = [each for each in table.read if table.schema.field(each).type != TIME]
                    places = [table.read.index(each) for each in plain]
                    stored = connection.execute(table.query, {"owner": owner}).fetchall()
                    assert [tuple(row.values()) for row in rows.select(plain).to_pylist()] == [
                        tuple(row[place] for place in places) for row in stored
                    ]
        taken = {each.number: each.taken_at for each in store.log("007")}
        table = pq.read_table(tmp_path / "lake" / file_of("snapshot", "007"), partitioning=None)
        assert dict(zip(table["id"].to_pylist(), table["taken_at"].to_pylist(), strict=True)) == taken
        table = pq.read_table(tmp_path / "lake" / file_of("shard_version", "007"), partitioning=None)
        for row in table.to_pylist():
            assert row["seen_from"] == taken[row["since"]]
            assert row["seen_until"] == (row["until"] and taken[row["until"]])


def test_an_empty_table_keeps_its_types(store: Store, tmp_path: Path) -> None:
    """A table without a row has the same columns as another, so that readers can join it."""
    lake = a_lake(tmp_path / "lake")
    export_all(store, lake)
    for table in TABLES:
        assert pq.read_schema(tmp_path / "lake" / file_of(table.name, NAME)).equals(table.schema)
    assert len(pq.read_table(tmp_path / "lake" / file_of("gap", NAME), partitioning=None)) == 0


def test_what_has_nothing_new_is_left_alone(store: Store, tmp_path: Path) -> None:
    """A second run writes only the files of the instance that was captured since."""
    store.save(a_snapshot(HERE, instance="another"))
    lake = a_lake(tmp_path / "lake")
    assert export_all(store, lake) == ["written", "written"]
    before = times(tmp_path / "lake")
    assert export_all(store, lake) == ["as before", "as before"]
    assert times(tmp_path / "lake") == before
    store.save(a_snapshot(THERE, instance="another", minutes=60))
    assert export_all(store, lake) == ["written", "as before"]
    after = times(tmp_path / "lake")
    assert {path.parent.name for path in before if after[path] != before[path]} == {"part=i-another"}


class Interrupted(Exception):  # noqa: N818 - what a killed run never says
    """The end of a run in the middle."""


class Disturbed(Lake):
    """A lake that something happens to before a file is written."""

    def __init__(self, lake: Lake, at: int, happening: Callable[[], None]) -> None:
        super().__init__(lake.place)
        self._left, self._happening = at, happening

    def write(self, table: LakeTable, notes: Notes, batches: Iterable[pa.RecordBatch]) -> None:
        """Write a file as ever, after what happens before it."""
        if self._left == 0:
            self._happening()
        self._left -= 1
        super().write(table, notes, batches)


def end() -> None:
    raise Interrupted


def moves(lake: Lake, minutes: float) -> list[tuple[str, str]]:
    """The shards that a lake says have moved from the first snapshot to that time."""
    rows = ask(lake, "diff", {"t1": a_time(), "t2": a_time(minutes)}, (NAME,)).to_pylist()
    return [(row["name"], row["after"]) for row in rows if row["rule"] == "shard-moved"]


@pytest.mark.parametrize("files", [0, 4, 5, 6])
def test_a_killed_run_leaves_a_lake_that_answers_as_before(store: Store, tmp_path: Path, files: int) -> None:
    """Whenever it ends, snapshots that are there have their rows, and the next run completes the lake."""
    lake = a_lake(tmp_path / "lake")
    export_all(store, lake)
    store.save(a_snapshot(THERE, minutes=180))
    before = moves(lake, 300)
    assert before == []
    with pytest.raises(Interrupted):
        export(store, Disturbed(lake, files, end), NAME)
    assert (moves(lake, 60) != [], moves(lake, 300)) == (True, before)
    assert export(store, lake, NAME) == "written"
    assert len(moves(lake, 300)) == 4
    assert len(states(lake)) == 1


@pytest.mark.parametrize("files", [0, 1, 6, 7])
def test_a_killed_run_after_a_prune_shows_no_other_past(store: Store, tmp_path: Path, files: int) -> None:
    """What was pruned is either there as it was or not at all."""
    lake = a_lake(tmp_path / "lake")
    export_all(store, lake)
    assert len(moves(lake, 60)) == 4
    store.prune([each.number for each in store.prunable(Outdated(keep=1)) if each.taken_at == a_time(60)])
    with pytest.raises(Interrupted):
        export(store, Disturbed(lake, files, end), NAME)
    assert len(moves(lake, 60)) == (0 if files else 4)
    assert export(store, lake, NAME) == "written"
    assert moves(lake, 60) == []


@pytest.mark.parametrize("files", [0, 4, 6])
def test_two_writers_leave_one_state(store: Store, tmp_path: Path, files: int) -> None:
    """Whenever a second run writes a newer state between two files of the first, all files fit together in the end."""
    lake = a_lake(tmp_path / "lake")
    export_all(store, lake)
    store.save(a_snapshot(THERE, minutes=180))

    def second() -> None:
        with Store.open(store.path) as other:
            other.save(a_snapshot(HERE, minutes=240))
            export(other, lake, NAME)

    export(store, Disturbed(lake, files, second), NAME)
    assert len(states(lake)) == 1
    assert (len(moves(lake, 180)), len(moves(lake, 300))) == (4, 0)


def test_rows_older_than_the_snapshots_are_an_error(store: Store, tmp_path: Path) -> None:
    """Where an older file replaces a newer one, a question ends with an error, and the next run mends it."""
    lake = a_lake(tmp_path / "lake")
    export_all(store, lake)
    path = tmp_path / "lake" / file_of("shard_version", NAME)
    old = path.read_bytes()
    store.save(a_snapshot(THERE, minutes=180))
    export_all(store, lake)
    path.write_bytes(old)
    with pytest.raises(LakeError, match="half a lake"):
        moves(lake, 300)
    path.unlink()
    with pytest.raises(LakeError, match="half a lake"):
        ask(lake, "diff", {"t1": a_time(), "t2": a_time(300)})
    assert export_all(store, lake) == ["written"]
    assert len(moves(lake, 300)) == 4


def test_another_history_of_the_same_name_is_refused(store: Store, tmp_path: Path) -> None:
    """The history of another store is kept, unless it is to be replaced; so is one that has newer snapshots."""
    lake = a_lake(tmp_path / "lake")
    export_all(store, lake)
    with Store.open(tmp_path / "other.db", create=True) as other:
        other.save(a_snapshot(HERE, minutes=7))
        with pytest.raises(LakeError, match="another history of an instance orders-prod: snapshot 3 is not in"):
            export_all(other, lake)
        for minutes in (70, 130, 190):
            other.save(a_snapshot(HERE, minutes=minutes))
        before = times(tmp_path / "lake")
        with pytest.raises(LakeError, match="its snapshots are not those of the store"):
            export_all(other, lake)
        assert times(tmp_path / "lake") == before
        assert export(other, lake, NAME, replace=True) == "written"
        assert len(ask(lake, "history", {"entity": "orders_0000", "database": "", "shard": ""})) == 1


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("drift-lake.json", b'{"format":2}', "written by a newer drift"),
        ("drift-lake.json", b"[]", "expected the mark of a lake"),
        ("notes.txt", b"mine", "there is something else, and no lake: notes.txt"),
    ],
)
def test_what_is_no_lake_of_ours_stays_as_it_is(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    """A lake of a newer version, and a folder with something else in it, are errors that name it."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(LakeError, match=words):
        a_lake(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_foreign_file_is_not_replaced(store: Store, tmp_path: Path) -> None:
    """A Parquet file that drift has not written ends a question and an export; one of a newer drift does, too."""
    lake = a_lake(tmp_path / "lake")
    export_all(store, lake)
    store.save(a_snapshot(THERE, minutes=180))
    path = tmp_path / "lake" / file_of("snapshot", NAME)
    table = pq.read_table(path, partitioning=None)
    metadata = table.schema.metadata[b"drift"]
    for words, notes in (
        ("drift has not written", None),
        ("newer drift", metadata.replace(b'"format":1', b'"format":2')),
    ):
        pq.write_table(table.replace_schema_metadata(notes and {b"drift": notes}), path)
        before = times(tmp_path / "lake")
        with pytest.raises(LakeError, match=words):
            moves(lake, 300)
        with pytest.raises(LakeError, match=words):
            export_all(store, lake)
        assert times(tmp_path / "lake") == before


@pytest.mark.parametrize("is_footer", [True, False])
@pytest.mark.parametrize("table", ["shard_version", "snapshot"])
def test_a_damaged_file_is_named_and_replaced(store: Store, tmp_path: Path, table: str, *, is_footer: bool) -> None:
    """Where bytes of a file are flipped, a question names it, and an export that replaces writes it anew."""
    lake = a_lake(tmp_path / "lake")
    export_all(store, lake)
    path = tmp_path / "lake" / file_of(table, NAME)
    whole = path.read_bytes()
    footer = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    start, end = (footer, footer + 40) if is_footer else (4, footer)
    path.write_bytes(whole[:start] + bytes(255 - each for each in whole[start:end]) + whole[end:])
    with pytest.raises(LakeError) as raised:
        moves(lake, 60)
    assert f"{table}.parquet" in str(raised.value)
    assert export(store, lake, NAME, replace=True) == "written"
    assert len(moves(lake, 60)) == 4


def test_what_dead_runs_left_goes_after_a_day(store: Store, tmp_path: Path) -> None:
    """Unfinished files of a killed run are removed once no run can be writing them."""
    lake = a_lake(tmp_path / "lake")
    draft = tmp_path / "lake" / "_unfinished" / "0123"
    draft.write_bytes(b"half")
    lake.remove_unfinished(a_time())
    assert draft.exists()
    lake.remove_unfinished(a_time(10**7))
    assert not draft.exists()
    with pytest.raises(DriftError), store.reading():
        raise LakeError("an error of the lake is none of the store")
