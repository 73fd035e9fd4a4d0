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


def test_who_waits_asks_often_and_out_of_step(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that waits asks again within 20 ms, after pauses that no other one has, until it is its turn."""
    pauses: list[float] = []
    with closing(sqlite3.connect(path, isolation_level=None)) as other, Store.open(path) as store:
        other.execute("BEGIN IMMEDIATE")

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == 8:
                other.execute("ROLLBACK")

        monkeypatch.setattr(transactions, "sleep", pause)
        assert store.save(a_snapshot(minutes=1)).number == 2
    assert len(set(pauses)) == 8
    assert max(pauses) <= 0.02


def test_who_waits_gives_up_after_a_minute(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that is never free is an error in words once the pauses add up to the limit."""
    pauses: list[float] = []
    monkeypatch.setattr(transactions, "sleep", pauses.append)
    with closing(sqlite3.connect(path, isolation_level=None)) as other, Store.open(path) as store:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another process has been writing to it for 60 seconds"):
            store.save(a_snapshot(minutes=1))
    assert 60 < sum(pauses) < 61


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
