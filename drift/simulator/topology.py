"""The topology of a simulated DDM instance, and the operations that change it. Pure.

An operation takes a topology and returns the next. It raises ValueError with an explanation where DDM would refuse.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec
from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_SHARDS_PER_NODE: Final = 64

_DATABASE_NAME: Final = re.compile(r"[a-z][a-z0-9_]{1,47}")
_NOWHERE: Final = ""


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A data node: an RDS instance for MySQL."""

    id: str
    name: str
    host: str
    port: int = 3306
    engine: str = "mysql"
    engine_version: str = "8.0"


class Shard(msgspec.Struct, frozen=True, gc=False):
    """A physical database on a data node."""

    name: str
    index: int
    node_id: str
    status: str = "RUNNING"


class Database(msgspec.Struct, frozen=True):
    """A logical database. `created` is in milliseconds since the epoch.

    `declared` is the number of shards that it says it has, where that isn't the number of those that are there.
    """

    name: str
    mode: Literal["cluster", "single"]
    shards: tuple[Shard, ...]
    created: int
    status: str = "RUNNING"
    declared: int | None = None

    @property
    def shard_count(self) -> int:
        """The declared number of shards."""
        return len(self.shards) if self.declared is None else self.declared


class Topology(msgspec.Struct, frozen=True):
    """Data nodes, and databases whose shards live on them."""

    nodes: tuple[Node, ...]
    databases: tuple[Database, ...] = ()

    @property
    def node_ids(self) -> tuple[str, ...]:
        """The ids of the data nodes, in their order."""
        return tuple(node.id for node in self.nodes)

    def database(self, name: str) -> Database:
        """Return the database of that name. DDM ignores case. Raises ValueError for an unknown name."""
        for database in self.databases:
            if database.name == name.lower():
                return database
        raise ValueError(f"there is no database {name!r}")

    def node(self, name: str) -> Node:
        """Return the data node of that name. Raises ValueError for an unknown name."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise ValueError(f"there is no data node {name!r}")


def identifier(suffix: str, *names: str) -> str:
    """Build an id in the cloud's form, 32 hex digits and a suffix such as `in09`; equal names have equal ids."""
    return hashlib.sha256("/".join(names).encode()).hexdigest()[:32] + suffix


def dashed(*names: str) -> str:
    """Build an id in the form of a UUID; equal names have equal ids."""
    digits = identifier("", *names)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def create_database(topology: Topology, name: str, shards: int, created: int) -> Topology:
    """Create a database of that many shards; 0 makes an unsharded one."""
    if not _DATABASE_NAME.fullmatch(name):
        raise ValueError(f"database {name!r}: expected 2 to 48 of a-z, 0-9 and _, the first a letter")
    if any(database.name == name for database in topology.databases):
        raise ValueError(f"there is a database {name!r} already")
    if not topology.nodes:
        raise ValueError(f"database {name!r} needs a data node")
    if shards == 0:
        database = Database(name, "single", (Shard(name, 0, topology.nodes[0].id),), created)
    else:
        check_count(name, shards, len(topology.nodes))
        database = Database(name, "cluster", spread(_new_shards(name, 0, shards), topology.node_ids), created)
    return replace(topology, databases=(*topology.databases, database))


def drop_database(topology: Topology, name: str) -> Topology:
    """Drop a database with its shards."""
    dropped = topology.database(name)
    return replace(topology, databases=tuple(each for each in topology.databases if each != dropped))


def add_nodes(topology: Topology, nodes: Iterable[Node]) -> Topology:
    """Add empty data nodes. Existing ones stay as they are."""
    known = topology.node_ids
    return replace(topology, nodes=(*topology.nodes, *(node for node in nodes if node.id not in known)))


def configure_shards(topology: Topology, name: str, shards: int) -> Topology:
    """Give a sharded database that many shards, evenly over all data nodes.

    With the same count on more nodes this is DDM's method 1, with a higher one on the same nodes method 2, with both
    method 3. Existing shards keep their names, and as few as possible move.
    """
    database = topology.database(name)
    have = len(database.shards)
    if database.mode != "cluster":
        raise ValueError(f"database {name!r} is unsharded: its shards can't be configured")
    if shards < have:
        raise ValueError(f"database {name!r} has {have} shards: DDM makes more of them, never fewer")
    check_count(name, shards, len(topology.nodes))
    grown = spread((*database.shards, *_new_shards(database.name, have, shards)), topology.node_ids)
    return _with(topology, replace(database, shards=grown))


def move_shard(topology: Topology, shard_name: str, node_name: str) -> Topology:
    """Move one shard to another data node. DDM has no such operation; people do it by hand."""
    return change_shard(topology, shard_name, node_id=topology.node(node_name).id)


def change_shard(topology: Topology, shard_name: str, /, **changed: Any) -> Topology:  # noqa: ANN401 - a shard's fields
    """Change one shard."""
    for database in topology.databases:
        if any(shard.name == shard_name for shard in database.shards):
            shards = (replace(each, **changed) if each.name == shard_name else each for each in database.shards)
            return _with(topology, replace(database, shards=tuple(shards)))
    raise ValueError(f"there is no shard {shard_name!r}")


def drop_shard(topology: Topology, shard_name: str) -> Topology:
    """Drop one shard, which its database still counts. DDM has no such operation."""
    for database in topology.databases:
        left = tuple(shard for shard in database.shards if shard.name != shard_name)
        if len(left) < len(database.shards):
            return _with(topology, replace(database, shards=left, declared=database.shard_count))
    raise ValueError(f"there is no shard {shard_name!r}")


def change_database(topology: Topology, name: str, /, **changed: Any) -> Topology:  # noqa: ANN401 - a database's fields
    """Change one database."""
    return _with(topology, replace(topology.database(name), **changed))


def change_node(topology: Topology, name: str, /, **changed: Any) -> Topology:  # noqa: ANN401 - a data node's fields
    """Change one data node. Its shards follow a new id."""
    old = topology.node(name)
    new = replace(old, **changed)
    clashing = {node.id for node in topology.nodes if node != old}
    if new.id in clashing:
        raise ValueError(f"there is a data node {new.name!r} already")
    nodes = tuple(new if node == old else node for node in topology.nodes)
    if new.id == old.id:
        return replace(topology, nodes=nodes)
    databases = tuple(_on(database, old.id, new.id) for database in topology.databases)
    return Topology(nodes, databases)


def remove_node(topology: Topology, name: str) -> Topology:
    """Remove one data node, whose shards go evenly to the others. DDM has no such operation."""
    gone = topology.node(name)
    left = tuple(node for node in topology.nodes if node != gone)
    if not left:
        raise ValueError(f"data node {name!r} is the only one")
    ids = [node.id for node in left]
    databases = (replace(database, shards=_rescued(database.shards, gone.id, ids)) for database in topology.databases)
    return Topology(left, tuple(databases))


def forget_node(topology: Topology, name: str) -> Topology:
    """Hide one data node, although shards are still on it: a fault of the service."""
    gone = topology.node(name)
    return replace(topology, nodes=tuple(node for node in topology.nodes if node != gone))


def _rescued(shards: Sequence[Shard], gone: str, node_ids: Sequence[str]) -> tuple[Shard, ...]:
    """Move each shard of a removed data node to the data node that holds the fewest at that point."""
    held = Counter(dict.fromkeys(node_ids, 0))
    held.update(shard.node_id for shard in shards if shard.node_id != gone)
    rescued = []
    for shard in shards:
        node_id = shard.node_id if shard.node_id != gone else min(node_ids, key=lambda each: held[each])
        held[node_id] += shard.node_id == gone
        rescued.append(replace(shard, node_id=node_id))
    return tuple(rescued)


def _on(database: Database, old: str, new: str) -> Database:
    shards = (replace(shard, node_id=new) if shard.node_id == old else shard for shard in database.shards)
    return replace(database, shards=tuple(shards))


def spread(shards: Sequence[Shard], node_ids: Sequence[str]) -> tuple[Shard, ...]:
    """Spread shards evenly over data nodes: counts differ by at most one, and as few shards as possible move."""
    held: dict[str, list[Shard]] = {node_id: [] for node_id in node_ids}
    moving: list[Shard] = []
    for shard in shards:
        held.get(shard.node_id, moving).append(shard)
    share, rest = divmod(len(shards), len(node_ids))
    fullest_first = sorted(node_ids, key=lambda node_id: -len(held[node_id]))
    for rank, node_id in enumerate(fullest_first):
        moving += held[node_id][share + (rank < rest) :]
        del held[node_id][share + (rank < rest) :]
    moving.sort(key=lambda shard: shard.index, reverse=True)
    for rank, node_id in enumerate(fullest_first):
        while len(held[node_id]) < share + (rank < rest):
            held[node_id].append(replace(moving.pop(), node_id=node_id))
    return tuple(sorted((shard for kept in held.values() for shard in kept), key=lambda shard: shard.index))


def _new_shards(database: str, start: int, stop: int) -> tuple[Shard, ...]:
    return tuple(Shard(name, index, _NOWHERE) for index, name in enumerate(_names(database, start, stop), start))


@lru_cache(maxsize=1024)
def _names(database: str, start: int, stop: int) -> tuple[str, ...]:
    """Name shards. Many instances may share the names."""
    return tuple(f"{database}_{index:04}" for index in range(start, stop))


def check_count(name: str, shards: int, nodes: int) -> None:
    """Raise ValueError where a database can't have that many shards on that many data nodes."""
    lowest, highest = max(2, nodes), MOST_SHARDS_PER_NODE * nodes
    if not lowest <= shards <= highest:
        raise ValueError(
            f"database {name!r}: expected {lowest} to {highest} shards on {nodes} data nodes, got {shards}"
        )


def _with(topology: Topology, changed: Database) -> Topology:
    return replace(
        topology, databases=tuple(changed if each.name == changed.name else each for each in topology.databases)
    )
