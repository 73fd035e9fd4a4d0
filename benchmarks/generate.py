"""Writes the export of a made-up DDM instance to a file, as the API returns it. The same options give the same bytes.

    python benchmarks/generate.py before.json --shards 100000
    python benchmarks/generate.py noisy.json --shards 100000 --noise 1      # the same topology, nothing else the same
    python benchmarks/generate.py after.json --shards 100000 --moved 100    # the same file, but for 100 shards

What DDM really writes is undocumented. Both layouts list databases with their shards. `lean` has six members a shard in
camelCase, and times in milliseconds. `detail` has eleven: those of the documented v1 detail of a database, which says
the name of a shard twice, those of the v3 detail beside them, and times as texts.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from time import gmtime, strftime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

_EPOCH = 1_770_000_000_000  # ms: about when the instance was made
_SECOND = 1_000  # ms
_DAY = 86_400_000  # ms
_NAMES = ("orders", "payments", "users", "stock", "events", "ledger", "carts", "audit", "mail", "search")

Record = dict[str, Any]


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


class Database(NamedTuple):
    """What a layout writes of a database: its name, when it was made in milliseconds, and its shards."""

    name: str
    made: int
    shards: list[Shard]


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


def change(topology: Topology, count: int, seed: int, within: int | None = None) -> Topology:
    """So many of its shards changed: three of four on another node, the others in another status.

    `within` is how many databases, the first ones, have all the changes.
    """
    random = Random(f"change {seed}")
    return _with(topology, random, count, lambda shard: _changed(random, shard, topology), within)


def _with(
    topology: Topology, random: Random, count: int, edit: Callable[[Shard], Shard], within: int | None = None
) -> Topology:
    shards = list(topology.shards)
    among = len(shards) if within is None else sum(shard.database < within for shard in shards)
    for position in sorted(random.sample(range(among), count)):
        shards[position] = edit(shards[position])
    return replace(topology, shards=tuple(shards))


def _other(random: Random, shard: Shard, topology: Topology) -> int:
    return (shard.node + random.randrange(1, topology.nodes)) % topology.nodes


def _changed(random: Random, shard: Shard, topology: Topology) -> Shard:
    if random.random() < 0.75:  # noqa: PLR2004 - three of four
        return replace(shard, node=_other(random, shard, topology))
    return replace(shard, status="MIGRATING" if shard.status == "RUNNING" else "RUNNING")


def export(topology: Topology, seed: int, noise: int, attributes: int, layout: str = "lean") -> Record:
    """Encode the response body. A `noise` but 0 gives every record other volatile members and shuffles all records."""
    random = Random(f"volatile {seed} {noise}")
    nodes = [_node(node) for node in range(topology.nodes)]
    databases = [Database(_name(n), _EPOCH + n * _DAY + noise * _SECOND, []) for n in range(topology.databases)]
    for shard in topology.shards:
        databases[shard.database].shards.append(shard)
    if noise:
        for database in databases:
            random.shuffle(database.shards)
        random.shuffle(databases)
    others = {f"member{number}": f"value {number}" for number in range(attributes)}
    documents = [LAYOUTS[layout](database, nodes, others, random) for database in databases]
    if noise:
        random.shuffle(nodes)
    text = json.dumps(documents, separators=(",", ":")).encode()
    compressed = base64.b64encode(gzip.compress(text, compresslevel=6, mtime=0)).decode()
    return {"compressed_databases_info": compressed, "data_nodes": nodes}


def _lean(database: Database, nodes: list[Record], others: Record, random: Random) -> Record:
    name, made, shards = database
    return {
        "name": name,
        "shardMode": "cluster",
        "shardNumber": len(shards),
        "status": "RUNNING",
        "createTime": made,
        "updateTime": made + _DAY,
        "shards": [
            {
                "physicalDbName": f"{name}_{shard.index:04d}",
                "shardIndex": shard.index,
                "dataNodeId": nodes[shard.node]["instance_id"],
                "status": shard.status,
                **others,
                "createTime": made + shard.index,
                "updateTime": made + shard.index + int(random.random() * 100 * _DAY),
            }
            for shard in shards
        ],
    }


def _detail(database: Database, nodes: list[Record], others: Record, random: Random) -> Record:
    name, made, shards = database
    return {
        "name": name,
        "created": _text(made),
        "status": "RUNNING",
        "updated": _text(made + _DAY),
        "databases": [
            {
                "id": nodes[shard.node]["instance_id"],
                "name": (own := f"{name}_{shard.index:04d}"),
                "idName": own,
                "dbslot": shard.index,
                "status": shard.status,
                "created": _text(made),
                "updated": _text(made + int(random.random() * 100 * _DAY)),
                "error_msg": "",
                "data_node_id": nodes[shard.node]["instance_id"],
                "physical_db_name": own,
                "shard_index": shard.index,
                **others,
            }
            for shard in shards
        ],
        "shard_mode": "cluster",
        "shard_number": len(shards),
        "shard_unit": -(-len(shards) // len(nodes)),
        "dataVips": ["192.168.0.97:5066"],
        "used_rds": [{"id": node["instance_id"], "name": node["instance_name"], "status": "normal"} for node in nodes],
    }


def _text(time: int) -> str:
    return strftime("%Y-%m-%dT%H:%M:%S+0000", gmtime(time // _SECOND))


LAYOUTS: Final = {"lean": _lean, "detail": _detail}


def _name(database: int) -> str:
    return f"{_NAMES[database % len(_NAMES)]}_{database // len(_NAMES):02d}"


def _node_id(node: int) -> str:
    return f"{Random(f'node {node}').getrandbits(128):032x}in01"


def _node(node: int) -> Record:
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
    parser.add_argument(
        "--within", type=int, metavar="DATABASES", help="the first so many have all that --changed does"
    )
    parser.add_argument("--steps", type=int, default=1, help="steps of --changed, one upon the other")
    parser.add_argument("--noise", type=int, default=0, help="but for 0: other volatile members, and another order")
    parser.add_argument(
        "--attributes", type=int, default=0, help="members of a shard that are neither known nor volatile"
    )
    parser.add_argument("--layout", choices=LAYOUTS, default="lean")
    options = parser.parse_args()
    topology = move(make(options.shards, options.databases, options.nodes), options.moved, options.seed)
    for step in range(options.steps if options.changed else 0):
        topology = change(topology, options.changed, options.seed + step, options.within)
    body = export(topology, options.seed, options.noise, options.attributes, options.layout)
    options.path.write_text(json.dumps(body))


if __name__ == "__main__":
    main()
