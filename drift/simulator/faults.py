"""What can go wrong with an answer, on request. Pure."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

import msgspec
from msgspec.structs import replace

from drift.simulator.web import Delivery, Response, ddm_error, gateway_error, json_response

if TYPE_CHECKING:
    from collections.abc import Callable

    from drift.simulator.state import Cloud

Kind: TypeAlias = Literal[
    "throttled",  # 429; `retry_after` is the header, in seconds or as an HTTP date
    "busy",  # 409: another operation is in progress
    "error",  # `status`, 500 unless given, with DDM's words
    "html",  # `status`, 502 unless given, with a page instead of JSON
    "redirect",  # `status`, 302 unless given, to `location`
    "expired-token",  # every token so far is invalid, the one of this call first
    "wrong-json",  # JSON that is no export
    "truncated",  # the payload cut off, with dots, as in the documents' example
    "layout",  # the payload in another `layout`
    "slow",  # the whole answer, `seconds` later
    "drip",  # the whole answer, `seconds` between two bytes
    "stalled",  # half of the body, then silence for `seconds`
    "cut",  # half of the body, then the end of the connection
    "reset",  # no answer: the connection is reset
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One answer that goes wrong: the next one to a path that fits the pattern (`*` is anything)."""

    kind: Kind
    path: str = "*/schema-metadata"
    status: int | None = None
    retry_after: str | None = None
    seconds: float = 0.0
    layout: str | None = None
    location: str = "https://elsewhere.example/"


def take(cloud: Cloud, path: str) -> Fault | None:
    """The first queued fault for that path, which is thereby used up."""
    for place, fault in enumerate(cloud.faults):
        if fnmatchcase(path, fault.path):
            return cloud.faults.pop(place)
    return None


def spoil(fault: Fault, answer: Callable[[], Response]) -> Response:
    """The answer that the fault leaves of the one that would have been given, which is made only if it is needed."""
    if fault.kind in _INSTEAD:
        return _INSTEAD[fault.kind](fault)
    if fault.kind in _DELIVERIES:
        return replace(answer(), delivery=_DELIVERIES[fault.kind](fault))
    return _truncated(answer()) if fault.kind == "truncated" else answer()


def _throttled(fault: Fault) -> Response:
    message = "The throttling threshold has been reached: policy user over ratelimit,limit:200,time:5 minute"
    response = gateway_error(429, "APIGW.0308", message, "b9d2c1f04a6e4d0f8d0a3f4e5c6b7a89")
    if fault.retry_after is None:
        return response
    return replace(response, headers={**response.headers, "Retry-After": fault.retry_after})


def _html(fault: Fault) -> Response:
    page = b"<html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"
    return Response(status=fault.status or 502, body=page, content_type="text/html")


def _redirect(fault: Fault) -> Response:
    return Response(status=fault.status or 302, body=b"", headers={"Location": fault.location})


def _truncated(response: Response) -> Response:
    document = msgspec.json.decode(response.body)
    if "compressed_databases_info" not in document:
        return response
    payload = document["compressed_databases_info"]
    document["compressed_databases_info"] = f"{payload[: len(payload) // 2]}..."
    return replace(response, body=msgspec.json.encode(document))


_INSTEAD: Final[dict[str, Callable[[Fault], Response]]] = {
    "throttled": _throttled,
    "busy": lambda _: ddm_error(409, "DBS.200019", "Another operation is in progress."),
    "error": lambda fault: ddm_error(fault.status or 500, "DBS.200412", "Server failure."),
    "html": _html,
    "redirect": _redirect,
    "wrong-json": lambda _: json_response(200, {"result": "ok"}),
}
_DELIVERIES: Final[dict[str, Callable[[Fault], Delivery]]] = {
    "slow": lambda fault: Delivery(pause=fault.seconds),
    "drip": lambda fault: Delivery(drip=fault.seconds),
    "stalled": lambda fault: Delivery(share=0.5, silence=fault.seconds),
    "cut": lambda _: Delivery(share=0.5),
    "reset": lambda _: Delivery(share=-1),
}
