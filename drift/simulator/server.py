"""The simulated cloud on a loopback socket. No other module of the simulator opens a socket."""

from __future__ import annotations

import socket
import struct
import sys
import threading
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from drift.core.errors import UsageError
from drift.simulator.app import answer
from drift.simulator.web import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drift.simulator.state import Cloud

LOOPBACK: Final = "127.0.0.1"

_LONGEST_BODY: Final = 1 << 20
_RESET: Final = struct.pack("ii", 1, 0)  # linger for no time: closing sends RST


class Server(ThreadingTCPServer):
    """A cloud that answers at `url`, for IAM and DDM alike.

    Not an `HTTPServer`, which asks the name service for the host's name first.
    """

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, app: Callable[[Request], Response], port: int) -> None:
        super().__init__((LOOPBACK, port), _Handler)
        self.app = app
        self.stopping = threading.Event()
        self._closed_for = 0.0

    @property
    def url(self) -> str:
        """The URL of the server."""
        return f"http://{LOOPBACK}:{self.server_address[1]}"

    def refuse(self, seconds: float) -> None:
        """Accept no connection for that many seconds. Open connections stay open."""
        self._closed_for = seconds
        self.shutdown()

    def run(self) -> None:
        """Serve until `stop`, with the breaks that `refuse` asks for."""
        self.serve_forever(poll_interval=0.02)
        while not self.stopping.is_set():
            self._reopen()
            self.serve_forever(poll_interval=0.02)

    def stop(self) -> None:
        """End every waiting answer, and stop serving."""
        self.stopping.set()
        self.shutdown()

    def _reopen(self) -> None:
        self.socket.close()
        self.socket = socket.socket(self.address_family, self.socket_type)
        self.server_bind()  # bound but not listening: the port stays ours, and connections are refused
        self.stopping.wait(self._closed_for)
        self.server_activate()

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401 - as the base class has it
        """End a connection: close it properly, unless a fault resets it."""
        if request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, len(_RESET)) == _RESET:
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as the base class has it
        """Ignore clients that leave before they have their answer; report any other error as usual."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serve(cloud: Cloud, port: int = 0) -> Iterator[Server]:
    """Serve a cloud on loopback while the block runs. Port 0 takes a free port. Raises UsageError for a port in use."""
    try:
        server = Server(lambda request: answer(cloud, request), port)
    except OSError as exc:
        raise UsageError(f"could not listen on port {port}: {exc.strerror}", hint="Port 0 takes a free one.") from exc
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "api-gateway"
    sys_version = ""
    wbufsize = -1
    disable_nagle_algorithm = True  # a body that waits for the acknowledgement of its head waits for 40 ms

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - the names that http.server calls

    def log_message(self, *_: object) -> None:
        """Log nothing: the caller of the simulator decides what is printed."""

    def _answer(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > _LONGEST_BODY:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(length))
        query = parse_qsl(url.query, keep_blank_values=True)
        self._deliver(self.server.app(Request(self.command, unquote(url.path), query, headers, body)))

    def _deliver(self, response: Response) -> None:
        delivery = response.delivery
        self.server.stopping.wait(delivery.pause)
        if delivery.refusing:
            self.server.refuse(delivery.refusing)
        if delivery.head:
            self._send_head(response)
            self._send_body(response.body[: int(len(response.body) * delivery.share)], delivery.drip)
            self.server.stopping.wait(delivery.silence)
        if delivery.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.close_connection |= delivery.reset or delivery.share != delivery.promised

    def _send_head(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(int(len(response.body) * response.delivery.promised)))
        self.end_headers()

    def _send_body(self, body: bytes, drip: float | None) -> None:
        for place in range(len(body)) if drip is not None else ():
            if self.server.stopping.wait(drip):
                return
            self.wfile.write(body[place : place + 1])
            self.wfile.flush()
        if drip is None:
            self.wfile.write(body)
        self.wfile.flush()
