from __future__ import annotations

import json
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Literal
from urllib.request import Request as UrlRequest
from urllib.request import urlopen

import pytest

from drift.compare.diff import diff
from drift.core.errors import UsageError
from drift.simulator import default_cloud, serve
from drift.simulator.payload import LAYOUTS
from support.simulated import ORDERS, captured, document, export, get

if TYPE_CHECKING:
    from drift.simulator import Cloud


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_shows_the_same_topology(layout: str, cloud: Cloud) -> None:
    """An instance may change the layout of its export between two captures; what it exports is the same."""
    before = captured(cloud)
    cloud.instance(ORDERS).use_layout(layout)
    after = captured(cloud)
    assert diff(before, after).changes == ()
    assert before.content_hash == after.content_hash
    assert [(each.name, len(each.shards)) for each in after.databases] == [("audit", 1), ("orders", 16), ("users", 8)]


def test_no_two_exports_are_alike(cloud: Cloud) -> None:
    """Volatile members change with every export, however fast they follow each other."""
    assert len({export(cloud).body for _ in range(20)}) == 20


def test_the_export_begins_as_the_documented_one(cloud: Cloud) -> None:
    """The payload's first characters are those of the documents: gzip without a time, as Java writes it."""
    assert document(export(cloud))["compressed_databases_info"].startswith("H4sIAAAAAAAAA")


def test_a_migration_is_seen_as_what_it_is(cloud: Cloud) -> None:
    """Two data nodes become three, shards move, one database gets more of them: the changes say so and no more."""
    before = captured(cloud)
    cloud.instance(ORDERS).scale_out("rds-orders-3", databases=["orders"])
    cloud.instance(ORDERS).reshard("users", 16)
    rules = [change.rule for change in diff(before, captured(cloud)).changes]
    assert {rule: rules.count(rule) for rule in rules} == {
        "data-node-added": 1,
        "database-resharded": 1,
        "shard-moved": 5,
        "shard-added": 8,
    }


def test_a_refused_operation_changes_nothing(cloud: Cloud) -> None:
    """An operation that DDM would refuse leaves the instance as it is, new data nodes included."""
    instance = cloud.instance(ORDERS)
    before = instance.topology
    with pytest.raises(ValueError, match="never fewer"):
        instance.reshard("orders", 8, "rds-orders-3")
    assert instance.topology == before


def test_operations_by_hand_leave_no_job(cloud: Cloud) -> None:
    """What nobody asked DDM for shows in the topology alone."""
    instance = cloud.instance(ORDERS)
    for shard in ("users_0000", "users_0001", "users_0002"):
        instance.move_shard(shard, "rds-orders-2")
    skewed = [shard.node_id for shard in instance.topology.database("users").shards]
    instance.rebalance("users")
    even = [shard.node_id for shard in instance.topology.database("users").shards]
    assert sorted(map(skewed.count, set(skewed))) == [1, 7]
    assert sorted(map(even.count, set(even))) == [4, 4]
    assert instance.jobs == []


def test_a_new_node_has_an_address_of_its_own(cloud: Cloud) -> None:
    """However often data nodes come and go, no two have one address."""
    instance = cloud.instance(ORDERS)
    instance.remove_node("rds-orders-1")
    for name in ("a", "b"):
        instance.add_node(name)
    instance.replace_node("a", "c")
    hosts = [node.host for node in instance.topology.nodes]
    assert len(set(hosts)) == len(hosts) == 3


_CALLS = {
    "instances v1": (
        "/v1/{pid}/instances",
        {"instance_num", "instances", "page_size", "total_record", "total_page", "page_no"},
    ),
    "instances v3": (
        "/v3/{pid}/instances",
        {"instance_num", "instances", "page_size", "total", "total_page", "page_no"},
    ),
    "databases": ("/v1/{pid}/instances/{iid}/databases", {"databases", "total"}),
    "detail v1": ("/v1/{pid}/instances/{iid}/databases/ORDERS", {"database"}),
    "detail v3": (
        "/v3/{pid}/instances/{iid}/databases/orders",
        {"shards", "status", "created", "updated", "name", "shard_mode", "shard_number", "data_nodes"},
    ),
    "detail of an instance v1": (
        "/v1/{pid}/instances/{iid}",
        {
            "id",
            "status",
            "name",
            "created",
            "updated",
            "available_zone",
            "vpc_id",
            "subnet_id",
            "security_group_id",
            "node_count",
            "access_ip",
            "access_port",
            "core_count",
            "ram_capacity",
            "node_status",
            "project_id",
            "engine_version",
            "enable_ssl",
            "flavor_ref",
            "nodes",
            "admin_user_name",
        },
    ),
    "detail of an instance v3": ("/v3/{pid}/instances/{iid}", {"instances"}),
    "projects": ("/v3/projects", {"projects", "links"}),
}


@pytest.mark.parametrize(("path", "members"), _CALLS.values(), ids=_CALLS.keys())
def test_the_documented_calls_have_the_documented_members(path: str, members: set[str], cloud: Cloud) -> None:
    """Each call around the export answers with the members of the documents."""
    response = get(cloud, path)
    assert response.status == 200
    assert set(document(response)) == members


def test_both_details_agree_with_the_export(cloud: Cloud) -> None:
    """The shard map is the same in the export and in both versions of the detail call."""
    cloud.instance(ORDERS).scale_out("rds-orders-3")
    exported = {(shard.name, shard.data_node_id) for shard in captured(cloud).databases[1].shards}
    v3 = document(get(cloud, "/v3/{pid}/instances/{iid}/databases/orders"))["shards"]
    v1 = document(get(cloud, "/v1/{pid}/instances/{iid}/databases/orders"))["database"]["databases"]
    assert {(shard["physical_db_name"], shard["data_node_id"]) for shard in v3} == exported
    assert {(shard["name"], shard["id"]) for shard in v1} == exported


@pytest.mark.parametrize(("counted", "offsets"), [("item", (0, 2, 4)), ("page", (0, 1, 2))])
def test_lists_are_paged(cloud: Cloud, counted: Literal["item", "page"], offsets: tuple[int, ...]) -> None:
    """The offset counts items or pages, as the cloud is set; a page beyond the end is empty."""
    cloud.offset = counted
    path = "/v1/{pid}/instances/{iid}/databases"
    pages = [document(get(cloud, path, offset=str(offset), limit="2"))["databases"] for offset in offsets]
    assert [[each["name"] for each in page] for page in pages] == [["orders", "users"], ["audit"], []]


def test_calls_beyond_a_limit_are_throttled(cloud: Cloud) -> None:
    """A limit on calls refuses the next one within its time, in the gateway's words."""
    cloud.call_limit, cloud.call_window = 2, 120
    answered = [export(cloud) for _ in range(3)]
    assert [each.status for each in answered] == [200, 200, 429]
    assert b"limit:2,time:2 minute" in answered[2].body


_REFUSED = {
    "an unknown instance": ("/v3/{pid}/instances/x/schema-metadata", 404, "error_code", "DBS.200002"),
    "an unknown instance v1": ("/v1/{pid}/instances/x", 404, "errCode", "DBS.200002"),
    "an unknown database": ("/v3/{pid}/instances/{iid}/databases/x", 400, "error_code", "DBS.300128"),
    "another project": ("/v3/x/instances/{iid}/schema-metadata", 403, "error_code", "DBS.200010"),
    "an unknown path": ("/v9/x", 404, "error_code", "APIGW.0101"),
    "no time": ("/v3/{pid}/jobs", 400, "error_code", "DBS.280001"),
}


@pytest.mark.parametrize(("path", "status", "member", "code"), _REFUSED.values(), ids=_REFUSED.keys())
def test_refusals_are_worded_as_the_interface_does(
    path: str, status: int, member: str, code: str, cloud: Cloud
) -> None:
    """What can't be answered is refused with the status and the shape that the documents have for it."""
    response = get(cloud, path)
    assert (response.status, document(response)[member]) == (status, code)


@pytest.mark.parametrize("limit", ["0", "129", "-1", "x", "²"])
def test_a_page_has_at_most_128_items(limit: str, cloud: Cloud) -> None:
    """A limit outside of the documented bounds is a parameter error."""
    assert document(get(cloud, "/v1/{pid}/instances", limit=limit))["errCode"] == "DBS.280001"


def test_secrets_are_made_for_every_cloud() -> None:
    """No two clouds share a password, a key or a token, and what a cloud looks like shows none of them."""
    secrets = [
        {cloud.secret_key, cloud.access_key, cloud.issue_token(), *cloud.passwords.values()}
        for cloud in (default_cloud(), default_cloud())
    ]
    assert not secrets[0] & secrets[1]
    assert repr(default_cloud()) == "<Cloud eu-de: orders-prod>"


def test_ids_outlive_a_restart() -> None:
    """The same scenario has the same ids in every run, so that a rehearsed configuration stays right."""
    first, second = (default_cloud().connection("") for _ in range(2))
    assert (first["project_id"], first["instances"]) == (second["project_id"], second["instances"])


def test_the_connection_is_the_documented_object(cloud: Cloud) -> None:
    """`drift simulate --json` has these members, in this order."""
    connection = cloud.connection("http://127.0.0.1:1")
    assert " ".join(connection) == (
        "url project_id region instances user_name password domain_name access_key secret_key"
    )
    assert connection["instances"] == [{"name": ORDERS, "instance_id": cloud.instance(ORDERS).id}]


def test_the_server_binds_to_loopback_only(cloud: Cloud) -> None:
    """Nothing but this machine reaches a simulated cloud."""
    with serve(cloud) as server:
        assert server.server_address[0] == "127.0.0.1"
        assert server.url == f"http://127.0.0.1:{server.server_address[1]}"
        with socket.socket() as elsewhere, pytest.raises(OSError, match="refused"):
            elsewhere.connect(("127.0.0.2", server.server_address[1]))


def test_a_taken_port_is_an_error(cloud: Cloud) -> None:
    """Two clouds can't answer on one port."""
    with serve(cloud) as server, pytest.raises(UsageError, match="in use"), serve(cloud, server.server_address[1]):
        pass


def test_the_server_answers_many_at_once_over_http(cloud: Cloud) -> None:
    """Parallel requests over sockets get whole answers, while the instance changes under them."""
    token, path = cloud.issue_token(), f"/v3/{cloud.project_id}/instances/{cloud.instance(ORDERS).id}/schema-metadata"
    with serve(cloud) as server, ThreadPoolExecutor(8) as pool:
        request = UrlRequest(server.url + path, headers={"X-Auth-Token": token})  # noqa: S310 - loopback

        def fetch(_: int) -> Any:  # noqa: ANN401 - any JSON value
            with urlopen(request, timeout=10) as response:  # noqa: S310 - loopback
                return json.load(response)

        answers = pool.map(fetch, range(24))
        cloud.instance(ORDERS).scale_out("rds-orders-3")
        assert {len(each["data_nodes"]) for each in answers} <= {2, 3}


def test_the_simulator_does_not_need_the_client() -> None:
    """Starting a simulated cloud doesn't wait for the HTTP client to be imported."""
    code = "import sys, drift.simulator; sys.exit('httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_request_can_be_too_large(cloud: Cloud) -> None:
    """A body beyond a mebibyte is refused unread."""
    with serve(cloud) as server, socket.create_connection(("127.0.0.1", server.server_address[1])) as client:
        client.sendall(b"POST /v3/auth/tokens HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n")
        assert b" 413 " in client.recv(100)
