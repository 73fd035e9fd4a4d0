"""Builders: records that read like English. A data node is called by its name; its id follows from that."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from drift.core.model import Database, DataNode, Gap, Instance, Shard, Snapshot, canonical_json
from drift.policy.known_names import KnownNames

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ORDERS = Instance(
    name="orders-prod",
    project_id="619d3e78f61b4be68bc5aa0b59edcf7b",
    instance_id="1f5c9fd6cd984056ba89c8c87cc03278in09",
    endpoint="https://ddm.example.com",
)
"""The instance that a snapshot is of unless a test says otherwise."""

START = datetime(2026, 5, 1, 2, 0, tzinfo=UTC)


def node_id(name: str) -> str:
    """The id of the data node of that name, shaped as the cloud's: 32 hex digits and `in01`."""
    return f"{hashlib.sha256(name.encode()).hexdigest()[:32]}in01"


def a_time(minutes: float = 0) -> datetime:
    """So many minutes after the first capture."""
    return START + timedelta(minutes=minutes)


def a_node(name: str = "rds-1", **fields: object) -> DataNode:
    """A data node; `fields` override its own, `attributes` being a mapping."""
    digest = hashlib.sha256(name.encode()).digest()
    given: dict[str, Any] = {
        "id": node_id(name),
        "name": name,
        "host": f"172.16.{digest[0]}.{digest[1]}",
        "port": 3306,
        "engine": "mysql",
        "engine_version": "8.0",
        **fields,
    }
    return DataNode(**_with_text_attributes(given))


def a_shard(name: str = "orders_0000", *, on: str = "rds-1", database: str | None = None, **fields: object) -> Shard:
    """A shard on the data node of that name; its database and index are read from a name like `orders_0000`."""
    stem, _, digits = name.rpartition("_")
    given: dict[str, Any] = {
        "database": database or stem,
        "name": name,
        "index": int(digits) if digits.isdecimal() else None,
        "data_node_id": node_id(on),
        "status": "RUNNING",
        **fields,
    }
    return Shard(**_with_text_attributes(given))


def a_database(
    name: str = "orders", *, shards: int | Iterable[Shard] = 4, on: Iterable[str] = ("rds-1", "rds-2"), **fields: object
) -> Database:
    """A database; a number of `shards` is dealt out over the data nodes in runs, as DDM does."""
    nodes = list(on)
    if isinstance(shards, int):
        shards = [a_shard(f"{name}_{i:04}", on=nodes[i * len(nodes) // shards]) for i in range(shards)]
    records = tuple(shards)
    given: dict[str, Any] = {"shard_mode": "cluster", "shard_count": len(records), "status": "RUNNING", **fields}
    return Database.of(name, **_with_text_attributes(given), shards=records)


def a_snapshot(
    *databases: Database,
    nodes: Iterable[DataNode | str] = ("rds-1", "rds-2"),
    instance: Instance | str = ORDERS,
    minutes: float = 0,
    gaps: Mapping[str, str] | None = None,
    **fields: object,
) -> Snapshot:
    """A snapshot taken `minutes` after the first; `gaps` maps scopes to reasons; a name alone makes an instance."""
    given: dict[str, Any] = {"taken_at": a_time(minutes), "source": "export", "layout": "flat", **fields}
    return Snapshot.of(
        **given,
        instance=Instance(name=instance) if isinstance(instance, str) else instance,
        gaps=[Gap(scope, reason) for scope, reason in (gaps or {}).items()],
        data_nodes=[a_node(node) if isinstance(node, str) else node for node in nodes],
        databases=databases,
    )


def a_big_snapshot(
    shards: int,
    *,
    databases: int = 10,
    moved: Iterable[int] = (),
    minutes: float = 0,
    instance: Instance | str = ORDERS,
) -> Snapshot:
    """`shards` shards in `databases` databases on four data nodes; those numbered in `moved` lie on a fifth."""
    gone = set(moved)
    nodes = [f"rds-{i}" for i in range(1, 6)]
    ids = [node_id(node) for node in nodes]
    names = [f"db{i:04}" for i in range(databases)]
    places: dict[str, list[Shard]] = {name: [] for name in names}
    for i in range(shards):
        name, index = names[i % databases], i // databases
        node = ids[4] if i in gone else ids[i % 4]
        places[name].append(Shard(name, f"{name}_{index:04}", index, node, "RUNNING"))
    found = (a_database(name, shards=records) for name, records in places.items())
    return a_snapshot(*found, nodes=nodes, minutes=minutes, instance=instance)


def a_world(*sides: Snapshot) -> KnownNames:
    """What plans and waivers about these snapshots may speak of."""
    return KnownNames.of(
        [node for side in sides for node in side.data_nodes],
        [shard.data_node_id for side in sides for database in side.databases for shard in database.shards],
        [database.name for side in sides for database in side.databases],
        [gap for side in sides for gap in side.gaps],
    )


def _with_text_attributes(fields: Mapping[str, Any]) -> dict[str, Any]:
    attributes = fields.get("attributes")
    return dict(fields) if attributes is None else {**fields, "attributes": canonical_json(attributes)}
