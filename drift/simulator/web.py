"""Requests and answers as plain records. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec

_REQUEST_ID: Final = "7c1f4d0e2b9a4c5f9e3d8a6b1c0f2e4d"


class Request(msgspec.Struct, frozen=True):
    """A client's request. The path is decoded; header names are in lower case."""

    method: str
    path: str
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = {}
    body: bytes = b""

    def asked(self, name: str, default: str = "") -> str:
        """Return the value of a query parameter, the last one of that name."""
        return dict(self.query).get(name, default)


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """The way in which an answer reaches the client.

    It starts after `pause` seconds; with `drip`, each byte comes that many seconds after the last. The head promises
    the share `promised` of the body, and the first `share` is sent; where they differ, the connection is silent for
    `silence` seconds, and is then closed or reset. Without a `head` no answer comes at all. After that the server
    accepts no connection for `refusing` seconds.
    """

    head: bool = True
    pause: float = 0.0
    drip: float | None = None
    promised: float = 1.0
    share: float = 1.0
    silence: float = 0.0
    reset: bool = False
    refusing: float = 0.0


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """A response of the cloud."""

    status: int
    body: bytes
    headers: Mapping[str, str] = {}
    content_type: str = "application/json"
    delivery: Delivery = Delivery()


def json_response(status: int, document: Any, **headers: str) -> Response:  # noqa: ANN401 - any JSON value
    """Build a JSON response. Headers are named with underscores: `X_Subject_Token`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status=status, body=msgspec.json.encode(document), headers=named)


def gateway_error(status: int, code: str, message: str) -> Response:
    """Build an error response of the API gateway in front of DDM."""
    document = {"error_msg": message, "error_code": code, "request_id": _REQUEST_ID}
    return json_response(status, document, X_Request_Id=_REQUEST_ID)


def throttled(calls: int, seconds: int) -> Response:
    """Build the gateway's refusal of a call beyond its limit, whose words tell the limit."""
    time = f"{seconds // 60} minute" if seconds % 60 == 0 else f"{seconds} second"
    words = f"The throttling threshold has been reached: policy user over ratelimit,limit:{calls},time:{time}"
    return gateway_error(429, "APIGW.0308", words)


def ddm_error(status: int, code: str, message: str, version: str = "v3") -> Response:
    """Build an error response of DDM itself, whose v1 and v3 interfaces differ in form."""
    names = ("errCode", "externalMessage") if version == "v1" else ("error_code", "error_msg")
    return json_response(status, dict(zip(names, (code, message), strict=True)))


def keystone_error(status: int, message: str) -> Response:
    """Build an error response of IAM."""
    title = HTTPStatus(status).phrase
    return json_response(status, {"error": {"code": status, "message": message, "title": title}})
