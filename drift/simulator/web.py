"""Requests and answers as plain records. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec


class Request(msgspec.Struct, frozen=True):
    """What a client asks. Header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    body: bytes = b""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """How an answer reaches the client.

    It comes after `pause` seconds, byte by byte where `drip` is the seconds between two. Only its first `share` comes;
    after that the connection is silent for `silence` seconds, then closed. A share below zero is no answer at all: the
    connection is reset.
    """

    pause: float = 0.0
    drip: float | None = None
    share: float = 1.0
    silence: float = 0.0


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


def gateway_error(status: int, code: str, message: str, request_id: str) -> Response:
    """A refusal by the API gateway in front of DDM."""
    document = {"error_msg": message, "error_code": code, "request_id": request_id}
    return json_response(status, document, X_Request_Id=request_id)


def ddm_error(status: int, code: str, message: str, version: str = "v3") -> Response:
    """A refusal by DDM itself, whose v1 and v3 interfaces differ in how they word it."""
    names = ("errCode", "externalMessage") if version == "v1" else ("error_code", "error_msg")
    return json_response(status, dict(zip(names, (code, message), strict=True)))


def keystone_error(status: int, message: str) -> Response:
    """A refusal by IAM."""
    title = HTTPStatus(status).phrase
    return json_response(status, {"error": {"code": status, "message": message, "title": title}})
