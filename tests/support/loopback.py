"""Servers of the tests' own: on loopback, silent, and gone when a block ends."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.server import ThreadingHTTPServer

LOOPBACK = ("127.0.0.1", 0)
"""An address with a port that is free."""
_POLL = 0.02  # seconds that it takes at most to stop


class Quiet:
    """What makes a handler say nothing on stderr."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[str]:
    """Let a server answer until the block ends; its URL."""
    server.daemon_threads = True
    with server:
        thread = Thread(target=server.serve_forever, args=(_POLL,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
