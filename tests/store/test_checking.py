from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from drift.compare.timeline import Traced
from drift.core.errors import StoreError
from drift.store import Store
from support.builders import a_database, a_node, a_shard, a_snapshot, node_id
from support.shell import drift

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store in which a shard moved, another was added, and a data node and a database got attributes."""
    shards = [a_shard(f"orders_{i:04}", attributes={"zone": "a"}) for i in range(3)]
    moved = [a_shard("orders_0000", on="rds-2", attributes={"zone": "b"}), *shards[1:], a_shard("orders_0003")]
    path = tmp_path / "drift.db"
    with Store.open(path, create=True) as store:
        store.save(a_snapshot(a_database(shards=shards), nodes=["rds-1", "rds-2"]))
        nodes = [a_node("rds-1"), a_node("rds-2", attributes={"zone": "b"})]
        store.save(a_snapshot(a_database(shards=moved, attributes={"note": "x"}), nodes=nodes, minutes=1))
    return path


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE shard_version SET data_node_id = 'elsewhere' WHERE since = 2 AND name = 'orders_0000'",
        "DELETE FROM shard_version WHERE name = 'orders_0003'",
        "UPDATE shard_version SET database = 'users' WHERE name = 'orders_0003'",
        "DELETE FROM database_version WHERE since = 2",
        "DELETE FROM data_node_version WHERE until = 2",
        "UPDATE shard_version SET attributes = '{\"zone\"' WHERE since = 2 AND name = 'orders_0000'",
        "UPDATE database_version SET attributes = '[1]' WHERE since = 2",
        "UPDATE data_node_version SET attributes = 'zone' WHERE since = 2",
    ],
)
def test_a_comparison_of_damaged_rows_is_no_answer(path: Path, damage: str) -> None:
    """What the rows between two snapshots add and remove has to be what was recorded: else 4, and no traceback."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(damage)
    ended = drift(path.parent, "diff", "1", "2", "--store", "drift.db")
    assert (ended.code, "Traceback" in ended.err) == (4, False), ended.err
    assert "verify-store" in ended.err


@pytest.mark.parametrize("table", ["shard_version", "database_version", "data_node_version"])
def test_a_history_of_damaged_attributes_is_no_answer(path: Path, table: str) -> None:
    """Attributes that are no JSON are no part of a history."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE {table} SET attributes = '{{'")  # noqa: S608 - names of our own
    names = {
        "shard_version": Traced("orders-prod", "shard", "orders", "orders_0000"),
        "database_version": Traced("orders-prod", "database", None, "orders"),
        "data_node_version": Traced("orders-prod", "data-node", None, node_id("rds-2")),
    }
    with Store.open(path) as store, pytest.raises(StoreError, match="is invalid"):
        store.trace(names[table])
