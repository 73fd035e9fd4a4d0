"""Writes one topology in any layout that the reading rules admit, and says which of its facts that layout carries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import msgspec
from hypothesis import assume
from hypothesis import strategies as st

from drift.core.member_names import plain
from drift.core.model import Database, DataNode, Shard, canonical_json
from support.builders import node_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Json: TypeAlias = Any

NUMBERED = re.compile(r"(.+)_(\d{4,})", re.DOTALL)

# The documented names, in snake_case: v1 and v3 calls, the export's envelope, SHOW DATA NODE, SHOW TOPOLOGY.
WORDS: dict[str, tuple[str, ...]] = {
    "reference": (
        "data_node_id", "id", "rds_instance_id", "dn_instance_id", "instance_id", "node", "data_node",
        "rds_id", "id_name", "instance_name", "data_node_name", "rds_instance_name", "dn_instance_name",
    ),
    "shard_name": ("physical_db_name", "name", "id_name", "physical_node", "shard_name", "database"),
    "index": ("shard_index", "dbslot", "db_slot", "slot", "index"),
    "database_name": ("name", "database_name", "ddm_dbname", "schema_name", "schema", "logic_db_name"),
    "database_of_shard": (
        "database_name", "ddm_dbname", "schema_name", "schema", "logic_db_name", "logic_db", "db_name", "database",
    ),
    "mode": ("shard_mode",),
    "count": ("shard_number", "shard_count", "shard_num"),
    "databases": ("databases", "schemas", "logic_dbs", "database_list"),
    "shards": ("shards", "databases", "shard_list", "slots", "physical_nodes"),
    "nodes": ("data_nodes", "nodes", "used_rds", "rds_instances", "dn_instance"),
    "node_id": ("instance_id", "id", "data_node_id", "rds_instance_id"),
    "node_name": ("instance_name", "name", "data_node_name"),
}  # fmt: skip

# Words that stand for the shard's own name unless its record has a better one for that.
_EITHER_NAME = ("db_name", "database", "schema_name", "database_name")

# Beside a shard's name that looks like `legacy_2024`, these could repeat it as well as name its database.
_EITHER_WORDS = ("dbname", "database")

CASES: dict[str, Callable[[str], str]] = {
    "snake": str,
    "camel": lambda word: re.sub("_(.)", lambda match: match[1].upper(), word),
    "pascal": lambda word: word.title().replace("_", ""),
    "upper": str.upper,
}


class Topology(NamedTuple):
    """What there is to write."""

    nodes: tuple[DataNode, ...]
    databases: tuple[Database, ...]


class Writing(NamedTuple):
    """A document beside its list of data nodes, and what a reader must find in it."""

    shape: str
    inner: Any
    data_nodes: list[dict[str, Any]]
    expected: Topology

    @property
    def response(self) -> dict[str, Any]:
        """The whole, with the payload decoded."""
        return {"compressed_databases_info": self.inner, "data_nodes": self.data_nodes}


# --- topologies -----------------------------------------------------------------------------------------------------

PLAIN_NAMES = ["orders", "users2", "billing", "db_7567", "app", "app_2024", "a_b_c", "legacy_2024"]
_WORD_NAMES = ["users", "data", "status", "shards", "nodes", "name", "id", "tables", "databases", "result", "schema"]

_unknown = st.fixed_dictionaries(
    {},
    optional={
        "charset": st.sampled_from(["utf8mb4", "latin1"]),
        "weight": st.integers(0, 3),
        "read_only": st.booleans(),
        "owner": st.fixed_dictionaries({"team": st.sampled_from(["a", "b"]), "roles": st.just(["x", "w", "b"])}),
        "comment": st.sampled_from([None, "", "x"]),
    },
)


def _indexed(name: str, index: int | None) -> int | None:
    match = NUMBERED.fullmatch(name)
    return int(match[2]) if index is None and match else index


@st.composite
def _single(draw: st.DrawFn, name: str, nodes: list[str]) -> list[Shard]:
    called = draw(
        st.sampled_from([name, f"{name}_main", "whatever", f"{name}_2024", f"{name}_0000", "legacy_2024", "x"])
    )
    return [Shard(name, called, _indexed(called, None), draw(st.sampled_from(nodes)), "RUNNING")]


@st.composite
def _sharded(draw: st.DrawFn, name: str, nodes: list[str]) -> list[Shard]:
    count = draw(st.integers(2, 6))
    first = draw(st.sampled_from([0] * 9 + [9_998]))
    places = sorted(draw(st.lists(st.sampled_from(nodes), min_size=count, max_size=count)))
    status = draw(st.sampled_from(["RUNNING", "EXPANDING FAILED"]))
    return [Shard(name, f"{name}_{first + i:04}", first + i, places[i], status) for i in range(count)]


@st.composite
def topologies(
    draw: st.DrawFn, *, names: Iterable[str] = (*PLAIN_NAMES, *_WORD_NAMES), node_names: Iterable[str] = ()
) -> Topology:
    """One to three data nodes, up to three databases: sharded ones, unsharded ones, empty ones."""
    called = draw(
        st.lists(st.sampled_from(["rds-1", "rds-2", "rds_3", *node_names]), min_size=1, max_size=3, unique=True)
    )
    nodes = tuple(
        DataNode(node_id(name), name, f"10.0.0.{i}", 3306 + i, "mysql", draw(st.sampled_from(["5.7", "8.0"])))
        for i, name in enumerate(called)
    )
    ids = [node.id for node in nodes]
    found = []
    for name in draw(st.lists(st.sampled_from(sorted(names)), min_size=1, max_size=3, unique=True)):
        kind = draw(st.sampled_from(["sharded", "sharded", "sharded", "single", "empty"]))
        shards = (
            draw(_sharded(name, ids)) if kind == "sharded" else draw(_single(name, ids)) if kind == "single" else []
        )
        extra = draw(st.none() | st.lists(_unknown, min_size=len(shards), max_size=len(shards)))
        if extra is not None:
            shards = [
                msgspec.structs.replace(s, attributes=canonical_json(e)) for s, e in zip(shards, extra, strict=True)
            ]
        found.append(
            Database.of(
                name,
                shard_mode="single" if kind == "single" else "cluster",
                shard_count=draw(st.just(len(shards)) | st.just(8)),
                status=draw(st.sampled_from(["RUNNING", "EXPANDING"])),
                attributes=canonical_json(draw(_unknown)),
                shards=shards,
            )
        )
    return Topology(tuple(sorted(nodes, key=lambda node: node.id)), tuple(sorted(found, key=lambda each: each.name)))


# --- layouts --------------------------------------------------------------------------------------------------------


class Style(NamedTuple):
    """How the records are written, whatever the shape: the words, and which facts are there at all."""

    words: Mapping[str, str]
    reference: str
    carries_index: bool
    carries_status: bool
    carries_facts: bool
    carries_attributes: bool
    numbers_as_text: bool
    noise: bool
    repeats: bool
    used_rds: bool


def _fits(words: Mapping[str, str]) -> bool:
    """Whether no two members of one record have the same name, and none could be another by the documentation."""
    shard = [words["reference"], words["shard_name"], words["index"], words["database_of_shard"]]
    if len(set(shard)) < len(shard):
        return False
    if words["shard_name"] == "database" and words["database_of_shard"] in _EITHER_NAME:
        return False
    if words["shard_name"] == "id_name" and words["database_of_shard"] in _EITHER_NAME:
        return False
    return words["nodes"] != words["shards"] and words["databases"] != words["nodes"]


@st.composite
def styles(draw: st.DrawFn) -> Style:
    """Any style."""
    case = CASES[draw(st.sampled_from(sorted(CASES)))]
    chosen = draw(st.fixed_dictionaries({role: st.sampled_from(words) for role, words in WORDS.items()}).filter(_fits))
    return Style(
        words={role: case(word) for role, word in chosen.items()} | {"status": case("status")},
        reference=draw(st.sampled_from(["id", "id", "name", "upper", "object"])),
        carries_index=draw(st.booleans()),
        carries_status=draw(st.booleans()),
        carries_facts=draw(st.booleans()),
        carries_attributes=draw(st.booleans()),
        numbers_as_text=draw(st.booleans()),
        noise=draw(st.booleans()),
        repeats=draw(st.booleans()),
        used_rds=draw(st.booleans()),
    )


class Writer:
    """Writes the parts of a topology in one style; what it leaves out, it leaves out of `expected` as well."""

    def __init__(self, draw: st.DrawFn, style: Style, topology: Topology) -> None:
        self.draw = draw
        self.style = style
        self.topology = topology
        self.nodes = {node.id: node for node in topology.nodes}

    def word(self, role: str) -> str:
        """The word for a role."""
        return self.style.words[role]

    def mixed(self, members: Mapping[str, Any]) -> dict[str, Any]:
        """The members in any order, with volatile ones among them."""
        noise = {"created": self.draw(st.integers(0, 9)), "updateTime": "2025-02-10T07:18:26+0000", "errorMsg": None}
        every = {**members, **(noise if self.style.noise else {})}
        return {key: every[key] for key in self.draw(st.permutations(sorted(every)))}

    def number(self, value: int | None) -> int | str | None:
        """A number, perhaps as text."""
        return str(value) if self.style.numbers_as_text and value is not None else value

    def status(self, value: str | None) -> str | None:
        """A status in any case."""
        return value and self.draw(st.sampled_from([value, value.lower(), value.title()]))

    def unknown(self, attributes: str) -> dict[str, Any]:
        """The members that no interface documents."""
        if not self.style.carries_attributes:
            return {}
        members = msgspec.json.decode(attributes)
        if self.style.noise and "owner" in members:
            members["owner"]["createTime"] = self.draw(st.integers(0, 9))
        return dict(members)

    def reference(self, identity: str) -> Json:
        """What refers to a data node."""
        match self.style.reference:
            case "name":
                return self.nodes[identity].name
            case "upper":
                return identity.upper()
            case "object":
                return self.mixed({"id": identity, "name": self.nodes[identity].name})
        return identity

    def key(self, identity: str) -> str:
        """A data node as the key of an object."""
        return str(self.nodes[identity].name) if self.style.reference == "name" else identity

    def shard(self, shard: Shard, *leave: str) -> dict[str, Any]:
        """A shard's record without those of its members that its place says."""
        node = self.nodes[shard.data_node_id]
        members = self.unknown(shard.attributes)
        if "reference" not in leave:
            members[self.word("reference")] = self.reference(shard.data_node_id)
        if "name" not in leave:
            members[self.word("shard_name")] = shard.name
        if "database" not in leave:
            members[self.word("database_of_shard")] = shard.database
        if self.style.carries_index:
            members[self.word("index")] = self.number(shard.index)
        if self.style.carries_status:
            members[self.word("status")] = self.status(shard.status)
        if self.style.repeats:
            said = {"host": node.host, "port": self.number(node.port), "idName": shard.name}
            members = {**said, **members} if self.word("shard_name") != "id_name" else members
        return self.mixed(members)

    def database(self, database: Database, *leave: str) -> dict[str, Any]:
        """A database's record without its shards."""
        members = self.unknown(database.attributes)
        if "name" not in leave:
            members[self.word("database_name")] = database.name
        if self.style.carries_facts:
            members[self.word("mode")] = self.draw(st.sampled_from([str, str.upper]))(str(database.shard_mode))
            members[self.word("count")] = self.number(database.shard_count)
            members["status"] = self.status(database.status)
        return members

    def listed(self, database: Database) -> dict[str, Any]:
        """The list of data nodes that a database's record may have besides; it becomes an attribute."""
        ids = sorted({shard.data_node_id for shard in database.shards})
        if not self.style.used_rds or not ids or self.word("nodes").lower().replace("_", "") == "usedrds":
            return {}
        entries = [{"id": i, "name": f"stale-{i[:2]}", "status": "normal"} for i in ids]
        return {"used_rds": self.draw(st.permutations(entries))}

    def collection(self, records: Iterable[tuple[str, Any]], name: str | None) -> Json:
        """An array of records, which then hold their name, or an object keyed by name."""
        ordered = self.draw(st.permutations(list(records)))
        return dict(ordered) if name is None else [record for _, record in ordered]

    # --- what a reader must find ---

    def expected(
        self, *, facts: bool = True, empties: bool = True, attributes: bool = True, whole: bool = True
    ) -> Topology:
        """The topology as far as the layout carries it. `whole`: shards are objects with all their members."""
        found = []
        for each in self.topology.databases:
            if not each.shards and not empties:
                continue
            keeps = facts and self.style.carries_facts
            kept = msgspec.json.decode(each.attributes) if attributes and self.style.carries_attributes else {}
            if attributes and (listed := self.listed(each)):
                kept["used_rds"] = sorted(listed["used_rds"], key=lambda entry: str(entry["id"]))
            found.append(
                Database.of(
                    each.name,
                    shard_mode=each.shard_mode if keeps else None,
                    shard_count=each.shard_count if keeps else None,
                    status=each.status if keeps else None,
                    attributes=canonical_json(kept),
                    shards=[self._expected(shard, whole=whole) for shard in each.shards],
                )
            )
        return Topology(self.topology.nodes, tuple(found))

    def _expected(self, shard: Shard, *, whole: bool) -> Shard:
        return msgspec.structs.replace(
            shard,
            index=shard.index if self.style.carries_index and whole else _indexed(shard.name, None),
            status=shard.status if self.style.carries_status and whole else None,
            attributes=shard.attributes if self.style.carries_attributes and whole else "{}",
        )


def _wrapped(draw: st.DrawFn, writer: Writer, role: str, value: Json) -> Json:
    """The root: the value itself, or under its container's name, perhaps in a wrapper as HTTP APIs have them."""
    match draw(st.sampled_from(["bare", "named", "data", "result"])):
        case "bare":
            return value
        case "named":
            return writer.mixed({writer.word(role): value, "version": 3})
        case "data":
            return {"data": {writer.word(role): value, "total": 3}, "version": "3"}
    return {"result": {"list": value}}


def _nested(draw: st.DrawFn, writer: Writer) -> tuple[Json, Topology]:
    """Databases with their shards: arrays, objects keyed by name, or maps of shards to data nodes."""
    keyed, direct = draw(st.booleans()), draw(st.booleans())
    shard_kind = draw(st.sampled_from(["array", "keyed", "map"]))
    names = [s.name for d in writer.topology.databases for s in d.shards]
    if len(set(names)) < len(names) and not any(name.endswith("_0000") for name in names):
        shard_kind = draw(st.sampled_from(["array", "keyed"]))  # keys that repeat are no names, for all one can tell
    own = draw(st.sampled_from([("database",), ()])) if shard_kind != "map" else ()
    direct = direct and keyed

    def shards(database: Database) -> Json:
        if shard_kind == "map":
            return {s.name: writer.key(s.data_node_id) for s in draw(st.permutations(database.shards))}
        leave = ("name", *own) if shard_kind == "keyed" else own
        records = [(s.name, writer.shard(s, *leave)) for s in database.shards]
        return writer.collection(records, None if shard_kind == "keyed" else "name")

    def record(database: Database) -> Json:
        if direct:
            return shards(database)
        own_members = writer.database(database, *(["name"] if keyed else []))
        return writer.mixed({**own_members, **writer.listed(database), writer.word("shards"): shards(database)})

    value = writer.collection(((d.name, record(d)) for d in writer.topology.databases), None if keyed else "name")
    expected = writer.expected(facts=not direct, attributes=not direct, whole=shard_kind != "map")
    return _wrapped(draw, writer, "databases", value), expected


def _names_tell(database: Database) -> bool:
    """Whether the shards' names alone tell their database. One shard that isn't the first could be anything."""
    begins = all((m := NUMBERED.fullmatch(s.name)) and m[1] == database.name for s in database.shards)
    return begins and (len(database.shards) != 1 or database.shards[0].name.endswith("_0000"))


def _flat(draw: st.DrawFn, writer: Writer) -> tuple[Json, Topology]:
    """One list of all shards, which name their database or not, perhaps beside a list of databases."""
    shards = [shard for database in writer.topology.databases for shard in database.shards]
    told = all(map(_names_tell, writer.topology.databases))
    leave = draw(st.sampled_from([(), ("database",)])) if told else ()
    records = [(s.name, writer.shard(s, *leave)) for s in shards]
    keyed = draw(st.booleans()) and len({s.name for s in shards}) == len(shards) and len(shards) > 0
    if keyed:
        records = [(s.name, writer.shard(s, "name", *leave)) for s in shards]
    value = writer.collection(records, None if keyed else "name")
    if not draw(st.booleans()):
        return _wrapped(draw, writer, "shards", value), writer.expected(facts=False, empties=False, attributes=False)
    declared_keyed = draw(st.booleans())
    declared = writer.collection(
        (
            (d.name, writer.mixed({**writer.database(d, *(["name"] if declared_keyed else [])), **writer.listed(d)}))
            for d in writer.topology.databases
        ),
        None if declared_keyed else "name",
    )
    names = (writer.word("databases"), writer.word("shards"))
    if names[0] == names[1]:
        names = ("schemas", "shards")
    root = writer.mixed({names[0]: declared, names[1]: value, "version": 3})
    return draw(st.sampled_from([root, {"data": root}])), writer.expected()


def _by_node(draw: st.DrawFn, writer: Writer) -> tuple[Json, Topology]:
    """Data nodes with the shards on them: records or mere names."""
    nodes = writer.topology.nodes
    shards = [shard for database in writer.topology.databases for shard in database.shards]
    told = all(map(_names_tell, writer.topology.databases))
    names_only = told and draw(st.booleans())
    keyed, direct = draw(st.booleans()), draw(st.booleans())
    direct = direct and keyed
    leave = draw(st.sampled_from([("reference",), ("reference", "database")])) if told else ("reference",)

    def below(node: DataNode) -> Json:
        here = [s for s in draw(st.permutations(shards)) if s.data_node_id == node.id]
        return [s.name for s in here] if names_only else [writer.shard(s, *leave) for s in here]

    value = writer.collection(
        ((writer.key(n.id), below(n) if direct else _node(writer, n, keyed=keyed, shards=below(n))) for n in nodes),
        None if keyed else "name",
    )
    expected = writer.expected(facts=False, empties=False, attributes=False, whole=not names_only)
    return _wrapped(draw, writer, "nodes", value), expected


def _node(writer: Writer, node: DataNode, *, keyed: bool, **members: Json) -> dict[str, Any]:
    own = {} if keyed else {writer.word("node_id"): node.id, writer.word("node_name"): node.name}
    if writer.style.repeats:
        own |= {"host": node.host, "port": writer.number(node.port)}
    return writer.mixed({**own, **{writer.word(role): value for role, value in members.items()}})


def _node_database(draw: st.DrawFn, writer: Writer) -> tuple[Json, Topology]:
    """Data nodes with databases with shards."""
    node_keyed, node_direct = draw(st.booleans()), draw(st.booleans())
    keyed, direct, names_only = draw(st.booleans()), draw(st.booleans()), draw(st.booleans())
    node_direct, direct = node_direct and node_keyed, direct and keyed

    def below(node: DataNode, database: Database) -> Json:
        here = [s for s in draw(st.permutations(database.shards)) if s.data_node_id == node.id]
        return [s.name for s in here] if names_only else [writer.shard(s, "reference", "database") for s in here]

    def record(node: DataNode, database: Database) -> Json:
        if direct:
            return below(node, database)
        own = writer.database(database, *(["name"] if keyed else []))
        return writer.mixed({**own, writer.word("shards"): below(node, database)})

    def databases(node: DataNode) -> Json:
        return writer.collection(
            ((d.name, record(node, d)) for d in writer.topology.databases), None if keyed else "name"
        )

    def node_record(node: DataNode) -> Json:
        if node_direct:
            return databases(node)
        return _node(writer, node, keyed=node_keyed, databases=databases(node))

    value = writer.collection(
        ((writer.key(node.id), node_record(node)) for node in writer.topology.nodes), None if node_keyed else "name"
    )
    listing = writer.style._replace(used_rds=False)
    writer.style = listing
    expected = writer.expected(facts=not direct, attributes=not direct, whole=not names_only)
    return _wrapped(draw, writer, "nodes", value), expected


def _database_node(draw: st.DrawFn, writer: Writer) -> tuple[Json, Topology]:
    """Databases with data nodes with shards."""
    keyed, direct = draw(st.booleans()), draw(st.booleans())
    node_keyed, node_direct, names_only = draw(st.booleans()), draw(st.booleans()), draw(st.booleans())
    direct, node_direct = direct and keyed, node_direct and node_keyed
    writer.style = writer.style._replace(used_rds=False)

    def below(node: DataNode, database: Database) -> Json:
        here = [s for s in draw(st.permutations(database.shards)) if s.data_node_id == node.id]
        return [s.name for s in here] if names_only else [writer.shard(s, "reference", "database") for s in here]

    def nodes(database: Database) -> Json:
        return writer.collection(
            (
                (
                    writer.key(n.id),
                    below(n, database)
                    if node_direct
                    else _node(writer, n, keyed=node_keyed, shards=below(n, database)),
                )
                for n in writer.topology.nodes
            ),
            None if node_keyed else "name",
        )

    def record(database: Database) -> Json:
        if direct:
            return nodes(database)
        own = writer.database(database, *(["name"] if keyed else []))
        return writer.mixed({**own, writer.word("nodes"): nodes(database)})

    value = writer.collection(((d.name, record(d)) for d in writer.topology.databases), None if keyed else "name")
    expected = writer.expected(facts=not direct, attributes=not direct, whole=not names_only)
    return _wrapped(draw, writer, "databases", value), expected


SHAPES = {
    "nested": _nested,
    "flat": _flat,
    "by node": _by_node,
    "node, database": _node_database,
    "database, node": _database_node,
}


def _envelope(draw: st.DrawFn, topology: Topology, case: str, *, as_text: bool) -> list[dict[str, Any]]:
    spelled = CASES[case]
    return [
        {
            spelled("instance_id"): node.id,
            spelled("instance_name"): node.name,
            spelled("access_host"): node.host,
            spelled("access_port"): str(node.port) if as_text else node.port,
            spelled("engine"): node.engine,
            spelled("engine_version"): node.engine_version,
        }
        for node in draw(st.permutations(topology.nodes))
    ]


@st.composite
def writings(draw: st.DrawFn, topology: Topology, shape: str | None = None) -> Writing:
    """The topology in any layout, or in any of one shape."""
    style = draw(styles())
    singles = [d.shards[0].name for d in topology.databases if len(d.shards) == 1]
    assume(not any(map(NUMBERED.fullmatch, singles)) or plain(style.words["database_of_shard"]) not in _EITHER_WORDS)
    shape = shape or draw(st.sampled_from(sorted(SHAPES)))
    writer = Writer(draw, style, topology)
    inner, expected = SHAPES[shape](draw, writer)
    listed = _envelope(draw, topology, draw(st.sampled_from(sorted(CASES))), as_text=style.numbers_as_text)
    return Writing(shape, inner, listed, expected)
