from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given

from drift.core.model import Instance, Job, Operation, Snapshot
from drift.notify.outbox import Enlarged
from drift.notify.transitions import NotifiedState
from drift.store import ChangeWindow, Store, Verified
from support.builders import a_database, a_node, a_shard, a_snapshot, a_time
from support.strategies import histories

OTHER = Instance(name="orders-test")


@given(histories(max_size=6), histories(max_size=3, instance=OTHER))
def test_finds_nothing_in_a_sound_store(orders: list[Snapshot], others: list[Snapshot]) -> None:
    """Whatever is captured, gaps included, every snapshot can be rebuilt to its hash."""
    with TemporaryDirectory() as directory, Store.open(Path(directory) / "drift.db", create=True) as store:
        for snapshot in [*orders, *others]:
            store.save(snapshot)
        assert store.verify() == []


@pytest.fixture
def path(tmp_path: Path, made: Path) -> Path:
    """A store of four snapshots: whole, a shard moved, `orders` and the data nodes in gaps, and as the first again."""
    return Path(shutil.copy(made, tmp_path))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    whole = a_snapshot(a_database("orders"), a_database("users"))
    moved = a_database("orders", shards=[*whole.databases[0].shards[:3], a_shard("orders_0003", on="rds-1")])
    path = tmp_path_factory.mktemp("made") / "drift.db"
    with Store.open(path, create=True) as store:
        job = Job("j1", "migrateLogicDb", "orders", "RUNNING")
        moving = (Operation("instance", "MIGRATE_DATABASE"),)
        store.save(msgspec.structs.replace(whole, jobs=(job,), in_flight=moving), raw=b"response")
        store.save_change_window(ChangeWindow(instance="orders-prod", name="CHG-1", begun=1, plan_path="plan.toml"))
        store.outbox.put("mail", "orders-prod", Enlarged((), NotifiedState(1)))
        store.save_baseline(1)
        store.confirm_layout("orders-prod", "flat", "person", a_time())
        store.verifications.save(
            Verified(instance="orders-prod", read_at=a_time(), content_hash="sha256:0", verdict="sound", report="{}")
        )
        store.save(a_snapshot(moved, whole.databases[1], nodes=["rds-1", a_node("rds-2", port=3307)], minutes=1))
        store.save(
            a_snapshot(whole.databases[1], nodes=(), gaps={"database orders": "500", "data-nodes": "500"}, minutes=2)
        )
        store.save(a_snapshot(*whole.databases, minutes=3))
        assert store.verify() == []
    return path


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE shard_version SET data_node_id = 'elsewhere' WHERE name = 'users_0001'",
        "UPDATE shard_version SET status = NULL WHERE name = 'users_0001'",
        "UPDATE shard_version SET shard_index = 9 WHERE name = 'users_0001'",
        "UPDATE shard_version SET attributes = '{\"a\":1}' WHERE name = 'users_0001'",
        "UPDATE shard_version SET name = 'users_0009' WHERE name = 'users_0001'",
        "UPDATE shard_version SET database = 'nowhere' WHERE name = 'users_0001'",
        "UPDATE shard_version SET since = 2 WHERE name = 'users_0001'",
        "UPDATE shard_version SET until = 4 WHERE name = 'users_0001'",
        "UPDATE shard_version SET until = 3 WHERE until = 2",
        "UPDATE shard_version SET until = 3 WHERE until = 4",
        "UPDATE shard_version SET until = NULL, name = 'other' WHERE until = 2",
        "DELETE FROM shard_version WHERE name = 'users_0001'",
        "DELETE FROM shard_version WHERE until = 2",
        "INSERT INTO shard_version VALUES (1, 'users', 'more', 9, 'x', NULL, '{}', 1, NULL, NULL)",
        "INSERT INTO shard_version VALUES (1, 'users', 'users_0001', 9, 'x', NULL, '{}', 2, 3, NULL)",
        "INSERT INTO shard_digest VALUES (1, 'users', x'00', 0)",
        "INSERT INTO shard_digest VALUES (9, 'users', x'00', 0)",
        "UPDATE database_version SET status = 'CREATING' WHERE name = 'users'",
        "UPDATE database_version SET shard_count = 5 WHERE name = 'users'",
        "UPDATE database_version SET content_hash = 'sha256:0' WHERE name = 'users'",
        "UPDATE database_version SET held = 9 WHERE name = 'users'",
        "UPDATE database_version SET until = 4 WHERE name = 'users'",
        "UPDATE database_version SET until = 3 WHERE until = 4",
        "DELETE FROM database_version WHERE name = 'users'",
        "UPDATE data_node_version SET host = '10.0.0.1' WHERE name = 'rds-1'",
        "UPDATE data_node_version SET port = 1 WHERE until = 4",
        "UPDATE data_node_version SET until = 3 WHERE until = 4",
        "DELETE FROM data_node_version WHERE name = 'rds-1'",
        "UPDATE snapshot SET content_hash = 'sha256:0' WHERE id = 2",
        "UPDATE snapshot SET complete = 1 WHERE id = 3",
        "UPDATE snapshot SET data_node_count = 9 WHERE id = 2",
        "UPDATE snapshot SET database_count = 9 WHERE id = 2",
        "UPDATE snapshot SET shard_count = 9 WHERE id = 2",
        "UPDATE snapshot SET balance = '{}' WHERE id = 2",
        "UPDATE snapshot SET balance = 'no JSON' WHERE id = 2",
        "UPDATE snapshot SET taken_at = 'yesterday' WHERE id = 2",
        "UPDATE snapshot SET taken_at = '2026-05-01' WHERE id = 2",
        "DELETE FROM snapshot WHERE id = 2",
        "DELETE FROM snapshot WHERE id = 3",
        "DELETE FROM gap WHERE scope = 'database orders'",
        "UPDATE gap SET scope = 'databases' WHERE scope = 'database orders'",
        "INSERT INTO gap VALUES (2, 'database users', '500')",
        "UPDATE raw SET bytes = x'00'",
        "UPDATE raw SET bytes = substr(bytes, 1, length(bytes) - 1)",
        "DELETE FROM instance",
        "UPDATE instance SET name = 'orders-prod2'",
        "UPDATE instance SET endpoint = 'https://elsewhere.example.com'",
        "UPDATE snapshot SET label = 'pre' WHERE id = 2",
        "UPDATE snapshot SET source = 'details' WHERE id = 2",
        "UPDATE snapshot SET layout = NULL WHERE id = 2",
        "UPDATE snapshot SET taken_at = '2026-05-01T02:00:30.000000Z' WHERE id = 2",
        "UPDATE snapshot SET reader_version = 1 WHERE id = 2",
        "UPDATE snapshot SET unconfirmed = 1 - unconfirmed WHERE id = 2",
        "UPDATE snapshot SET seal = NULL WHERE id = 2",
        "UPDATE gap SET reason = '501'",
        "UPDATE in_flight SET state = 'MIGRATING'",
        "UPDATE job_version SET status = 'FAILED'",
        "UPDATE job_version SET since = 3",
        "UPDATE raw SET pinned = 1",
        "UPDATE change SET plan_path = 'other.toml'",
        "UPDATE told SET items = '[1]'",
        "UPDATE watched SET baseline = 2",
        "UPDATE confirmed_layout SET confirmed_by = 'details'",
        "UPDATE verification SET verdict = 'broken'",
        "DROP VIEW shards",
        "DROP INDEX snapshot_time; CREATE INDEX snapshot_time ON snapshot (instance_id, id)",
        "UPDATE shard_version SET instance_id = 9 WHERE name = 'users_0001'",
        "PRAGMA ignore_check_constraints = ON; UPDATE shard_version SET until = 1 WHERE name = 'users_0001'",
    ],
)
def test_finds_each_kind_of_tampering(path: Path, tampering: str) -> None:
    """Whatever is altered behind drift's back is found, although every stored hash stands as it was."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(tampering)
    with Store.open(path) as store:
        assert store.verify()


def test_says_where(path: Path) -> None:
    """A finding names the snapshot, the instance and the record."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE shard_version SET data_node_id = 'elsewhere' WHERE name = 'users_0001'")
    with Store.open(path) as store:
        assert (
            "snapshot 1 of orders-prod: the content of database 'users' differs from its recorded hash"
            in store.verify()
        )


def test_finds_a_missing_index_entry(path: Path) -> None:
    """What SQLite itself finds wrong with the file is a finding."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_schema SET sql = substr(sql, 1, instr(sql, 'WHERE') - 1) WHERE sql LIKE '%NULL'"
        )
        connection.commit()
    with Store.open(path) as store:
        assert any("shard_version_until" in finding for finding in store.verify())
