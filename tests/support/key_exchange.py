"""The cloud's services for tests of access keys: one app that exchanges and checks keys, and a recorder of requests."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple

import httpx

from drift.cloud.client import Client
from drift.cloud.credentials import Project
from drift.cloud.http import HttpClient
from support.loopback import LOOPBACK, Quiet, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drift.cloud.auth.base import CloudAuth

AK, SK = "QTWAOYTTINDUT2QVKYUC", "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc"
MOMENT = datetime(2019, 11, 15, 3, 36, 55, tzinfo=UTC).timestamp()
SECURITY_TOKEN = "ggpjbi1ub3J0aC00TATemporaryKeysToken"
UNSCOPED = "MIIDunscopedTokenOfAnIdentityProvider"
PROJECT = "619d3e78f61b4be68bc5aa0b59edcf7b"
ANY_KEY = json.dumps(
    {
        "credential": {
            "access": "TEMPORARYKEY",
            "secret": "temporary",
            "securitytoken": SECURITY_TOKEN,
            "expires_at": "2126-05-01T02:00:00.0Z",
        }
    }
).encode()
IAM = "https://iam.example.com"
EXPORT = "GET ddm.example.com/v3/p1/instances/i/schema-metadata"


class Recorder(Quiet, BaseHTTPRequestHandler):
    """A service on loopback that keeps every request. A POST gets a temporary key, a GET an empty object."""

    def do_GET(self) -> None:
        """Answer a call."""
        self._answer(b"{}")

    def do_POST(self) -> None:
        """Answer an exchange."""
        self._answer(ANY_KEY)

    def _answer(self, document: bytes) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.received.append(Received(self.requestline, dict(self.headers.items()), body))  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(document)))
        self.send_header("X-Subject-Token", UNSCOPED)
        self.end_headers()
        self.wfile.write(document)


class Received(NamedTuple):
    """One request as it came over the wire."""

    line: str
    headers: dict[str, str]
    body: bytes


@contextmanager
def recording() -> Iterator[tuple[str, list[Received]]]:
    """Serve a Recorder: its URL, and the requests so far."""
    server = ThreadingHTTPServer(LOOPBACK, Recorder)
    received: list[Received] = []
    server.received = received  # type: ignore[attr-defined]
    with serving(server) as url:
        yield url, received


class Cloud:
    """Every service in one app. Its exchanges hand out keys in turn; its DDM takes the key that is not expired."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.expired: set[str] = set()
        self.keys = 0
        self.needs_session = False
        self.spoilt: dict[str, httpx.Response] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer as whichever service is asked."""
        self.requests.append(request)
        path = request.url.path
        if path in self.spoilt:
            return self.spoilt[path]
        if path.endswith("/schema-metadata"):
            return self._export(request)
        return {
            "/v3.0/OS-AUTH/id-token/tokens": lambda: httpx.Response(
                201, headers={"X-Subject-Token": UNSCOPED}, json={"token": {}}
            ),
            "/v3.0/OS-CREDENTIAL/securitytokens": lambda: httpx.Response(201, json={"credential": self._key()}),
            "/v5/agencies/assume-with-oidc": lambda: httpx.Response(200, json={"credentials": self._sts_key()}),
            "/meta-data/latest/api/token": lambda: httpx.Response(200, text="session-token-of-the-metadata"),
            "/openstack/latest/securitykey": lambda: self._metadata(request),
            "/v3/projects": lambda: httpx.Response(200, json={"projects": [{"id": "p1", "name": "eu-de"}]}),
        }[path]()

    def _export(self, request: httpx.Request) -> httpx.Response:
        used = request.headers["Authorization"].partition("Access=")[2].partition(",")[0]
        if used in self.expired:
            return httpx.Response(401, json={"error_code": "APIGW.0301", "error_msg": "verify aksk signature fail"})
        return httpx.Response(200, json={})

    def _metadata(self, request: httpx.Request) -> httpx.Response:
        if self.needs_session and request.headers.get("X-Metadata-Token") != "session-token-of-the-metadata":
            return httpx.Response(401, json={"message": "token needed"})
        return httpx.Response(200, json={"credential": self._key()})

    def _key(self) -> dict[str, str]:
        self.keys += 1
        return {
            "access": f"TEMPORARYKEY{self.keys}",
            "secret": f"secretOfTheTemporaryKey{self.keys}",
            "securitytoken": SECURITY_TOKEN,
            "expires_at": "2026-05-01T02:00:00.000000Z",
        }

    def _sts_key(self) -> dict[str, str]:
        key = self._key()
        return {
            "access_key_id": key["access"],
            "secret_access_key": key["secret"],
            "security_token": key["securitytoken"],
            "expiration": key["expires_at"],
        }

    @property
    def asked(self) -> list[str]:
        """Where each request went to: `METHOD host/path`."""
        return [f"{each.method} {each.url.host}{each.url.path}" for each in self.requests]


def now() -> float:
    return MOMENT


def capture(app: Callable[[httpx.Request], httpx.Response], auth: CloudAuth, times: int = 1) -> str:
    """Ask for an export that often; returns the project's id."""
    with HttpClient(response_limit=9999, transport=httpx.MockTransport(app)) as http:
        client = Client(http, "https://ddm.example.com", Project("eu-de", IAM), auth, timeout=30)
        for _ in range(times):
            client.schema_metadata("i")
        return client.project_id
