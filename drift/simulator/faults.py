"""Apply faults to answers. Pure."""

from __future__ import annotations

import base64
from email.utils import formatdate
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import replace

from drift.simulator.calls import LISTS
from drift.simulator.fault import ALWAYS, Fault
from drift.simulator.web import Delivery, Response, ddm_error, json_response, throttled

if TYPE_CHECKING:
    from collections.abc import Callable

    from drift.simulator.state import Cloud


def take(cloud: Cloud, path: str) -> Fault | None:
    """Take the first queued fault for that path, and count it down or remove it."""
    for place, fault in enumerate(cloud.faults):
        if _is_for(fault, cloud, path):
            if fault.skip:
                cloud.faults[place] = replace(fault, skip=fault.skip - 1)
                continue
            cloud.faults[place : place + 1] = _left(fault)
            return fault
    return None


def _is_for(fault: Fault, cloud: Cloud, path: str) -> bool:
    if not fnmatchcase(path, fault.path):
        return False
    return fault.instance is None or f"/{cloud.instance(fault.instance).id}/" in f"{path}/"


def _left(fault: Fault) -> list[Fault]:
    if fault.times == ALWAYS:
        return [fault]
    return [replace(fault, times=fault.times - 1)] if fault.times > 1 else []


def spoil(fault: Fault, now: float, answer: Callable[[], Response]) -> Response:
    """Spoil an answer as the fault says; `answer` is called only if it is needed.

    `now` is in seconds since the epoch.
    """
    if fault.kind == "throttled":
        return _throttled(fault, now)
    if fault.kind in _INSTEAD:
        return _INSTEAD[fault.kind](fault)
    if fault.kind in _DELIVERIES:
        return replace(answer(), delivery=_DELIVERIES[fault.kind](fault))
    return _CHANGES[fault.kind](answer()) if fault.kind in _CHANGES else answer()


def _throttled(fault: Fault, now: float) -> Response:
    response = throttled(200, 10)  # a short time: who rehearses need not wait as long as for the real cloud's
    wait = fault.retry_after if fault.retry_in is None else formatdate(now + fault.retry_in, usegmt=True)
    return response if wait is None else replace(response, headers={**response.headers, "Retry-After": wait})


def _html(fault: Fault) -> Response:
    page = b"<html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"
    return Response(status=fault.status or 502, body=page, content_type="text/html")


def _redirect(fault: Fault) -> Response:
    return Response(status=fault.status or 302, body=b"", headers={"Location": fault.location})


def _with_payload(change: Callable[[str], str]) -> Callable[[Response], Response]:
    """Build a change of the export's payload that leaves every other answer as it is."""

    def changed(response: Response) -> Response:
        document: dict[str, Any] = msgspec.json.decode(response.body)
        if "compressed_databases_info" not in document:
            return response
        document["compressed_databases_info"] = change(document["compressed_databases_info"])
        return replace(response, body=msgspec.json.encode(document))

    return changed


def _with_list(change: Callable[[dict[str, Any], str], dict[str, Any]]) -> Callable[[Response], Response]:
    """Build a change of a list, given its document and the name of the member that holds it."""

    def changed(response: Response) -> Response:
        document: dict[str, Any] = msgspec.json.decode(response.body)
        name = next((name for name in LISTS if isinstance(document.get(name), list)), None)
        return response if name is None else replace(response, body=msgspec.json.encode(change(document, name)))

    return changed


def _short_gzip(payload: str) -> str:
    stream = base64.b64decode(payload)
    return base64.b64encode(stream[: len(stream) // 2]).decode()


def _misplaced(response: Response) -> Response:
    """Put the first shard of a database's detail (v3) on another data node; leave every other answer as it is."""
    document: dict[str, Any] = msgspec.json.decode(response.body)
    shards = document.get("shards")
    if not shards:
        return response
    others = [node["id"] for node in document.get("data_nodes", ()) if node["id"] != shards[0]["data_node_id"]]
    if not others:
        return response
    shards[0]["data_node_id"] = others[0]
    return replace(response, body=msgspec.json.encode(document))


_INSTEAD: Final[dict[str, Callable[[Fault], Response]]] = {
    "busy": lambda _: ddm_error(409, "DBS.200019", "Another operation is in progress."),
    "error": lambda fault: ddm_error(fault.status or 500, "DBS.200412", "Server failure."),
    "html": _html,
    "redirect": _redirect,
    "wrong-json": lambda _: json_response(200, {"result": "ok"}),
}
_CHANGES: Final[dict[str, Callable[[Response], Response]]] = {
    "truncated": _with_payload(lambda payload: f"{payload[: len(payload) // 2]}..."),
    "short-gzip": _with_payload(_short_gzip),
    "misplaced": _misplaced,
    "wrong-type": lambda response: replace(response, content_type="text/plain"),
    "short-list": _with_list(lambda document, name: {**document, name: document[name][:-1]}),
    "no-total": _with_list(lambda document, name: {name: document[name]}),
}
_DELIVERIES: Final[dict[str, Callable[[Fault], Delivery]]] = {
    "slow": lambda fault: Delivery(pause=fault.seconds),
    "drip": lambda fault: Delivery(drip=fault.seconds),
    "stalled": lambda fault: Delivery(share=0.5, silence=fault.seconds),
    "cut": lambda _: Delivery(share=0.5),
    "overlong": lambda _: Delivery(promised=0.5),
    "reset": lambda _: Delivery(head=False, reset=True),
    "reset-body": lambda _: Delivery(share=0.5, reset=True),
    "refused": lambda fault: Delivery(head=False, reset=True, refusing=fault.seconds),
}
