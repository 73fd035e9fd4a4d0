"""Small topologies that change a little from one hour to the next, for benchmarks of the store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from drift.core.model import Database, DataNode, Instance, Shard, Snapshot

_START = datetime(2026, 5, 4, tzinfo=UTC)
_NODES = 3


class Topology:
    """One instance of two databases on three data nodes. `shards` is how many each database has."""

    def __init__(self, name: str, *, shards: int, seed: int) -> None:
        self._instance = Instance(name=name)
        self._random = Random(f"{seed} {name}")
        self._nodes = [DataNode(f"{name}-{i}", f"{name}-rds-{i}", f"10.0.0.{i}", 3306) for i in range(_NODES)]
        self._places = {database: [i % _NODES for i in range(shards)] for database in ("orders", "users")}

    def move(self, odds: float) -> None:
        """Move one shard to any data node, with these odds."""
        if self._random.random() < odds:
            places = self._random.choice(list(self._places.values()))
            places[self._random.randrange(len(places))] = self._random.randrange(_NODES)

    def captured(self, hour: int) -> Snapshot:
        """Return the snapshot of an hour."""
        return Snapshot.of(
            instance=self._instance,
            taken_at=_START + timedelta(hours=hour),
            source="export",
            layout="flat",
            data_nodes=self._nodes,
            databases=[self._database(name, places) for name, places in self._places.items()],
        )

    def _database(self, name: str, places: list[int]) -> Database:
        shards = [Shard(name, f"{name}_{i:04}", i, self._nodes[place].id) for i, place in enumerate(places)]
        return Database.of(name, shard_mode="cluster", shard_count=len(shards), status="RUNNING", shards=shards)
