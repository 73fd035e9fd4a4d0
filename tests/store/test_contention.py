"""Many processes at one store: each gets its turn, and the log doesn't grow without end."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from drift.core.errors import StoreError
from drift.store import Store, transactions
from support.builders import a_snapshot

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "drift.db"
    with Store.open(path, create=True) as store:
        store.save(a_snapshot())
    return path


def test_who_waits_longer_asks_more_often(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer asks again within 20 ms, after ten seconds within 4, and never in step with another, until its turn."""
    pauses: list[float] = []
    monkeypatch.setattr(transactions, "monotonic", lambda: 1.0 * len(pauses))
    with closing(sqlite3.connect(path, isolation_level=None)) as other, Store.open(path) as store:
        other.execute("BEGIN IMMEDIATE")

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == 12:
                other.execute("ROLLBACK")

        monkeypatch.setattr(transactions, "sleep", pause)
        assert store.save(a_snapshot(minutes=1)).number == 2
    assert len(set(pauses)) == 12
    assert max(pauses) <= 0.02
    assert max(pauses[8:]) <= 0.004


def test_who_waits_gives_up_after_a_minute(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that is never free is an error in words after the time that the error names."""
    pauses: list[float] = []
    monkeypatch.setattr(transactions, "sleep", pauses.append)
    monkeypatch.setattr(transactions, "monotonic", lambda: 1.0 * len(pauses))
    with closing(sqlite3.connect(path, isolation_level=None)) as other, Store.open(path) as store:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another process has been writing to it for 60 seconds"):
            store.save(a_snapshot(minutes=1))
    assert len(pauses) == 61


def test_a_prune_that_never_has_the_store_for_itself_tells_what_went(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Snapshots are gone, and told as gone, also where others use the store all the time; their space stays."""
    pauses: list[float] = []
    with closing(sqlite3.connect(path, isolation_level=None)) as other, Store.open(path) as store:
        store.save(a_snapshot(minutes=1))

        def pause(seconds: float) -> None:
            pauses.append(seconds)

        def is_busy() -> float:
            if not other.in_transaction and not store.log()[1:]:
                other.execute("BEGIN IMMEDIATE")  # once the snapshot is gone, and before the space is given back
            return 1.0 * len(pauses)

        monkeypatch.setattr(transactions, "sleep", pause)
        monkeypatch.setattr(transactions, "monotonic", is_busy)
        assert store.prune([1]) is None
        assert [entry.number for entry in store.log()] == [2]


def test_readers_that_take_turns_do_not_let_the_log_grow(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log beyond its bound is emptied once nobody reads an old state; while somebody does, captures are stored.

    Of two readers one always begins before the other ends, so that there is no moment without one.
    """
    monkeypatch.setattr(transactions, "LARGEST_LOG", 64 << 10)
    monkeypatch.setattr(transactions, "_READERS_PATIENCE", 0.01)
    readers = [sqlite3.connect(path, isolation_level=None) for _ in range(2)]
    log = path.with_name("drift.db-wal")
    sizes = []
    with Store.open(path) as store, closing(readers[0]), closing(readers[1]):
        for turn in range(1, 9):
            readers[turn % 2].execute("BEGIN")
            readers[turn % 2].execute("SELECT count(*) FROM snapshot").fetchone()
            if turn > 1:
                readers[(turn + 1) % 2].execute("ROLLBACK")
            store.save(a_snapshot(minutes=turn), raw=bytes(range(256)) * turn)
            sizes.append(log.stat().st_size)
        for reader in readers:
            if reader.in_transaction:
                reader.execute("ROLLBACK")
        store.save(a_snapshot(minutes=9))
        assert (max(sizes) > 64 << 10, log.stat().st_size) == (True, 0)
        assert store.verify() == []
