"""What lies beside a store: named where nobody will use it again, and only there."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from drift.cli.output import write_pieces
from drift.store import Store
from support.builders import a_snapshot
from support.shell import drift

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store in a folder of its own."""
    path = tmp_path / "snapshots/drift.db"
    with Store.open(path, create=True) as store:
        store.save(a_snapshot())
    return path


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (".report.html.abc12345.draft", "a killed run left this draft; it can be removed"),
        ("drift.db.v1.bak.draft", "a killed run left this draft; it can be removed"),
        ("drift.db.v1.bak.draft-journal", "a killed run left this draft; it can be removed"),
    ],
)
def test_a_draft_of_a_killed_run_is_named(path: Path, name: str, words: str) -> None:
    """The store is sound, 0, and each draft beside it comes with what to do."""
    path.with_name(name).write_bytes(b"half")
    ended = drift(path.parent.parent, "verify-store")
    assert (ended.code, ended.err) == (0, f"warning: snapshots/{name}: {words}\n")


@pytest.mark.parametrize("mode", ["wal", "persist"])
def test_a_log_without_its_database_is_named(path: Path, mode: str) -> None:
    """A store that was moved without its log leaves the newest changes behind: both names are told."""
    other = path.with_name("other.db")
    end = "-wal" if mode == "wal" else "-journal"
    with closing(sqlite3.connect(other, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
        connection.execute("CREATE TABLE t (a)")
        if mode == "persist":
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("PRAGMA cache_size = 1")
            connection.executemany("INSERT INTO t VALUES (?)", [("x" * 4_000,) for _ in range(50)])
        shutil.copy(f"{other}{end}", path.with_name(f"moved.db{end}"))
    ended = drift(path.parent.parent, "verify-store")
    assert (ended.code, ended.err.count("warning")) == (0, 1), ended.err
    assert f"snapshots/moved.db{end}: moved.db, to which it belongs, is not there" in ended.err


def test_what_is_in_use_or_somebody_elses_is_not_named(path: Path) -> None:
    """No word of a draft that is being written, the store's own log, copies, and files that only look alike."""
    for name in ("drift.db.v1.bak", "notes-wal", "travel-journal", "empty.db-wal", "draft", "other.db.v1.bak.draft"):
        path.with_name(name).touch()
    warned: list[str] = []

    def pieces() -> Iterator[bytes]:
        yield b"half"
        with Store.open(path) as store:
            store.save(a_snapshot(minutes=1))
            assert path.with_name("drift.db-wal").exists()
            warned.append(drift(path.parent.parent, "verify-store").err)

    write_pieces(path.with_name("report.html"), pieces())
    assert warned == [""]
