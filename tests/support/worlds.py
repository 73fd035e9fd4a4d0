"""Worlds for the reader: random topologies, written in random layouts by somebody who knows what was written."""

from __future__ import annotations

import json
from random import Random
from typing import Any, NamedTuple

_NAMES = (
    "orders", "users", "crm", "app_2024", "db_0000", "a_b", "accounts", "data", "status", "shards", "list", "rds-1",
    "metadata", "jobs", "backups", "name", "geo", "main",
)  # fmt: skip
_REFERENCES = ("data_node_id", "id", "rds_instance_id", "dn_instance_id", "instance_id", "node", "data_node", "rds_id")
_SHARD_NAMES = ("physical_db_name", "name", "shard_name", "slot_name", "physical_node")
_DATABASE_NAMES = ("name", "database_name", "schema_name", "logic_db_name")
_OF_SHARD = ("database_name", "schema", "logic_db_name", "ddm_dbname", "database", "db_name")
_DATABASES = ("databases", "schemas", "logic_dbs", "database_list")
_SHARDS = ("shards", "shard_list", "slots", "physical_nodes", "databases")
_NODES = ("data_nodes", "nodes", "rds_instances", "used_rds")
_WRAPPERS = ("data", "result", "export", "metadata", "body", "response", "meta")


class Shard(NamedTuple):
    """One shard as it was written."""

    database: str
    name: str
    node: str
    status: str
    index: int


class World(NamedTuple):
    """A document, its data nodes, and the truth about it: the databases that it names, with their shards."""

    document: Any
    data_nodes: list[dict[str, Any]]
    truth: dict[str, dict[str, str]]
    is_documented: bool

    @property
    def response(self) -> dict[str, Any]:
        """The whole, with the payload decoded."""
        return {"compressed_databases_info": self.document, "data_nodes": self.data_nodes}


class _Database(NamedTuple):
    name: str
    mode: str
    shards: list[Shard]


class Writer:
    """Draws one world and writes it."""

    def __init__(self, random: Random, *, odd: float) -> None:
        self.random = random
        self.odd = odd
        self.is_documented = True
        self.nodes = self._nodes()
        self.databases = self._databases()
        self.words = {
            role: random.choice(words)
            for role, words in {
                "reference": _REFERENCES, "shard": _SHARD_NAMES, "name": _DATABASE_NAMES, "of": _OF_SHARD,
                "databases": _DATABASES, "shards": _SHARDS, "nodes": _NODES,
            }.items()
        }  # fmt: skip
        self.facts, self.statuses, self.indexes, self.noise = (random.random() < 0.5 for _ in range(4))
        self.camel = random.random() < 0.5
        self.by = self._oddly("id", "name", "host", "upper")
        self.named_above = True
        self.keyed = {role: random.random() < 0.4 for role in ("databases", "shards", "nodes", "map")}

    def _is_keyed(self, role: str) -> bool:
        """Whether records of a role are keyed by name, which is mostly the same throughout a document."""
        return self.keyed[role] != (self._oddly("same", "same", "other") == "other")

    def _oddly(self, usual: Any, *others: Any) -> Any:  # noqa: ANN401 - whatever is chosen from
        """Mostly the usual; else something that no interface documents."""
        if self.random.random() >= self.odd:
            return usual
        self.is_documented = False
        return self.random.choice(others)

    def _nodes(self) -> list[dict[str, Any]]:
        count = self.random.randint(1, 3)
        names = self._oddly(
            ["rds-1", "rds-2", "rds-3"], ["rds", "rds", "x"], ["Rds", "rds", "x"], ["orders", "crm", "a"]
        )
        ids = self._oddly([f"{c * 32}in01" for c in "abc"], ["Rds-1", "rds-1", "rds-2"], ["1", "2", "3"])
        return [
            {"instance_id": ids[i], "instance_name": names[i], "access_host": f"10.0.0.{i}", "access_port": 3306}
            for i in range(count)
        ]

    def _databases(self) -> list[_Database]:
        return [self._database(name) for name in self.random.sample(_NAMES, self.random.randint(1, 3))]

    def _database(self, name: str) -> _Database:
        kind = self.random.choice(["sharded"] * 6 + ["single", "single", "empty"])
        if kind == "empty":
            return _Database(name, "cluster", [])
        if kind == "single":
            called = self._oddly(name, "whatever", f"{name}_main", f"{name}_0000", "legacy_2024", "x_0000")
            return _Database(name, "single", [self._shard(name, called, 0)])
        count = self.random.randint(1, 5)
        return _Database(name, "cluster", [self._shard(name, f"{name}_{i:04}", i) for i in range(count)])

    def _shard(self, database: str, name: str, index: int) -> Shard:
        node = self.random.choice(self.nodes)["instance_id"]
        return Shard(database, name, node, self.random.choice(["RUNNING", "EXPANDING"]), index)

    # --- parts ---

    def _member(self, word: str) -> str:
        first, *rest = word.split("_")
        return first + "".join(part.title() for part in rest) if self.camel else word

    def _mixed(self, members: dict[str, Any]) -> dict[str, Any]:
        items = list(members.items())
        self.random.shuffle(items)
        return dict(items)

    def _reference(self, identity: str) -> Any:  # noqa: ANN401 - any JSON value
        node = next(each for each in self.nodes if each["instance_id"] == identity)
        match self.by:
            case "name":
                return node["instance_name"]
            case "host":
                return node["access_host"]
            case "upper":
                return identity.swapcase()
        return identity

    def _record(self, shard: Shard, *leave: str) -> dict[str, Any]:
        members: dict[str, Any] = {}
        if "name" not in leave:
            members[self._member(self.words["shard"])] = shard.name
        if "reference" not in leave:
            members[self._member(self.words["reference"])] = self._reference(shard.node)
        if "database" not in leave:
            members[self._member(self.words["of"])] = shard.database
        if self.statuses:
            members["status"] = shard.status
        if self.indexes:
            members["index"] = shard.index
        if self.noise:
            members |= {"created": 1, "weight": shard.index}
        self._disturb(members, shard)
        return self._mixed(members)

    def _disturb(self, members: dict[str, Any], shard: Shard) -> None:
        """Now and then, add what could be taken for something else."""
        other = self.random.choice(self.nodes)
        extra = self._oddly(
            {}, {}, {"standby_node_id": other["instance_id"]}, {"label": "z_0000"}, {"data_node_name": "rds-2"},
            {"schema": "y"}, {"replicas": [{"node_id": other["instance_id"]}]}, {"db_name": shard.name},
            {"idName": shard.name},
        )  # fmt: skip
        for key, value in extra.items():
            members.setdefault(key, value)

    def _shards(self, shards: list[Shard], *leave: str) -> Any:  # noqa: ANN401 - any JSON value
        keyed = self._is_keyed("shards") and len({each.name for each in shards}) == len(shards)
        if not keyed:
            return [self._record(each, *leave) for each in shards]
        if "reference" not in leave and self._is_keyed("map"):
            return {each.name: self._reference(each.node) for each in shards}
        records = {each.name: self._record(each, "name", *leave) for each in shards}
        if self.random.random() < self.odd:
            self.is_documented = False
            records |= {"version": 3, "created": {}, "tags": ["a"]}
        return records

    def _about(self, database: _Database) -> dict[str, Any]:
        members: dict[str, Any] = {}
        if self.facts:
            members = {"shard_mode": database.mode, "shard_number": len(database.shards), "status": "RUNNING"}
        if self.noise:
            members |= {"created": 5, "charset": "utf8"}
        identity = self.random.choice(self.nodes)["instance_id"]
        others: list[dict[str, Any]] = [
            {"accounts": [{"name": "app", "data_node_id": identity}]},
            {"backups": [{"name": f"{database.name}_0000", "data_node_id": identity}]},
            {"table_list": [{"name": "t", "partitions": [{"name": "t_0000", "data_node_id": identity}]}]},
            {"replicas": {"r": {"name": f"{database.name}_0009", "data_node_id": identity}}},
            {"jobs": [{"name": "move", "database": database.name, "data_node_id": identity}]},
            {"grants": [{"name": f"{database.name}_0000", "data_node_id": identity}]},
            {"used_rds": [{"id": identity, "name": "rds-1"}]},
        ]
        return members | self._oddly({}, {}, *others)

    def _named(self, databases: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
        """Records by name: an object keyed by it, or an array in which each has it."""
        if self._is_keyed("databases"):
            return databases
        return [self._mixed({self._member(self.words["name"]): name, **value}) for name, value in databases.items()]

    # --- whole documents ---

    def _names_tell(self) -> bool:
        """Whether the shards' names alone name their databases; now and then it is taken for granted."""
        told = all(shard.name.startswith(f"{each.name}_0") for each in self.databases for shard in each.shards)
        return told or self._oddly("no", "yes") == "yes"

    def nested(self) -> Any:  # noqa: ANN401 - any JSON value
        """Databases with their shards."""
        leave = self.random.choice([("database",), ()])
        return self._root(
            "databases",
            self._named(
                {
                    each.name: {
                        **self._about(each),
                        self._member(self.words["shards"]): self._shards(each.shards, *leave),
                    }
                    for each in self.databases
                }
            ),
        )

    def flat(self) -> Any:  # noqa: ANN401 - any JSON value
        """All shards in one list, with or without a list of databases beside it."""
        shards = [shard for each in self.databases for shard in each.shards]
        self.random.shuffle(shards)
        declared = self.random.random() < 0.5
        self.named_above = declared
        told = not declared and self._names_tell() and self.random.random() < 0.5
        value = self._shards(shards, "database") if told else self._shards(shards)
        if not declared:
            return self._root("shards", value)
        listed = self._named({each.name: self._about(each) for each in self.databases})
        names = self.words["databases"], self.words["shards"]
        if names[0] == names[1]:
            names = ("schemas", "shards")
        return self._wrapped(self._mixed({names[0]: listed, names[1]: value}))

    def by_node(self) -> Any:  # noqa: ANN401 - any JSON value
        """Data nodes with the shards on them."""
        self.named_above = False
        shards = [shard for each in self.databases for shard in each.shards]
        leave = (
            self.random.choice([("reference",), ("reference", "database")]) if self._names_tell() else ("reference",)
        )
        below: list[tuple[str, Any]] = []
        bare = "database" in leave and self.random.random() < 0.3
        for node in self.nodes:
            here = [shard for shard in shards if shard.node == node["instance_id"]]
            shown = [s.name for s in here] if bare else self._shards(here, *leave)
            below.append((self._reference(node["instance_id"]), shown))
        if self.keyed["nodes"] and len(dict(below)) == len(below):
            return self._root("nodes", dict(below))
        return self._root("nodes", [{"id": node, self._member(self.words["shards"]): value} for node, value in below])

    def node_database(self) -> Any:  # noqa: ANN401 - any JSON value
        """Data nodes with databases with shards."""
        key = self._reference if self.by != "name" else str  # names may be the same, and keys can't
        below = {
            key(node["instance_id"]): self._named(
                {
                    each.name: {
                        self._member(self.words["shards"]): self._shards(
                            [s for s in each.shards if s.node == node["instance_id"]], "reference", "database"
                        )
                    }
                    for each in self.databases
                }
            )
            for node in self.nodes
        }
        return self._root("nodes", below)

    def _root(self, role: str, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        return self._wrapped(value if self.random.random() < 0.4 else {self._member(self.words[role]): value})

    def _wrapped(self, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        for _ in range(self.random.choice([0, 0, 0, 1, 2])):
            word = self._oddly(self.random.choice(_WRAPPERS[:2]), *_WRAPPERS)
            beside = self._oddly({}, {"version": 3}, {"accounts": [{"name": "a"}]}, {"region": {"id": 1}}, {"jobs": []})
            value = self._mixed({**beside, word: value})
        return value


def a_world(seed: int, *, odd: float = 0.15) -> World:
    """Draw the world of a seed. `odd` is the share of what no interface documents."""
    random = Random(seed)  # noqa: S311 - no secret
    writer = Writer(random, odd=odd)
    shape = random.choice([writer.nested, writer.nested, writer.flat, writer.by_node, writer.node_database])
    document = json.loads(json.dumps(shape()))
    _break(random, writer, document)
    truth = {
        each.name: {shard.name: shard.node for shard in each.shards}
        for each in writer.databases
        if each.shards or writer.named_above
    }
    return World(document, writer.nodes, truth, writer.is_documented)


def _break(random: Random, writer: Writer, document: Any) -> None:  # noqa: ANN401 - any JSON value
    """Now and then, write one list of one element as the element, or empty a record of all but its times."""
    if random.random() >= writer.odd:
        return
    writer.is_documented = False
    places = list(_containers(document))
    random.shuffle(places)
    for holder, key in places:
        value = holder[key]
        if isinstance(value, list) and len(value) == 1 and not isinstance(value[0], list):
            holder[key] = value[0]
            return
        if isinstance(value, dict) and value and set(value) <= {"status", "index", "weight", "created"}:
            holder[key] = {"updated": 1}
            return


def _containers(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        if isinstance(inner, dict | list):
            yield value, key
            yield from _containers(inner)
