"""The calls to DDM. The only module that opens a socket (the simulator's loopback apart).

Proxies and certificate authorities come from the environment as httpx reads it (`HTTPS_PROXY`, `NO_PROXY`,
`SSL_CERT_FILE`); loopback is never reached through a proxy. TLS certificates are always verified.
"""

from __future__ import annotations

import random
import socket
import threading
import time
from contextlib import closing, contextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import httpx

from drift import __version__, checks
from drift.endpoint import authority, base_url
from drift.errors import CaptureError, UsageError
from drift.failures import broken, cut_short, is_untrusted, too_large, too_late
from drift.pace import ATTEMPTS, Pace, backoff, retry_after
from drift.refusals import echoed, encoded, is_echo, is_temporary, media_type, not_json, redirected, refusal

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping
    from typing import Self

    from drift.auth import Credentials

REAL_PACE: Final = Pace(clock=time.monotonic, now=time.time, sleep=time.sleep, random=random.random)

_ERROR_BODY_LIMIT: Final = 1 << 18
_LONGEST_CONNECT: Final = 10.0
_SUCCESS: Final = frozenset({200, 202})
_JSON_TYPES: Final = frozenset({"", "application/json", "text/json", "application/octet-stream"})
_LOOPBACKS: Final = ("127.0.0.1", "localhost", "[::1]")
_HEADERS: Final = {
    "User-Agent": f"ddm-drift/{__version__}",
    "Accept": "application/json",
    "Accept-Encoding": "identity",  # an encoding would let a small answer inflate past every limit
}


class Client:
    """A DDM endpoint and project, as one user sees them. A context manager; not to be shared by threads.

    `timeout` is the seconds that one capture may take, retries and waiting included; `response_limit` the bytes that
    one answer may have. Raises UsageError for an endpoint or id that can be none.
    """

    def __init__(
        self,
        endpoint: str,
        project_id: str,
        auth: Credentials,
        *,
        timeout: float,
        response_limit: int,
        allow_plain_http: bool = False,
        transport: httpx.BaseTransport | None = None,
        pace: Pace = REAL_PACE,
    ) -> None:
        self._base = base_url(endpoint, checks.endpoint, "the endpoint", allow_plain_http=allow_plain_http)
        self._project_id = _checked_id(project_id, "project id")
        self._auth = auth
        self._timeout = timeout
        self._response_limit = response_limit
        self._pace = pace
        self._connections = _Connections()
        self._http = _http_client(transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def __repr__(self) -> str:
        return f"<Client {self._base}>"

    def schema_metadata(self, instance_id: str) -> bytes:
        """The export of an instance, the body as received: where every shard of all its databases lives.

        Raises SignInError, ApiError, NetworkError, or PayloadError for more than the response limit.
        Source: DownloadSchemaMetadata, `GET /v3/{project_id}/instances/{instance_id}/schema-metadata`, 200 or 202.
        """
        return self._get(self._deadline(), "instances", _checked_id(instance_id, "instance id"), "schema-metadata")

    def _deadline(self) -> float:
        return self._pace.clock() + self._timeout

    def _get(self, deadline: float, *segments: str) -> bytes:
        """The body of a v3 resource of the project, tried again as long as that may help and time is left."""
        url = "/".join((self._base, "v3", self._project_id, *(quote(segment, safe="") for segment in segments)))
        for attempt in count(1):
            try:
                return self._content(self._authorised(url, deadline))
            except _PassingError as passing:
                self._wait(passing, attempt, deadline)
        raise AssertionError("count() ended")

    def _wait(self, passing: _PassingError, attempt: int, deadline: float) -> None:
        """Wait before the next attempt, or raise the error where there can be none."""
        left = deadline - self._pace.clock()
        asked = passing.retry_after
        # A short budget shortens the pauses, so that all of it is used.
        pause = min(backoff(attempt, self._pace.random()), left / 4) if asked is None else asked
        if attempt >= ATTEMPTS or pause >= left:
            raise _given_up(passing.error, attempt, asked) from passing.__cause__
        self._pace.sleep(pause)

    def _authorised(self, url: str, deadline: float) -> httpx.Response:
        """Carry out the sign-in flow around the call. Returns the answer to the last request of the flow."""
        response: httpx.Response | None = None
        with closing(self._auth.sync_auth_flow(self._http.build_request("GET", url))) as flow:
            while (request := _following(flow, response)) is not None:
                response = self._exchange(request, deadline)
        if response is None:
            raise AssertionError("a sign-in flow sends at least the request")
        return response

    def _exchange(self, request: httpx.Request, deadline: float) -> httpx.Response:
        """Send one request and read its whole answer, bounded in size and time."""
        left = deadline - self._pace.clock()
        if left <= 0:
            raise too_late(_host(request), self._timeout)
        self._prepare(request, left)
        try:
            with self._connections.cut_after(left), closing(self._http.send(request, stream=True)) as answer:
                body = self._read(answer, deadline)
        except httpx.HTTPError as exc:
            if self._pace.clock() >= deadline:
                raise too_late(_host(request), self._timeout) from exc
            error = broken(_host(request), exc, self._auth.conceal)
            raise (error if is_untrusted(exc) else _PassingError(error)) from exc
        return self._judged(httpx.Response(answer.status_code, headers=answer.headers, content=body, request=request))

    def _prepare(self, request: httpx.Request, left: float) -> None:
        """Give the request what those of a sign-in flow lack: headers, timeouts, and the watch on its connection."""
        for name, value in _HEADERS.items():
            request.headers[name] = value
        # Half of the budget for any one silence leaves time for another attempt.
        silence = min(left, self._timeout / 2)
        timeout = httpx.Timeout(silence, connect=min(silence, _LONGEST_CONNECT)).as_dict()
        request.extensions = {**request.extensions, "timeout": timeout, "trace": self._connections.trace}

    def _read(self, answer: httpx.Response, deadline: float) -> bytes:
        """The body, of which no more is read than the limit. The rest of a longer error body is left out."""
        failed = answer.status_code not in _SUCCESS
        if answer.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
            if not failed:
                raise encoded(answer, self._auth.conceal)
            return b""
        limit = min(self._response_limit, _ERROR_BODY_LIMIT) if failed else self._response_limit
        chunks: list[bytes] = []
        size = 0
        for chunk in answer.iter_bytes():
            chunks.append(chunk)
            size += len(chunk)
            if size > limit:
                break
            if self._pace.clock() >= deadline:
                raise too_late(_host(answer.request), self._timeout)
        if size > limit and not failed:
            raise too_large(self._response_limit)
        body = b"".join(chunks)
        if _is_cut_short(answer, body):
            raise _PassingError(cut_short(_host(answer.request)))
        return body

    def _judged(self, answer: httpx.Response) -> httpx.Response:
        """The answer, unless it is one that no sign-in flow can use either: its reason may pass, or it leads away."""
        if is_temporary(answer, self._auth.conceal):
            seconds = retry_after(answer.headers.get("Retry-After"), self._pace.now())
            raise _PassingError(refusal(answer, self._auth.conceal), seconds)
        if 300 <= answer.status_code < 400:  # noqa: PLR2004 - HTTP statuses
            raise redirected(answer, self._auth.conceal)
        return answer

    def _content(self, answer: httpx.Response) -> bytes:
        """The body of a success. Raises ApiError or SignInError for anything else."""
        if answer.status_code not in _SUCCESS:
            raise refusal(answer, self._auth.conceal)
        kind = media_type(answer, self._auth.conceal)
        if kind not in _JSON_TYPES and not kind.endswith("+json"):
            raise not_json(answer, self._auth.conceal)
        if is_echo(answer):
            raise echoed(answer)
        return answer.content


class _PassingError(Exception):
    """A failure that may pass: what to raise if it doesn't, and the seconds that the service asked to wait."""

    def __init__(self, error: CaptureError, retry_after: float | None = None) -> None:
        super().__init__(error.message)
        self.error = error
        self.retry_after = retry_after


class _Connections:
    """This client's open connections, which it can cut.

    A server that sends a byte now and then outlives every timeout, which are all per read; so a timer ends the
    connection itself when the time is up, wherever in the answer that is.
    """

    def __init__(self) -> None:
        self._open: list[socket.socket] = []
        self._late = False

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Learn of a new connection, as httpcore's `trace` extension tells of it."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            opened = info["return_value"].get_extra_info("socket")
            self._open = [*(known for known in self._open if known.fileno() != -1), opened]
            if self._late:
                self._cut()

    @contextmanager
    def cut_after(self, seconds: float) -> Iterator[None]:
        """Cut every connection if the block takes longer than that."""
        self._late = False
        timer = threading.Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _cut(self) -> None:
        self._late = True
        for connection in self._open:
            with suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)


def _http_client(transport: httpx.BaseTransport | None) -> httpx.Client:
    try:
        return httpx.Client(transport=transport, mounts={f"all://{host}": transport for host in _LOOPBACKS})
    except (ValueError, ImportError, httpx.InvalidURL):
        # Not chained: what httpx says repeats the URL, which may hold the proxy's password.
        raise UsageError(
            "the proxy that the environment sets can't be used",
            hint="HTTPS_PROXY, HTTP_PROXY and ALL_PROXY need http:// or https://.",
        ) from None
    except OSError as exc:
        raise UsageError(
            f"the certificates that the environment names can't be read: {exc.strerror}",
            hint="SSL_CERT_FILE and SSL_CERT_DIR need the path of certificates in PEM.",
        ) from exc


def _checked_id(text: str, what: str) -> str:
    try:
        return checks.identifier(text)
    except ValueError as exc:
        raise UsageError(f"the {what}: {exc}", hint="The DDM console shows it.") from exc


def _following(
    flow: Generator[httpx.Request, httpx.Response, None], response: httpx.Response | None
) -> httpx.Request | None:
    """The next request of a sign-in flow; None when it is done."""
    try:
        return next(flow) if response is None else flow.send(response)
    except StopIteration:
        return None


def _given_up(error: CaptureError, attempts: int, asked: float | None) -> CaptureError:
    """The error, with how hard it was tried."""
    tried = f"tried {attempts} times" if attempts > 1 else "tried once"
    wait = "" if asked is None else f"; it asks to wait {asked:.0f} s"
    error.message = f"{error.message} ({tried}{wait})"
    error.args = (error.message,)
    return error


def _is_cut_short(answer: httpx.Response, body: bytes) -> bool:
    """Whether a success that says nothing of its length ends before its JSON does."""
    framed = "Content-Length" in answer.headers or "Transfer-Encoding" in answer.headers
    return not framed and answer.status_code in _SUCCESS and not body.rstrip().endswith(b"}")


def _host(request: httpx.Request) -> str:
    return authority(str(request.url))
