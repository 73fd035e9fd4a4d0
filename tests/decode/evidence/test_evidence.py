from __future__ import annotations

from typing import Any

import pytest

from drift.core.errors import LayoutError, PayloadError
from drift.decode.content import Content, Options
from drift.decode.evidence import KINDS, DoubtError
from drift.decode.sources.export import decode_document
from support.world_judging import judged_world

NODES = ["a" * 32 + "in01", "b" * 32 + "in01"]


def listed(*names: str) -> list[dict[str, Any]]:
    pairs = zip(NODES, names, strict=True)
    return [
        {"instance_id": node, "instance_name": name, "access_host": f"10.0.0.{at}"}
        for at, (node, name) in enumerate(pairs, 1)
    ]


def read(inner: Any, names: tuple[str, str] = ("rds-1", "rds-2")) -> Content:  # noqa: ANN401 - any JSON value
    return decode_document({"compressed_databases_info": inner, "data_nodes": listed(*names)}, Options())


@pytest.mark.parametrize("odd", [0.0, 0.15, 0.3])
def test_no_world_is_read_wrongly(odd: float) -> None:
    """A random topology in a random layout is read as it was written, or refused with a place and a way on."""
    outcomes = {seed: judged_world(seed, odd=odd) for seed in range(250)}
    assert [seed for seed, outcome in outcomes.items() if outcome == "wrong"] == []
    if not odd:  # nine in ten worlds that hold nothing undocumented are read
        assert sum(outcome == "right" for outcome in outcomes.values()) >= 0.9 * len(outcomes)


def a_shard(name: str = "orders_0000", node: str = NODES[0], **members: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"name": name, "data_node_id": node, **members}


def nested(*shards: Any, **members: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    return {"databases": [{"name": "orders", "shards": list(shards), **members}]}


def among_declared(*databases: dict[str, Any]) -> dict[str, Any]:
    return {"databases": list(databases), "shards": {"orders_0000": NODES[0], "orders_0001": NODES[1]}}


doubts: dict[str, tuple[Any, str]] = {
    "an unsharded database's shard that names another database": (
        nested({"physical_name": "users", "database_name": "users", "id": NODES[0]}, shard_mode="single"),
        "the name of the shard or of its database",
    ),
    "names that others are numbered from": (
        {
            "shards": [
                {"database": f"orders_000{at}", "piece": f"orders_000{at}_0000", "id": NODES[0]} for at in range(2)
            ]
        },
        "the name of the shard or of its database",
    ),
    "two names of an unsharded database's shard, of which one is its database's": (
        nested(a_shard("orders", shard_name="EXPANDING"), shard_mode="single"),
        "the name of the shard or of its database",
    ),
    "shards below the name of another data node": (
        {"rds-2": {"databases": [{"name": "orders", "shards": [a_shard(), a_shard("orders_0001")]}]}},
        "refers to another data node",
    ),
    "shards in a container of others, apart from their database": (
        {
            "schemas": [{"name": "crm"}],
            "nodes": {node: {"partitions": {f"crm_000{at}": {}}} for at, node in enumerate(NODES)},
        },
        "no interface documents",
    ),
    "a numbered name in a member that may name the shard as well": (
        {"slots": {"orders_0001": {"db_name": "orders_0001", "node_id": NODES[0]}}},
        "not numbered from its database's name",
    ),
    "a member of a database in a container for one database": (
        {"nodes": {node: {"database": {"parts": empty}} for node, empty in zip(NODES, ({}, []), strict=True)}},
        "known only from a key",
    ),
    "shards below a key that names nothing": (
        {
            "schemas": [{"name": "orders", "slots": {"slots": {"orders_0008": {"node_id": NODES[0]}}}}],
            "slots": [a_shard(database="orders")],
        },
        "no interface documents",
    ),
    "a database without shards that is called as others are": (
        {"list": {"rds": [{"id": NODES[0], "slots": ["list_0000", "list_0001"]}]}, "accounts": {"rds": []}},
        "known only from a key",
    ),
    "databases with an unknown container, of which only one has shards": (
        {"data": {"items": [a_shard("data_0001", database="data")]}, "status": {"items": []}},
        "known only from a key",
    ),
    "a database with nothing but its status beside one that is read": (
        {"crm": {"status": {"code": "OK"}}, "data": {"data_0000": NODES[0], "data_0001": NODES[0]}},
        "known only from a key",
    ),
    "a shard below what is called as tables are, though another database has it": (
        {
            "shards": [a_shard(database="orders")],
            "schemas": {"orders": {}, "partitions": {"shards": {"orders_0000": {"node_id": NODES[0]}}}},
        },
        "not numbered from its database's name",
    ),
    "databases of somebody, apart from the shards": (
        {
            "slots": [a_shard(database="orders"), a_shard("orders_0001", database="orders")],
            "grants": {"name": "app", "databases": [{"name": "orders"}, {"name": "crm"}]},
        },
        "no interface documents",
    ),
    "an empty container in a shard": (
        nested(a_shard("orders", databases={}), shard_number=1),
        "no interface documents",
    ),
    "a name of a database in place of a shard's": (
        nested({"name": None, "db": "orders", "id": NODES[0]}),
        "the name of the shard or of its database",
    ),
    "shards in two lists of a database": (
        {"databases": [{"name": "orders", "shards": [a_shard()]}, {"name": "old", "slots": [a_shard("old_0000")]}]},
        "in more than one place",
    ),
    "data nodes that are listed as databases are": (
        {
            "list": [{"id": NODES[0], "name": "rds-1", "slots": {"list_0000": {"schema": "list"}}}],
            "database": [{"id": NODES[1], "name": "rds-2", "slots": {"database_0000": {"schema": "database"}}}],
        },
        "the list of databases does not name",
    ),
    "an empty object among databases that are described": (
        {
            "logic_dbs": {"orders": {"shard_mode": "cluster"}, "recycle_bin": {}},
            "shards": [a_shard(logic_db="orders"), a_shard("orders_0001", logic_db="orders")],
        },
        "known only from a key",
    ),
    "an unknown member that repeats the names": (
        [{"id": NODES[0], "slots": [{"shard_name": f"orders_000{at}", "parent": f"orders_000{at}"} for at in (0, 1)]}],
        "the name of the shard or of its database",
    ),
    "shards and something like them in another container of their database": (
        nested(a_shard(), instances=[{"databases": {"orders_0001": {"user_name": "app", "node_id": NODES[0]}}}]),
        "in more than one place",
    ),
    "what seem to be databases below data nodes without ids": (
        {"data_nodes": [{"databases": {"geo_0000": {}, "main_0000": {}}}]},
        "known only from a key",
    ),
    "something on a data node that is not listed, beside what was read": (
        {"result": {"x_0000": {"id": NODES[0], "name": "x"}}, "app": {"y": {"id": "c" * 32 + "in01"}}},
        "leaves out",
    ),
    "shards of databases that a list beside them does not name": (
        {
            "shards": {f"crm_0{at}": {"parent": "crm", "db_name": f"crm_0{at}", "node": NODES[0]} for at in (0, 1)},
            "schemas": [{"name": "crm"}],
        },
        "the list of databases does not name",
    ),
    "a record of nothing in a list of databases": (
        {"nodes": {node: {"slots": []} for node in NODES}, "schemas": [{"title": None}]},
        "known only from a key",
    ),
    "an empty shard of a database, both called as the container is": (
        {"schemas": {"shards": {NODES[0]: {}, NODES[1]: {"shards": {}}}}},
        "known only from a key",
    ),
    "names in a member that names databases, beside a list of these": (
        {
            "schemas": [{"name": "crm", "shard_number": 0}],
            "nodes": {NODES[0]: {"slots": [{"database": "crm_0000"}, {"database": "crm_0001"}]}},
        },
        "the name of the shard or of its database",
    ),
    "a list of data nodes where databases stand": (
        {"dbs": {"used_rds": []}},
        "known only from a key",
    ),
    "an answer of a service that failed": ({"databases": [], "code": 500}, "leaves out"),
    "a database whose shards could not be listed": (
        {"databases": [{"name": "orders", "shards": [], "error_code": "DBS.300128"}]},
        "leaves out",
    ),
    "one page of the databases": (
        {**nested(a_shard()), "page_info": {"next_marker": "crm"}},
        "leaves out",
    ),
    "one of several pages, by their number": (
        {**nested(a_shard()), "page_no": 1, "total_page": 2},
        "leaves out",
    ),
    "what follows a page": (
        {**nested(a_shard()), "offset": 128},
        "leaves out",
    ),
    "a database in a list that no interface documents": (
        {"databases": [], "rules": {"list": [{"database_name": "users", "shard_number": 0}]}},
        "known only from a key",
    ),
    "some of the shards": (
        {**nested(a_shard(), a_shard("orders_0001")), "total": 3},
        "leaves out",
    ),
    "a shard that is deleted": (nested(a_shard(is_deleted=0), a_shard("orders_0001", is_deleted=1)), "not in use"),
    "a shard that stands by": (
        nested(a_shard(role="primary"), a_shard("orders_0001", role="standby")),
        "not in use",
    ),
    "things of two kinds": (nested(a_shard(kind="shard"), a_shard("orders_0001", kind="table")), "not in use"),
    "a database that is deleted": (nested(a_shard(), delete_time=1764300000000), "not in use"),
    "nothing but what was deleted": (
        {"deleted_databases": nested(a_shard(), a_shard("orders_0001")), "total": 0},
        "not in use",
    ),
    "one record for several shards": (nested(a_shard(to="orders_0003")), "the name of the shard or of its database"),
    "a database with two names": (
        nested(a_shard("orders"), shard_mode="single", schema="orders_new"),
        "the name of the shard or of its database",
    ),
    "a shard with two names": (
        nested(a_shard("orders", slot_name="orders_0001")),
        "the name of the shard or of its database",
    ),
    "names with something before them": (
        {"shards": [a_shard("prod:orders_0000"), a_shard("prod:orders_0001")]},
        "nothing else names its database",
    ),
    "databases that are called as shards are": (
        {"databases": [a_shard(), a_shard("orders_0001")]},
        "nothing else names its database",
    ),
    "settings beside databases": (
        {"orders": {"shards": [a_shard()]}, "defaults": {"shard_mode": "cluster", "shard_number": 8}},
        "known only from a key",
    ),
    "an empty list of databases in a wrapper that is called as databases are": (
        {"databases_info": {"databases": []}},
        "known only from a key",
    ),
    "a count of the shards on one data node": (
        {
            "nodes": [
                {"id": node, "dbs": [{"name": "crm", "shard_count": 1, "shards": [f"crm_000{at}"]}]}
                for at, node in enumerate(NODES)
            ]
        },
        "not the number of its shards",
    ),
    "a list of databases on a data node of one of them": (
        {"dbs": [{"name": "crm", "nodes": [{"id": NODES[0], "databases": ["crm"]}]}]},
        "not numbered from its database's name",
    ),
    "a fact in two spellings": (
        {
            "databases": [
                {"name": "orders", "shardMode": "cluster", "shards": [a_shard()]},
                {"name": "crm", "shard_mode": "single", "shards": [a_shard("crm")]},
            ]
        },
        "by another word, or in another spelling",
    ),
    "a database's count in two words": (
        {
            "databases": [
                {"name": "orders", "shard_count": 1, "shards": [a_shard()]},
                {"name": "users", "shard_number": 0, "shards": []},
            ]
        },
        "databases[0].shard_count: some records tell a fact by another word",
    ),
    "a shard's index in two words": (
        {
            "databases": [
                {"name": "orders", "shards": [a_shard() | {"dbslot": 5}]},
                {"name": "users", "shards": [a_shard("users_0000") | {"shard_index": 0}]},
            ]
        },
        "databases[0].shards[0].dbslot: some records tell a fact by another word",
    ),
    "captures at two times": (
        [
            {"updated": at, "databases": [{"name": name, "shards": [a_shard(f"{name}_0000")]}]}
            for at, name in enumerate(("orders", "crm"))
        ],
        "in more than one place",
    ),
    "a row of totals": (
        {"databases": [{"name": "orders", "shards": [a_shard()]}, {"name": "(all)", "shards": []}]},
        "known only from a key",
    ),
    "a database that is in the recycle bin": (nested(a_shard(), in_recycle_bin=True), "not in use"),
    "two databases whose names differ in case": (
        {"databases": [{"name": name, "shards": [a_shard(f"{name}_0000")]} for name in ("crm", "CRM")]},
        "the name of the shard or of its database",
    ),
    "a page of the databases, by their number": (
        {**nested(a_shard(), a_shard("orders_0001")), "page": {"total": 5, "size": 1}},
        "leaves out",
    ),
    "an error in words": ({"data": {"databases": [], "message": "Failed to query."}}, "leaves out"),
    "no shard of any database, though their number is told": (
        {
            "nodes": {NODES[0]: {"slots": {}}, NODES[1]: {"orders": "RUNNING"}},
            "dbs": {"orders": {"shard_mode": "single", "shard_number": 1}},
        },
        "without a shard that it must have",
    ),
    "a database, by its status, over data nodes without shards": (
        {"data": {"status": "RUNNING", "nodes": [{"id": NODES[0], "slots": {}}]}},
        "leaves out",
    ),
    "shards that are called as databases, whose database has an unknown place": (
        [
            {"db_name": f"users_0{at}", "physical_db_name": f"users_0{at}", "of": "users", "id": NODES[0]}
            for at in (0, 1)
        ],
        "the name of the shard or of its database",
    ),
    "something else among data nodes that are keyed by their ids": (
        {
            NODES[0]: [{"name": "orders", "slots": [{"slot_name": "orders_0000"}, {"slot_name": "orders_0001"}]}],
            "snapshots": [{"name": "orders_0000"}, {"name": "orders_0001"}],
        },
        "not in use",
    ),
    "the only shard of an unsharded database in a container of others": (
        {
            "databases": {"accounts": {"sharding_mode": "single"}},
            "nodes": [{"id": NODES[0], "shards": [], "partitions": {"0": {"shard": "accounts"}}}],
        },
        "without a shard that it must have",
    ),
    "shards on some data nodes, and an empty list of them on another": (
        {
            "schemas": [{"name": "crm", "shard_mode": "cluster"}],
            "rds": {NODES[0]: {"crm_a": "OK"}, NODES[1]: {"shards": {}}},
        },
        "leaves out",
    ),
    "a record in a wrapper beside an empty list": (
        {"shards": [], "items": {"result": {"charset": "utf8"}}},
        "leaves out",
    ),
    "databases that are planned": ({"planned": nested(a_shard())}, "not in use"),
    "an empty object in a wrapper beside an empty one for shards": (
        {"shard_infos": {}, "items": {"tables": {}}},
        "leaves out",
    ),
    "a shard in place of the list of those on a data node": (
        {"data_nodes": [{"id": NODES[0], "shards": "orders"}, {"id": NODES[1], "shards": []}]},
        "leaves out",
    ),
    "a database that an unknown member of a data node names": (
        {"data_nodes": {NODES[0]: {"key": "orders", "shards": []}}},
        "leaves out",
    ),
    "a count of shards on a data node without any": (
        {"data_nodes": [{"id": NODES[0], "shard_number": 2, "shards": []}]},
        "leaves out",
    ),
    "a number far from the others, which may end an unsharded database's name": (
        {"shards": [a_shard(), a_shard("orders_0001"), a_shard("orders_2024")]},
        "nothing else names its database",
    ),
    "data nodes that are called as shards are, beside empty lists": (
        {"databases": [], "used_rds": [{"id": NODES[0], "name": "orders_0000"}], "shards": []},
        "leaves out",
    ),
    "a wrapper of one empty database whose name has an unknown place": (
        {"logical": {"key": "orders", "shard_mode": "cluster", "shard_number": 0, "shards": []}},
        "known only from a key",
    ),
    "a wrapper of one database whose name has an unknown place": (
        {"logical": {"key": "orders", "shard_mode": "single", "shards": {"db_2023": NODES[0]}}},
        "not numbered from its database's name",
    ),
    "two empty databases, of which one is called as shards are": ({"shards": {}, "name": {}}, "known only from a key"),
    "names above those that are numbered from them": (
        {NODES[0]: {"crm_0001": {"crm_0001_0000": "RUNNING"}, "crm_0000": {"crm_0000": "RUNNING"}}},
        "the name of the shard or of its database",
    ),
    "nothing but the source of a migration": ({"migration_source": nested(a_shard())}, "not in use"),
    "settings beside an empty list of shards": (
        {"config": {"shard_mode": "cluster", "shard_number": 0}, "shards": []},
        "known only from a key",
    ),
    "keys over nothing": ({"schema_list": {"orders": {}, "target": {}}}, "known only from a key"),
    "an answer that is cut off": (
        {**nested(a_shard(), a_shard("orders_0001")), "truncated": True},
        "left something out",
    ),
    "a wrapper that is cut off": ({"data": {**nested(a_shard()), "has_more": True}}, "left something out"),
    "an empty answer that is cut off": ({"databases": [], "isTruncated": True}, "left something out"),
    "a list of shards beside some that are keyed by name": (
        {
            "nodes": {
                NODES[0]: [{"slot_name": "list_0000"}, {"slot_name": "list_0001"}],
                NODES[1]: {"result": {"index": 1}, "tables_0001": {"index": 0}},
            }
        },
        "leaves out",
    ),
    "a database that is named in an object beside its shards": (
        {"databases": [{"info": {"name": "orders"}, "shards": [a_shard(), a_shard("orders_0001")]}]},
        "without a name that is known",
    ),
    "a shard that is named by a word for databases, and a text that is its database's name": (
        {"schemas": [{"name": "crm", "shards": [{"label": "crm", "database": "crm_0008", "node": NODES[0]}]}]},
        "the name of the shard or of its database",
    ),
    "a database that is called as accounts are, among others": (
        {
            "accounts": {"x_0000": {"id": NODES[1], "name": "rds-2"}},
            "orders": {"orders_0000": {"id": NODES[0], "name": "rds-1"}},
        },
        "leaves out",
    ),
    "a data node's name": (nested({"name": "orders_0000", "data_node_name": "rds-1"}), "data node's name"),
    "an id in another case": (nested(a_shard(node=NODES[0].upper())), "data node's name"),
    "an undocumented member": (nested({"name": "orders_0000", "lives_on": NODES[0]}), "no interface documents"),
    "two references": (nested(a_shard(standby=NODES[1])), "refers to another data node"),
    "another name": (nested(a_shard(schema="x")), "the name of the shard or of its database"),
    "a name that isn't numbered": (nested(a_shard("bk_2024")), "not numbered"),
    "one name alone": ({"shards": [a_shard()]}, "nothing else names its database"),
    "one record in place of several": (
        {"databases": [*nested(a_shard())["databases"], {"name": "users", "shards": a_shard("users_0000")}]},
        "leaves out",
    ),
    "a name in place of several": (
        {"nodes": [{"id": NODES[0], "shards": ["o_0000", "o_0001"]}, {"id": NODES[1], "shards": "o_0002"}]},
        "leaves out",
    ),
    "a text in place of a list": (
        {"databases": {"users": {"shard_mode": "x", "databases": f"users@{NODES[0]}"}, "orders": {"databases": []}}},
        "leaves out",
    ),
    "an unknown container": ({"databases": [{"name": "orders", "grants": [a_shard()]}]}, "container that no"),
    "a database whose name is no known member": (
        {"databases": [{"title": "orders", "shards": [a_shard(), a_shard("orders_0001")]}]},
        "without a name that is known",
    ),
    "facts of a database without a name": (
        {"shard_mode": "cluster", "shards": [a_shard(), a_shard("orders_0001")]},
        "without a name that is known",
    ),
    "a number as the only shard's name": (
        {"databases": [{"name": "orders", "shard_mode": "single", "shards": {"0": {"data_node_id": NODES[0]}}}]},
        "not numbered",
    ),
    "an empty list of databases beside those that are read": (
        {"data": {"orders": {"databases": [a_shard(), a_shard("orders_0001")]}}, "result": {"crm": {"databases": []}}},
        "leaves out",
    ),
    "a database that is called as accounts are": (
        {
            "data": {"orders": {"databases": [a_shard(), a_shard("orders_0001")]}},
            "result": {"users": {"databases": []}},
        },
        "leaves out",
    ),
    "a text beside what may be keyed by name": (
        {NODES[0]: [{"key": "geo", "tables": []}, {"key": "tables", "tables": [{"name": "tables_0000"}]}]},
        "in more than one place",
    ),
    "a shard that is called as its sharded database": (
        nested(a_shard("orders"), shard_mode="cluster"),
        "not numbered",
    ),
    "a shard that may be that of an unsharded database": (
        among_declared({"name": "name", "shard_mode": "single"}, {"name": "orders", "shard_number": 1}),
        "without a shard",
    ),
    "a shard that may be another's, where nothing is counted": (
        among_declared({"name": "name", "shard_mode": "single"}, {"name": "orders"}),
        "without a shard",
    ),
    "a shard more here and less there": (
        among_declared({"name": "name", "shard_number": 1}, {"name": "orders", "shard_number": 1}),
        "without a shard",
    ),
    "databases that the list of databases does not name": (among_declared({"name": "crm", "id": 1}), "does not name"),
    "a shard's address that is another data node's": (nested(a_shard(host="10.0.0.2")), "refers to another data node"),
    "a shard's address with a port": (nested(a_shard(address="10.0.0.2:3306")), "refers to another data node"),
    "a reference that has not the shape of the listed ids": (nested(a_shard(), a_shard("orders_0001", "-")), "shape"),
    "two references in one": (nested(a_shard(), a_shard("orders_0001", ",".join(NODES))), "shape"),
    "two names of a database": (nested(a_shard(), schema="crm"), "the name of the shard or of its database"),
    "an unknown text beside a name that is the database's": (
        nested(a_shard("orders", key="whatever")),
        "the name of the shard or of its database",
    ),
    "an unknown member that names other databases": (
        {"shards": [a_shard(parent="Orders"), a_shard("orders_0001", parent="orders"), a_shard("orders_0002")]},
        "the name of the shard or of its database",
    ),
    "another name in an object": (
        {"shards": [a_shard(database={"name": "crm"}), a_shard("orders_0001", database={"name": "crm"})]},
        "the name of the shard or of its database",
    ),
    "a shard that is called as its database beside others": (nested(a_shard("orders"), a_shard()), "not numbered"),
    "a key and a name of an unsharded database's shard": (
        {"databases": [{"name": "crm", "shard_mode": "single", "shards": {"crm_main": a_shard("crm")}}]},
        "the name of the shard or of its database",
    ),
    "a key and a name that are numbered": (
        {
            "databases": [
                {"name": "orders", "shards": {"orders_0001": a_shard(), "orders_0000": a_shard("orders_0001")}}
            ]
        },
        "the name of the shard or of its database",
    ),
    "other things beside data nodes": (
        {
            "table_list": [{"name": "t", "databases": {}}],
            NODES[0]: [{"name": "orders", "databases": {"orders_0000": {"status": "RUNNING"}}}],
        },
        "accounts, backups, partitions",
    ),
    "a numbered name in a member that nobody documents": (
        nested({"name": "orders", "data_node_id": NODES[0], "key": "orders_0000"}),
        "the name of the shard or of its database",
    ),
    "a member of the only shard": (
        {"databases": {"orders": {"shard_mode": "single", "shards": {"orders": {"owner": NODES[0]}}}}},
        "not numbered",
    ),
    "an empty wrapper beside an empty list": (
        {"physical_nodes": [], "export": {"metadata": {}}},
        "no shard is recognised",
    ),
    "a wrapper or a database": ({"export": {"data": {"shards": {}}}}, "leaves out"),
    "shards of something within a record": (
        {"nodes": {NODES[0]: {"databases": nested(a_shard())["databases"], "target": {"shards": ["orders_0001"]}}}},
        "not in use",
    ),
    "shards of something beside the others": (
        {
            "shards": [a_shard(), a_shard("orders_0001")],
            "previous": {"shards": [a_shard("users_0000"), a_shard("users_0001")]},
        },
        "not in use",
    ),
    "more of a database that is declared": (
        {
            "schemas": {"crm": {}, "orders": {}},
            "nodes": {NODES[0]: {"orders": {"orders_0000": {}, "orders_0001": {}}, "crm": {"main": {"status": "OK"}}}},
        },
        "leaves out",
    ),
    "a database that is called as data nodes are": (
        {
            "one": {"nodes": {"shard_mode": "cluster", "shards": {}}},
            "two": {"orders": {"shard_mode": "x", "shards": {}}},
        },
        "known only from a key",
    ),
    "a shard among data nodes": (
        {"schemas": [{"name": "crm"}], "used_rds": [{"id": NODES[0], "shards": ["crm_0000"], "nodes": ["crm_0001"]}]},
        "leaves out",
    ),
    "another thing among databases": (
        {"databases": {"orders": {"shards": [a_shard()]}, "indexes": []}},
        "known only from a key",
    ),
    "a record of another kind among databases": (
        {"databases": {"orders": {"shards": [a_shard()]}, "status": {"code": "OK"}}},
        "known only from a key",
    ),
    "a list that wraps databases": (
        {"schemas": {"list": [[{"name": "orders"}]]}, "shards": [a_shard(database="orders")]},
        "leaves out",
    ),
    "a key of a database and another name": (
        {
            "schemas": {"crm": {"database": "t"}},
            "nodes": [{"id": NODES[0], "shards": []}, {"id": NODES[1], "shards": []}],
        },
        "the name of the shard or of its database",
    ),
    "one empty object in a wrapper": ({"shards": [], "export": {"backups": {}}}, "no shard is recognised"),
    "an empty object for one database": ({"database": {}}, "may wrap something else"),
    "no data nodes, though some are listed": ({"data": {"nodes": []}}, "may wrap something else"),
    "a database that is called as accounts are, with one shard": (
        {NODES[0]: {"accounts": {"accounts": {"status": "x"}}, "orders": {"orders_0000": {}, "orders_0001": {}}}},
        "accounts, backups, partitions",
    ),
    "a thing that is like no database among those that are declared": (
        {"schemas": {"orders": {}, "status": {"code": "OK"}}, "shards": [a_shard(database="orders")]},
        "known only from a key",
    ),
    "unsharded databases that are numbered as shards are": (
        {f"orders_000{at}": {"data_node_id": NODES[0], "database_name": f"orders_000{at}"} for at in range(2)},
        "the name of the shard or of its database",
    ),
    "a list among objects for databases": (
        {"databases": {"orders": {}, "moves": []}, "shards": [a_shard(database="orders")]},
        "known only from a key",
    ),
    "accounts among empty objects for databases": (
        {"databases": {"orders": {}, "slaves": {}}},
        "known only from a key",
    ),
    "databases with unknown names below another name": (
        {
            "database": "crm",
            "databases": [{"title": "crm", "shards": [a_shard("crm")]}, {"title": "shop", "shards": []}],
        },
        "in more than one place",
    ),
    "an empty object among databases with shards": (
        {"databases": {"orders": {"shards": [a_shard()]}, "snapshots": {}}},
        "known only from a key",
    ),
    "two databases that are called as containers are": (
        {
            "database": {"database_0000": a_shard("database_0000", logic_db="database")},
            "data_nodes": {"data_nodes": a_shard("data_nodes", logic_db="data_nodes")},
        },
        "known only from a key",
    ),
    "shards among tables, and a database without any": (
        {"dbs": [{"name": "jobs", "tables": {"jobs_0000": NODES[0]}}, {"name": "orders", "shards": [a_shard()]}]},
        "accounts, backups, partitions",
    ),
    "two names of a shard, of which one is its database's": (
        nested(a_shard("orders", shard_name="orders", database="orders_0008")),
        "the name of the shard or of its database",
    ),
    "an empty list for one database": ({"database": []}, "may wrap something else"),
    "databases in a text": (
        {"apps": '{"orders": {}, "crm": {}}', "shards": [a_shard(database="orders")]},
        "leaves out",
    ),
    "an empty list beside a list that is called as its database is": (
        {"items": {"list": [a_shard("list_0000", database="list")], "orders": []}},
        "known only from a key",
    ),
    "an empty object beside the container of shards": (
        {"shards": {"shards": a_shard("shards", database="shards")}, "geo": {}},
        "known only from a key",
    ),
    "a database that is called as tables are": (
        {"shards": {"shards": a_shard("shards", database="shards")}, "tables": {"tables": a_shard("tables")}},
        "accounts, backups, partitions",
    ),
    "shards in a container of others": (
        {"databases": {"orders": {}}, "tables": [a_shard(database="orders")]},
        "known only from a key",
    ),
    "a list of databases of an account": (
        {"databases": [], "accounts": [{"name": "app", "databases": [{"name": "orders", "description": "x"}]}]},
        "no shard is recognised",
    ),
}


@pytest.mark.parametrize(("inner", "words"), doubts.values(), ids=doubts)
def test_weak_evidence_is_a_doubt(inner: Any, words: str) -> None:  # noqa: ANN401 - any JSON value
    """Each weak kind is an error that lists the possible readings, if any, names the place, and shows the way on."""
    with pytest.raises(LayoutError, match=r"Possible readings|no shard is recognised") as caught:
        read(inner)
    assert words in str(caught.value)
    assert caught.value.place
    assert "drift inspect" in str(caught.value.hint)


@pytest.mark.parametrize(
    "databases",
    [
        [{"name": "orders", "shard_number": 1}],
        [{"name": "orders", "shard_number": 4}, {"name": "users", "shard_mode": "cluster", "shard_number": 0}],
        [{"name": "orders", "shard_number": 2}, {"name": "users", "shard_mode": "cluster", "shard_number": 8}],
        [{"name": "orders"}, {"name": "users"}],
    ],
    ids=["one database alone", "an empty one", "a complete one beside one in the making", "nothing counted"],
)
def test_counts_that_differ_are_a_finding_where_no_other_database_lacks_a_shard(databases: Any) -> None:  # noqa: ANN401
    """A declared count that isn't met is judged by the rules, not refused, unless the shards may be another's."""
    found = read(among_declared(*databases))
    assert {each.name: len(each.shards) for each in found.databases} == {"orders": 2} | {
        each["name"]: 0 for each in databases[1:]
    }


def test_a_reference_that_is_repeated_above_stands_there() -> None:
    """Where data nodes' records hold shards that refer to them, too, the nodes keep what they tell."""
    shards = [a_shard(owner=NODES[0]), a_shard("orders_0001", owner=NODES[0])]
    for nodes in ([{"id": NODES[0], "cpu": 8, "shards": shards}], {NODES[0]: {"cpu": 8, "shards": shards}}):
        content = read({"nodes": nodes})
        assert content.data_nodes[0].attributes == '{"cpu":8}'
        assert {shard.attributes for shard in content.databases[0].shards} == {"{}"}


def test_a_database_that_refers_to_the_data_node_of_its_shards_keeps_its_facts() -> None:
    """A reference in a database's own record does not make it a data node's."""
    shards: list[Any] = [a_shard(), a_shard("orders_0001")]
    for each in (shards, ["orders_0000", "orders_0001"]):
        content = read(nested(*each, shard_mode="cluster", status="RUNNING", data_node_id=NODES[0]))
        (database,) = content.databases
        assert (database.name, database.shard_mode, database.status) == ("orders", "cluster", "RUNNING")
        assert content.data_nodes[0].attributes == "{}"


def test_databases_in_the_making_are_read_before_any_has_a_shard() -> None:
    """A key in a wrapper names a database that is described there and has its own list of shards, if an empty one."""
    orders = {"shard_mode": "cluster", "shard_number": 0, "status": "CREATING", "shards": []}
    users = {"shard_mode": "cluster", "shard_number": 1, "status": "RUNNING", "shards": [a_shard("users_0000")]}
    for databases in ({"orders": orders}, {"orders": orders, "users": users}):
        assert [each.name for each in read({"body": databases}).databases] == list(databases)


def test_a_data_node_without_databases_keeps_its_attributes() -> None:
    """What the payload tells of a data node counts, whether or not a shard is on it."""
    databases = [{"name": "orders", "shards": ["orders_0000", "orders_0001"]}]
    content = read(
        {
            "nodes": [
                {"id": NODES[0], "zone": "1", "databases": databases},
                {"id": NODES[1], "zone": "2", "databases": []},
            ]
        }
    )
    assert [node.attributes for node in content.data_nodes] == ['{"zone":"1"}', '{"zone":"2"}']


def test_a_bare_list_in_a_wrapper_of_any_usual_name_is_read() -> None:
    """What wraps the topology is no database, whatever it is called: `schema_metadata`, `metadata` or `data`."""
    for word in ("schema_metadata", "metadata", "data", "info"):
        (database,) = read({word: nested(a_shard())["databases"]}).databases
        assert [shard.name for shard in database.shards] == ["orders_0000"]
    (database,) = read({"ddm": nested(a_shard())}).databases
    assert [shard.name for shard in database.shards] == ["orders_0000"]


def test_a_data_nodes_name_is_no_name_of_its_shard() -> None:
    """v1's `idName` may hold the name of the data node: shards that are keyed by name keep theirs."""
    content = read(
        {"databases": {"orders": {"shard_mode": "single", "shards": {"orders": {"id": NODES[0], "id_name": "rds-1"}}}}}
    )
    assert [shard.name for shard in content.databases[0].shards] == ["orders"]


def test_an_empty_text_where_a_data_node_may_be_named_refers_to_none() -> None:
    """A member for a data node that is empty for some shards says nothing of them."""
    inner = nested(a_shard(data_node_name=""), a_shard("orders_0001", data_node_name="rds-1"))
    assert len(read(inner).databases[0].shards) == 2


def test_data_nodes_above_their_databases_are_no_shards() -> None:
    """A bare list of data nodes with names of their own holds the shards that stand below it."""
    for databases in ({"orders": {"shards": ["orders_0000"]}}, {"orders": ["orders_0000"]}):
        (database,) = read([{"id": NODES[0], "name": "rds-1", "databases": databases}]).databases
        assert [(shard.name, shard.data_node_id) for shard in database.shards] == [("orders_0000", NODES[0])]


def test_a_wrapper_with_the_name_of_a_database_is_a_wrapper() -> None:
    """What holds nothing but what was read wraps it, whatever databases there are."""
    shards = [a_shard("result_0000", database="result"), a_shard("result_0001", database="result")]
    for beside in ({}, {"schemas": {"result": {}}}):
        content = read({"result": {"shards": shards, **beside}})
        assert [each.name for each in content.databases] == ["result"]
        assert content.layouts[0].databases != ("{}",)


def test_databases_that_are_called_as_wrappers_and_data_nodes_are_not_lost() -> None:
    """Where databases stand, every key is one's name, whatever it is called."""
    shards = {"result": ["result_0000", "result_0001"], "data_nodes": ["data_nodes"]}
    schemas = {key: [{"physical_db_name": name} for name in names] for key, names in shards.items()}
    content = read({"instances": [{"schemas": schemas, "instance_id": NODES[0]}]})
    assert {each.name: [shard.name for shard in each.shards] for each in content.databases} == shards


@pytest.mark.parametrize("name", ["list", "database"])
def test_the_only_database_of_a_data_node_may_be_called_as_wrappers_are(name: str) -> None:
    """Within records, a key that the shards below continue is the name of their database."""
    content = read({"nodes": {node: {name: {"shards": {f"{name}_000{at}": {}}}} for at, node in enumerate(NODES)}})
    assert content.layouts[0].texts()["databases"] == "nodes{}{}"


def test_shards_within_shards_are_refused() -> None:
    """A list of shards within a shard, whose names continue its name, may be of parts as well as of a database."""
    inner = nested(a_shard("orders", shards=[a_shard("orders_0008")]), shard_mode="single")
    with pytest.raises(DoubtError, match="parts of shards"):
        read(inner)


def test_namesakes_never_decide_a_reference() -> None:
    """Data nodes with one name, or with names that differ in case alone, are none to refer to."""
    for names in (("rds", "rds"), ("Rds", "rds")):
        with pytest.raises(PayloadError):
            read(nested({"name": "orders_0000", "data_node_name": "rds"}), names)


@pytest.mark.parametrize("word", ["accounts", "backups", "partitions", "tables", "replicas", "jobs"])
def test_other_things_are_no_shards(word: str) -> None:
    """What stands in containers about accounts, backups, partitions, tables, replicas and jobs is never a shard."""
    content = read(nested(a_shard(), **{word: [a_shard("orders_0001", NODES[1])]}))
    assert [shard.name for shard in content.databases[0].shards] == ["orders_0000"]


@pytest.mark.parametrize("key", ["export", "metadata", "body"])
def test_a_wrapper_is_no_database(key: str) -> None:
    """An empty list of databases in a wrapper says that there is none, whatever the wrapper is called."""
    assert read({key: {"databases": []}}).databases == ()


def test_one_empty_record_keeps_the_members_of_the_others() -> None:
    """A shard without members, keyed by its name, takes nothing from the shards beside it."""
    inner = {"nodes": {NODES[0]: [{"name": n, "shards": {n: m}} for n, m in (("a", {}), ("b", {"status": "x"}))]}}
    assert [shard.status for each in read(inner).databases for shard in each.shards] == [None, "X"]


def test_a_reading_shows_its_evidence() -> None:
    """What was taken is listed with its kind, and every kind is in the table."""
    evidence = read(nested(a_shard())).evidence
    assert {each.kind for each in evidence} == {"node-id", "numbered-name"}
    assert {each.kind for each in evidence} <= {kind.id for kind in KINDS}


def test_a_shard_on_two_data_nodes_names_both() -> None:
    """The error has both data nodes, and says what leaves a shard on two."""
    with pytest.raises(
        PayloadError, match=r"orders_0000 .* on two data nodes: rds-1 \(a+in01\) and rds-2 \(b+in01\)"
    ) as error:
        read(nested(a_shard(), a_shard(node=NODES[1])))
    assert "migration that was stopped" in (error.value.hint or "")


def test_a_shard_of_another_database_is_read_where_it_is_the_same() -> None:
    """Under two databases and on one data node it is one physical shard, a finding; on another one it is a doubt."""
    owner = nested(a_shard())
    for node, wanted in ((NODES[0], "shared-shard"), (NODES[1], "unnumbered-name")):
        other = {
            "name": "users",
            "shards": [a_shard("users_0000"), a_shard("orders_0000", node)],
        }
        both = {"databases": [*owner["databases"], other]}
        if wanted == "shared-shard":
            assert wanted in {each.kind for each in read(both).evidence}
        else:
            with pytest.raises(PayloadError, match="not numbered"):
                read(both)


def test_each_other_reading_is_explained() -> None:
    """What was considered and not taken is listed with the reason, where that is asked for, and not otherwise."""
    inner = nested({**a_shard(), "rds_id": NODES[0]}, accounts=[{"name": "reader"}], engines=[{"name": "innodb"}])
    document = {"compressed_databases_info": inner, "data_nodes": listed("rds-1", "rds-2")}
    content = decode_document(document, Options(explains=True))
    assert {(each.role, each.place): each.reason for each in content.considered} == {
        ("shards", "databases[]"): "its records are the databases",
        ("shards", "databases[].accounts[]"): "its name says that it is about other things",
        ("shards", "databases[].engines[]"): "nothing in its records refers to a data node",
        ("data node", "databases[].shards[].rds_id"): "it says the same as the one that was taken",
    }
    assert decode_document(document, Options()).considered == ()


UNLISTED = "f" * 32 + "in01"
MADE = {"name": "orders", "shard_mode": "cluster", "shard_number": 4, "status": "CREATING"}

whole: dict[str, tuple[Any, dict[str, int]]] = {
    "no databases beside a list of data nodes": (
        {"databases": [], "used_rds": [{"id": NODES[0], "name": "rds-1"}], "shards": []},
        {},
    ),
    "data nodes without shards": ({"data_nodes": [{"id": node, "shards": []} for node in NODES]}, {}),
    "data nodes over empty lists": ({"data_nodes": {node: [] for node in NODES}}, {}),
    "empty objects for databases and shards in a wrapper": ({"result": {"dbs": {}, "shard_list": {}, "limit": 9}}, {}),
    "an empty list of schemas in a list": ({"list": {"schemas": [], "total": 0}}, {}),
    "the only database, in the making": ({"databases": [{**MADE, "shards": []}]}, {"orders": 0}),
    "databases apart from an empty list of shards": ({"schemas": [{"name": "crm"}], "shards": []}, {"crm": 0}),
    "a database over no data nodes": ({"databases": [{"name": "crm", "data_nodes": []}]}, {"crm": 0}),
    "a database that is called as a member beside its container": (
        {"databases": [{"name": "total", "shards": [a_shard("total_0000")]}], "rds": [{"id": NODES[0]}], "total": 1},
        {"total": 1},
    ),
    "an unlisted data node by its key": (
        {"data_nodes": {node: [f"orders_000{at}"] for at, node in enumerate((NODES[0], UNLISTED))}},
        {"orders": 2},
    ),
    "an unlisted data node in a list of those that a database uses": (
        nested(a_shard(), a_shard("orders_0001", UNLISTED), used_rds=[{"id": UNLISTED, "name": "rds-9"}]),
        {"orders": 2},
    ),
}


@pytest.mark.parametrize(("inner", "shards"), whole.values(), ids=whole)
def test_what_is_explicit_is_read(inner: Any, shards: dict[str, int]) -> None:  # noqa: ANN401 - any JSON value
    """What says in documented words that there is nothing, nothing yet, or what is there, needs no help."""
    assert {each.name: len(each.shards) for each in read(inner).databases} == shards


def test_a_name_that_data_nodes_share_contradicts_no_id() -> None:
    """The name beside a reference may be the one that its data node shares with another."""
    content = read(nested(a_shard(data_node_name="rds")), ("rds", "rds"))
    assert [shard.data_node_id for shard in content.databases[0].shards] == [NODES[0]]


def test_a_container_is_no_reference_to_the_data_node_of_its_name() -> None:
    """Data nodes may be called as containers are."""
    content = read({"shards": [a_shard(), a_shard("orders_0001")]}, ("rds-1", "shards"))
    assert {shard.data_node_id for shard in content.databases[0].shards} == {NODES[0]}
