"""Writes the worlds of `support.worlds` as trees: levels in any order, each in a form of its own, anything beside them.

`support.world_layouts` has a function for each of many whole documents; here, a document is drawn part by part.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from support.world_damage import damaged
from support.worlds import Facts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from random import Random

    from support.worlds import Database, Shard, Topology

Json: TypeAlias = Any

_WORDS: Final = {
    "reference": (
        "data_node_id", "node_id", "dn_id", "rds_id", "rds_instance_id", "dn_instance_id", "instance_id", "data_node",
        "rds_instance", "rds", "node", "id",
    ),
    "shard": (
        "physical_db_name", "physical_database_name", "physical_name", "physical_db", "physical_node", "shard_name",
        "slot_name", "shard", "name",
    ),
    "of": (
        "logic_db_name", "logical_db_name", "logic_database", "logic_db", "schema_name", "schema", "database_name",
        "database", "db_name", "db", "ddm_db_name",
    ),
    "name": ("name", "database_name", "schema_name", "logic_db_name", "schema", "db_name"),
    "node": ("id", "instance_id", "data_node_id", "node_id", "rds_instance_id"),
    "databases": ("databases", "schemas", "logic_dbs", "logic_databases", "schema_list", "dbs", "database_infos"),
    "nodes": ("data_nodes", "nodes", "rds_instances", "used_rds", "instances", "data_node_list", "dn_info_list"),
    "shards": ("shards", "shard_list", "slots", "physical_dbs", "physical_nodes", "shard_infos", "databases"),
    "status": ("status", "state", "shard_status"),
    "index": ("index", "shard_index", "slot", "shard_no"),
    "mode": ("shard_mode", "sharding_mode"),
    "count": ("shard_number", "shard_count", "shard_num"),
}  # fmt: skip
_ODD_WORDS: Final = {
    "reference": ("location", "placed_on", "current_node_id", "storage"),
    "shard": ("title", "label", "uid"),
    "of": ("tenant", "parent", "app"),
    "name": ("title", "label"),
    "node": ("key", "uid"),
    "databases": ("apps", "tenants", "items"),
    "nodes": ("machines", "items"),
    "shards": ("pieces", "items", "tables", "partitions", "read_only_shards"),
    "status": ("status",),
    "index": ("index",),
    "mode": ("shard_mode",),
    "count": ("shard_number",),
}
_WRAPPERS: Final = ("data", "result", "results", "export", "metadata", "body", "payload", "schema_metadata", "info")
_LEVELS: Final = (("database",), ("database",), ("node",), (), ("node", "database"), ("database", "node"))
_ODD_LEVELS: Final = (
    ("status",), ("database", "status"), ("node", "status"), ("status", "database"), ("group", "database"),
    ("database", "group"), ("node", "group"), ("group",), ("group", "node", "database"),
)  # fmt: skip


class TreeWriter:
    """Draws a layout, and writes a topology in it."""

    def __init__(self, topology: Topology, random: Random, facts: Random, *, odd: float) -> None:
        self.topology = topology
        self.random = random
        self.odd = odd
        self.is_documented = topology.documented
        self.is_even = True
        self.words = {role: self._oddly(random.choice(words), *_ODD_WORDS[role]) for role, words in _WORDS.items()}
        self.spell = random.choice(_SPELLINGS)
        self.levels = self._oddly(random.choice(_LEVELS), *_ODD_LEVELS)
        self.is_declared = "database" not in self.levels and random.random() < 0.5
        self.is_declared |= self.levels == ("node", "database") and self._oddly(0, 1) == 1
        self.forms = {level: random.random() < 0.4 for level in ("database", "node", "status", "group")}
        self.form = random.choice(("records", "records", "keyed", "keyed", "lean"))
        self.form = self._oddly(self.form, "numbers", "rows", "values")
        self.repeats = random.random() < 0.5
        self.is_rooted = random.random() < 0.4
        self.is_bare = random.random() < 0.3
        self.lists_idle = random.random() < 0.5
        self.beside = self._oddly(0, 1, 2)
        self.breaks = self._oddly(0, 1)
        self.describes = tuple(facts.random() < 0.6 for _ in range(4)) if facts.random() < 0.7 else (False,) * 4
        self.tells = tuple(facts.random() < 0.5 for _ in range(3))
        self._settle()

    @property
    def names(self) -> set[str]:
        """All names and ids."""
        shards = {name for shard in self.topology.shards for name in (shard.database, shard.name, shard.node)}
        return shards | {each.name for each in self.topology.databases} | {each.id for each in self.topology.nodes}

    def _settle(self) -> None:
        """Leave out what the drawn layout could not say, and note what more it says: groups are attributes, too."""
        self.is_even = not {"status", "group"} & set(self.levels) and self.words["node"] not in _ODD_WORDS["node"]
        if self.repeats and not all(node.is_listed for node in self.topology.nodes):
            self.is_even = False  # this tells of data nodes what no list does
        has_database = "database" in self.levels
        self.names_empty = self.levels[:1] == ("database",) or self.is_declared
        # Under data nodes, a database without shards has no place, unless one is seen there.
        has_empty = not all(each.shards for each in self.topology.databases)
        self.names_empty |= has_database and self.lists_idle and has_empty
        if not (has_database or self.is_declared):
            self.describes = (False,) * 4
        self.is_lean = self.form in {"lean", "rows", "values"}
        if self.is_lean:
            self.tells = (self.form == "values" and "node" in self.levels, False, False)
        self.says_database = not has_database and not (self.names_tell() and not self.repeats)
        if self.form == "lean" and self.says_database:
            self.form, self.is_lean = "records", False
        if self.words["shards"] == "databases" and (self.is_declared or not self.topology.shards):
            self.words["shards"] = "shards"

    def names_tell(self) -> bool:
        """Whether the shards' names alone name their databases."""
        return all(
            shard.name[-4:].isdecimal() and shard.name.rpartition("_")[0] == shard.database
            for shard in self.topology.shards
        )

    def told(self) -> Facts:
        """What the document has a place for."""
        status, index, weight = self.tells
        has_status = status and "status" not in self.levels and any(shard.status for shard in self.topology.shards)
        return Facts(*self.describes, has_status, index, weight, self.names_empty)

    def _oddly(self, usual: Json, *others: Json) -> Json:
        if self.random.random() >= self.odd:
            return usual
        self.is_documented = False
        return self.random.choice(others)

    # --- the whole ---

    def document(self) -> Json:
        """Write everything."""
        tree = self._below(list(self.levels), self.topology.shards, ())
        role = {"database": "databases", "node": "nodes", "group": "groups"}.get((*self.levels, "")[0], "shards")
        if "status" in self.levels[:1]:
            role = "by_status"
        if self.is_declared:
            declared = self._listed("database", {each.name: self._described(each) for each in self.topology.databases})
            names = self.member("databases"), self.member(role)
            value = self.mixed({names[0]: declared, (names[1] if names[0] != names[1] else "shards"): tree})
        elif self.is_rooted and tree:
            value = tree
        else:
            value = {self.member(role): tree}
        return self._wrapped(self._with_noise(value))

    def _wrapped(self, value: Json) -> Json:
        for _ in range(self.random.choice((0, 0, 1, 2))):
            word = self._oddly(self.random.choice(_WRAPPERS[:3]), *_WRAPPERS)
            value = self.mixed({word: value, **self._oddly({}, {"total": 1}, {"code": "0"}, {"jobs": []}, {"a": {}})})
        if self.breaks:
            self.is_even = False
            value = damaged(value, self.names, self.random)
        return json.loads(json.dumps(value))

    def member(self, role: str) -> str:
        """The name of the member for a role."""
        return self.spell(self.words.get(role, role))

    def mixed(self, members: dict[str, Json]) -> dict[str, Json]:
        """The members in any order."""
        return dict(self.random.sample(list(members.items()), len(members)))

    # --- levels ---

    def _below(self, levels: Sequence[str], shards: Sequence[Shard], above: tuple[str, ...]) -> Json:
        if not levels:
            return self._shards(shards, above)
        level, *rest = levels
        groups = self._groups(level, shards, is_first=not above)
        bodies = {key: self._body(level, key, rest, group, (*above, level)) for key, group in groups.items()}
        return self._listed(level, bodies)

    def _groups(self, level: str, shards: Sequence[Shard], *, is_first: bool) -> dict[str, list[Shard]]:
        of = {
            "database": lambda shard: shard.database,
            "node": lambda shard: shard.node,
            "status": lambda shard: str(shard.status).lower().replace(" ", "_"),
            "group": lambda shard: f"group_{len(shard.name) % 2}",
        }[level]
        groups: dict[str, list[Shard]] = {}
        if level == "database" and (is_first or self.lists_idle):
            groups = {each.name: [] for each in self.topology.databases}
        if level == "node" and (is_first or self.lists_idle):
            groups = {each.id: [] for each in self.topology.nodes}
        for shard in shards:
            groups.setdefault(of(shard), []).append(shard)
        return groups

    def _body(
        self, level: str, key: str, rest: Sequence[str], shards: Sequence[Shard], above: tuple[str, ...]
    ) -> dict[str, Json] | Json:
        below = self._below(rest, shards, above)
        facts: dict[str, Json] = {}
        if level == "database" and not self.is_declared:
            facts = self._described(next(each for each in self.topology.databases if each.name == key))
        if level == "node" and self.repeats:
            node = next((each for each in self.topology.nodes if each.id == key), None)
            facts = {"name": node.name, "host": node.host, "port": node.port} if node else {}
        if not facts and self.forms[level] and self.is_bare and (below or not self._oddly(0, 1)):
            return below
        role = {"database": "databases", "node": "nodes"}.get((*rest, "")[0], "shards")
        return self.mixed({**facts, self.member(role): below})

    def _listed(self, level: str, bodies: dict[str, Json]) -> Json:
        if self.forms[level] or not all(isinstance(body, dict) for body in bodies.values()):
            return bodies
        role = {"database": self.member("name"), "node": self.member("node")}.get(level, "name")
        return [self.mixed({**body, role: key}) for key, body in bodies.items()]

    def _described(self, database: Database) -> dict[str, Json]:
        mode, count, status, charset = self.describes
        members: dict[str, Json] = {self.member("mode"): database.mode} if mode else {}
        members |= {self.member("count"): database.count} if count else {}
        members |= {"status": database.status} if status else {}
        members |= {"charset": database.charset, "create_time": 1764300000} if charset else {}
        return members

    # --- shards ---

    def _shards(self, shards: Sequence[Shard], above: tuple[str, ...]) -> Json:
        names = [shard.name for shard in shards]
        if len(set(names)) < len(names) or self.form == "records":
            return [self._record(shard, above) for shard in shards]
        if self.form == "keyed":
            return {shard.name: self._record(shard, above, "name") for shard in shards}
        if self.form == "numbers":
            return {str(at): self._record(shard, above) for at, shard in enumerate(shards)}
        if self.form == "values" and "node" in above:
            return {shard.name: shard.status for shard in shards}
        if self.form == "rows":
            return [[shard.database, shard.name, shard.node] for shard in shards]
        return names if "node" in above else {shard.name: shard.node for shard in shards}

    def _record(self, shard: Shard, above: tuple[str, ...], *leave: str) -> dict[str, Json]:
        status, index, weight = self.tells
        pairs: list[tuple[str, Json]] = []
        if "name" not in leave:
            pairs.append((self.member("shard"), shard.name))
        if "node" not in above or self.repeats:
            pairs.append((self.member("reference"), shard.node))
        if self.says_database or ("database" in above and self.repeats):
            pairs.append((self.member("of"), shard.database))
        if status and shard.status and "status" not in above:
            pairs.append((self.member("status"), shard.status))
        if index:
            pairs.append((self.member("index"), shard.index))
        if weight:
            pairs += [("weight", shard.weight), ("updated", 1764300000 + shard.index)]
        members: dict[str, Json] = {}
        for key, value in pairs:  # two roles may have one word: then the first has it, and the document can't be told
            if members.setdefault(key, value) != value:
                members[f"{key}_of_shard"] = value
                self.is_documented = False
        return self.mixed(members)

    # --- what stands beside ---

    def _with_noise(self, value: Json) -> Json:
        if not self.beside:
            return value
        self.is_even = False
        value = json.loads(json.dumps(value))
        places = [each for each in _objects(value) if isinstance(each, dict)]
        for _ in range(self.beside if places else 0):
            noise = self.random.choice(_NOISE)(self.topology, self.random)
            place = self.random.choice(places)
            for key, inner in noise.items():
                place.setdefault(self.spell(key), inner)
        return value


def _objects(value: Json) -> Iterable[Json]:
    yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(inner)


def _camel(word: str) -> str:
    first, *rest = word.split("_")
    return first + "".join(part.title() for part in rest)


_SPELLINGS: Final[tuple[Callable[[str], str], ...]] = (
    lambda word: word,
    _camel,
    lambda word: "".join(part.title() for part in word.split("_")),
    lambda word: word.upper(),
)


def _any_node(topology: Topology, random: Random) -> str:
    return random.choice(topology.nodes).id


def _any_name(topology: Topology, random: Random) -> str:
    database = random.choice(topology.databases).name
    return random.choice((f"{database}_0000", f"{database}_0008", database, "t_0000", "bk_20240101", "app"))


def _thing(topology: Topology, random: Random) -> Json:
    """Something that has a name and a data node, as a shard has."""
    reference = random.choice(("data_node_id", "node_id", "node", "id", "source_node_id", "instance_id"))
    name = random.choice(("name", "user_name", "shard_name", "table_name", "database"))
    record = {name: _any_name(topology, random), reference: _any_node(topology, random)}
    shape = random.choice(("list", "keyed", "ids", "names", "record"))
    return {
        "list": [record],
        "keyed": {_any_name(topology, random): record},
        "ids": [_any_node(topology, random)],
        "names": [_any_name(topology, random)],
        "record": record,
    }[shape]


_CONTAINERS: Final = (
    "accounts", "users", "backups", "replicas", "read_replicas", "read_only_nodes", "readonly_shards", "tables",
    "partitions", "jobs", "history", "slaves", "standbys", "recycle_bin", "deleted", "migrations", "snapshots",
    "grants", "sequences", "groups", "old_shards", "target", "source", "indexes", "instances", "slots", "shards",
    "databases", "nodes", "data_nodes",
)  # fmt: skip
_NOISE: Final[tuple[Callable[[Topology, Random], dict[str, Json]], ...]] = (
    lambda topology, random: {random.choice(_CONTAINERS): _thing(topology, random)},
    lambda topology, random: {random.choice(_CONTAINERS): _thing(topology, random)},
    lambda topology, random: {random.choice(_CONTAINERS): {"shards": _thing(topology, random)}},
    lambda topology, random: {random.choice(_CONTAINERS): [{"name": "t", "partitions": _thing(topology, random)}]},
    lambda topology, random: {random.choice(_CONTAINERS): [{"name": "x", "databases": _thing(topology, random)}]},
    lambda topology, _: {"databases": [each.name for each in topology.databases]},
    lambda topology, random: {"default_node_id": _any_node(topology, random)},
    lambda topology, random: {"primary": _any_node(topology, random)},
    lambda topology, random: {"label": _any_name(topology, random)},
    lambda topology, random: {"database": _any_name(topology, random)},
    lambda *_: {"shards": 4},
    lambda *_: {"status": {"code": "OK"}},
    lambda _, random: {random.choice(_CONTAINERS): []},
    lambda _, random: {random.choice(_CONTAINERS): {}},
    lambda topology, _: {"data_nodes": topology.data_nodes},
)
