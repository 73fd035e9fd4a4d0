"""Both sources of a capture, and what becomes of it where they contradict each other."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drift.cloud.auth.token import TokenAuth
from drift.cloud.capture import ask
from drift.cloud.client import Client
from drift.cloud.http import HttpClient
from drift.compare.diff import diff
from drift.core.errors import ApiError, NetworkError, PayloadError
from drift.core.model import Database, Snapshot
from drift.decode import sources
from drift.decode.content import Options
from drift.decode.sources import both, details
from drift.decode.sources.details import Answer
from drift.simulator import Fault, default_cloud
from drift.simulator.app import answer
from drift.simulator.web import Request
from support.builders import ORDERS, a_database, a_node, a_shard, a_snapshot, node_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drift.decode.content import Content
    from drift.simulator import Cloud

INSTANCE_ID = str(ORDERS.instance_id)
SHOWN: dict[str, Any] = {
    "shards": [
        {"data_node_id": node_id("rds-1"), "physical_db_name": "orders_0000", "status": "RUNNING", "shard_index": 0},
        {"data_node_id": node_id("rds-2"), "physical_db_name": "orders_0001", "status": "RUNNING", "shard_index": 1},
    ],
    "status": "RUNNING",
    "created": "2025-02-10T07:18:26+0000",
    "updated": "2025-02-10T07:18:26+0000",
    "name": "orders",
    "shard_mode": "cluster",
    "shard_number": 2,
    "data_nodes": [
        {
            "id": node_id(name),
            "status": "normal",
            "name": name,
            "engine_name": "mysql",
            "engine_version": "8.0",
            "mem": 4,
        }
        for name in ("rds-1", "rds-2")
    ],
}
LISTED: dict[str, Any] = {"name": "orders", "shard_mode": "cluster", "shard_number": 2, "status": "RUNNING"}
SHOWN_V1: dict[str, Any] = {
    "database": {
        "created": 1604631243234,
        "name": "orders",
        "status": "RUNNING",
        "updated": 1604631243234,
        "databases": [
            {"id": node_id(node), "name": name, "idName": name, "dbslot": slot, "status": "RUNNING", "created": 1}
            for slot, (node, name) in enumerate((("rds-1", "orders_0000"), ("rds-2", "orders_0001")))
        ],
        "shard_mode": "cluster",
        "shard_number": 2,
        "shard_unit": 1,
        "dataVips": ["192.168.185.97:5066"],
        "used_rds": [{"id": node_id(name), "name": name, "status": "normal"} for name in ("rds-1", "rds-2")],
    }
}


def read(shown: Any = None, *, problem: str | None = None) -> Content:  # noqa: ANN401 - any JSON value
    return details.content([Answer(listed=LISTED, shown=shown, problem=problem)])


ORDERS_DATABASE = a_database(shards=2)


def test_the_documented_answer_is_read() -> None:
    """v3's detail gives the database with its shards, and its data nodes as far as it knows them."""
    content = read(SHOWN)
    assert content.databases == (ORDERS_DATABASE,)
    assert content.data_nodes == tuple(a_node(name, host=None, port=None) for name in ("rds-1", "rds-2"))
    assert (content.gaps, content.warnings) == ((), ())


def test_the_older_answer_gives_the_same_database() -> None:
    """v1's detail, in its own words, is the same database; it knows no engines."""
    content = read(SHOWN_V1)
    assert content.databases == (ORDERS_DATABASE,)
    assert {(node.name, node.engine) for node in content.data_nodes} == {("rds-1", None), ("rds-2", None)}


def changed(**members: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    return {**SHOWN, **members}


_LENIENT = {
    "numbers as text": changed(
        shard_number="2", shards=[{**each, "shard_index": str(each["shard_index"])} for each in SHOWN["shards"]]
    ),
    "lower case": changed(status="running", shard_mode="CLUSTER"),
    "camelCase": {
        "dataNodes": SHOWN["data_nodes"],
        "name": "ORDERS",
        "status": "RUNNING",
        "shards": [
            {"dataNodeId": each["data_node_id"], "physicalDbName": each["physical_db_name"], "status": "Running"}
            for each in SHOWN["shards"]
        ],
    },
    "an array around it": {"database": [SHOWN_V1["database"]]},
    "no index": changed(shards=[{**each, "shard_index": None} for each in SHOWN["shards"]]),
    "the same slot everywhere": {
        "database": {
            **SHOWN_V1["database"],
            "databases": [{**each, "dbslot": 2} for each in SHOWN_V1["database"]["databases"]],
        }
    },
    "something new": changed(replicas=3),
}


@pytest.mark.parametrize("shown", _LENIENT.values(), ids=_LENIENT.keys())
def test_types_and_spellings_do_not_matter(shown: dict[str, Any]) -> None:
    """Where the documents and their examples disagree, either is understood."""
    assert read(shown).databases == (ORDERS_DATABASE,)


_UNREADABLE = {
    "no object": [],
    "no shards": {"name": "orders"},
    "shards that are none": changed(shards={}),
    "a shard without a data node": changed(shards=[{"physical_db_name": "orders_0000"}]),
    "a shard twice": changed(shards=[SHOWN["shards"][0]] * 2),
    "a number that is none": changed(shard_number="many"),
    "another database": changed(name="users"),
    "a data node without an id": changed(data_nodes=[{"name": "rds-1"}]),
}


@pytest.mark.parametrize("shown", _UNREADABLE.values(), ids=_UNREADABLE.keys())
def test_an_unreadable_database_is_a_gap(shown: Any) -> None:  # noqa: ANN401 - any JSON value
    """What can't be read of one database hides that one, with the reason, and no other."""
    content = details.content([Answer(listed=LISTED, shown=shown), Answer(listed={"name": "users"}, shown=_USERS)])
    assert [gap.scope for gap in content.gaps] == ["database orders"]
    assert content.gaps[0].reason
    assert [database.name for database in content.databases] == ["users"]


_USERS = {"name": "users", "shards": [], "data_nodes": []}


def test_a_list_without_names_is_refused() -> None:
    """A database that can't be named can't be a gap either."""
    with pytest.raises(PayloadError, match="name"):
        details.content([Answer(listed={"status": "RUNNING"})])


# --- the calls ------------------------------------------------------------------------------------------------------


@contextmanager
def a_client(app: Callable[[httpx.Request], httpx.Response], timeout: float = 5) -> Iterator[Client]:
    with HttpClient(response_limit=1 << 20, transport=httpx.MockTransport(app)) as http:
        yield Client(http, "https://ddm.example.com", str(ORDERS.project_id), TokenAuth("MIIab"), timeout=timeout)


@pytest.mark.parametrize(
    ("source", "scopes"),
    [("details", ["data-nodes", "databases"]), ("both", ["disagreement"])],
    ids=["details", "both"],
)
def test_a_list_cut_short_is_a_gap(source: str, scopes: list[str]) -> None:
    """Fewer databases than announced hide every database and data node of the details: any may be in the rest."""
    cloud = a_cloud(2, {"orders": 2, "users": 2}, "nested")
    cloud.fail(Fault(kind="short-list", path="*/databases", times=0))
    found = captured(cloud, source)
    assert [gap.scope for gap in found.gaps] == scopes
    assert all(gap.reason.endswith("of their list, only 1 of 2 came") for gap in found.gaps)


def test_a_list_of_which_nothing_came_is_an_error() -> None:
    """No database, where some are announced, is no instance without databases."""
    app = lambda _: httpx.Response(200, json={"databases": [], "total": 2})  # noqa: E731 - an app is a function
    with a_client(app) as client, pytest.raises(PayloadError, match="the list of databases: only 0 of 2 came"):
        ask(client, "details", INSTANCE_ID)


def test_a_list_that_repeats_itself_ends() -> None:
    """A service that knows no paging is told from a long list, instead of being asked for ever."""
    app = lambda _: httpx.Response(200, json={"databases": [{"name": "orders"}]})  # noqa: E731 - an app is a function
    with a_client(app) as client, pytest.raises(PayloadError, match="repeat earlier ones"):
        client.databases(INSTANCE_ID)


@pytest.mark.parametrize("body", [{}, [], {"databases": None}, {"databases": {}}, {"databases": [1]}])
def test_what_is_no_list_is_refused(body: Any) -> None:  # noqa: ANN401 - any JSON value
    """An answer without a list is no instance without databases."""
    with a_client(lambda _: httpx.Response(200, json=body)) as client, pytest.raises(PayloadError, match="list"):
        client.databases(INSTANCE_ID)


@pytest.mark.parametrize("status", [400, 403, 404, 405, 501])
def test_the_older_call_is_fallen_back_to(status: int) -> None:
    """Where v3 is refused, v1 is asked."""

    def app(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=SHOWN_V1) if "/v1/" in request.url.path else httpx.Response(status, json={})

    with a_client(app, timeout=30) as client:
        assert client.database(INSTANCE_ID, "orders", 0.5) == SHOWN_V1


def test_one_database_takes_a_share_of_the_time() -> None:
    """A database whose detail never comes leaves time for the others."""
    with a_client(lambda _: httpx.Response(500, json={}), timeout=4) as client:
        with pytest.raises((ApiError, NetworkError)):
            client.database(INSTANCE_ID, "orders", 1 / 16)
        client.check_time()


# --- both sources ---------------------------------------------------------------------------------------------------


def of_cloud(cloud: Cloud, source: str) -> bytes:
    """What a capture from that source receives from the cloud's first instance."""

    def app(request: httpx.Request) -> httpx.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        said = answer(cloud, Request(request.method, request.url.path, dict(request.url.params), headers))
        return httpx.Response(
            said.status, content=said.body, headers={**said.headers, "Content-Type": said.content_type}
        )

    instance = next(iter(cloud.instances.values()))
    with HttpClient(response_limit=1 << 24, transport=httpx.MockTransport(app)) as http:
        client = Client(http, "https://ddm.example.com", cloud.project_id, TokenAuth(cloud.issue_token()), timeout=20)
        return ask(client, source, instance.id)


def captured(cloud: Cloud, source: str) -> Snapshot:
    found = sources.read(of_cloud(cloud, source), source, Options())
    gaps = {gap.scope: gap.reason for gap in found.gaps}
    return a_snapshot(*found.databases, nodes=found.data_nodes, source=source, gaps=gaps)


def a_cloud(nodes: int, databases: dict[str, int], layout: str) -> Cloud:
    cloud = default_cloud()
    cloud.instances.clear()
    instance = cloud.add_instance("orders-prod", layout=layout)
    for number in range(nodes):
        instance.add_node(f"rds-{number}")
    for name, shards in databases.items():
        instance.create_database(name, shards and shards * nodes)
    return cloud


_CLOUDS = st.builds(
    a_cloud,
    st.integers(1, 4),
    st.dictionaries(
        st.from_regex(r"[a-z][a-z0-9_]{1,9}[a-z]", fullmatch=True),
        st.integers(0, 5).filter(lambda n: n != 1),
        max_size=5,
    ),
    st.sampled_from(["nested", "keyed", "flat"]),
)


@given(cloud=_CLOUDS)
@settings(max_examples=40, deadline=None)
def test_all_sources_give_the_same_records(cloud: Cloud) -> None:
    """Whatever the topology: export, details and both have equal databases, and nothing between them changed."""
    export, shown, both = (captured(cloud, source) for source in ("export", "details", "both"))
    assert export.databases == shown.databases == both.databases
    assert export.data_nodes == both.data_nodes
    assert {node.id for node in shown.data_nodes} <= {node.id for node in export.data_nodes}
    assert both.complete
    for one, other in ((export, shown), (shown, export), (shown, both)):
        assert diff(one, other).changes == ()


def bundled(export: dict[str, Any], *answers: Answer) -> Content:
    return both.read(both.bundle(json.dumps(export).encode(), details.bundle(answers)), Options())


def test_every_disagreement_is_named() -> None:
    """Each difference between the two sources is told with both values, and the snapshot is inconsistent."""
    cloud = a_cloud(2, {"orders": 2}, "nested")
    document = json.loads(of_cloud(cloud, "both"))
    shown = document["details"]["details"][0]["shown"]
    moved, gone = shown["shards"][0], shown["shards"].pop()
    before, moved["data_node_id"] = moved["data_node_id"], gone["data_node_id"]
    content = both.read(json.dumps(document).encode(), Options())
    snapshot = Snapshot.of(instance=ORDERS, taken_at=a_snapshot().taken_at, source="both", gaps=content.gaps)
    assert not snapshot.consistent
    assert {gap.reason for gap in content.gaps} == {
        f"shard orders_0000 of orders: data_node_id is {before} in the export, {gone['data_node_id']} in the details",
        f"shard {gone['physical_db_name']} of orders is only in the export",
    }


def test_a_database_that_only_the_export_shows_is_not_taken_for_agreement() -> None:
    """What could not be compared is told as such."""
    cloud = a_cloud(1, {"orders": 2}, "nested")
    document = json.loads(of_cloud(cloud, "both"))
    entry = document["details"]["details"][0]
    entry.pop("shown")
    entry["problem"] = "ddm.example.com answered 400: DBS.300128"
    content = both.read(json.dumps(document).encode(), Options())
    assert [gap.reason for gap in content.gaps] == [
        "database orders could not be compared: ddm.example.com answered 400: DBS.300128"
    ]
    assert [database.name for database in content.databases] == ["orders"]


def test_a_real_change_is_seen_between_sources() -> None:
    """What only one source can tell is no change; what both tell differently is."""
    orders = a_database(shards=2)
    export = a_snapshot(orders, nodes=["rds-1", "rds-2", "rds-unused"])
    moved = [a_shard("orders_0000", on="rds-2"), *orders.shards[1:]]
    shown = a_snapshot(
        a_database(shards=moved),
        nodes=[a_node(name, host=None, port=None, engine=None) for name in ("rds-1", "rds-2")],
        source="details",
    )
    assert [change.rule for change in diff(export, shown).changes] == ["shard-moved"]
    assert [change.rule for change in diff(shown, export).changes] == ["shard-moved"]


def test_a_data_node_that_is_in_use_is_not_overlooked() -> None:
    """A data node with shards that the details don't show is gone, not invisible."""
    export = a_snapshot(a_database(shards=2), nodes=["rds-1", "rds-2"])
    shown = a_snapshot(Database.of("orders", shards=()), nodes=[], source="details")
    assert "data-node-removed" in {change.rule for change in diff(export, shown).changes}
