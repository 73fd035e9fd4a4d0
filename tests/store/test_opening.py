from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from drift.core.errors import BaselineError, StoreError
from drift.store import Store, seals
from drift.store.schema import STEPS
from drift.store.schema_version import APPLICATION_ID, VERSION
from drift.store.transactions import explained
from support.builders import a_big_snapshot, a_database, a_snapshot, a_time
from support.older_stores import make_older, version_before

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store of one snapshot, closed."""
    path = tmp_path / "drift.db"
    with Store.open(path, create=True) as store:
        store.save(a_snapshot(a_database()))
    return path


def test_makes_the_directory_too(tmp_path: Path) -> None:
    """A store is made where it was asked for, directories included, and leaves one file there."""
    path = tmp_path / "history" / "of orders?#%" / "drift.db"
    with Store.open(path, create=True) as store:
        store.save(a_snapshot())
    assert [each.name for each in path.parent.iterdir()] == ["drift.db"]


def test_a_store_that_is_not_there_is_not_made_by_reading(tmp_path: Path) -> None:
    """Who only wants to read is told how to make a store, and no file appears."""
    with pytest.raises(BaselineError) as error:
        Store.open(tmp_path / "drift.db")
    assert "drift snapshot" in str(error.value.hint)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_is_no_store_yet(tmp_path: Path) -> None:
    """What a process that was killed at the very start leaves behind can be read as nothing, and made a store."""
    path = tmp_path / "drift.db"
    path.touch()
    with pytest.raises(BaselineError):
        Store.open(path)
    with Store.open(path, create=True) as store:
        assert store.log() == []


def _directory(path: Path) -> None:
    path.mkdir()


def _in_a_file(path: Path) -> None:
    path.parent.rmdir()
    path.parent.touch()


def _text(path: Path) -> None:
    path.write_text("name,shards\norders,8\n" * 200)


def _anothers(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER)")


def _a_geopackage(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {0x47504B47}")


def _newer(path: Path) -> None:
    Store.open(path, create=True).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")


def _truncated(path: Path) -> None:
    with Store.open(path, create=True) as store:
        store.save(a_big_snapshot(500))
    path.write_bytes(path.read_bytes()[:6000])


def _stripped(path: Path) -> None:
    Store.open(path, create=True).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE snapshot")


def _garbled(path: Path) -> None:
    with Store.open(path, create=True) as store:
        store.save(a_snapshot())
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE snapshot SET taken_at = 'yesterday'")


@pytest.mark.parametrize("create", [False, True])
@pytest.mark.parametrize(
    ("make", "said"),
    [
        (_directory, "is a directory"),
        (_in_a_file, "there is no store|could not create"),
        (_text, "not a SQLite database"),
        (_anothers, "not a drift store"),
        (_a_geopackage, "not a drift store"),
        (_newer, "newer drift"),
        (_truncated, "damaged"),
        (_stripped, "could not use the store"),
        (_garbled, "is not what was recorded"),
    ],
)
def test_what_is_no_sound_store_is_refused(
    tmp_path: Path, make: Callable[[Path], None], said: str, *, create: bool
) -> None:
    """A file that is no sound store is refused with its path, the reason and a hint, without a traceback."""
    path = tmp_path / "made" / "drift.db"
    path.parent.mkdir()
    make(path)
    with pytest.raises((StoreError, BaselineError), match=said) as error, Store.open(path, create=create) as store:
        store.log()
    assert str(path.parent) in error.value.message
    assert error.value.hint


@pytest.mark.parametrize("make", [_text, _anothers, _a_geopackage, _newer])
def test_a_refused_file_is_left_as_it_was(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """A file that isn't ours to write is not written, not even when a store was asked for."""
    path = tmp_path / "drift.db"
    make(path)
    before = path.read_bytes()
    with pytest.raises(StoreError):
        Store.open(path, create=True)
    assert path.read_bytes() == before


def _locked(path: Path) -> None:
    with closing(sqlite3.connect(path)) as one, closing(sqlite3.connect(path, timeout=0)) as other:
        one.execute("BEGIN IMMEDIATE")
        other.execute("BEGIN IMMEDIATE")


def _full(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA max_page_count = 1")
        connection.execute("INSERT INTO raw VALUES (1, 0, zeroblob(10000000), NULL)")


def _read_only(path: Path) -> None:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        connection.execute("DELETE FROM snapshot")


def _unopenable(path: Path) -> None:
    sqlite3.connect(path / "drift.db")


def _contradictory(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO instance SELECT 9, name, NULL, NULL, NULL, NULL FROM instance")


def _too_big(_path: Path) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("SELECT ?", (2**70,))


def _unwritable(_path: Path) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("SELECT ?", ("\ud800",))


@pytest.mark.parametrize(
    ("happening", "said"),
    [
        (_locked, "another process"),
        (_full, "disk is full"),
        (_read_only, "is read-only"),
        (_unopenable, "could not open"),
        (_contradictory, "contradicts"),
        (_too_big, "64 bits"),
        (_unwritable, "is invalid"),
    ],
)
def test_sqlites_errors_are_explained(path: Path, happening: Callable[[Path], None], said: str) -> None:
    """Each error of SQLite is reported with the store's path, the reason and SQLite's own words."""
    with pytest.raises(StoreError, match=said) as error, explained(path):
        happening(path)
    assert str(path) in error.value.message


def test_reads_while_another_process_writes(path: Path) -> None:
    """Opening and reading take no turn: they see what was kept last, although somebody is writing."""
    with closing(sqlite3.connect(path, timeout=0)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE snapshot SET label = 'half-way'")
        seals.seal(writer, "snapshot")
        with Store.open(path) as store:
            assert store.load(1).label is None
            assert store.verify() == []
        writer.execute("COMMIT")
    with Store.open(path) as store:
        assert store.load(1).label == "half-way"


def test_only_a_migration_loads_what_migrates(path: Path) -> None:
    """The library that migrates is loaded by who needs it: not by who makes a store, reads it, or adds to it."""
    script = (
        "import sys; from pathlib import Path; from drift.store import Store\n"
        "with Store.open(Path(sys.argv[1]), create=True) as store: store.save(store.load(1))\n"
        "Store.open(Path(sys.argv[1] + '.new'), create=True).close()\n"
        "assert 'sqlite_utils' not in sys.modules"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", script, str(path)], check=False, env={"PYTHONPATH": ":".join(sys.path)}
        ).returncode
        == 0
    )


def an_older_store(path: Path, version: int) -> None:
    """A store as a drift of that version made it, with two snapshots."""
    newest = path.with_name("newest.db")
    with Store.open(newest, create=True) as store:
        for minutes in (0, 1):
            store.save(a_snapshot(a_database(shards=minutes + 2), minutes=minutes))
    make_older(path, version, newest)
    newest.unlink()


def schema_of(path: Path) -> tuple[int, int, list[tuple[str, str]]]:
    with closing(sqlite3.connect(path)) as connection:
        marks = [connection.execute(f"PRAGMA {each}").fetchone()[0] for each in ("application_id", "user_version")]
        made = connection.execute("SELECT name, sql FROM sqlite_schema ORDER BY name").fetchall()
        return marks[0], marks[1], [each for each in made if "_sqlite_migrations" not in each[0]]


def test_the_version_is_the_number_of_steps() -> None:
    """A store is up to date once it has every step, which are not loaded to see that."""
    assert len(STEPS) == VERSION


@pytest.mark.parametrize("version", range(1, VERSION))
def test_an_older_store_is_migrated_and_a_copy_kept(tmp_path: Path, path: Path, version: int) -> None:
    """An older store is brought to what a new one is, nothing in it lost, with a copy of it as it was laid beside."""
    old = tmp_path / "old" / "drift.db"
    old.parent.mkdir()
    an_older_store(old, version)
    before = schema_of(old)
    with Store.open(old) as store:
        assert store.load(2).databases == (a_database(shards=3),)
        assert [store.outline(number).databases for number in (1, 2)] == [{"orders": 2}, {"orders": 3}]
        assert store.verify() == []
    with Store.open(path) as store:  # a store that has had a capture has statistics, too
        store.save(a_snapshot(minutes=2))
    assert schema_of(old) == schema_of(path)
    assert before[:2] == (APPLICATION_ID, version)
    copy = old.with_name(f"drift.db.v{version}.bak")
    assert schema_of(copy) == before
    with Store.open(old):
        assert sorted(each.name for each in old.parent.glob("*.bak")) == [copy.name]


def test_what_an_older_drift_stored_is_unconfirmed(tmp_path: Path) -> None:
    """The layouts of a migrated store count as unconfirmed, and are confirmed as any other."""
    path = tmp_path / "drift.db"
    an_older_store(path, version_before("confirmed"))
    with Store.open(path) as store:
        assert [entry.unconfirmed for entry in store.log()] == [True, True]
        store.confirm_layout("orders-prod", "flat", "details", a_time())
        assert [entry.unconfirmed for entry in store.log()] == [False, False]


def test_a_copy_is_never_overwritten(tmp_path: Path) -> None:
    """A copy of an earlier migration stays as it is; the next one gets another name."""
    path = tmp_path / "drift.db"
    path.with_name("drift.db.v1.bak").write_text("an earlier copy")
    an_older_store(path, 1)
    Store.open(path).close()
    assert path.with_name("drift.db.v1.bak").read_text() == "an earlier copy"
    assert schema_of(path.with_name("drift.db.v1.2.bak"))[1] == 1


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    """A store that can't be migrated is refused, and is as it was."""
    path = tmp_path / "drift.db"
    an_older_store(path, 1)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE shards (somebody TEXT)")
    before = schema_of(path)
    with pytest.raises(StoreError):
        Store.open(path)
    assert schema_of(path) == before
    assert [each.name for each in tmp_path.iterdir()] == ["drift.db"]


def test_a_copy_is_as_private_as_the_store_and_replaces_a_draft(tmp_path: Path) -> None:
    """The copy has the mode of the store, and of a draft that a killed process left nothing stays."""
    path = tmp_path / "drift.db"
    an_older_store(path, 1)
    path.chmod(0o600)
    for end in ("", "-journal"):
        path.with_name(f"drift.db.v1.bak.draft{end}").write_text("half")
    Store.open(path).close()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["drift.db", "drift.db.v1.bak"]
    assert path.with_name("drift.db.v1.bak").stat().st_mode & 0o777 == 0o600
