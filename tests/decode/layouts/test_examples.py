from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.compare.diff import diff
from drift.core.errors import DriftError, PayloadError
from drift.core.model import Gap, Instance
from drift.decode.content import Content, Options
from drift.decode.evidence import DoubtError
from drift.decode.sources.export import decode_document
from support.builders import a_time
from support.layouts import PLAIN_NAMES, Writing, topologies, writings

IDS = [f"{index:032x}in01" for index in range(1, 4)]
LISTED = [
    {"instance_id": node, "instance_name": f"rds-{index}", "access_host": f"10.0.0.{index}", "access_port": 3306}
    for index, node in enumerate(IDS)
]
SHARDS = [(f"orders_{index:04}", index, IDS[index // 2]) for index in range(4)]


def read(inner: Any, nodes: Any = None) -> Content:  # noqa: ANN401 - any JSON value
    return decode_document({"data_nodes": nodes or LISTED, "compressed_databases_info": inner}, Options())


def found(content: Content) -> list[tuple[str, str, int | None, str]]:
    return [(s.database, s.name, s.index, s.data_node_id) for each in content.databases for s in each.shards]


V1_DETAIL = {
    "database": {
        "name": "orders",
        "created": 1604631243234,
        "status": "RUNNING",
        "databases": [
            {"id": node, "name": name, "idName": name, "dbslot": index, "status": "RUNNING", "created": 1, "updated": 2}
            for name, index, node in SHARDS
        ],
        "shard_mode": "cluster",
        "shard_number": 4,
        "shard_unit": 2,
        "used_rds": [{"id": IDS[1], "name": "mysql_0000", "status": "normal"}, {"id": IDS[0], "name": "mysql_0001"}],
    }
}
V3_DETAIL = {
    "shards": [
        {"data_node_id": node, "physical_db_name": name, "status": "RUNNING", "shard_index": index}
        for name, index, node in SHARDS
    ],
    "status": "RUNNING",
    "created": "2025-02-10T07:18:26+0000",
    "name": "orders",
    "shard_mode": "cluster",
    "shard_number": "4",
    "data_nodes": [{"id": IDS[0], "status": "normal", "name": "stale_0000", "engine_name": "mysql", "mem": 4}],
}
SHOW_TOPOLOGY = [
    {"RDS_INSTANCE_ID": node, "HOST": "h", "PORT": 3306, "DATABASE": name, "TABLE": f"t_{index}"}
    for name, index, node in SHARDS
]
documented = {"v1 detail": V1_DETAIL, "v3 detail": V3_DETAIL, "SHOW TOPOLOGY": SHOW_TOPOLOGY}


@pytest.mark.parametrize("inner", documented.values(), ids=documented)
def test_what_the_documented_interfaces_give_is_read(inner: Any) -> None:  # noqa: ANN401 - any JSON value
    """A payload in the shape of any documented answer is read, stale names of data nodes notwithstanding."""
    assert found(read(inner)) == [("orders", *shard) for shard in SHARDS]


def test_used_data_nodes_are_an_attribute_without_order() -> None:
    """The list of data nodes in a database's record is kept, sorted, and never taken for shards."""
    (database,) = read(V1_DETAIL).databases
    assert database.attributes == (
        f'{{"shard_unit":2,"used_rds":[{{"id":"{IDS[0]}","name":"mysql_0001"}},'
        f'{{"id":"{IDS[1]}","name":"mysql_0000","status":"normal"}}]}}'
    )
    assert (database.shard_mode, database.shard_count, database.status) == ("cluster", 4, "RUNNING")


def _records(*leave: str) -> list[dict[str, Any]]:
    every = [{"name": name, "shardIndex": index, "dataNodeId": node} for name, index, node in SHARDS]
    return [{key: value for key, value in record.items() if key not in leave} for record in every]


def _names_on(node: str) -> list[str]:
    return [name for name, _, on in SHARDS if on == node]


SHARDS_OF_ONE = [{"name": "orders", "shards": _records()}]
ON_NODES = {node: {"shards": _names_on(node), "tags": ["a", "b"]} for node in IDS[:2]}
with_unknown_members: dict[str, Any] = {
    "a list of records beside the databases": {"params": [{"name": "x", "value": 1}], "dbs": SHARDS_OF_ONE},
    "such a list that holds an empty one": {
        "accounts": [{"name": "root", "databases": []}],
        "shards": [record | {"databaseName": "orders"} for record in _records()],
    },
    "lists of other things with as many times as a database has": {
        name: [{**record, "created": 1, "updated": 2, "createTime": "3", "updateTime": "4"} for record in records]
        for name, records in {
            "schemas": [{"name": "orders", "used_rds": [{"id": IDS[0]}], "databases": _records()}],
            "rds": [{"id": IDS[0], "name": "rds-0"}],
            "tables": [{"name": "t", "database": "orders", "shards": [{"name": "t_0000"}]}],
        }.items()
    },
    "a list of tables that are sharded as databases are": {
        "databases": [{"name": "orders", "shard_number": 4}],
        "shards": _records(),
        "tables": [{"name": "t", "shard_count": 4}],
    },
    "nothing but lists in a database's record": {
        "databases": {"orders": {"sequences": [{"name": "s", "start": 1}], "used_rds": [{"id": IDS[0]}]}},
        "shards": _records(),
    },
    "a list of texts beside the names on a data node": {"databases": {"orders": ON_NODES}},
    "a list of records beside a database's own": {
        "orders": _records(),
        "accounts": [{"name": "root", "grants": ["ALL"]}],
    },
    "members beside shards that are keyed by name": {
        **{record["name"]: {"dataNodeId": record["dataNodeId"]} for record in _records()},
        "version": 3,
    },
}


@pytest.mark.parametrize("inner", with_unknown_members.values(), ids=with_unknown_members)
def test_unknown_members_are_no_part_of_the_topology(inner: Any) -> None:  # noqa: ANN401 - any JSON value
    """What a payload holds beside databases and shards neither hides them nor is taken for them."""
    content = read(inner)
    assert found(content) == [("orders", *shard) for shard in SHARDS]
    assert {each.name for each in content.databases} <= {"orders", "users"}
    assert content.gaps == ()


with_doubtful_members: dict[str, Any] = {
    "an object beside a database's own": {"orders": {"shards": _records()}, "kernel": {"build": 7}},
    "members beside databases that are keyed by name": {
        "orders": {"shards": _records()},
        "version": 3,
        "kernel": {"a": 1},
    },
    "members beside an empty database and a sharded one": {"orders": _records(), "users": [], "version": "3.0"},
    "members beside maps of shards": {"orders": {name: node for name, _, node in SHARDS}, "region": "x", "tags": ["a"]},
    "members beside data nodes": {**{node: _names_on(node) for node in IDS}, "version": 3, "flags": ["a", "b"]},
    "members that come and go": {
        node: {"orders": [{"name": name} for name in _names_on(node)]} | ({} if node == IDS[0] else {"users": []})
        for node in IDS
    },
}


@pytest.mark.parametrize("inner", with_doubtful_members.values(), ids=with_doubtful_members)
def test_nothing_beside_names_is_dropped_silently(inner: Any) -> None:  # noqa: ANN401 - any JSON value
    """A container beside those that are keyed by name may be one more: a doubt, with its place and the way on."""
    with pytest.raises(DoubtError, match="Possible readings") as caught:
        read(inner)
    assert caught.value.hint


def test_a_database_beside_other_members_is_not_lost() -> None:
    """What stands beside databases that are keyed by name doesn't hide those without shards, or without numbers."""
    unsharded = {"shard_mode": "single", "shards": [{"name": "x", "dataNodeId": IDS[0]}]}
    content = read({"orders": {"shards": _records()}, "users": {"shards": []}, "crm": unsharded, "version": 3})
    assert [(each.name, len(each.shards)) for each in content.databases] == [("crm", 1), ("orders", 4), ("users", 0)]


def test_a_shard_that_is_called_as_a_reference_is_no_member_of_its_data_node() -> None:
    """Shards keyed by name tell nothing of the data node, even if one is called `id`, as an unsharded database's is."""
    shards = dict.fromkeys(("orders_0000", "orders_0001", "id"), IDS[0])
    content = read({"slots": shards, "databases": [{"name": "orders"}, {"name": "id"}]})
    assert [(each.name, len(each.shards)) for each in content.databases] == [("id", 1), ("orders", 2)]
    assert {node.attributes for node in content.data_nodes} == {"{}"}


def test_facts_that_flat_shards_repeat_are_those_of_their_database() -> None:
    """A flat list of shards says in each what a database declares, so that a missing shard is noticed."""
    records = [record | {"databaseName": "orders", "shardMode": "cluster", "shardNumber": 8} for record in _records()]
    (database,) = read({"shards": records}).databases
    assert (database.shard_mode, database.shard_count, len(database.shards)) == ("cluster", 8, 4)
    assert {shard.attributes for shard in database.shards} == {"{}"}


@pytest.mark.parametrize("member", ["name", "physicalDbName"])
def test_the_key_of_an_unsharded_databases_shard_is_no_database(member: str) -> None:
    """A shard that repeats its key as its name, under `databases` as v1 calls them, belongs to the database above."""
    shard = {"whatever": {member: "whatever", "dataNodeId": IDS[0]}}
    single = {"shard_mode": "single", "databases": shard}
    for inner in ({"database": {"name": "crm", **single}}, {"logicDbs": {"crm": single}}):
        assert found(read(inner)) == [("crm", "whatever", None, IDS[0])]


def nested(*shards: dict[str, Any], **members: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON value
    return [{"name": "orders", "shards": list(shards), **members}]


def a_record(index: int = 0, **members: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    return {"name": f"orders_{index:04}", "dataNodeId": IDS[0], **members}


NAMESAKES = [LISTED[0], {**LISTED[1], "instance_name": "rds-0"}]

refusals: dict[str, tuple[Any, Any, str, str]] = {
    "two references": (
        nested(a_record(rdsInstanceId=IDS[1])),
        None,
        "[0].shards[0].rdsInstanceId",
        "refers to another data node",
    ),
    "no reference in one record": (
        nested(a_record(0), {"name": "orders_0001"}),
        None,
        "[0].shards[1].dataNodeId",
        "expected a known data node",
    ),
    "an empty reference": (
        nested(a_record(0, dataNodeId={"id": IDS[0]}), a_record(1, dataNodeId={})),
        None,
        "[0].shards[1].dataNodeId.id",
        "expected a known data node",
    ),
    "a null reference": (
        nested(a_record(0), a_record(1, dataNodeId=None)),
        None,
        "[0].shards[1].dataNodeId",
        "expected a known data node",
    ),
    "no name in one record": (nested(a_record(0), {"dataNodeId": IDS[0]}), None, "[0].shards[1].name", "name"),
    "a shard twice": (nested(a_record(0), a_record(0)), None, "[0].shards[1]", "is listed twice on data node rds-0"),
    "a database twice": (nested(a_record(0)) + nested(a_record(1)), None, "[1]", "more than once"),
    "no shard anywhere": ({"version": 1, "things": [{"name": "x"}]}, None, "the payload", "no shard is recognised"),
    "databases without a word of shards": (
        {"databases": [{"name": "orders", "shard_number": 8}], "total": 1},
        None,
        "the payload",
        "no shard is recognised",
    ),
    "shards on unlisted data nodes alone, beside an empty database": (
        {"databases": [{"name": "users", "shards": {}}, {"name": "orders", "shards": {"orders_0000": "gone"}}]},
        None,
        "the payload",
        "no shard is recognised",
    ),
    "a name that two data nodes have": (
        nested({"name": "orders_0000", "dataNodeName": "rds-0"}),
        NAMESAKES,
        "the payload",
        "no shard is recognised",
    ),
    "an index that is no number": (
        nested(a_record(0, shardIndex=0), a_record(1, shardIndex="x")),
        None,
        "[0].shards[1].shardIndex",
        "expected a whole number",
    ),
    "a status that is no text": (nested(a_record(0, status=[])), None, "[0].shards[0].status", "expected a text"),
    "a count that is no number": (nested(a_record(0), shardNumber="many"), None, "[0].shardNumber", "whole number"),
    "shards of two databases under one group": (
        {"cluster": [a_record(0), {"name": "users_0000", "dataNodeId": IDS[0]}], "other": [{**a_record(1)}]},
        None,
        "cluster[0]",
        "not numbered from its database",
    ),
    "a lone name with digits": (
        [{"name": "legacy_2024", "dataNodeId": IDS[0]}],
        None,
        "[0].name",
        "may be a shard of 'legacy'",
    ),
    "shards under one data node that refer to another": (
        {"dataNodes": [{"instanceId": IDS[0], "shards": [a_record(at, dataNodeId=IDS[1]) for at in (0, 1)]}]},
        None,
        "dataNodes[0]",
        "leaves out",
    ),
    "shards of a database called as a data node, by hosts alone": (
        {
            "databases": [
                {"name": "rds-0", "shards": [{"name": f"rds-0_{i:04}", "host": f"10.0.0.{i}"} for i in (0, 1)]}
            ]
        },
        None,
        "databases[].name",
        "data node's name",
    ),
    "shards under a database or data node, on another by an unknown word": (
        {"rds-0": {"shards": [{"name": "rds-0_0000", "target": IDS[1]}]}},
        None,
        "{}.shards[].target",
        "a member that no interface documents",
    ),
    "a key that may only lead to databases, whose names stand in unknown places": (
        {"meta": [{"info": {"title": "crm"}, "shards": [{"name": "crm", "dataNodeId": IDS[0]}]}]},
        None,
        "meta[0].shards[0].name",
        "names no database",
    ),
    "two lists that could be the shards": (
        [{"name": "orders", "first": [{"name": "x", "id": IDS[0]}], "second": [{"name": "y", "id": IDS[0]}]}],
        None,
        "[0].first[0]",
        "not numbered",
    ),
}


@pytest.mark.parametrize(("inner", "nodes", "place", "words"), refusals.values(), ids=refusals)
def test_what_is_unclear_is_refused_with_its_place(inner: Any, nodes: Any, place: str, words: str) -> None:  # noqa: ANN401 - any JSON value
    """Nothing is guessed: each doubt is an error with the place, what was expected there, and what to do."""
    with pytest.raises(PayloadError) as caught:
        read(inner, nodes)
    assert words in str(caught.value)
    assert caught.value.place == place
    assert caught.value.hint


def test_the_first_of_several_errors_is_told() -> None:
    """The same payload is refused in the same words each time."""
    names = [f"db{number}_0000" for number in range(20)] * 2
    with pytest.raises(PayloadError) as caught:
        read([{"shardName": name, "dataNodeId": IDS[0]} for name in names])
    assert caught.value.place == "[20]"


def test_a_shard_on_an_unlisted_data_node_is_kept_and_warned_of() -> None:
    """Evidence of trouble stays visible."""
    gone = "9" * 32 + "in01"
    content = read(nested(a_record(0), a_record(1, dataNodeId=gone)))
    assert [shard.data_node_id for shard in content.databases[0].shards] == [IDS[0], gone]
    assert content.warnings == (f"1 shard on the data node {gone}, which the export doesn't list",)


@pytest.mark.parametrize("word", ["physicalDbName", "slot_name", "PHYSICAL_NODE"])
def test_a_database_that_is_called_as_a_first_shard_is_a_doubt(word: str) -> None:
    """`db_0000` may be an unsharded database or the first shard of `db`: one name alone doesn't decide."""
    with pytest.raises(DoubtError, match="an unsharded database db_0000"):
        read([{word: "db_0000", "databaseName": "db_0000", "dataNodeId": IDS[0]}])


@pytest.mark.parametrize(
    ("inner", "name"),
    [
        ({"shards": [{"name": "rds-0", "schema": "rds-0", "data_node_id": IDS[0]}]}, "rds-0"),
        ({"databases": [{"name": "crm", "data_node_id": IDS[0], "node_name": "rds-0", "shards": {"crm": {}}}]}, "crm"),
    ],
    ids=["a shard that is called as its data node", "a database that is on one data node"],
)
def test_names_beside_data_nodes_are_read(inner: Any, name: str) -> None:  # noqa: ANN401 - any JSON value
    """An unsharded database may be called as its data node is, or be named beside its data node's id."""
    assert [(each.name, [shard.name for shard in each.shards]) for each in read(inner).databases] == [(name, [name])]


def test_a_text_where_an_index_may_be_is_an_attribute() -> None:
    """A member that is called as a shard's index and begins with a text is none; the shard's name tells the index."""
    inner = nested({**a_record(0), "slot": "left"}, {**a_record(1), "slot": 1})
    shards = read(inner).databases[0].shards
    assert [(shard.index, shard.attributes) for shard in shards] == [(0, '{"slot":"left"}'), (1, '{"slot":1}')]


def test_one_record_in_place_of_several_is_no_map_of_shards() -> None:
    """The members of a lone record under a container's name are never shards."""
    record = {"dataNodeId": IDS[0], "databaseName": "crm", "host": "10.0.0.0", "idName": "crm_main"}
    with pytest.raises(DoubtError, match="Possible readings"):
        read({"databases": record})


def test_a_data_node_that_is_called_as_a_database_is_no_rival() -> None:
    """What isn't about shards says nothing of their data nodes, even under a database that has the name of another."""
    called_so = [LISTED[0], LISTED[1] | {"instance_name": "orders"}]
    on = {"dataNodeId": IDS[0], "tags": ["a"], "ext": {"z": [1]}, "shards": ["orders_0000", "orders_0001"]}
    content = read({"dbs": {"orders": {"nodes": [on], "labels": ["x"]}}}, called_so)
    assert found(content) == [("orders", f"orders_{index:04}", index, IDS[0]) for index in range(2)]


def test_shards_are_kept_though_no_data_node_is_listed() -> None:
    """An export with an empty list of data nodes still tells where its shards are: each node is warned of."""
    inner = {"instance_id": "0" * 32 + "in09", "name": "ddm-1", "databases": nested(a_record(0), a_record(1))}
    content = decode_document({"data_nodes": [], "compressed_databases_info": inner}, Options())
    assert found(content) == [("orders", f"orders_{index:04}", index, IDS[0]) for index in range(2)]
    assert content.warnings == (f"2 shards on the data node {IDS[0]}, which the export doesn't list",)


@pytest.mark.parametrize("missing", [{"shards": None}, {}], ids=["null", "no member"])
def test_a_database_without_a_word_of_its_shards_is_a_gap(missing: dict[str, Any]) -> None:
    """One database that the payload leaves out is not checked; the others are."""
    content = read([*nested(a_record(0)), {"name": "users", **missing}])
    assert [gap.scope for gap in content.gaps] == [Gap.of_database("users", "").scope]
    assert found(content) == [("orders", "orders_0000", 0, IDS[0])]


@pytest.mark.parametrize(
    "empty", [[], {}, {"databases": []}, {"data": {"databases": []}}, {"shards": [], "databases": []}], ids=str
)
def test_an_explicitly_empty_list_is_an_empty_topology(empty: Any) -> None:  # noqa: ANN401 - any JSON value
    """A payload that says that there is nothing is believed."""
    content = read(empty)
    assert (content.databases, content.gaps, content.warnings) == ((), (), ())


accounts = [{"name": "root", "databases": []}]
lone_databases = {
    "beside accounts": {"accounts": accounts, "databases": [{"name": "orders", "shards": {}, "sequences": [{"n": 1}]}]},
    "beside numbers": {"databases": [{"name": "orders", "shards": [], "sequences": [{"name": "s", "start": 1}]}]},
}
lone_records = {
    "at the root": {"schema": "orders", "shards": []},
    "as v1 has it": {"database": {"name": "orders", "databases": [], "shard_mode": "cluster"}},
}


@pytest.mark.parametrize("inner", lone_records.values(), ids=lone_records)
def test_the_record_of_a_lone_database_without_shards_is_a_doubt(inner: Any) -> None:  # noqa: ANN401 - any JSON value
    """What tells of one database and lists nothing is no empty topology."""
    with pytest.raises(DoubtError, match="Possible readings"):
        read(inner)


@pytest.mark.parametrize("inner", lone_databases.values(), ids=lone_databases)
def test_a_lone_database_without_shards_is_not_lost(inner: Any) -> None:  # noqa: ANN401 - any JSON value
    """A payload of one database that has no shards is no empty topology, whatever else is in it."""
    content = read(inner, [LISTED[0] | {"instance_name": "1"}])
    assert [(each.name, each.shards) for each in content.databases] == [("orders", ())]
    assert content.gaps == ()


@pytest.mark.parametrize("key", ["shards", "slots", "databases"])
def test_databases_with_empty_lists_are_databases_without_shards(key: str) -> None:
    """A database is there although it has no shards."""
    content = read({"databases": [{"name": "orders", "shardMode": "cluster", key: []}]})
    assert [(each.name, each.shard_mode, each.shards) for each in content.databases] == [("orders", "cluster", ())]


def test_members_of_data_nodes_that_hold_shards_are_kept() -> None:
    """What a payload says of a data node beyond its list becomes an attribute of the node; what it repeats doesn't."""
    node = {"instanceId": IDS[0], "instanceName": "rds-0", "port": "3306", "mem": 4, "createTime": 1}
    content = read({"dataNodes": [{**node, "shards": ["orders_0000", "orders_0001"]}]})
    assert {each.id: each.attributes for each in content.data_nodes} == {
        IDS[0]: '{"mem":4}',
        IDS[1]: "{}",
        IDS[2]: "{}",
    }


def test_members_of_data_nodes_of_one_database_are_the_databases() -> None:
    """What is said of a data node for one database alone is an attribute of that database."""
    used = [{"id": IDS[0], "weight": 3, "shards": ["orders_0000"]}, {"id": IDS[1], "shards": ["orders_0001"]}]
    (database,) = read([{"name": "orders", "used_rds": used}]).databases
    assert database.attributes == f'{{"used_rds":[{{"id":"{IDS[0]}","weight":3}}]}}'


DATABASES = [{"name": "orders", "shards": [{"name": name, "node_id": node} for name, _, node in SHARDS]}]
STATES = [{"id": node, "name": f"rds-{index}", "state": f"state {index}"} for index, node in enumerate(IDS)]


@pytest.mark.parametrize(
    ("inner", "attributes"),
    [
        ({"databases": DATABASES, "used_rds": STATES}, ["state 0", "state 1", "state 2"]),
        ({"databases": DATABASES, "rdsList": list(reversed(STATES))}, ["state 0", "state 1", "state 2"]),
        ({"data": {"databases": DATABASES, "dn_list": STATES}}, ["state 0", "state 1", "state 2"]),
        (
            {
                "databases": DATABASES,
                "related_data_nodes": [{"instance_id": each["id"], "state": "up"} for each in STATES],
            },
            ["up"] * 3,
        ),
        ({"databases": DATABASES, "data_nodes": {each["id"]: {"state": "up"} for each in STATES}}, ["up"] * 3),
        ({"databases": DATABASES, "used_rds": STATES[:2]}, [None] * 3),
        ({"databases": DATABASES, "used_rds": [*STATES, STATES[0]]}, [None] * 3),
        ({"databases": DATABASES, "used_rds": [*STATES, {"state": "up"}]}, [None] * 3),
        ({"databases": DATABASES, "backups": {"data_nodes": STATES}}, [None] * 3),
        (DATABASES[0] | {"used_rds": STATES}, [None] * 3),
    ],
    ids=[
        "list",
        "any-order",
        "wrapped",
        "related",
        "keyed",
        "of-some",
        "twice",
        "of-another",
        "of-backups",
        "of-one-database",
    ],
)
def test_a_list_of_all_data_nodes_tells_of_these(inner: Any, attributes: list[str | None]) -> None:  # noqa: ANN401 - any JSON value
    """What stands beside the topology is kept of each data node; but not what comes and goes with their use."""
    expected = ["{}" if state is None else f'{{"state":"{state}"}}' for state in attributes]
    assert [node.attributes for node in read(inner).data_nodes] == expected


@pytest.mark.parametrize(
    "used",
    [
        [{"state": "up", "instance_id": IDS[1]}, {"state": "up", "id": IDS[0]}],
        {IDS[1]: {"state": "up"}, IDS[0]: {"state": "up"}},
        {IDS[1]: {"state": "up", "id": IDS[1]}, IDS[0]: {"state": "up"}},
    ],
    ids=["words", "keyed", "both"],
)
def test_data_nodes_in_attributes_have_one_form(used: Any) -> None:  # noqa: ANN401 - any JSON value
    """However a database's data nodes are listed, its attributes are the same."""
    (database,) = read({"databases": [DATABASES[0] | {"used_rds": used}]}).databases
    assert json.loads(database.attributes) == {"used_rds": [{"id": node, "state": "up"} for node in IDS[:2]]}


STALE = [{"id": node, "engine_version": f"8.0.{28 * (index == 0)}"} for index, node in enumerate(IDS)]


@pytest.mark.parametrize(
    "after",
    [
        {},
        {"used_rds": STALE[:2]},
        {"used_rds": [{"id": each["id"], "engineVersion": each["engine_version"]} for each in STALE]},
    ],
    ids=["no-list", "of-some", "spelling"],
)
def test_what_repeats_the_list_is_no_place_for_a_fact(after: dict[str, Any]) -> None:
    """What is kept of one data node, as the list says otherwise of it alone, has not changed where it is not told."""
    listed = [{**each, "engine_version": "8.0.0"} for each in LISTED]
    contents = (read({"databases": DATABASES} | more, listed) for more in ({"used_rds": STALE}, after))
    found = diff(*(_snapshot(each, minutes) for minutes, each in enumerate(contents)))
    assert (found.changes, len(found.not_told) > 0) == ((), True)


@pytest.mark.parametrize(
    "inner",
    [
        {"data_nodes": [{"id": IDS[0], "name": "rds-0", "shard_number": 0, "shards": []}]},
        {"data_nodes": {IDS[0]: {"shard_number": 0, "shards": []}}},
    ],
    ids=["list", "keyed"],
)
def test_a_data_node_without_shards_is_no_database(inner: Any) -> None:  # noqa: ANN401 - any JSON value
    """A record of a listed data node is one of that, also where it counts shards as a database does."""
    assert read(inner).databases == ()


def test_data_nodes_with_shards_keep_their_facts_beside_a_list_of_databases() -> None:
    """What a record above shards says of its data node is kept, wherever the databases are listed."""
    shards = [{"name": "orders_0000", "database_name": "orders"}]
    inner = {"data_nodes": [{"id": IDS[0], "state": "up", "shards": shards}], "databases": [{"name": "orders"}]}
    assert read(inner).data_nodes[0].attributes == '{"state":"up"}'


def test_the_number_of_a_slot_is_an_index_and_an_id_is_none() -> None:
    """What a documented interface calls `dbslot` tells a shard's place; `shard_id` is an attribute."""
    shard = {"name": "orders_0000", "data_node_id": IDS[0], "shard_id": 7001, "dbslot": 0}
    (found_shard,) = read([{"name": "orders", "shards": [shard]}]).databases[0].shards
    assert (found_shard.index, found_shard.attributes) == (0, '{"shard_id":7001}')


def test_what_lists_of_data_nodes_say_is_compared() -> None:
    """A change in a list apart from the shards is one of the data node, and a list that comes is none."""
    changed = [*STATES[:2], STATES[2] | {"state": "down"}]
    contents = (read({"databases": DATABASES} | more) for more in ({}, {"used_rds": STATES}, {"used_rds": changed}))
    without, before, after = (_snapshot(each, minutes) for minutes, each in enumerate(contents))
    (change,) = diff(before, after).changes
    assert (change.rule, change.record.id) == ("data-node-changed", IDS[2])
    brought = diff(without, before)
    assert (brought.changes, [untold.path for untold in brought.not_told]) == ((), [("attributes", "state")])


def test_lists_of_data_nodes_that_contradict_each_other_are_refused() -> None:
    """What two lists say of one data node is no fact unless they agree."""
    states = [*STATES[:2], STATES[2] | {"state": "down"}]
    with pytest.raises(PayloadError, match="described in two ways"):
        read({"databases": DATABASES, "used_rds": STATES, "dn_list": states})


def _snapshot(content: Content, minutes: float) -> Any:  # noqa: ANN401 - a snapshot
    return content.snapshot(instance=Instance(), taken_at=a_time(minutes), source="export")


@given(data=st.data())
def test_another_writing_of_the_same_facts_is_no_drift(data: st.DataObject) -> None:
    """Order, noise, case and numbers as text, drawn anew in another layout that carries as much, change nothing."""
    topology = data.draw(topologies(names=PLAIN_NAMES))
    one, other = data.draw(writings(topology, "nested")), data.draw(writings(topology))
    if one.expected != other.expected or not any(each.shards for each in topology.databases):
        return
    try:
        before, after = (decode_document(each.response, Options()) for each in (one, other))
    except PayloadError:
        return
    assert diff(_snapshot(before, 0), _snapshot(after, 1)).changes == ()
    assert _snapshot(before, 0).content_hash == _snapshot(after, 1).content_hash


_values = (
    st.none() | st.booleans() | st.integers(-1, 3) | st.sampled_from(["", "x", "orders", "orders_0000", IDS[0], []])
)


def _containers(value: Any) -> list[Any]:  # noqa: ANN401 - any JSON value
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return ([value] if below else []) + [found for each in below for found in _containers(each)]


@given(data=st.data())
def test_any_mutation_of_a_document_is_read_or_refused_in_words(data: st.DataObject) -> None:
    """Whatever is cut out of a valid document or put into it, no other exception and no error without a hint comes."""
    writing: Writing = data.draw(writings(data.draw(topologies())))
    response = copy.deepcopy(writing.response)
    for _ in range(data.draw(st.integers(1, 3))):
        if not (places := _containers(response)):
            break
        at = places[data.draw(st.integers(0, len(places) - 1))]
        key = data.draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
        if data.draw(st.booleans()):
            del at[key]
        else:
            at[key] = data.draw(_values)
    try:
        decode_document(response, Options())
    except DriftError as error:
        assert error.hint  # noqa: PT017 - both outcomes are fine; an error must say what to do


@given(data=st.data())
def test_what_is_cut_out_of_a_document_is_never_read_as_anything_else(data: st.DataObject) -> None:
    """A document without one of its members or elements gives no shard that wasn't there, nor one elsewhere."""
    writing = data.draw(writings(data.draw(topologies(names=PLAIN_NAMES))))
    inner = copy.deepcopy(writing.inner)
    places = _containers(inner)
    at = places[data.draw(st.integers(0, len(places) - 1))] if places else {None: None}
    del at[data.draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))]
    try:
        before, after = read(writing.inner, writing.data_nodes), read(inner, writing.data_nodes)
    except PayloadError:
        return
    assert {(base, name, node) for base, name, _, node in found(after)} <= {
        (base, name, node) for base, name, _, node in found(before)
    }
