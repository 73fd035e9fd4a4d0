"""A webhook's receiver on loopback: what the tests of notifications share. It checks signatures by itself."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event
from typing import TYPE_CHECKING, Any, NamedTuple

from support.loopback import LOOPBACK, Quiet, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

KEY = bytes(range(32))
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"


class Got(NamedTuple):
    """One request: headers, body, and the path that it went to."""

    headers: Message[str, str]
    body: bytes
    path: str

    @property
    def document(self) -> dict[str, Any]:
        """The body, read."""
        document: dict[str, Any] = json.loads(self.body)
        return document

    @property
    def turns(self) -> list[str]:
        """What became of things, in order."""
        return [each["transition"] for each in self.document["data"]["transitions"]]


class Receiver:
    """What arrived, and how it answers: `status` 0 never does; `answers` are given first."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.status = 204
        self.answers: list[int] = []
        self.said = ""
        self.arrived = Event()
        self.url = ""

    def take(self) -> list[Got]:
        """What has arrived since it was taken last, each signed by who knows the secret."""
        got, self.got = self.got, []
        for each in got:
            signed = b".".join([
                each.headers["webhook-id"].encode(), each.headers["webhook-timestamp"].encode(), each.body,
            ])  # fmt: skip
            expected = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
            assert each.headers["webhook-signature"] == f"v1,{expected}"
            assert each.headers["Content-Type"] == "application/json"
            assert abs(int(each.headers["webhook-timestamp"]) - time.time()) < 300
            assert each.headers["webhook-id"] == each.document["data"]["id"]
        return got


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver, closing = Receiver(), Event()

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.got.append(Got(self.headers, body, self.path))
            status = receiver.answers.pop(0) if receiver.answers else receiver.status
            receiver.arrived.set()
            if status == 0:
                closing.wait(30)
                return
            self.send_response(status)
            if status in {301, 307}:
                self.send_header("Location", f"{receiver.url}/elsewhere")
            self.end_headers()
            self.wfile.write(receiver.said.encode())

    with serving(ThreadingHTTPServer(LOOPBACK, Handler)) as receiver.url:
        try:
            yield receiver
        finally:
            closing.set()
