"""The connections of a run, kept open between captures, and the turns of calls to an endpoint. Sends nothing itself."""

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

_Way: TypeAlias = "tuple[str, str | None, Path | None]"


class ConnectionPool:
    """What captures borrow to call an endpoint, each for itself. May be shared by threads.

    `response_limit` is the bytes that one answer may have, `rate` the calls per second that one endpoint gets; `seen`
    is told of the bytes of all answers as they come.
    """

    def __init__(self, *, response_limit: int, rate: float, seen: Callable[[int], None]) -> None:
        self._response_limit = response_limit
        self._seen = seen
        self._spacings: dict[str, RateLimiter] = defaultdict(lambda: RateLimiter(rate))
        self._idle: dict[_Way, list[HttpClient]] = defaultdict(list)
        self._turn = Lock()

    @contextmanager
    def to(self, access: Access, tell: Callable[[str], None]) -> Iterator[HttpClient]:
        """A wire to an endpoint, its connection open if it has been used; `tell` is told of what is tried again."""
        way = access.endpoint, access.proxy, access.ca_file
        with self._turn:
            idle = self._idle[way]
            wire = idle.pop() if idle else None
        wire = wire or self._wire(access)
        wire.tell = tell
        try:
            yield wire
        finally:
            with self._turn:
                self._idle[way].append(wire)

    def close(self) -> None:
        """Close every connection that nobody uses."""
        with self._turn:
            for idle in self._idle.values():
                for wire in idle:
                    wire.close()
            self._idle.clear()

    def _wire(self, access: Access) -> HttpClient:
        from drift.cloud.http import REAL_PACE, HttpClient  # noqa: PLC0415 - it imports httpx

        def wait() -> float:
            with self._turn:
                return self._spacings[access.endpoint].turn(REAL_PACE.clock())

        return HttpClient(
            response_limit=self._response_limit,
            proxy=access.proxy,
            ca_file=access.ca_file,
            turn=wait,
            seen=self._seen,
        )
