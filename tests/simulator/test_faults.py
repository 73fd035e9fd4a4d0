from __future__ import annotations

import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from msgspec.structs import replace

from drift.core.errors import PayloadError
from drift.simulator import Fault, serve
from drift.simulator.faults import spoil
from drift.simulator.web import Response
from support.simulated import ORDERS, captured, document, export, get

if TYPE_CHECKING:
    from drift.simulator import Cloud
    from drift.simulator.fault import Kind


_FAULTS = {
    "throttled": (Fault(kind="throttled", retry_after="3"), 429, b"APIGW.0308"),
    "busy": (Fault(kind="busy"), 409, b"DBS.200019"),
    "error": (Fault(kind="error"), 500, b"DBS.200412"),
    "503": (Fault(kind="error", status=503), 503, b"DBS.200412"),
    "html": (Fault(kind="html"), 502, b"<html>"),
    "redirect": (Fault(kind="redirect"), 302, b""),
    "expired-token": (Fault(kind="expired-token"), 401, b"token expires"),
    "wrong-json": (Fault(kind="wrong-json"), 200, b"result"),
    "truncated": (Fault(kind="truncated"), 200, b'..."'),
}


@pytest.mark.parametrize(("fault", "status", "words"), _FAULTS.values(), ids=_FAULTS.keys())
def test_a_fault_spoils_one_answer(fault: Fault, status: int, words: bytes, cloud: Cloud) -> None:
    """A queued fault shows in the next answer to its path and in no other."""
    cloud.fail(fault)
    assert get(cloud, "/v3/projects").status == 200
    spoilt = export(cloud)
    assert spoilt.status == status
    assert words in spoilt.body
    assert export(cloud).status == 200


_LISTS = {
    "short-list": (["orders", "users"], 3),
    "no-total": (["orders", "users", "audit"], None),
    "same-page": (["orders", "users", "audit"], 3),
}


@pytest.mark.parametrize(("kind", "listed"), _LISTS.items(), ids=_LISTS.keys())
def test_a_fault_spoils_a_list(kind: Kind, listed: tuple[list[str], int | None], cloud: Cloud) -> None:
    """A list without its last item, without its total, or at its first page again; other answers are not touched."""
    path = "/v1/{pid}/instances/{iid}/databases"
    cloud.fail(Fault(kind=kind, path="*", times=2))
    assert export(cloud).status == 200
    offset = "1" if kind == "same-page" else "0"
    shown = document(get(cloud, path, offset=offset))
    assert ([each["name"] for each in shown["databases"]], shown.get("total")) == listed


def test_an_unknown_kind_is_refused(cloud: Cloud) -> None:
    """A fault of no known kind is an error where it is made, and not a fault that never shows."""
    with pytest.raises(ValueError, match=r"'trottled' is no kind of fault: expected throttled, busy, "):
        cloud.fail(Fault(kind="trottled"))  # type: ignore[arg-type]


def test_faults_come_in_their_order(cloud: Cloud) -> None:
    """Faults for one path are used up first come, first served."""
    cloud.fail(Fault(kind="busy"), Fault(kind="throttled"), Fault(kind="error", path="/v3/projects"))
    assert [export(cloud).status for _ in range(3)] == [409, 429, 200]
    assert len(cloud.faults) == 1


def test_a_detail_can_contradict_the_export(cloud: Cloud) -> None:
    """A misplaced detail has one shard on another data node than the topology, once; the list stays as it is."""
    path = "/v3/{pid}/instances/{iid}/databases/orders"
    honest = document(get(cloud, path))
    cloud.fail(Fault(kind="misplaced", path="*/databases*", times=2))
    assert len(document(get(cloud, "/v1/{pid}/instances/{iid}/databases"))["databases"]) == 3
    lying = document(get(cloud, path))
    assert [a == b for a, b in zip(honest["shards"], lying["shards"], strict=True)].count(False) == 1
    assert document(get(cloud, path)) == honest


def test_what_is_no_detail_with_shards_is_not_misplaced(cloud: Cloud) -> None:
    """The fault leaves the export, lists, and the detail of a database without shards as they are."""
    instance = cloud.instance(ORDERS)
    for shard in instance.topology.database("audit").shards:
        instance.drop_shard(shard.name)
    paths = [
        "/v3/{pid}/instances/{iid}/schema-metadata",
        "/v1/{pid}/instances",
        "/v3/{pid}/instances/{iid}/databases/audit",
    ]
    for honest in (get(cloud, path) for path in paths):
        assert honest.status == 200
        assert spoil(Fault(kind="misplaced", path="*"), 0.0, lambda answer=honest: answer) == honest


def test_a_layout_can_change_for_one_export(cloud: Cloud) -> None:
    """A fault may show another layout once, which changes the bytes and not the topology."""
    before = captured(cloud)
    cloud.fail(Fault(kind="layout", layout="keyed"))
    during = captured(cloud)
    assert before.layout != during.layout
    assert before.content_hash == during.content_hash == captured(cloud).content_hash


def test_a_cut_payload_is_told_from_a_damaged_one(cloud: Cloud) -> None:
    """The payload that is cut off as in the documents is an error that says so."""
    cloud.fail(Fault(kind="truncated"))
    with pytest.raises(PayloadError, match="cut off"):
        captured(cloud)


def test_deliveries_leave_the_answer_as_it_is(cloud: Cloud) -> None:
    """A fault of delivery changes how an answer comes, not what it says."""
    cloud.fail(Fault(kind="cut"))
    spoilt = export(cloud)
    assert spoilt.delivery.share == 0.5
    assert replace(spoilt, delivery=Response(status=200, body=b"").delivery, body=b"") == replace(
        export(cloud), body=b""
    )


def test_a_fault_can_be_about_one_instance(cloud: Cloud) -> None:
    """A fault that names an instance spares the others, and the lists."""
    cloud.add_instance("other").add_node("rds-1")
    cloud.fail(Fault(kind="error", path="*", instance="other"))
    other = cloud.instance("other").id
    assert [export(cloud).status, get(cloud, "/v1/{pid}/instances").status] == [200, 200]
    assert get(cloud, f"/v1/{{pid}}/instances/{other}").status == 500


def test_a_fault_can_come_later_and_more_than_once(cloud: Cloud) -> None:
    """The first answers may be spared, several be spoilt."""
    cloud.fail(Fault(kind="error", skip=1, times=2))
    assert [export(cloud).status for _ in range(5)] == [200, 500, 500, 200, 200]


def test_a_fault_can_last_for_ever(cloud: Cloud) -> None:
    """With no number of times the fault stays, and what is queued behind it is for other paths."""
    cloud.fail(Fault(kind="error", times=0), Fault(kind="busy", path="/v3/projects"))
    assert {export(cloud).status for _ in range(20)} == {500}
    assert get(cloud, "/v3/projects").status == 409


def test_a_wait_can_be_told_as_a_date(cloud: Cloud) -> None:
    """Retry-After is written as seconds, as an HTTP date, or not at all."""
    cloud.fail(*(Fault(kind="throttled", **wait) for wait in ({"retry_after": "3"}, {"retry_in": 60.0}, {})))
    first, second, third = (export(cloud).headers.get("Retry-After") for _ in range(3))
    assert first == "3"
    assert second is not None
    assert second.endswith(" GMT")
    assert third is None


def raw(cloud: Cloud, url: str) -> bytes:
    """All that comes over the socket for an export; what ends the connection is written behind it."""
    address = urlsplit(url)
    path = f"/v3/{cloud.project_id}/instances/{cloud.instance(ORDERS).id}/schema-metadata"
    head = f"GET {path} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {cloud.issue_token()}\r\nConnection: close\r\n\r\n"
    received = b""
    with socket.create_connection((str(address.hostname), address.port or 0), timeout=10) as client:
        client.sendall(head.encode())
        try:
            while chunk := client.recv(65536):
                received += chunk
        except ConnectionResetError:
            received += b"RESET"
    return received


_ON_THE_WIRE = {
    "slow": (Fault(kind="slow", seconds=0.01), 1.0, 1.0),
    "drip": (Fault(kind="drip", seconds=0.00001), 1.0, 1.0),
    "stalled": (Fault(kind="stalled", seconds=0.01), 0.5, 1.0),
    "cut": (Fault(kind="cut"), 0.5, 1.0),
    "overlong": (Fault(kind="overlong"), 1.0, 0.5),
}


@pytest.mark.parametrize(("fault", "share", "promised"), _ON_THE_WIRE.values(), ids=_ON_THE_WIRE.keys())
def test_an_answer_comes_as_its_fault_says(fault: Fault, share: float, promised: float, cloud: Cloud) -> None:
    """What the head promises and what comes are the shares of the answer that the fault is about."""
    cloud.instance(ORDERS).use_layout("flat")
    whole = len(export(cloud).body)
    cloud.fail(fault)
    with serve(cloud) as server:
        head, _, body = raw(cloud, server.url).partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split()[0])
    assert abs(len(body) - share * whole) < 100
    assert abs(length - promised * whole) < 100


def test_a_connection_is_reset_before_or_in_the_body(cloud: Cloud) -> None:
    """A reset ends the connection without a word, or in the middle of the answer."""
    cloud.fail(Fault(kind="reset"), Fault(kind="reset-body"))
    with serve(cloud) as server:
        assert raw(cloud, server.url) == b"RESET"
        assert raw(cloud, server.url).endswith(b"RESET")
        assert raw(cloud, server.url).startswith(b"HTTP/1.1 200 ")


def test_connections_are_refused_and_taken_again(cloud: Cloud) -> None:
    """A server that is down refuses connections, and comes back at the same port by itself."""
    cloud.fail(Fault(kind="refused", seconds=1))
    with serve(cloud) as server:
        assert raw(cloud, server.url) == b"RESET"
        outcomes = [b"RESET"]  # as goes whoever is in the queue when the server goes down
        while outcomes[-1] in {b"RESET", b"REFUSED"}:
            try:
                outcomes.append(raw(cloud, server.url)[:12])
            except ConnectionRefusedError:
                outcomes.append(b"REFUSED")
        assert b"REFUSED" in outcomes
        assert outcomes[-1] == b"HTTP/1.1 200"


@pytest.mark.parametrize("kind", ["stalled", "slow", "refused"])
def test_a_server_that_waits_can_be_stopped(kind: str, cloud: Cloud) -> None:
    """The longest fault ends with the server: nothing hangs."""
    cloud.fail(Fault(kind=kind, seconds=3600))
    with serve(cloud) as server:
        client = socket.create_connection(server.server_address)
        path = f"/v3/{cloud.project_id}/instances/{cloud.instance(ORDERS).id}/schema-metadata"
        client.sendall(f"GET {path} HTTP/1.1\r\nX-Auth-Token: {cloud.issue_token()}\r\n\r\n".encode())
    client.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(server.server_address)


def test_every_answer_takes_the_latency(cloud: Cloud) -> None:
    """The latency is added to whatever an answer takes."""
    cloud.latency = 0.25
    cloud.fail(Fault(kind="slow", seconds=1.0))
    assert [export(cloud).delivery.pause for _ in range(2)] == [1.25, 0.25]
