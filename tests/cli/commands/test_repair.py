from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from drift.core.errors import StoreError
from drift.simulator import default_cloud
from drift.store import ChangeWindow, Store
from support.builders import a_database, a_shard, a_snapshot
from support.shell import drift

if TYPE_CHECKING:
    from pathlib import Path

    from drift.core.model import Snapshot


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store of an instance that was captured from a file, and of one whose shards moved; snapshot 3 was pruned."""
    (tmp_path / "response.json").write_bytes(default_cloud().instance("orders-prod").export())
    assert drift(tmp_path, "snapshot", "captured", "--from-file", "response.json", "--store", "drift.db").code == 0
    path = tmp_path / "drift.db"
    with Store.open(path, create=True) as store:
        for minutes in range(4):
            shards = [a_shard("orders_0000", on=f"rds-{1 + minutes % 2}"), a_shard("orders_0001")]
            store.save(a_snapshot(a_database(shards=shards), a_database("users"), minutes=minutes, label=f"m{minutes}"))
        store.save_change_window(ChangeWindow(instance="orders-prod", name="CHG-1", begun=2))
        store.save_baseline(4)
        store.prune([3])
    return path


def test_a_repair_that_is_running_has_left_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`verify-store` doesn't warn of the half new store, and a second repair that is faster is not written over."""
    told: list[str] = []

    def repair(old: Store, new: Store, *rest: object) -> object:
        monkeypatch.setattr(Store, "repair", real)
        told.append(drift(path.parent, "verify-store", "--store", "drift.db").err)
        told.append(drift(path.parent, "repair", "--store", "drift.db").err)
        return real(old, new, *rest)

    real: Any = Store.repair
    monkeypatch.setattr(Store, "repair", repair)
    ended = drift(path.parent, "repair", "--store", "drift.db")
    assert (told, ended.code) == (["", ""], 2), ended.err
    assert "drift.repaired.db exists already" in ended.err
    assert sorted(loaded(path.with_name("drift.repaired.db"))) == [1, 2, 4, 5]
    assert not list(path.parent.glob(".*"))


def test_what_a_killed_repair_left_is_named_and_swept(path: Path) -> None:
    """`verify-store` names the folder of a repair that was killed, and the next repair into that name removes it."""
    left = path.with_name(".drift.repaired.db.0a1b2c3d.draft")
    left.mkdir()
    (left / "draft.db").write_bytes(b"half")
    assert f"{left.name}: a killed run left this draft" in drift(path.parent, "verify-store", "--store", "drift.db").err
    assert drift(path.parent, "repair", "--store", "drift.db").code == 0
    assert not left.exists()


def damage(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def loaded(path: Path) -> dict[int, Snapshot]:
    """The snapshots that can be loaded, by number."""
    found = {}
    with Store.open(path) as store:
        for number in (1, 2, 4, 5):
            try:
                found[number] = store.load(number)
            except StoreError:
                continue
    return found


def test_a_sound_store_is_rebuilt_as_it_is(path: Path) -> None:
    """Nothing is lost, 0; every snapshot, its number, what was begun and the kept response are there again."""
    before = path.read_bytes()
    ended = drift(path.parent, "repair", "--store", "drift.db")
    assert (ended.code, ended.out) == (0, "drift.repaired.db: 4 snapshots rebuilt\n"), ended.err
    new = path.with_name("drift.repaired.db")
    assert path.read_bytes() == before
    assert loaded(new) == loaded(path)
    with Store.open(new) as store, Store.open(path) as old:
        assert store.verify() == []
        assert (store.log(), store.change_windows()) == (old.log(), old.change_windows())
        assert (store.baseline("orders-prod"), store.raw(1)) == (4, old.raw(1))


def test_a_response_on_a_damaged_page_loses_no_snapshot(path: Path) -> None:
    """What is proven by its own rows stays, and the response alone is lost."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE raw SET bytes = randomblob(100000)")
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    with path.open("r+b") as file:  # the last pages are the response's, each with the number of the next
        file.seek(-10 * size, 2)
        file.write(b"\xff" * 10 * size)
    ended = drift(path.parent, "repair", "--store", "drift.db")
    assert ended.code == 4
    assert "snapshot 1: its kept response" in ended.out + ended.err
    assert loaded(path.with_name("drift.repaired.db")).keys() >= {1, 2, 4, 5}


@pytest.mark.parametrize(
    ("statement", "code", "whole"),
    [
        ("UPDATE shard_version SET status = 'x' WHERE instance_id = 1", 0, {1, 2, 4, 5}),  # the response has them
        ("UPDATE data_node_version SET host = 'x' WHERE instance_id = 1", 0, {1, 2, 4, 5}),
        ("UPDATE shard_version SET status = 'x' WHERE instance_id = 2 AND name = 'users_0001'", 4, {1}),
        ("UPDATE shard_version SET status = 'x' WHERE instance_id = 2 AND until = 4", 0, {1, 2, 4, 5}),  # 4 has them
        ("UPDATE snapshot SET label = 'x' WHERE id = 4", 4, {1, 2, 5}),
        ("UPDATE snapshot SET content_hash = 'x' WHERE id = 5", 4, {1, 2, 4}),
        ("UPDATE raw SET bytes = x'00'", 4, {1, 2, 4, 5}),
        ("UPDATE change SET begun = 4", 4, {1, 2, 4, 5}),
        ("UPDATE watched SET baseline = 9", 4, {1, 2, 4, 5}),
        ("DELETE FROM database_version WHERE instance_id = 2 AND name = 'users'", 4, {1}),
        ("DELETE FROM snapshot WHERE id = 5", 4, {1, 2, 4}),
    ],
)
def test_what_is_proven_is_rebuilt_and_what_is_not_is_told(
    path: Path, statement: str, code: int, whole: set[int]
) -> None:
    """The new store is sound, what was not damaged reads as before, and each loss is a line."""
    before = loaded(path)
    damage(path, statement)
    ended = drift(path.parent, "repair", "--store", "drift.db", "--output", "new.db")
    assert (ended.code, "Traceback" in ended.err) == (code, False), ended.err
    with Store.open(path.with_name("new.db")) as store:
        assert store.verify() == []
        kept = [entry.number for entry in store.log() if entry.complete]
        assert {number for number in kept if store.load(number) == before[number]} == whole
    assert not list(path.parent.glob("*draft*"))


@pytest.mark.parametrize(
    ("statement", "lines"),
    [
        (
            "UPDATE snapshot SET label = 'x' WHERE id IN (2, 4)",
            {
                "the change CHG-1 of orders-prod: snapshot 2 is lost": "drift begin",
                "the baseline of orders-prod: snapshot 4 is lost": "drift watch --once orders-prod --accept",
            },
        ),
        (
            "UPDATE snapshot SET label = 'x' WHERE instance_id = 2",  # so that the instance is lost as well
            {"the baseline of orders-prod: snapshot 4 is lost": "drift watch --once orders-prod --accept"},
        ),
        (
            "UPDATE watched SET baseline = 5",
            {"the baseline of orders-prod: its record was changed": "drift watch --once orders-prod --accept"},
        ),
    ],
)
def test_what_depends_on_a_lost_snapshot_is_told_in_words(path: Path, statement: str, lines: dict[str, str]) -> None:
    """A baseline and a begun change that are lost are named, with what to do, and without words of the database."""
    damage(path, statement)
    ended = drift(path.parent, "repair", "--store", "drift.db")
    assert ended.code == 4
    for begins, contains in lines.items():
        (line,) = (each.strip() for each in ended.err.splitlines() if each.strip().startswith(begins))
        assert contains in line
    assert "FOREIGN KEY" not in ended.err
    assert "NoneType" not in ended.err


def test_nothing_is_replaced(path: Path) -> None:
    """A file that is there already is not written over, 2; what can't be opened at all is told, 4."""
    (path.parent / "new.db").touch()
    assert drift(path.parent, "repair", "--store", "drift.db", "--output", "new.db").code == 2
    path.write_bytes(b"no store" * 1000)
    ended = drift(path.parent, "repair", "--store", "drift.db", "--output", "other.db")
    assert (ended.code, str(path.name) in ended.err) == (4, True)
    assert not (path.parent / "other.db").exists()
