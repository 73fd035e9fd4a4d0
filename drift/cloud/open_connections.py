"""The open connections of one client, which it can cut, and the lookup of names with a bound. Opens nothing itself."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class LookupTimeoutError(httpx.ConnectTimeout):
    """The name of a host was looked up, and nothing answered."""


class Connections:
    """This client's open connections, which it can cut.

    Timeouts are per read, so a server that sends a byte now and then outlives them all. A timer therefore ends the
    connection itself when the time is up. `look_up` resolves a name at a port, `cut` ends a socket. `check` may refuse
    a new socket to the `host` of the present request, but not to a proxy: before a byte is sent, and after the lookup,
    so that no other lookup leads elsewhere.
    """

    def __init__(
        self,
        look_up: Callable[[str, int], object],
        cut: Callable[[Any], None],
        check: Callable[[Any, str], None] | None = None,
    ) -> None:
        self.host = ""
        self._check = check
        self._connecting = ""
        self._open: list[Any] = []
        self._cut_one = cut
        self._late = False
        self._look_up = look_up

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Look up the host before it is connected to, and remember a new connection.

        httpcore's `trace` extension reports both.
        """
        if event.endswith("connect_tcp.started"):
            self._connecting = info["host"]
            self._resolve(info["host"], info["port"], info["timeout"])
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            opened = info["return_value"].get_extra_info("socket")
            if self._check is not None and self._connecting == self.host:
                self._check(opened, self.host)
            self._open = [*(known for known in self._open if known.fileno() != -1), opened]
            if self._late:
                self._cut()

    def _resolve(self, host: str, port: int, seconds: float | None) -> None:
        """Look up a host in a thread that is not waited for: no timeout bounds the system's own lookup, nor cuts it.

        The connection asks once more, and has the answer, or the reason why there is none.
        """
        done = threading.Event()

        def look_up() -> None:
            with suppress(OSError, UnicodeError):
                self._look_up(host, port)
            done.set()

        threading.Thread(target=look_up, daemon=True).start()
        if not done.wait(seconds):
            raise LookupTimeoutError(f"no answer to the lookup of {host}")

    @contextmanager
    def cut_after(self, seconds: float) -> Iterator[None]:
        """Cut every connection if the block takes longer."""
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
                self._cut_one(connection)
