"""The open connections of a run, and the rate limit of each endpoint. Sends nothing itself."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, TypeAlias

from drift.cloud.retry import RateLimiter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from drift.cloud.access import Access
    from drift.cloud.http import HttpClient
    from drift.cloud.retry import CallLimit

_Route: TypeAlias = "tuple[str, str | None, Path | None]"


class ConnectionPool:
    """The HTTP clients that captures lease, one at a time each. Threads may share it.

    `response_limit` is the largest answer in bytes, `rate` the calls per second to one endpoint. `on_bytes` gets the
    number of bytes of each part of an answer.
    """

    def __init__(self, *, response_limit: int, rate: float, on_bytes: Callable[[int], None]) -> None:
        self._response_limit = response_limit
        self._on_bytes = on_bytes
        self._limiters: dict[str, RateLimiter] = defaultdict(lambda: RateLimiter(rate))
        self._idle: dict[_Route, list[HttpClient]] = defaultdict(list)
        self._lock = Lock()

    @contextmanager
    def lease(self, access: Access, on_retry: Callable[[str], None]) -> Iterator[HttpClient]:
        """Lend a client for an endpoint, with its open connection if any. `on_retry` gets a sentence per retry."""
        route = access.endpoint, access.proxy, access.ca_file
        with self._lock:
            idle = self._idle[route]
            http = idle.pop() if idle else None
        http = http or self._connect(access)
        http.on_retry = on_retry
        try:
            yield http
        finally:
            with self._lock:
                self._idle[route].append(http)

    def close(self) -> None:
        """Close every connection that is not leased."""
        with self._lock:
            for idle in self._idle.values():
                for http in idle:
                    http.close()
            self._idle.clear()

    def _connect(self, access: Access) -> HttpClient:
        from drift.cloud.http import SYSTEM_CLOCK, HttpClient

        def wait_turn() -> float:
            with self._lock:
                return self._limiters[access.endpoint].reserve(SYSTEM_CLOCK.monotonic())

        def on_limit(limit: CallLimit) -> None:
            with self._lock:
                self._limiters[access.endpoint].learn(limit)

        return HttpClient(
            response_limit=self._response_limit,
            proxy=access.proxy,
            ca_file=access.ca_file,
            wait_turn=wait_turn,
            on_bytes=self._on_bytes,
            on_limit=on_limit,
        )
