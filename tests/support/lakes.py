"""Lakes for tests: histories in which everything changes, and what `drift diff` says of them."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from drift.compare.diff import Change, diff
from drift.core.model import DataNode, Record, Shard, Snapshot, canonical_json
from drift.store.lake.exporting import export
from drift.store.lake.files import Lake
from drift.store.lake.places import open_place
from support.builders import START, a_database, a_node, a_shard, a_snapshot, node_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from drift.store import Store

NAMES = ("orders-prod", "007", "7", "2026-05-01", "1e5", "true", "Ä b%", "Orders-Prod")
"""Names of instances that readers of Parquet take for something else."""

_Modes: TypeAlias = dict[str, tuple[str | None, str | None, dict[str, str]]]
_NODES = ("rds-1", "rds-2", "rds-3")


def a_lake(folder: Path) -> Lake:
    """The lake in a folder, new if there is none."""
    lake = Lake(open_place(str(folder), {}))
    if not lake.exists:
        lake.create()
    return lake


def export_all(store: Store, lake: Lake) -> list[str]:
    """Export every instance of a store; return what became of each."""
    return [export(store, lake, str(each.name)) for each in store.instances()]


def save_histories(store: Store, names: tuple[str, ...] = NAMES, steps: int = 9) -> None:
    """Store a random history for each name; all are taken at about the same times, and some are stored late."""
    for seed, name in enumerate(names):
        history = list(_history(Random(seed), name, steps))  # noqa: S311 - random data, not secrets
        late = history.pop(steps // 2)
        for snapshot in [*history, late]:
            store.save(snapshot)


def _history(random: Random, name: str, steps: int) -> Iterator[Snapshot]:
    nodes = {each: a_node(each, attributes={"zone": "a"}) for each in _NODES}
    shards = {(shard.database, shard.name): shard for db in ("orders", "users") for shard in a_database(db).shards}
    modes = dict.fromkeys(("orders", "users"), ("cluster", "RUNNING", {"charset": "utf8"}))
    for step in range(steps):
        if step:
            for _ in range(random.randrange(5)):
                random.choice((_move, _move, _come_or_go, _relabel, _rework))(random, nodes, shards, modes)
        gaps = (
            {random.choice(("data-nodes", "database orders", "disagreement")): "500"} if random.random() < 0.2 else {}
        )
        databases = [
            a_database(db, shards=[each for key, each in shards.items() if key[0] == db], shard_count=16 if mode else 8,
                       shard_mode=mode, status=status, attributes=attributes)
            for db, (mode, status, attributes) in modes.items()
        ]  # fmt: skip
        odd = {"source": "details"} if random.random() < 0.06 else {}
        taken = START + timedelta(hours=step, microseconds=random.randrange(10**6))
        yield a_snapshot(*databases, nodes=nodes.values(), instance=name, gaps=gaps, taken_at=taken, **odd)


def _move(random: Random, _nodes: object, shards: dict[tuple[str, str], Shard], _modes: object) -> None:
    key = random.choice(sorted(shards))
    shards[key] = msgspec.structs.replace(shards[key], data_node_id=node_id(random.choice(_NODES)))


def _come_or_go(
    random: Random, nodes: dict[str, DataNode], shards: dict[tuple[str, str], Shard], modes: _Modes
) -> None:
    match random.randrange(4):
        case 0 if len(shards) > 6:
            del shards[random.choice(sorted(shards))]
        case 1:
            extra = a_shard(f"orders_{random.randrange(4, 40):04}", on=random.choice(_NODES))
            shards[extra.database, extra.name] = extra
        case 2:
            nodes["rds-4"] = a_node("rds-4")
            if random.random() < 0.5:
                del nodes["rds-4"]
        case _:
            modes["carts"] = ("single", None, {})
            if random.random() < 0.5:
                del modes["carts"]


def _relabel(random: Random, nodes: dict[str, DataNode], _shards: object, modes: _Modes) -> None:
    node = random.choice(_NODES)
    change: dict[str, Any] = random.choice((
        {"name": f"{node}-{random.randrange(3)}"}, {"port": 3306 + random.randrange(3)}, {"host": "10.0.0.1"},
        {"engine_version": "8.0.2"}, {"engine_version": "8.0.3"}, {"engine_version": "8.4"}, {"engine": "MySQL"},
        {"engine_version": None}, {"attributes": canonical_json({"zone": random.choice("abc")})},
    ))  # fmt: skip
    nodes[node] = msgspec.structs.replace(nodes[node], **change)
    mode, status, _ = modes["orders"]
    modes["orders"] = (mode, random.choice((status, "EXPANDING", None)), {"charset": random.choice(("utf8", "gbk"))})


def _rework(random: Random, _nodes: object, shards: dict[tuple[str, str], Shard], modes: _Modes) -> None:
    key = random.choice(sorted(shards))
    change: dict[str, Any] = random.choice(({"index": None}, {"index": 7}, {"status": None}, {"status": "EXPANDING"}))
    if random.random() < 0.1:
        change = {"attributes": canonical_json({"weight": 1})}  # of one shard alone: it may be a place that others lack
    shards[key] = msgspec.structs.replace(shards[key], **change)
    if random.random() < 0.3:
        modes["users"] = (random.choice(("cluster", "single", None)), *modes["users"][1:])


def rows_of(before: Snapshot, after: Snapshot) -> list[dict[str, Any]]:
    """What `drift diff` says of two snapshots, as rows of `drift lake diff`."""
    found = diff(before, after)
    head = {
        "instance": before.instance.name,
        "snapshot_before": before.number,
        "snapshot_after": after.number,
    }
    rows = [
        {
            **head, "entity": each.entity, "database": each.database, "name": each.name, "rule": each.rule,
            "before": _told(each, each.before), "after": _told(each, each.after),
        }
        for each in found.changes
    ]  # fmt: skip
    rows += [
        {**head, "entity": "instance", "database": None, "name": gap.scope, "rule": "not-checked", "before": None,
         "after": gap.reason}
        for gap in found.not_checked
    ]  # fmt: skip
    return sorted(rows, key=_order)


def _order(row: Mapping[str, Any]) -> list[str]:
    return [row[key] or "" for key in ("instance", "entity", "database", "name", "rule")]


def _told(change: Change, record: Record | None) -> str | None:
    """What a row says of one side: the fields that its rule is about."""
    if record is None:
        return None
    fields = {
        "data-node-endpoint-changed": ("host", "port"), "data-node-engine-changed": ("engine", "engine_version"),
        "data-node-engine-patched": ("engine", "engine_version"), "data-node-changed": ("attributes",),
        "database-status-changed": ("status",), "database-changed": ("attributes",),
        "shard-status-changed": ("status",), "shard-changed": ("index", "attributes"),
    }.get(change.rule, {"data-node": ("name",), "database": ("shard_mode", "shard_count"),
                        "shard": ("data_node_id",)}[change.entity])  # fmt: skip
    values = [getattr(record, field) for field in fields]
    if len(values) == 1:
        return values[0]  # type: ignore[no-any-return]
    return " ".join("-" if value is None else str(value) for value in values)
