"""Writes the export of a made-up DDM instance to a file, as the API returns it. The same options give the same bytes.

    python benchmarks/generate.py before.json --shards 100000
    python benchmarks/generate.py noisy.json --shards 100000 --noise 1      # the same topology, nothing else the same
    python benchmarks/generate.py after.json --shards 100000 --moved 100    # the same file, but for 100 shards

What DDM really writes is undocumented. This is a list of databases with their shards, in camelCase, with times in epoch
milliseconds.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

_EPOCH = 1_770_000_000_000  # ms: about when the instance was made
_DAY = 86_400_000  # ms
_NAMES = ("orders", "payments", "users", "stock", "events", "ledger", "carts", "audit", "mail", "search")


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard: where it lives, and its status."""

    database: int
    index: int
    node: int
    status: str = "RUNNING"


@dataclass(frozen=True, slots=True)
class Topology:
    """Data nodes and databases are numbers here; what they are called follows from that."""

    nodes: int
    databases: int
    shards: tuple[Shard, ...]


def make(shards: int, databases: int, nodes: int) -> Topology:
    """Make a topology of that many shards in all, in databases of equal size, each spread over all nodes."""
    sizes = [shards // databases + (database < shards % databases) for database in range(databases)]
    return Topology(
        nodes,
        databases,
        tuple(
            Shard(database, index, index * nodes // size)
            for database, size in enumerate(sizes)
            for index in range(size)
        ),
    )


def move(topology: Topology, count: int, seed: int) -> Topology:
    """So many of its shards on another node."""
    random = Random(f"move {seed}")
    return _with(topology, random, count, lambda shard: replace(shard, node=_other(random, shard, topology)))


def change(topology: Topology, count: int, seed: int) -> Topology:
    """So many of its shards changed: three of four on another node, the others in another status."""
    random = Random(f"change {seed}")
    return _with(topology, random, count, lambda shard: _changed(random, shard, topology))


def _with(topology: Topology, random: Random, count: int, edit: Any) -> Topology:  # noqa: ANN401 - Shard -> Shard
    shards = list(topology.shards)
    for position in sorted(random.sample(range(len(shards)), count)):
        shards[position] = edit(shards[position])
    return replace(topology, shards=tuple(shards))


def _other(random: Random, shard: Shard, topology: Topology) -> int:
    return (shard.node + random.randrange(1, topology.nodes)) % topology.nodes


def _changed(random: Random, shard: Shard, topology: Topology) -> Shard:
    if random.random() < 0.75:  # noqa: PLR2004 - three of four
        return replace(shard, node=_other(random, shard, topology))
    return replace(shard, status="MIGRATING" if shard.status == "RUNNING" else "RUNNING")


def export(topology: Topology, seed: int, noise: int, attributes: int) -> dict[str, Any]:
    """Encode the response body. A `noise` but 0 gives every record other volatile members and shuffles all records."""
    random = Random(f"volatile {seed} {noise}")
    documents = _documents(topology, random, noise, attributes)
    nodes = [_node(node) for node in range(topology.nodes)]
    if noise:
        for document in documents:
            random.shuffle(document["shards"])
        random.shuffle(documents)
        random.shuffle(nodes)
    text = json.dumps(documents, separators=(",", ":")).encode()
    compressed = base64.b64encode(gzip.compress(text, compresslevel=6, mtime=0)).decode()
    return {"compressed_databases_info": compressed, "data_nodes": nodes}


def _documents(topology: Topology, random: Random, noise: int, attributes: int) -> list[dict[str, Any]]:
    below: list[list[dict[str, Any]]] = [[] for _ in range(topology.databases)]
    made = [_EPOCH + database * _DAY + noise for database in range(topology.databases)]
    names = [_name(database) for database in range(topology.databases)]
    ids = [_node_id(node) for node in range(topology.nodes)]
    others = {f"member{number}": f"value {number}" for number in range(attributes)}
    for shard in topology.shards:
        created = made[shard.database] + shard.index
        below[shard.database].append(
            {
                "physicalDbName": f"{names[shard.database]}_{shard.index:04d}",
                "shardIndex": shard.index,
                "dataNodeId": ids[shard.node],
                "status": shard.status,
                **others,
                "createTime": created,
                "updateTime": created + int(random.random() * 100 * _DAY),
            }
        )
    return [
        {
            "name": name,
            "shardMode": "cluster",
            "shardNumber": len(shards),
            "status": "RUNNING",
            "createTime": created,
            "updateTime": created + _DAY,
            "shards": shards,
        }
        for name, created, shards in zip(names, made, below, strict=True)
    ]


def _name(database: int) -> str:
    return f"{_NAMES[database % len(_NAMES)]}_{database // len(_NAMES):02d}"


def _node_id(node: int) -> str:
    return f"{Random(f'node {node}').getrandbits(128):032x}in01"


def _node(node: int) -> dict[str, Any]:
    return {
        "instance_id": _node_id(node),
        "instance_name": f"rds-for-ddm-{node + 1:02d}",
        "access_host": f"172.16.{node // 250}.{node % 250 + 1}",
        "access_port": 3306,
        "engine": "mysql",
        "engine_version": "8.0",
    }


def main() -> None:
    """Write one export."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path, help="the file to write")
    parser.add_argument("--shards", type=int, default=100_000, help="in all databases together")
    parser.add_argument("--databases", type=int, default=20)
    parser.add_argument("--nodes", type=int, default=16, help="data nodes")
    parser.add_argument("--seed", type=int, default=1, help="of everything that is random")
    parser.add_argument("--moved", type=int, default=0, help="so many shards are on another node")
    parser.add_argument("--changed", type=int, default=0, help="at each step, so many shards change")
    parser.add_argument("--steps", type=int, default=1, help="steps of --changed, one upon the other")
    parser.add_argument("--noise", type=int, default=0, help="but for 0: other volatile members, and another order")
    parser.add_argument(
        "--attributes", type=int, default=0, help="members of a shard that are neither known nor volatile"
    )
    options = parser.parse_args()
    topology = move(make(options.shards, options.databases, options.nodes), options.moved, options.seed)
    for step in range(options.steps if options.changed else 0):
        topology = change(topology, options.changed, options.seed + step)
    options.path.write_text(json.dumps(export(topology, options.seed, options.noise, options.attributes)))


if __name__ == "__main__":
    main()
