"""Worlds for the reader and the comparison: random topologies, and operations on them, of which all is known.

`support.world_layouts` writes them in random layouts. `differences` says what really changed between two of them, as
far as both layouts tell it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

_NAMES = (
    "orders", "users", "crm", "app_2024", "db_0000", "a_b", "accounts", "data", "status", "shards", "list", "rds-1",
    "metadata", "jobs", "backups", "name", "geo", "main", "orders_0000", "database", "id", "tables", "Orders",
    "a", "orders_0001", "2024", "shop.eu", "数据", "data_nodes", "result", "payments_00", "RUNNING", "nodes",
)  # fmt: skip
_STATUSES = ("RUNNING", "EXPANDING", "EXPANDING FAILED")


class Shard(NamedTuple):
    """One shard as it is. A status of None is in no record."""

    database: str
    name: str
    node: str
    status: str | None
    index: int
    weight: int


class Database(NamedTuple):
    """One database with its shards; `count` is what it declares."""

    name: str
    mode: str
    status: str
    count: int
    charset: str
    shards: tuple[Shard, ...]


class Node(NamedTuple):
    """One data node, which the envelope mostly lists."""

    id: str
    name: str | None
    host: str
    port: int = 3306
    is_listed: bool = True


class Topology(NamedTuple):
    """All there is. It is `documented` unless its names are odd."""

    nodes: tuple[Node, ...]
    databases: tuple[Database, ...]
    documented: bool

    @property
    def shards(self) -> list[Shard]:
        """The shards of all databases."""
        return [shard for database in self.databases for shard in database.shards]

    @property
    def data_nodes(self) -> list[dict[str, Any]]:
        """The data nodes as the envelope lists them."""
        return [
            {"instance_id": node.id, "instance_name": node.name, "access_host": node.host, "access_port": node.port}
            for node in self.nodes
            if node.is_listed
        ]


class Facts(NamedTuple):
    """What a layout has a place for, beside names and places."""

    mode: bool
    count: bool
    database_status: bool
    charset: bool
    shard_status: bool
    index: bool
    weight: bool
    empty: bool

    def __and__(self, other: Facts) -> Facts:
        """What both layouts have a place for."""
        return Facts(*(one and two for one, two in zip(self, other, strict=True)))


class World(NamedTuple):
    """A document with its data nodes, and the truth about it.

    `told` is what its layout has a place for. `is_even`: every record tells the same facts and nothing odd besides.
    """

    document: Any
    topology: Topology
    told: Facts
    is_documented: bool
    is_even: bool

    @property
    def response(self) -> dict[str, Any]:
        """The whole, with the payload decoded."""
        return {"compressed_databases_info": self.document, "data_nodes": self.topology.data_nodes}

    @property
    def truth(self) -> dict[str, dict[str, str]]:
        """The databases that the document names, with the data nodes of their shards."""
        return {
            each.name: {shard.name: shard.node for shard in each.shards}
            for each in self.topology.databases
            if each.shards or self.told.empty
        }


_NUMBERINGS: tuple[Callable[[int], str], ...] = (
    lambda at: f"{at:04}", lambda at: f"{at + 1:04}", lambda at: f"{at:05}", lambda at: f"{at:02}",
    lambda at: f"{at * 4:04}", lambda at: chr(97 + at % 26) * (1 + at // 26), lambda at: f"{9999 + at}",
)  # fmt: skip


# --- topologies -----------------------------------------------------------------------------------------------------


def a_topology(random: Random, *, odd: float, most: int = 5) -> Topology:
    """Draw a topology. `odd` is the chance of names that mislead, `most` of how many shards a database has at most."""
    oddities: list[bool] = []

    def oddly(usual: Any, *others: Any) -> Any:  # noqa: ANN401 - whatever is chosen from
        if random.random() >= odd:
            return usual
        oddities.append(True)
        return random.choice(others)

    ids = oddly([f"{c * 32}in01" for c in "abcd"], ["Rds-1", "rds-1", "rds-2", "rds-3"], ["1", "2", "3", "4"])
    names = oddly(
        ["rds-1", "rds-2", "rds-3", "rds-4"],
        ["rds", "rds", "x", "y"],
        ["Rds", "rds", "x", "y"],
        ["orders", "crm", "a", "orders_0000"],
        [ids[1], ids[0], "x", "y"],
        [None, "rds-2", None, "rds-4"],
    )
    shares_host = oddly("no", "yes") == "yes"
    count = random.randint(1, 4)
    # Where ids may be names of other data nodes, only a list of all says which is meant.
    unlisted = oddly(None, *range(4)) if count > 1 and len(ids[0]) > len("rds-1") else None
    nodes = tuple(
        Node(ids[i], names[i], f"10.0.0.{0 if shares_host else i}", 3306 + i * shares_host, i != unlisted)
        for i in range(count)
    )
    drawn = random.sample(_NAMES, random.randint(1, 4))
    return Topology(nodes, tuple(_database(random, name, nodes, oddly, most) for name in drawn), not oddities)


def _database(random: Random, name: str, nodes: tuple[Node, ...], oddly: Callable[..., Any], most: int) -> Database:
    kind = random.choice(["sharded"] * 6 + ["single", "single", "empty"])
    offset = oddly(0, 1)
    if kind == "empty":
        names: list[str] = []
    elif kind == "single":
        names = [oddly(name, "whatever", f"{name}_main", f"{name}_0000", "legacy_2024", "x_0000", "orders_0001")]
    else:
        write = oddly(_NUMBERINGS[0], *_NUMBERINGS[1:])
        names = [f"{name}_{write(i)}" for i in range(random.randint(1, most))]
    shards = tuple(
        Shard(name, each, random.choice(nodes).id, random.choice(_STATUSES[:2]), i + offset, random.randint(1, 3))
        for i, each in enumerate(names)
    )
    return Database(name, "single" if kind == "single" else "cluster", "RUNNING", len(shards), "utf8", shards)


# --- operations -----------------------------------------------------------------------------------------------------


def changed(topology: Topology, random: Random) -> Topology:
    """Return the topology after one operation, or none."""
    return random.choice(_OPERATIONS)(topology, random)


def _nothing(topology: Topology, _random: Random) -> Topology:
    return topology


def _with_shard(topology: Topology, random: Random, **members: Any) -> Topology:  # noqa: ANN401
    if not topology.shards:
        return topology
    chosen = random.choice(topology.shards)
    return topology._replace(databases=tuple(
        database._replace(shards=tuple(
            shard._replace(**members) if shard == chosen else shard for shard in database.shards
        ))
        for database in topology.databases
    ))  # fmt: skip


def _move(topology: Topology, random: Random) -> Topology:
    return _with_shard(topology, random, node=random.choice(topology.nodes).id)


def _expand(topology: Topology, random: Random) -> Topology:
    return _with_shard(topology, random, status=random.choice((*_STATUSES, None)))


def _reweigh(topology: Topology, random: Random) -> Topology:
    return _with_shard(topology, random, weight=9)


def _one(topology: Topology, random: Random, change: Callable[[Database], Database | None]) -> Topology:
    chosen = random.choice(topology.databases)
    after = (change(database) if database == chosen else database for database in topology.databases)
    return topology._replace(databases=tuple(database for database in after if database is not None))


def _describe(topology: Topology, random: Random) -> Topology:
    members = random.choice([{"status": "CREATING"}, {"charset": "latin1"}, {"count": 64}])
    return _one(topology, random, lambda database: database._replace(**members))


def _grow(topology: Topology, random: Random) -> Topology:
    def grown(database: Database) -> Database:
        number = len(database.shards)
        shard = Shard(
            database.name, f"{database.name}_{number:04}", topology.nodes[0].id, "RUNNING", number, 1
        )  # fmt: skip
        if database.mode == "single" or shard.name in {each.name for each in database.shards}:
            return database
        return database._replace(count=number + 1, shards=(*database.shards, shard))

    return _one(topology, random, grown)


def _shrink(topology: Topology, random: Random) -> Topology:
    def shrunk(database: Database) -> Database:
        return database if len(database.shards) < 3 else database._replace(shards=database.shards[:-1])

    return _one(topology, random, shrunk)


def _drop(topology: Topology, random: Random) -> Topology:
    return topology if len(topology.databases) < 2 else _one(topology, random, lambda _: None)


def _create(topology: Topology, random: Random) -> Topology:
    name = next(name for name in ("fresh", "more") if name not in {each.name for each in topology.databases})
    count = random.choice([0, 2, 3])
    shards = tuple(Shard(name, f"{name}_{i:04}", topology.nodes[-1].id, "RUNNING", i, 1) for i in range(count))
    return topology._replace(
        databases=(*topology.databases, Database(name, "cluster", "RUNNING", count, "utf8", shards))
    )


def _with_node(topology: Topology, random: Random, **members: Any) -> Topology:  # noqa: ANN401
    chosen = random.choice(topology.nodes)
    return topology._replace(nodes=tuple(
        node._replace(**members) if node == chosen else node for node in topology.nodes
    ))  # fmt: skip


def _rename(topology: Topology, random: Random) -> Topology:
    if None in {node.name for node in topology.nodes}:  # a list may have no place for names
        return topology
    return _with_node(topology, random, name="rds-new")


def _readdress(topology: Topology, random: Random) -> Topology:
    return _with_node(topology, random, host="10.9.9.9")


def _reorder(topology: Topology, random: Random) -> Topology:
    def shuffled(items: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(random.sample(items, len(items)))

    databases = (each._replace(shards=shuffled(each.shards)) for each in topology.databases)
    return Topology(shuffled(topology.nodes), shuffled(tuple(databases)), topology.documented)


def _replace_node(topology: Topology, random: Random) -> Topology:
    old, new = random.choice(topology.nodes), Node("f" * 32 + "in01", "rds-8", "10.0.0.8")
    databases = (
        each._replace(shards=tuple(
            shard._replace(node=new.id) if shard.node == old.id else shard for shard in each.shards
        ))
        for each in topology.databases
    )  # fmt: skip
    nodes = (new if node == old else node for node in topology.nodes)
    return topology._replace(nodes=tuple(nodes), databases=tuple(databases))


def _scale_out(topology: Topology, random: Random) -> Topology:
    node = Node("e" * 32 + "in01", "rds-9", "10.0.0.9")
    return _move(topology._replace(nodes=(*topology.nodes, node)), random)


_OPERATIONS: tuple[Callable[[Topology, Random], Topology], ...] = (
    _nothing, _nothing, _nothing, _move, _move, _expand, _reweigh, _describe, _grow, _shrink, _drop, _create,
    _scale_out, _rename, _readdress, _reorder, _replace_node,
)  # fmt: skip


# --- the oracle -----------------------------------------------------------------------------------------------------


def differences(before: Topology, after: Topology, tells: tuple[Facts, Facts]) -> set[tuple[str, str]]:
    """Return the rule and the name of all that really changed, as far as both layouts tell it."""
    found = set(_of_nodes(before, after))
    old, new = (
        {each.name: each for each in side.databases if each.shards or told.empty}
        for side, told in zip((before, after), tells, strict=True)
    )
    is_told = tells[0].empty, tells[1].empty
    found |= {("database-added", name) for name in new.keys() - old.keys() if new[name].shards or is_told[0]}
    found |= {("database-removed", name) for name in old.keys() - new.keys() if old[name].shards or is_told[1]}
    told = tells[0] & tells[1]
    for name in old.keys() & new.keys():
        found |= set(_of_databases(old[name], new[name], told))
    return found | set(_of_shards(before, after, told))


def _of_nodes(before: Topology, after: Topology) -> Iterator[tuple[str, str]]:
    old, new = ({node.id: node for node in side.nodes if node.is_listed} for side in (before, after))
    yield from (("data-node-added", node) for node in new.keys() - old.keys())
    yield from (("data-node-removed", node) for node in old.keys() - new.keys())
    for node in old.keys() & new.keys():
        if old[node].name != new[node].name:
            yield "data-node-renamed", node
        if (old[node].host, old[node].port) != (new[node].host, new[node].port):
            yield "data-node-endpoint-changed", node


def _of_databases(old: Database, new: Database, told: Facts) -> Iterator[tuple[str, str]]:
    if (told.count and old.count != new.count) or (told.mode and old.mode != new.mode):
        yield "database-resharded", old.name
    if told.database_status and old.status != new.status:
        yield "database-status-changed", old.name
    if told.charset and old.charset != new.charset:
        yield "database-changed", old.name


def _of_shards(before: Topology, after: Topology, told: Facts) -> Iterator[tuple[str, str]]:
    old, new = ({(shard.database, shard.name): shard for shard in side.shards} for side in (before, after))
    yield from (("shard-added", name) for _, name in new.keys() - old.keys())
    yield from (("shard-removed", name) for _, name in old.keys() - new.keys())
    for key in old.keys() & new.keys():
        one, other = old[key], new[key]
        if one.node != other.node:
            yield "shard-moved", one.name
        if told.shard_status and one.status != other.status:
            yield "shard-status-changed", one.name
        if told.weight and one.weight != other.weight:
            yield "shard-changed", one.name
