from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from drift.core.errors import StoreError
from drift.store import Store
from drift.store.schema import STEPS
from support.builders import a_database, a_snapshot
from support.privileges import bound_by_modes
from support.shell import drift

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """A store of two snapshots in a folder that nobody may write to."""
    path = tmp_path / "kept" / "drift.db"
    with Store.open(path, create=True) as store:
        for minutes in (0, 1):
            store.save(a_snapshot(a_database(shards=minutes + 2), minutes=minutes))
    path.parent.chmod(0o555)
    with bound_by_modes():
        yield path
    path.parent.chmod(0o755)


@pytest.mark.parametrize(
    ("line", "code"),
    [("log", 0), ("show 2", 0), ("diff 1 2", 0), ("gate 1 2", 1), ("check", 0), ("export 1", 0), ("verify-store", 0)],
)
def test_a_store_is_read_where_nothing_can_be_written(path: Path, line: str, code: int) -> None:
    """Each command that only reads ends as it does elsewhere, and nothing is left beside the store."""
    ended = drift(path.parent.parent, *line.split(), "--store", str(path))
    assert ended.code == code, ended.err
    assert [each.name for each in path.parent.iterdir()] == ["drift.db"]


@pytest.mark.parametrize("line", ["prune --keep 1", "import a.json"])
def test_what_writes_ends_in_words(path: Path, line: str) -> None:
    """Who writes is told what is missing, 4, and the store is as it was."""
    before = path.read_bytes()
    (path.parent.parent / "a.json").write_text(drift(path.parent.parent, "export", "1", "--store", str(path)).out)
    path.chmod(0o444)
    ended = drift(path.parent.parent, *line.split(), "--store", str(path))
    assert (ended.code, "writ" in ended.err, "Traceback" in ended.err) == (4, True, False), ended.err
    assert path.read_bytes() == before


def test_changes_that_are_in_the_log_alone_are_not_passed_over(path: Path) -> None:
    """Where a writer has left its log, the file alone would be an older state: it is refused, with the way out."""
    path.parent.chmod(0o755)
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("UPDATE snapshot SET label = 'newest' WHERE id = 2")
        writer.commit()
        copy = path.with_name("copy.db")
        for ending in ("", "-wal"):
            shutil.copy(f"{path}{ending}", f"{copy}{ending}")
    path.parent.chmod(0o555)
    with pytest.raises(StoreError, match=r"newest changes are in copy\.db-wal") as error:
        Store.open(copy)
    assert "Copy" in str(error.value.hint)


def test_an_older_store_is_not_migrated_there(path: Path) -> None:
    """A store that would have to be migrated is refused with the way out, not read as if it were current."""
    with closing(sqlite3.connect(path)) as connection:
        path.parent.chmod(0o755)
        connection.execute(f"PRAGMA user_version = {len(STEPS) - 1}")
    path.parent.chmod(0o555)
    with pytest.raises(StoreError, match="older drift"):
        Store.open(path)


def test_a_store_that_somebody_writes_to_meanwhile_is_no_answer(path: Path) -> None:
    """Nobody is waited for there, so a store that changes while it is read ends in an error."""
    store = Store.open(path)
    path.parent.chmod(0o755)
    with Store.open(path) as other:
        other.save(a_snapshot(minutes=2))
    with pytest.raises(StoreError, match="written while it was read"):
        store.close()
