"""Writes the worlds of `support.worlds` in random layouts, and keeps what each layout tells."""

from __future__ import annotations

import json
from collections import defaultdict
from random import Random
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from support.world_trees import TreeWriter
from support.worlds import Database, Facts, Shard, Topology, World, a_topology, changed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Json: TypeAlias = Any

_WORDS: Final = {
    "reference": (
        "data_node_id", "id", "rds_instance_id", "dn_instance_id", "instance_id", "node", "data_node", "rds_id",
    ),
    "shard": ("physical_db_name", "name", "shard_name", "slot_name", "physical_node"),
    "name": ("name", "database_name", "schema_name", "logic_db_name"),
    "of": ("database_name", "schema", "logic_db_name", "ddm_dbname", "database", "db_name"),
    "databases": ("databases", "schemas", "logic_dbs", "database_list"),
    "shards": ("shards", "shard_list", "slots", "physical_nodes", "databases"),
    "nodes": ("data_nodes", "nodes", "rds_instances", "used_rds"),
}  # fmt: skip
_ODD_WORDS: Final = {
    "reference": ("lives_on", "target", "host_id", "owner_id"),
    "shard": ("label", "piece", "key"),
    "name": ("title", "key"),
    "of": ("parent", "belongs_to"),
    "databases": ("items", "tenants", "export"),
    "shards": ("pieces", "parts", "items", "tables"),
    "nodes": ("hosts", "servers", "items"),
}
_WRAPPERS: Final = ("data", "result", "export", "metadata", "body", "response", "meta", "orders", "payload")


def a_world(seed: int, *, odd: float = 0.15, most: int = 5) -> World:
    """Draw the world of a seed, with `most` shards a database. `odd` is the share of what no interface documents."""
    random = Random(seed)  # noqa: S311 - no secret
    return written(a_topology(random, odd=odd, most=most), random.randrange(1 << 30), odd=odd)


def a_pair(seed: int, *, odd: float = 0.05) -> tuple[World, World]:
    """Draw two worlds: the second after an operation or none, in the same layout, a similar or another one."""
    random = Random(seed)  # noqa: S311 - no secret
    topology, styles = a_topology(random, odd=odd), [random.randrange(1 << 30) for _ in range(2)]
    before = written(topology, styles[0], odd=odd)
    after, kind = changed(topology, random), random.choice(["same", "similar", "other"])
    if kind == "other":
        return before, written(after, styles[1], odd=odd)
    facts = None if kind == "same" else random.randrange(1 << 30)
    return _alike(before, written(after, styles[0], odd=odd, facts=facts))


def _alike(*worlds: World) -> tuple[World, World]:
    """Give both worlds of one layout a place for databases without shards, if one of them shows such a place."""
    empty = any(world.told.empty for world in worlds)
    before, after = (world._replace(told=world.told._replace(empty=empty)) for world in worlds)
    return before, after


def written(topology: Topology, style: int, *, odd: float, facts: int | None = None) -> World:
    """Write a topology in the layout of a style; `facts` draws anew what the layout tells."""
    random = Random(style)  # noqa: S311 - no secret
    facts_random = None if facts is None else Random(facts)  # noqa: S311 - no secret
    write = random.choice((_written_whole, _written_as_tree))
    return write(topology, random, facts_random, odd)


def _written_whole(topology: Topology, random: Random, facts: Random | None, odd: float) -> World:
    writer = Writer(topology, random, odd=odd)
    if facts is not None:
        writer.draw_facts(facts)
    document = json.loads(json.dumps(writer.document()))
    writer.break_something(document)
    told = Facts(*writer.about, *writer.told_of_shards(), writer.names_empty)
    return World(document, topology, told, writer.is_documented and topology.documented, writer.is_even)


def _written_as_tree(topology: Topology, random: Random, facts: Random | None, odd: float) -> World:
    own = Random(random.randrange(1 << 30))  # noqa: S311 - no secret
    writer = TreeWriter(topology, random, facts or own, odd=odd)
    document = writer.document()
    return World(document, topology, writer.told(), writer.is_documented, writer.is_even)


class Writer:
    """Draws a layout, and writes a topology in it."""

    def __init__(self, topology: Topology, random: Random, *, odd: float) -> None:
        self.topology = topology
        self.random = random
        self.odd = odd
        self.is_documented = True
        self.is_even = True
        self.names_empty = True
        self.words = {role: self._oddly(random.choice(words), *_ODD_WORDS[role]) for role, words in _WORDS.items()}
        if not topology.shards and self.words["shards"] == "databases":  # which would say that there is no database
            self.words["shards"] = "shards"
        self.draw_facts(random)
        self.camel = random.random() < 0.5
        self.by = self._oddly("id", "name", "host", "upper", "index", "object")
        if self.by == "object" and not all(node.is_listed for node in topology.nodes):
            self.is_even = False  # an object tells what no list does
        self.keyed = {role: random.random() < 0.4 for role in ("databases", "shards", "nodes", "map")}
        self.shape = self._oddly(random.choice(_SHAPES), *_ODD_SHAPES)
        self.leaves_database = random.random() < 0.5
        self.is_bare = random.random() < 0.3
        self.is_rooted = random.random() < 0.4
        self.is_declared = random.random() < 0.5
        self.oddity = self._oddly(None, *_EXTRAS)
        self.others = self._oddly(None, *_OTHERS)
        self._records: set[frozenset[str]] = set()

    def draw_facts(self, random: Random) -> None:
        """Draw what the layout has a place for."""
        facts = random.random() < 0.5
        self.about = (*(facts and random.random() < 0.8 for _ in range(3)), random.random() < 0.4)
        self.of_shards = tuple(random.random() < 0.5 for _ in range(3))

    def told_of_shards(self) -> tuple[bool, bool, bool]:
        """Which facts about shards the document tells; where records differ in that, it isn't even."""
        if len(self._records) > 1:
            self.is_even = False
        told = frozenset.union(frozenset(), *self._records)
        return "status" in told, "index" in told, "weight" in told

    def told_nothing(self) -> None:
        """Note shards of which nothing but names and places is written."""
        self._records.add(frozenset())

    def document(self) -> Json:
        """Write everything."""
        return self._wrapped(self.shape(self))

    def _oddly(self, usual: Json, *others: Json) -> Json:
        """Mostly the usual; else something that no interface documents."""
        if self.random.random() >= self.odd:
            return usual
        self.is_documented = False
        return self.random.choice(others)

    # --- parts ---

    def member(self, role: str) -> str:
        """The name of the member for a role."""
        first, *rest = self.words[role].split("_")
        return first + "".join(part.title() for part in rest) if self.camel else self.words[role]

    def mixed(self, members: dict[str, Json]) -> dict[str, Json]:
        """The members in any order."""
        items = list(members.items())
        self.random.shuffle(items)
        return dict(items)

    def reference(self, identity: str) -> Json:
        """A data node as the layout refers to it."""
        place = next(at for at, each in enumerate(self.topology.nodes) if each.id == identity)
        node = self.topology.nodes[place]
        return {
            "id": identity,
            "name": node.name,
            "host": node.host,
            "upper": identity.swapcase(),
            "index": place,
            "object": {"id": identity, "name": node.name},
        }[self.by]

    def key(self, identity: str) -> str:
        """A data node as a key, by which it can be told apart."""
        return identity if self.by in {"name", "object", "index"} else str(self.reference(identity))

    def record(self, shard: Shard, *leave: str) -> dict[str, Json]:
        """Write one shard."""
        members: dict[str, Json] = {}
        if "name" not in leave:
            members[self.member("shard")] = shard.name
        if "reference" not in leave:
            members[self.member("reference")] = self.reference(shard.node)
        if "database" not in leave:
            members[self.member("of")] = shard.database
        status, index, weight = self.of_shards
        facts: dict[str, Json] = {"status": shard.status} if status and shard.status else {}
        facts |= {"index": shard.index} if index else {}
        facts |= {"created": 1, "weight": shard.weight} if weight else {}
        has_status = status and any(each.status for each in self.topology.shards)
        self._records.add(frozenset({*facts, *(("status",) if has_status else ())}))
        members |= {key: value for key, value in facts.items() if key not in members}
        if self.oddity:
            self.is_even = False
            for key, value in self.oddity(shard, self.random.choice(self.topology.nodes).id).items():
                members.setdefault(key, value)
        return self.mixed(members)

    def container(self, shards: list[Shard], *leave: str) -> Json:
        """Write several shards."""
        is_other = self._oddly("same", "same", "other") == "other"
        keyed = self.keyed["shards"] != is_other
        self.is_even &= not is_other  # each form has a place for what its own shards tell
        if not keyed or len({each.name for each in shards}) < len(shards):
            return [self.record(each, *leave) for each in shards]
        if "reference" not in leave and self.keyed["map"] and self.by != "object":
            if shards:
                self.told_nothing()
            return {each.name: self.reference(each.node) for each in shards}
        records: dict[str, Json] = {each.name: self.record(each, "name", *leave) for each in shards}
        if self.random.random() < self.odd:
            self.is_documented = self.is_even = False
            records |= {"version": 3, "created": {}, "tags": ["a"]}
        return records

    def facts(self, database: Database) -> dict[str, Json]:
        """Write what there is to say about a database."""
        mode, count, status, charset = self.about
        members: dict[str, Json] = {"shard_mode": database.mode} if mode else {}
        members |= {"shard_number": database.count} if count else {}
        members |= {"status": database.status} if status else {}
        members |= {"created": 5, "charset": database.charset} if charset else {}
        if self.others:
            self.is_even = False
            members |= self.others(database, self.random.choice(self.topology.nodes).id)
        return members

    def named(self, databases: dict[str, Json]) -> Json:
        """Records by name: an object keyed by it, or an array in which each has it."""
        if self.keyed["databases"] != (self._oddly("same", "same", "other") == "other"):
            return databases
        return [self.mixed({self.member("name"): name, **value}) for name, value in databases.items()]

    def names_tell(self) -> bool:
        """Whether the shards' names alone name their databases; now and then it is taken for granted.

        Nobody writes names alone that tell of another database than their own: nothing there could be read.
        """
        told = all(
            shard.name.startswith(f"{each.name}_0") and shard.name[-4:].isdecimal()
            for each in self.topology.databases
            for shard in each.shards
        )
        return told or (not self.names_mislead() and self._oddly("no", "yes") == "yes")

    def names_mislead(self) -> bool:
        """Whether any shard's name tells of another database than its own."""
        return any(shard.name[-4:].isdecimal() and shard.name[:-5] != shard.database for shard in self.topology.shards)

    def root(self, role: str, value: Json) -> Json:
        """A container at the root, unless it is empty and tells nothing there, or in a member of its name."""
        return value if self.is_rooted and value else {self.member(role): value}

    def silent(self) -> None:
        """Note that the layout has no place for databases themselves."""
        self.names_empty = False
        self.about = (False,) * 4

    def _aside(self) -> dict[str, Json]:
        """Something about the first database or a copy of some shards, beside everything."""
        node = self.random.choice(self.topology.nodes).id
        copies = [
            {"name": shard.name, "database": shard.database, "data_node_id": node} for shard in self.topology.shards
        ]
        others = [other(self.topology.databases[0], node) for other in _OTHERS]
        others += [{word: copies} for word in ("replicas", "standby_shards", "snapshots", "slaves", "migrations")]
        accounts = [{"name": "app", "databases": [{"name": each.name} for each in self.topology.databases]}]
        return self.random.choice([*others, {"accounts": accounts}, {"users": accounts}, {"grants": accounts}])

    def _wrapped(self, value: Json) -> Json:
        if isinstance(value, dict) and self._oddly("alone", "alone", "beside") == "beside":
            self.is_even = False
            value = self.mixed({**self._aside(), **value})
        for _ in range(self.random.choice([0, 0, 0, 1, 2])):
            word = self._oddly(self.random.choice(_WRAPPERS[:2]), *_WRAPPERS)
            beside = self._oddly(
                {}, {"version": 3}, {"accounts": [{"name": "a"}]}, {"region": {"id": 1}}, {"jobs": []},
                {"total": 3, "offset": 0}, {"data_nodes": self.topology.data_nodes},
            )  # fmt: skip
            value = self.mixed({**beside, word: value})
        return json.dumps(value) if self._oddly("plain", "plain", "twice") == "twice" else value

    def break_something(self, document: Json) -> None:
        """Now and then, write one list of one element as the element, or empty a record of all but its times."""
        if self.random.random() >= self.odd:
            return
        self.is_documented = self.is_even = False
        places = list(_containers(document))
        self.random.shuffle(places)
        for holder, key in places:
            value = holder[key]
            if isinstance(value, list) and len(value) == 1 and not isinstance(value[0], list):
                holder[key] = value[0]
                return
            is_record = isinstance(value, dict) and not any(isinstance(each, dict | list) for each in value.values())
            if is_record and value and set(value) <= {"status", "index", "weight", "created"}:
                holder[key] = {"updated": 1}
                return


def _containers(value: Json) -> Iterator[tuple[Json, Json]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        if isinstance(inner, dict | list):
            yield value, key
            yield from _containers(inner)


# --- what could be taken for something else -------------------------------------------------------------------------

_EXTRAS: Final[tuple[Callable[[Shard, str], dict[str, Json]], ...]] = (
    lambda _, other: {"standby_node_id": other},
    lambda _, other: {"previous_node_id": other},
    lambda _, other: {"target": {"data_node_id": other}},
    lambda _, other: {"replicas": [{"node_id": other}]},
    lambda shard, other: {"replicas": {f"{shard.name}_copy": {"data_node_id": other}}},
    lambda shard, other: {"tables": [{"name": f"{shard.name}", "data_node_id": other}]},
    lambda shard, other: {"partitions": [{"name": f"{shard.database}_0007", "node": other}]},
    lambda *_: {"label": "z_0000"},
    lambda *_: {"data_node_name": "rds-2"},
    lambda *_: {"schema": "y"},
    lambda shard, _: {"db_name": shard.name},
    lambda shard, _: {"idName": shard.name},
    lambda shard, _: {"name": shard.database},
)
_OTHERS: Final[tuple[Callable[[Database, str], dict[str, Json]], ...]] = (
    lambda _, node: {"accounts": [{"name": "app", "data_node_id": node}]},
    lambda _, node: {"accounts": {"app": {"data_node_id": node}}},
    lambda database, node: {"backups": [{"name": f"{database.name}_0000", "data_node_id": node}]},
    lambda _, node: {"table_list": [{"name": "t", "partitions": [{"name": "t_0000", "data_node_id": node}]}]},
    lambda database, node: {"replicas": {"r": {"name": f"{database.name}_0009", "data_node_id": node}}},
    lambda database, node: {"jobs": [{"name": "move", "database": database.name, "data_node_id": node}]},
    lambda database, node: {"grants": [{"name": f"{database.name}_0000", "data_node_id": node}]},
    lambda database, node: {"deleted_shards": [{"name": f"{database.name}_0099", "data_node_id": node}]},
    lambda database, node: {"history": {"shards": [{"name": f"{database.name}_0098", "data_node_id": node}]}},
    lambda _, node: {"used_rds": [{"id": node, "name": "rds-1"}]},
    lambda _, node: {"default_node": node},
)

# --- whole documents ------------------------------------------------------------------------------------------------


def _nested(writer: Writer) -> Json:
    """Databases with their shards."""
    leave = ("database",) if writer.leaves_database else ()
    return writer.root("databases", writer.named({
        each.name: {**writer.facts(each), writer.member("shards"): writer.container(list(each.shards), *leave)}
        for each in writer.topology.databases
    }))  # fmt: skip


def _flat(writer: Writer) -> Json:
    """All shards in one list, with or without a list of databases beside it."""
    shards = writer.topology.shards
    writer.random.shuffle(shards)
    if not writer.is_declared:
        writer.silent()
        told = writer.names_tell() and writer.leaves_database
        return writer.root("shards", writer.container(shards, "database") if told else writer.container(shards))
    listed = writer.named({each.name: writer.facts(each) for each in writer.topology.databases})
    names = writer.member("databases"), writer.member("shards")
    if names[0] == names[1]:
        names = ("schemas", "shards")
    return writer.mixed({names[0]: listed, names[1]: writer.container(shards)})


def _by_node(writer: Writer) -> Json:
    """Data nodes with the shards on them."""
    writer.silent()
    leave = ("reference", "database") if writer.leaves_database and writer.names_tell() else ("reference",)
    below: list[tuple[str, Json]] = []
    for node in writer.topology.nodes:
        here = [shard for shard in writer.topology.shards if shard.node == node.id]
        bare = "database" in leave and writer.is_bare
        if bare and here:
            writer.told_nothing()
        below.append((writer.key(node.id), [s.name for s in here] if bare else writer.container(here, *leave)))
    if writer.keyed["nodes"] and len(dict(below)) == len(below):
        return writer.root("nodes", dict(below))
    return writer.root("nodes", [{"id": node, writer.member("shards"): value} for node, value in below])


def _by_node_and_database(writer: Writer) -> Json:
    """Data nodes with databases with shards; a database without shards has no place unless one is seen there."""
    writer.about = (False,) * 4
    writer.names_empty = not all(each.shards for each in writer.topology.databases)
    return writer.root("nodes", {
        writer.key(node.id): writer.named({
            each.name: {writer.member("shards"): writer.container(
                [s for s in each.shards if s.node == node.id], "reference", "database"
            )}
            for each in writer.topology.databases
        })
        for node in writer.topology.nodes
    })  # fmt: skip


def _node_maps(writer: Writer) -> Json:
    """Databases with data nodes with the names on them."""

    def of(database: Database) -> Json:
        names: dict[str, list[str]] = defaultdict(list)
        for shard in database.shards:
            names[writer.key(shard.node)].append(shard.name)
        return {**writer.facts(database), writer.member("shards"): names}

    writer.told_nothing()
    return writer.root("databases", writer.named({each.name: of(each) for each in writer.topology.databases}))


def _columns(writer: Writer) -> Json:
    """A table with the names of its columns once."""
    writer.silent()
    writer.told_nothing()
    rows = [[shard.database, shard.name, writer.reference(shard.node)] for shard in writer.topology.shards]
    return {"columns": [writer.member("of"), writer.member("shard"), writer.member("reference")], "rows": rows}


def _parallel(writer: Writer) -> Json:
    """Databases with one array for each fact."""
    writer.told_nothing()
    return writer.root("databases", writer.named({
        each.name: {
            **writer.facts(each),
            writer.member("shards"): [shard.name for shard in each.shards],
            writer.member("nodes"): [writer.reference(shard.node) for shard in each.shards],
        }
        for each in writer.topology.databases
    }))  # fmt: skip


def _groups(writer: Writer) -> Json:
    """Databases with groups of shards, or groups of databases."""
    if writer.leaves_database:
        halves = writer.topology.databases[::2], writer.topology.databases[1::2]
        groups = {f"group_{at}": {each.name: _of(writer, each) for each in half} for at, half in enumerate(halves)}
        if not writer.is_bare:
            return groups
        return {"groups": [{"name": name, writer.member("databases"): writer.named(v)} for name, v in groups.items()]}
    return writer.root("databases", writer.named({
        each.name: {**writer.facts(each), "groups": [
            {"name": f"g{at}", writer.member("shards"): writer.container(list(half), "database")}
            for at, half in enumerate((each.shards[::2], each.shards[1::2]))
        ]}
        for each in writer.topology.databases
    }))  # fmt: skip


def _of(writer: Writer, database: Database) -> Json:
    return {**writer.facts(database), writer.member("shards"): writer.container(list(database.shards), "database")}


def _split(writer: Writer) -> Json:
    """Databases of one mode apart from those of another, or shards of one status apart from the others."""
    if writer.leaves_database:
        modes = {
            mode: {each.name: _of(writer, each) for each in writer.topology.databases if each.mode == mode}
            for mode in ("cluster", "single")
        }
        return {f"{mode}_databases" if writer.is_bare else mode: writer.named(each) for mode, each in modes.items()}
    return writer.root("databases", writer.named({
        each.name: {**writer.facts(each), **{
            f"{status.lower()}_shards": writer.container([s for s in each.shards if s.status == status], "database")
            for status in sorted({str(shard.status) for shard in each.shards})
        }}
        for each in writer.topology.databases
    }))  # fmt: skip


def _roles(writer: Writer) -> Json:
    """Shards with a master and a slave."""

    def of(shard: Shard) -> Json:
        slave = writer.random.choice(writer.topology.nodes).id
        roles = {"master": {"data_node_id": shard.node}, "slave": {"data_node_id": slave}}
        return writer.mixed({**writer.record(shard, "reference", "database"), **roles})

    writer.is_even = False
    return writer.root("databases", writer.named({
        each.name: {**writer.facts(each), writer.member("shards"): list(map(of, each.shards))}
        for each in writer.topology.databases
    }))  # fmt: skip


def _joined(writer: Writer) -> Json:
    """Shards and data nodes in one text."""
    writer.about = (False,) * 4
    writer.told_nothing()
    return writer.root("databases", writer.named({
        each.name: {writer.member("shards"): [f"{shard.name}@{shard.node}" for shard in each.shards]}
        for each in writer.topology.databases
    }))  # fmt: skip


def _numbered(writer: Writer) -> Json:
    """Shards keyed by numbers."""
    return writer.root("databases", writer.named({
        each.name: {**writer.facts(each), writer.member("shards"): {
            str(at): writer.record(shard, "database", *(("name",) if writer.is_bare else ()))
            for at, shard in enumerate(each.shards)
        }}
        for each in writer.topology.databases
    }))  # fmt: skip


def _old_and_new(writer: Writer) -> Json:
    """The topology as it is, and as it was or as it is backed up."""
    now, writer.topology = writer.topology, changed(writer.topology, writer.random)
    before = _nested(writer)
    writer.topology, writer.is_even = now, False
    keys = [("current", "previous"), ("databases", "deleted_databases"), ("export", "backup"), ("data", "recycle_bin")]
    return dict(zip(writer.random.choice(keys), (_nested(writer), before), strict=True))


def _maps(writer: Writer) -> Json:
    """Databases, or nothing, over maps from shards to data nodes."""
    has_empty = not all(database.shards for database in writer.topology.databases)
    if has_empty or writer.names_mislead():  # an empty object tells nothing
        return _nested(writer)
    writer.silent()
    writer.told_nothing()
    if writer.leaves_database:
        return {shard.name: writer.reference(shard.node) for shard in writer.topology.shards}
    writer.names_empty = True
    return {
        each.name: {shard.name: writer.reference(shard.node) for shard in each.shards}
        for each in writer.topology.databases
    }


_SHAPES: Final = (_nested, _nested, _nested, _flat, _by_node, _by_node_and_database)
_ODD_SHAPES: Final = (
    _node_maps, _columns, _parallel, _groups, _split, _roles, _joined, _numbered, _old_and_new, _maps,
)  # fmt: skip
