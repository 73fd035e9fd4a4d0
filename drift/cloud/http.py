"""The HTTP client: whole answers before a deadline. The only module with a socket, but for the simulator on loopback.

A failure that may pass is tried again until the deadline: no connection, a broken or late answer, 429, 5xx, and 409
where the service is busy. Redirects are never followed, so credentials reach no other host. `routes` knows the proxies;
certificate authorities are those given, or the environment's as httpx reads them (`SSL_CERT_FILE`). TLS certificates
are always verified.
"""

from __future__ import annotations

import random
import socket
import time
from contextlib import closing
from itertools import count
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.request import getproxies

import httpx

from drift.cloud.endpoints import authority
from drift.cloud.error_responses import call_limit, encoded, is_temporary, redirected, refusal
from drift.cloud.open_connections import Connections, LookupTimeoutError
from drift.cloud.retry import Clock, backoff, retry_after
from drift.cloud.routes import Routes
from drift.cloud.transport_errors import broken, cut_short, is_final, is_unsent, refuse_private, too_large, too_late
from drift.core.errors import CaptureError, UsageError
from drift.core.version import __version__

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Generator, Mapping
    from pathlib import Path
    from typing import Self

    from drift.cloud.auth.base import CloudAuth
    from drift.cloud.retry import CallLimit, Deadline

    _Flow: TypeAlias = Generator[httpx.Request, httpx.Response, None]

SYSTEM_CLOCK: Final = Clock(monotonic=time.monotonic, now=time.time, sleep=time.sleep, random=random.random)
SUCCESS: Final = frozenset({200, 202})

_CONNECT_ATTEMPTS: Final = 5  # a host that refuses five times, or has no address, is more likely wrong than late
_ERROR_BODY_LIMIT: Final = 1 << 18
_THROTTLED: Final = 429
_LONGEST_CONNECT: Final = 10.0
_LONG_TURN: Final = 5.0  # seconds of waiting that are worth a word
_AT_ONCE: Final = 0.05  # seconds that would be shown as 0.0
_HEADERS: Final = {
    "User-Agent": f"ddm-drift/{__version__}",
    "Accept": "application/json",
    "Accept-Encoding": "identity",  # an encoding would let a small answer inflate past every limit
}


class HttpClient:
    """Connections to services. A context manager; threads may not share it.

    `response_limit` is the largest answer in bytes. `on_retry` gets a sentence before each retry. `wait_turn` returns
    the seconds that a call has to wait for its turn, which count for no deadline. `on_bytes` gets the number of bytes
    of each part of an answer, `on_limit` the limit that a throttled call is told of. `look_up` resolves a name. With
    `only_public`, a host that is not on the internet gets no request: PrivateAddressError; where there is a proxy, it
    decides. Raises UsageError for a proxy or certificates that cannot be used.
    """

    def __init__(
        self,
        *,
        response_limit: int,
        proxy: str | None = None,
        ca_file: Path | None = None,
        transport: httpx.BaseTransport | None = None,
        clock: Clock = SYSTEM_CLOCK,
        on_retry: Callable[[str], None] = lambda _: None,
        wait_turn: Callable[[], float] = lambda: 0.0,
        on_bytes: Callable[[int], None] = lambda _: None,
        on_limit: Callable[[CallLimit], None] = lambda _: None,
        look_up: Callable[[str, int], object] = socket.getaddrinfo,
        only_public: bool = False,
    ) -> None:
        self.clock = clock
        self.on_retry = on_retry
        self.response_limit = response_limit
        self._wait_turn = wait_turn
        self._on_bytes = on_bytes
        self._on_limit = on_limit
        self._connections = Connections(look_up, _cut, refuse_private if only_public else None)
        self._http = _http_client(proxy, ca_file, transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def get(
        self, url: str, auth: CloudAuth, deadline: Deadline, headers: Mapping[str, str] = MappingProxyType({})
    ) -> httpx.Response:
        """Return the whole answer, which may be a refusal. Repeat the call while that may help and time is left.

        Raises NetworkError for no answer, ApiError for a redirect or a failure that lasted, SignInError, and
        PayloadError for more than the response limit.
        """
        return self._called(lambda: self._http.build_request("GET", url, headers=dict(headers)), auth, deadline)

    def post(
        self, url: str, body: bytes, auth: CloudAuth, deadline: Deadline, *, may_arrive_twice: bool = True
    ) -> httpx.Response:
        """Send a JSON document, repeated as in `get`, and return the answer, of which the body may be cut.

        Without `may_arrive_twice`, it is repeated only if it surely did not arrive: no connection, or 429. Raises as
        `get` does, apart from PayloadError, and PrivateAddressError.
        """
        kind, unread = {"Content-Type": "application/json"}, {"unread": True, "once": not may_arrive_twice}
        return self._called(
            lambda: self._http.build_request("POST", url, content=body, headers=kind, extensions=unread), auth, deadline
        )

    def sign_in(self, auth: CloudAuth, deadline: Deadline) -> None:
        """Sign in ahead of the first call, where that takes a request. Raises as `get` does."""
        self._repeated(auth.sign_in_flow, auth, deadline)

    def _called(self, request: Callable[[], httpx.Request], auth: CloudAuth, deadline: Deadline) -> httpx.Response:
        response = self._repeated(lambda: auth.sync_auth_flow(request()), auth, deadline)
        if response is None:
            raise AssertionError("a sign-in flow sends at least the request")
        return response

    def _repeated(self, flow: Callable[[], _Flow], auth: CloudAuth, deadline: Deadline) -> httpx.Response | None:
        for attempt in count(1):
            try:
                return self._carried_out(flow(), auth, deadline)
            except _PassingError as passing:
                self._wait(passing, attempt, deadline)
        raise AssertionError("count() ended")

    def _wait(self, passing: _PassingError, attempt: int, deadline: Deadline) -> None:
        """Wait before the next attempt, or raise the error where there can be none."""
        pause = max(backoff(attempt, self.clock.random(), deadline.seconds), passing.retry_after or 0.0)
        if attempt >= passing.attempts or pause >= deadline.left:
            raise _given_up(passing, attempt) from passing.__cause__
        when = f"in {pause:.1f} s" if pause >= _AT_ONCE else "at once"
        self.on_retry(f"{passing.error.message}; trying again {when}")
        self.clock.sleep(pause)

    def _carried_out(self, flow: _Flow, auth: CloudAuth, deadline: Deadline) -> httpx.Response | None:
        """Send the requests that a flow yields. Return the answer to its last one."""
        response: httpx.Response | None = None
        with closing(flow):
            while (request := _following(flow, response)) is not None:
                response = self._exchange(request, auth, deadline)
        return response

    def _exchange(self, request: httpx.Request, auth: CloudAuth, deadline: Deadline) -> httpx.Response:
        """Send one request and read its whole answer, bounded in size and time."""
        self._await_turn(request, deadline)
        left = deadline.left
        if left <= 0:
            raise too_late(_host(request), deadline.seconds)
        self._prepare(request, min(left, deadline.seconds / 2))
        try:
            with self._connections.cut_after(left), closing(self._http.send(request, stream=True)) as answer:
                body = self._read(answer, auth, deadline)
        except httpx.HTTPError as exc:
            if deadline.left <= 0 and not isinstance(exc, LookupTimeoutError):
                raise too_late(_host(request), deadline.seconds) from exc
            error = broken(_host(request), exc, auth.conceal)
            final = is_final(exc) or (request.extensions.get("once") and not is_unsent(exc))
            raise (error if final else _PassingError(error, attempts=_attempts(exc))) from exc
        received = httpx.Response(answer.status_code, headers=answer.headers, content=body, request=request)
        return self._judged(received, auth)

    def _await_turn(self, request: httpx.Request, deadline: Deadline) -> None:
        """Wait for the turn of a call. That is no silence of the service, so it counts for no deadline."""
        wait = self._wait_turn()
        if wait <= 0:
            return
        if wait >= _LONG_TURN:
            self.on_retry(f"waiting {wait:.0f} s for the turn of a call to {_host(request)}")
        self.clock.sleep(wait)
        deadline.leave_out(wait)

    def _prepare(self, request: httpx.Request, silence: float) -> None:
        """Add the headers, the timeouts and the watch on its connection, which requests of a sign-in flow lack.

        `silence` is how long one phase may take. Half of the deadline leaves time for another attempt.
        """
        for name, value in _HEADERS.items():
            request.headers[name] = value
        timeout = httpx.Timeout(silence, connect=min(silence, _LONGEST_CONNECT)).as_dict()
        self._connections.host = request.url.raw_host.decode()
        request.extensions = {**request.extensions, "timeout": timeout, "trace": self._connections.trace}

    def _read(self, answer: httpx.Response, auth: CloudAuth, deadline: Deadline) -> bytes:
        """Read the body up to the limit. The rest of a longer error body is left out."""
        failed = answer.status_code not in SUCCESS or "unread" in answer.request.extensions
        if answer.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
            if not failed:
                raise encoded(answer, auth.conceal)
            return b""
        limit = min(self.response_limit, _ERROR_BODY_LIMIT) if failed else self.response_limit
        chunks: list[bytes] = []
        size = 0
        for chunk in answer.iter_bytes():
            chunks.append(chunk)
            size += len(chunk)
            self._on_bytes(len(chunk))
            if size > limit:
                break
            if deadline.left <= 0:
                raise too_late(_host(answer.request), deadline.seconds)
        if size > limit and not failed:
            raise too_large(self.response_limit)
        body = b"".join(chunks)
        if not failed and _is_cut_short(answer, body):
            raise _PassingError(cut_short(_host(answer.request)))
        return body

    def _judged(self, answer: httpx.Response, auth: CloudAuth) -> httpx.Response:
        """Return the answer, unless it is a failure that may pass or a redirect."""
        if is_temporary(answer) and not (answer.request.extensions.get("once") and answer.status_code != _THROTTLED):
            if limit := call_limit(answer):
                self._on_limit(limit)
            seconds = retry_after(answer.headers.get("Retry-After"), self.clock.now())
            raise _PassingError(refusal(answer, auth.conceal), retry_after=seconds)
        if 300 <= answer.status_code < 400:  # noqa: PLR2004 - HTTP statuses
            raise redirected(answer, auth.conceal)
        return answer


class _PassingError(Exception):
    """A failure that may pass: the error to raise if it lasts, the pause asked for, and how often to try."""

    def __init__(
        self, error: CaptureError, *, retry_after: float | None = None, attempts: float = float("inf")
    ) -> None:
        super().__init__(error.message)
        self.error = error
        self.retry_after = retry_after
        self.attempts = attempts


def _http_client(proxy: str | None, ca_file: Path | None, transport: httpx.BaseTransport | None) -> httpx.Client:
    try:
        transport = transport or Routes(proxy, getproxies(), _trusting(ca_file))
        return httpx.Client(transport=transport, trust_env=False)
    except (ValueError, ImportError, httpx.InvalidURL):
        # Not chained: httpx repeats the URL, which may hold the proxy's password.
        raise UsageError(
            "could not use the proxy that is set",
            hint="--proxy, HTTPS_PROXY, HTTP_PROXY and ALL_PROXY need http:// or https://.",
        ) from None
    except OSError as exc:
        where = f"in {ca_file}" if ca_file else "that are set"
        raise UsageError(
            f"could not read the certificates {where}: {exc.strerror or 'expected certificates in PEM'}",
            hint="--ca-file, SSL_CERT_FILE and SSL_CERT_DIR need the path of certificates in PEM.",
        ) from exc


def _trusting(ca_file: Path | None) -> ssl.SSLContext:
    """Create the usual verification, which trusts the authorities in a file too."""
    context = httpx.create_ssl_context()
    if ca_file is not None:
        context.load_verify_locations(cafile=ca_file)
    return context


def _cut(connection: socket.socket) -> None:
    """End a connection, of TLS as well, under whoever reads from it."""
    socket.socket.shutdown(connection, socket.SHUT_RDWR)


def _following(flow: _Flow, response: httpx.Response | None) -> httpx.Request | None:
    """Advance a sign-in flow. Return its next request, or None at its end."""
    try:
        return next(flow) if response is None else flow.send(response)
    except StopIteration:
        return None


def _attempts(exc: httpx.HTTPError) -> float:
    return _CONNECT_ATTEMPTS if isinstance(exc, httpx.ConnectError) else float("inf")


def _given_up(passing: _PassingError, attempts: int) -> CaptureError:
    """Add the number of attempts to an error."""
    error, asked = passing.error, passing.retry_after
    tried = f"tried {attempts} times" if attempts > 1 else "tried once"
    wait = "" if asked is None else f"; it asks to wait {asked:.0f} s"
    error.message = f"{error.message} ({tried}{wait})"
    error.args = (error.message,)
    return error


def _is_cut_short(answer: httpx.Response, body: bytes) -> bool:
    """Return whether a success without a declared length ends before its JSON does."""
    framed = "Content-Length" in answer.headers or "Transfer-Encoding" in answer.headers
    return not framed and not body.rstrip().endswith(b"}")


def _host(request: httpx.Request) -> str:
    return authority(str(request.url))
