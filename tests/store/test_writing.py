from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec
import pytest

from drift.core.errors import ConfigError, StoreError
from drift.store import Repeat, Store, transactions
from support.builders import a_snapshot, a_time

if TYPE_CHECKING:
    from pathlib import Path

    from drift.core.model import Snapshot

RAW = b'{"compressed_databases_info": "H4sI"}'


def a_repeat(snapshot: Snapshot, *, digest: str = "same", minutes: float = 5, **fields: object) -> Repeat:
    given = {"instance": snapshot.instance, "taken_at": a_time(minutes), "source": "export", "digest": digest}
    return Repeat(**given | fields)  # type: ignore[arg-type]


def test_a_repeated_response_is_a_whole_snapshot(store: Store) -> None:
    """What is stored again without being read loads, verifies and keeps its response like any other snapshot."""
    first = store.save(a_snapshot(), raw=RAW, digest="same")
    entry = store.save_again(a_repeat(first, label="again"))
    assert entry is not None
    assert entry.unchanged
    again = store.load(entry.number)
    told = {"number": entry.number, "taken_at": a_time(5), "source": "export", "label": "again", "judged": True}
    assert again == msgspec.structs.replace(first, **told)
    assert store.raw(entry.number) == RAW
    assert store.verify() == []


@pytest.mark.parametrize("digest", ["other", ""])
def test_another_response_has_to_be_read(store: Store, digest: str) -> None:
    """A response that is not the last one's, or was to be read otherwise, is not taken for it."""
    first = store.save(a_snapshot(), raw=RAW, digest="same")
    assert store.save_again(a_repeat(first, digest=digest)) is None
    assert len(store.log()) == 1


@pytest.mark.parametrize(("kept", "is_again"), [(RAW, True), (RAW + b" ", False), (b"", False)])
def test_a_response_that_was_kept_otherwise_has_to_be_read(store: Store, kept: bytes, *, is_again: bool) -> None:
    """A file is repeated only where it is, byte for byte, the response that was kept of the last one."""
    first = store.save(a_snapshot(), raw=RAW, digest="same")
    assert (store.save_again(a_repeat(first, kept=kept)) is not None) == is_again


def test_only_the_last_snapshot_is_repeated(store: Store) -> None:
    """The response of an earlier snapshot says nothing about what holds now in the store."""
    first = store.save(a_snapshot(), raw=RAW, digest="same")
    store.save(a_snapshot(minutes=1), raw=RAW, digest="other")
    assert store.save_again(a_repeat(first)) is None


def test_a_partial_snapshot_is_not_repeated(store: Store) -> None:
    """What could not be read is told anew each time."""
    first = store.save(a_snapshot(gaps={"database lost": "500"}), raw=RAW, digest="same")
    assert store.save_again(a_repeat(first)) is None


def test_a_snapshot_without_digest_is_not_repeated(store: Store) -> None:
    """Where it isn't known which response gave a snapshot, no response is taken for it."""
    first = store.save(a_snapshot(), raw=RAW)
    assert store.save_again(a_repeat(first)) is None


def test_another_instance_of_the_same_name_is_refused(store: Store) -> None:
    """A repeat doesn't pass by the check that a name belongs to one instance."""
    first = store.save(a_snapshot(), raw=RAW, digest="same")
    other = msgspec.structs.replace(first.instance, instance_id="0" * 32 + "in09")
    with pytest.raises(ConfigError):
        store.save_again(a_repeat(first, instance=other))


def test_a_damaged_snapshot_is_not_repeated(tmp_path: Path) -> None:
    """A copy with seals of its own would call the damage sound."""
    path = tmp_path / "drift.db"
    with Store.open(path, create=True) as store:
        first = store.save(a_snapshot(), raw=RAW, digest="same")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE snapshot SET layout = 'other'")
    with Store.open(path) as store, pytest.raises(StoreError):
        store.save_again(a_repeat(first))


def test_a_log_that_cannot_be_emptied_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was committed is stored, and said to be, even if the disk is full when the log is emptied afterwards."""

    class FullDisk(sqlite3.Connection):
        def execute(self, statement: str, *parameters: object) -> sqlite3.Cursor:
            if "wal_checkpoint" in statement:
                raise sqlite3.OperationalError("disk I/O error")
            return super().execute(statement, *parameters)

    (tmp_path / "drift.db-wal").write_bytes(b"log")
    monkeypatch.setattr(transactions, "LARGEST_LOG", 1)
    with closing(sqlite3.connect(":memory:", factory=FullDisk)) as connection:
        transactions.bound_log(connection, tmp_path / "drift.db")
        assert connection.execute("PRAGMA busy_timeout").fetchone() == (transactions.PATIENCE * 1000,)
