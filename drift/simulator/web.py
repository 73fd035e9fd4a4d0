"""Requests and answers as plain records. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec

_REQUEST_ID: Final = "7c1f4d0e2b9a4c5f9e3d8a6b1c0f2e4d"


class Request(msgspec.Struct, frozen=True):
    """What a client asks. The path is decoded; header names are in lower case."""

    method: str
    path: str
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = {}
    body: bytes = b""

    def asked(self, name: str, default: str = "") -> str:
        """The value of a member of the query, the last one of that name."""
        return dict(self.query).get(name, default)


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """How an answer reaches the client.

    It comes after `pause` seconds, byte by byte where `drip` is the seconds between two. Its head promises the share
    `promised` of the body, and its first `share` comes; where they differ, the connection is silent for `silence`
    seconds and closed, or reset. Without a `head` no answer comes at all. `refusing` is the seconds for which the
    server takes no connection after that.
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
    """What the cloud answers."""

    status: int
    body: bytes
    headers: Mapping[str, str] = {}
    content_type: str = "application/json"
    delivery: Delivery = Delivery()


def json_response(status: int, document: Any, **headers: str) -> Response:  # noqa: ANN401 - any JSON value
    """An answer in JSON. Headers are named with underscores: `X_Subject_Token`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status=status, body=msgspec.json.encode(document), headers=named)


def gateway_error(status: int, code: str, message: str) -> Response:
    """A refusal by the API gateway in front of DDM."""
    document = {"error_msg": message, "error_code": code, "request_id": _REQUEST_ID}
    return json_response(status, document, X_Request_Id=_REQUEST_ID)


def ddm_error(status: int, code: str, message: str, version: str = "v3") -> Response:
    """A refusal by DDM itself, whose v1 and v3 interfaces differ in how they word it."""
    names = ("errCode", "externalMessage") if version == "v1" else ("error_code", "error_msg")
    return json_response(status, dict(zip(names, (code, message), strict=True)))


def keystone_error(status: int, message: str) -> Response:
    """A refusal by IAM."""
    title = HTTPStatus(status).phrase
    return json_response(status, {"error": {"code": status, "message": message, "title": title}})
