from __future__ import annotations

import gzip
import shutil
import socket
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from msgspec.structs import replace

from drift.cloud.auth.token import TokenAuth
from drift.cloud.client import Client
from drift.cloud.http import SYSTEM_CLOCK, HttpClient
from drift.core.errors import ApiError, CaptureError, DriftError, NetworkError, PayloadError, SignInError, UsageError
from drift.simulator import Fault, default_cloud, serve
from support.builders import ORDERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from drift.cloud.retry import Clock
    from drift.simulator import Cloud

TOKEN = "MIIEpQYJKoZIhvcNAQcCoIIEljCCBJICAQExDTALBglghkgBZQMEAgEwggKPBgkq"
BUDGET = 100.0
"""With pauses that are over at once: the attempts that fit in are the same if the machine stands still for a while."""
SHORT_BUDGET = 0.3
"""For what ends by nothing but its time being up."""
LIMIT = 100_000

# Each answer is the last of its connection and says so: the next attempt shall not go to one that is being closed.
_OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n"
_INSTANCE_ID = str(ORDERS.instance_id)
_PROJECT_ID = str(ORDERS.project_id)


def at_once() -> Clock:
    """The real time, but pauses, which are as long as they can be, are over at once."""
    slept = [0.0]
    return replace(
        SYSTEM_CLOCK,
        monotonic=lambda: SYSTEM_CLOCK.monotonic() + sum(slept),
        sleep=slept.append,
        random=lambda: 1.0,
    )


class Raw(NamedTuple):
    """A server that does with every connection what its script says."""

    url: str
    connections: list[int]


@contextmanager
def a_server(script: Callable[[socket.socket], None], context: ssl.SSLContext | None = None) -> Iterator[Raw]:
    listener = socket.create_server(("127.0.0.1", 0))
    connections: list[int] = []

    def run() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connections.append(1)
            threading.Thread(target=serve_one, args=(connection,), daemon=True).start()

    def serve_one(connection: socket.socket) -> None:
        with suppress(OSError), context.wrap_socket(connection, server_side=True) if context else connection as open_:
            open_.recv(65536)
            script(open_)

    threading.Thread(target=run, daemon=True).start()
    scheme = "https" if context else "http"
    try:
        yield Raw(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}", connections)
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def capture(url: str, *, budget: float = BUDGET, **options: object) -> bytes:
    given: dict[str, Any] = {"response_limit": LIMIT, "clock": at_once(), **options}
    with HttpClient(**given) as http:
        return Client(http, url, _PROJECT_ID, TokenAuth(TOKEN), timeout=budget).schema_metadata(_INSTANCE_ID)


def says(answer: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(answer)


def says_and_stays(answer: bytes) -> Callable[[socket.socket], None]:
    def script(connection: socket.socket) -> None:
        connection.sendall(answer)
        connection.recv(1)

    return script


def drips(answer: bytes) -> Callable[[socket.socket], None]:
    def script(connection: socket.socket) -> None:
        for place in range(len(answer)):
            connection.sendall(answer[place : place + 1])
            time.sleep(0.02)

    return script


def resets(answer: bytes) -> Callable[[socket.socket], None]:
    def script(connection: socket.socket) -> None:
        connection.sendall(answer)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    return script


def _page(status: str) -> bytes:
    body = b"<html><script>alert(1)</script></html>"
    return b"HTTP/1.1 %b\r\nConnection: close\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%b" % (
        status.encode(),
        len(body),
        body,
    )


def _json(status: str, body: bytes, *headers: bytes) -> bytes:
    head = b"".join(b"%b\r\n" % header for header in headers)
    return b"HTTP/1.1 %b\r\nConnection: close\r\nContent-Type: application/json\r\n%bContent-Length: %d\r\n\r\n%b" % (
        status.encode(),
        head,
        len(body),
        body,
    )


_TOO_LATE = "no complete answer"
_FAILURE = b'{"error_code":"DBS.200412","error_msg":"Server failure."}'
_BOMB = gzip.compress(b'{"a":"%b"}' % bytes(1 << 20))
_FAULTS = {
    "reset before the head": (resets(b""), NetworkError, "broke off"),
    "closed before the head": (says(b""), NetworkError, "broke off"),
    "reset in the body": (resets(_OK + b"Content-Length: 90\r\n\r\n{"), NetworkError, "broke off"),
    "shorter than it says": (says(_OK + b"Content-Length: 90\r\n\r\n{}"), NetworkError, "broke off"),
    "a chunk too few": (says(_OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"), NetworkError, "broke off"),
    "no length and no end": (says(_OK + b'\r\n{"data_nodes": ['), NetworkError, "broke off"),
    "silent from the start": (says_and_stays(b""), NetworkError, _TOO_LATE),
    "silent in the body": (says_and_stays(_OK + b"Content-Length: 90\r\n\r\n{"), NetworkError, _TOO_LATE),
    "a slow head": (drips(_OK + b"X: " + b"x" * 400), NetworkError, _TOO_LATE),
    "a slow body": (drips(_OK + b"Content-Length: 900\r\n\r\n" + b"{" * 900), NetworkError, _TOO_LATE),
    "not HTTP": (says(b"220 mail.example ESMTP\r\n\r\n"), NetworkError, "broke off"),
    "a head without end": (says(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000), NetworkError, "broke off"),
    "larger than the limit": (says(_json("200 OK", b'{"a":"%b"}' % (b"x" * LIMIT))), PayloadError, "limit of 100,000"),
    "larger than it says": (says(_OK + b"\r\n" + b"x" * 3 * LIMIT), PayloadError, "limit of 100,000"),
    "a gzip bomb": (says(_json("200 OK", _BOMB, b"Content-Encoding: gzip")), ApiError, "encoding gzip"),
    "a page instead of JSON": (says(_page("200 OK")), ApiError, "answered 200 with text/html instead of JSON"),
    "502 with a page": (
        says(_page("502 Bad Gateway")),
        ApiError,
        "answered 502 with text/html, not JSON (tried 16 times)",
    ),
    "502 in gzip": (says(_json("502 X", _BOMB, b"Content-Encoding: gzip")), ApiError, "answered 502"),
    "500 for ever": (says(_json("500 X", _FAILURE)), ApiError, "DBS.200412 Server failure. (tried 16 times)"),
    "429 for ever": (
        says(_json("429 X", b"{}", b"Retry-After: 0")),
        ApiError,
        "429 (tried 16 times; it asks to wait 0 s)",
    ),
    "429 for longer than there is": (
        says(_json("429 X", b"{}", b"Retry-After: 600")),
        ApiError,
        "429 (tried once; it asks to wait 600 s)",
    ),
    "409 while busy": (
        says(_json("409 Conflict", b'{"errCode":"DBS.212033","externalMessage":"Busy."}')),
        ApiError,
        "DBS.212033 Busy. (tried 16 times)",
    ),
    "302": (says(b"HTTP/1.1 302 Found\r\nLocation: https://evil.example/x?y=z\r\n\r\n"), ApiError, "to evil.example;"),
    "302 to a path": (says(b"HTTP/1.1 302 Found\r\nLocation: /login\r\n\r\n"), ApiError, "on the same host"),
    "304": (says(b"HTTP/1.1 304 Not Modified\r\n\r\n"), ApiError, "answered 304"),
    "204": (says(b"HTTP/1.1 204 No Content\r\n\r\n"), ApiError, "answered 204"),
    "401": (says(_json("401 X", b'{"error_code":"APIGW.0301","error_msg":"x"}')), SignInError, "401: APIGW.0301 x"),
    "an endless error": (says(b"HTTP/1.1 400 X\r\n\r\n" + b"x" * 3 * LIMIT), ApiError, "answered 400"),
}


@pytest.mark.parametrize(("script", "error", "words"), _FAULTS.values(), ids=_FAULTS.keys())
def test_every_fault_ends_in_an_error_to_act_on(
    script: Callable[[socket.socket], None], error: type[DriftError], words: str
) -> None:
    """Whatever a server does, a capture ends within its budget with an error that says what happened and what to do."""
    with a_server(script) as server, pytest.raises(error) as caught:
        capture(server.url, budget=SHORT_BUDGET if words == _TOO_LATE else BUDGET)
    assert words in caught.value.message
    assert caught.value.hint
    assert "<" not in caught.value.message
    assert TOKEN not in f"{caught.value!r} {caught.value.hint}"


def test_a_refused_connection_says_where_and_what_to_check() -> None:
    """Where nothing listens, the error names the host and what to look at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NetworkError, match=f"could not connect to 127.0.0.1:{port}: .*refused") as caught:
        capture(f"http://127.0.0.1:{port}")
    assert "endpoint" in str(caught.value.hint)


@pytest.mark.parametrize(
    "status", ["400", "403", "404", "405", "409", "413", "415"], ids=lambda status: f"{status}-is-final"
)
def test_other_refusals_are_never_tried_again(status: str) -> None:
    """A call that is wrong is sent once."""
    with a_server(says(_json(f"{status} X", b'{"error_code":"DBS.280001"}'))) as server:
        with pytest.raises(ApiError) as caught:
            capture(server.url)
        assert len(server.connections) == 1
    assert caught.value.status == int(status)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A certificate for 127.0.0.1 and ddm.invalid, vouched for by itself, and a server's context with it."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("makes a certificate with openssl")
    folder = tmp_path_factory.mktemp("certificate")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    made = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=127.0.0.1"
    named = [
        *made.split(),
        "-addext",
        "subjectAltName=IP:127.0.0.1,DNS:ddm.invalid",
        "-keyout",
        key,
        "-out",
        certificate,
    ]
    subprocess.run([openssl, *named], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return certificate, context


def test_an_untrusted_certificate_is_refused_at_once(authority: tuple[Path, ssl.SSLContext]) -> None:
    """TLS is verified, also for loopback: a certificate that nobody vouches for ends the capture at once."""
    _, context = authority
    with a_server(says(_json("200 OK", b"{}")), context) as server:
        with pytest.raises(NetworkError, match=r"could not trust the certificate of") as caught:
            capture(server.url, budget=30)
        assert len(server.connections) == 1
    assert "--ca-file" in str(caught.value.hint)


def test_a_port_without_tls_is_not_taken_for_a_wrong_name() -> None:
    """Where plain HTTP answers to TLS, the hint is about scheme and port, not about the name's resolution."""
    refused = pytest.raises(NetworkError, match="could not connect to")
    with a_server(says(_json("200 OK", b"{}"))) as server, refused as caught:
        capture(server.url.replace("http:", "https:"), budget=30)
    assert "scheme and port" in str(caught.value.hint)


def test_a_private_authority_is_trusted_where_it_is_named(authority: tuple[Path, ssl.SSLContext]) -> None:
    """`ca_file` adds an authority to those that are trusted anyway."""
    certificate, context = authority
    with a_server(says(_json("200 OK", b'{"a": 1}')), context) as server:
        assert capture(server.url, budget=30, ca_file=certificate) == b'{"a": 1}'


@pytest.mark.parametrize(("content", "told"), [(None, "No such file"), ("not PEM", "")])
def test_certificates_that_can_not_be_read_are_named(tmp_path: Path, content: str | None, told: str) -> None:
    """Where `ca_file` isn't there, or holds no certificate, the error says which file that is."""
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageError, match=rf"could not read the certificates in .*ca\.pem: {told}"):
        capture("https://ddm.invalid", ca_file=path)


def test_a_proxy_that_is_named_is_gone_through() -> None:
    """`proxy` receives the call for another host; without it nothing would."""
    asked: list[bytes] = []

    def forward(connection: socket.socket) -> None:
        asked.append(b"seen")
        connection.sendall(_json("200 OK", b'{"a": 1}'))

    with a_server(forward) as proxy, HttpClient(response_limit=LIMIT, proxy=proxy.url, clock=at_once()) as http:
        auth = TokenAuth(TOKEN)
        client = Client(http, "http://ddm.invalid", _PROJECT_ID, auth, timeout=30, allow_plain_http=True)
        assert client.schema_metadata(_INSTANCE_ID) == b'{"a": 1}'
    assert asked == [b"seen"]


@pytest.mark.parametrize(
    ("status", "attempts", "hint"),
    [
        ("407 Proxy Authentication Required", 1, "HTTPS_PROXY=http://USER"),
        ("403 Forbidden", 1, "runs the proxy"),
        ("502 Bad Gateway", 16, "runs the proxy"),
    ],
)
def test_a_proxy_that_refuses_is_told_from_the_service(status: str, attempts: int, hint: str) -> None:
    """A proxy's refusal is not tried again, lest a user of it be locked; its trouble is. The error names the proxy."""
    answer = f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode()
    with a_server(says(answer)) as proxy:
        with pytest.raises(
            NetworkError, match=f"could not connect to ddm.invalid through the proxy: {status}"
        ) as caught:
            capture("https://ddm.invalid", proxy=proxy.url)
        assert len(proxy.connections) == attempts
    assert hint in str(caught.value.hint)


def test_a_private_authority_is_trusted_through_a_proxy(authority: tuple[Path, ssl.SSLContext]) -> None:
    """A proxy only passes on what is encrypted for the service, whose certificate is verified as ever."""
    certificate, context = authority
    asked: list[bytes] = []

    def tunnel(connection: socket.socket) -> None:
        asked.append(b"CONNECT")
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        with context.wrap_socket(connection, server_side=True) as inner:
            asked.append(inner.recv(65536).partition(b" ")[0])
            inner.sendall(_json("200 OK", b'{"a": 1}'))

    with a_server(tunnel) as proxy:
        assert capture("https://ddm.invalid", budget=30, proxy=proxy.url, ca_file=certificate) == b'{"a": 1}'
    assert asked == [b"CONNECT", b"GET"]


@pytest.fixture
def connected() -> Iterator[tuple[Cloud, Client]]:
    cloud = default_cloud()
    auth = TokenAuth(cloud.issue_token())
    with serve(cloud) as server, HttpClient(response_limit=LIMIT, clock=at_once()) as http:
        yield cloud, Client(http, server.url, cloud.project_id, auth, timeout=4.0)


_PASSING = [
    Fault(kind="throttled"),
    Fault(kind="throttled", retry_after="0"),
    Fault(kind="throttled", retry_after="Thu, 01 Jan 2026 00:00:00 GMT"),
    Fault(kind="busy"),
    Fault(kind="error"),
    Fault(kind="error", status=503),
    Fault(kind="html"),
    Fault(kind="cut"),
    Fault(kind="reset"),
    Fault(kind="stalled", seconds=30),
    Fault(kind="slow", seconds=0.05),
]


@pytest.mark.parametrize("fault", _PASSING, ids=lambda fault: f"{fault.kind}-{fault.status or fault.retry_after}")
def test_what_passes_is_survived(fault: Fault, connected: tuple[Cloud, Client]) -> None:
    """A fault that happens once, of the kind that passes, costs a capture nothing but time."""
    cloud, client = connected
    instance = cloud.instance("orders-prod")
    cloud.fail(fault)
    assert b"compressed_databases_info" in client.schema_metadata(instance.id)
    assert cloud.faults == []


def test_a_client_outlives_a_cut_connection() -> None:
    """A capture that ran out of time leaves nothing behind that would disturb the next one on the same client."""
    cloud = default_cloud()
    instance = cloud.instance("orders-prod")
    auth = TokenAuth(cloud.issue_token())
    cloud.fail(Fault(kind="drip", seconds=0.02))
    with serve(cloud) as server, HttpClient(response_limit=LIMIT) as http:
        first = Client(http, server.url, cloud.project_id, auth, timeout=0.3)
        with pytest.raises(CaptureError, match=_TOO_LATE):
            first.schema_metadata(instance.id)
        second = Client(http, server.url, cloud.project_id, auth, timeout=30)
        assert b"compressed_databases_info" in second.schema_metadata(instance.id)
