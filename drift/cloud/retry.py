"""Deadlines, rate limits and pauses between attempts. Pure: clocks, sleep and chance come in as functions."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final, Self

import msgspec

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 8.0
_CAUTION: Final = 1.05  # clocks and the way to the service differ a little
_REMEMBERED: Final = 10_000  # calls; a limit on more is none that matters


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """The time and the chance of a client.

    `monotonic` is seconds from an arbitrary start and never goes back; `now` is seconds since the epoch; `random` is
    in [0, 1).
    """

    monotonic: Callable[[], float]
    now: Callable[[], float]
    sleep: Callable[[float], None]
    random: Callable[[], float]


class Deadline(msgspec.Struct, frozen=True):
    """The end of the time for all calls, attempts and pauses of one purpose. Its parts leave out the same times."""

    clock: Callable[[], float]
    seconds: float
    end: float
    left_out: list[float] = []

    @classmethod
    def of(cls, clock: Callable[[], float], seconds: float) -> Self:
        """Set a deadline that many seconds from now."""
        return cls(clock, seconds, clock() + seconds)

    @property
    def left(self) -> float:
        """The seconds left; below zero once it has passed."""
        return self.end + sum(self.left_out) - self.clock()

    def leave_out(self, seconds: float) -> None:
        """Move the deadline, and every part of it, by a time that does not count."""
        self.left_out.append(seconds)

    def part(self, share: float) -> Deadline:
        """Set an earlier deadline, after a share of the time left."""
        seconds = max(0.0, self.left * share)
        return Deadline(self.clock, seconds, self.clock() + seconds - sum(self.left_out), self.left_out)


class CallLimit(msgspec.Struct, frozen=True):
    """The most calls that a service accepts in a time, in seconds."""

    calls: int
    seconds: float

    @property
    def rate(self) -> float:
        """The calls per second that stay a little below the limit."""
        return self.calls / self.seconds / _CAUTION


class RateLimiter:
    """A limit on the calls per second. After a rest, the calls of one second may go at once.

    Once the service tells its own limit, calls keep to that as well, counting those that went before.
    """

    def __init__(self, rate: float) -> None:
        self._apart = 1.0 / rate
        self._burst = 1.0
        self._due = 0.0
        self._limit: CallLimit | None = None
        self._turns: deque[float] = deque(maxlen=_REMEMBERED)

    def reserve(self, now: float) -> float:
        """Reserve a turn for the next call. Return the seconds until it; `now` may count from any start."""
        start = max(now, self._due - self._burst, self._free())
        self._due = max(self._due, start) + self._apart
        self._turns.append(start)
        return start - now

    def learn(self, limit: CallLimit) -> None:
        """Keep to a limit that the service tells."""
        self._limit = limit
        self._apart = max(self._apart, 1.0 / limit.rate)
        self._burst = 0.0

    def _free(self) -> float:
        """Return the time from which one call more is within the service's limit."""
        limit = self._limit
        if limit is None or len(self._turns) < limit.calls:
            return float("-inf")
        return self._turns[-limit.calls] + limit.seconds * _CAUTION


def backoff(attempt: int, chance: float, deadline: float) -> float:
    """Return the seconds to wait after an attempt (1 is the first): any part of a limit that doubles each time.

    Chance covers the whole pause ("full jitter"), so that the clients of a service in trouble spread out. A budget of
    few seconds has shorter pauses, so that more of it is left for attempts.
    """
    longest = min(_LONGEST_PAUSE, deadline / 8)
    first = min(_FIRST_PAUSE, deadline / 16)
    return chance * min(longest, first * 2.0 ** min(attempt - 1, 30))


def retry_after(header: str | None, now: float) -> float | None:
    """Return the seconds that a `Retry-After` header asks for, in either of its forms; None if unreadable."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        asked = parsedate_to_datetime(text)
        return max(0.0, asked.replace(tzinfo=asked.tzinfo or UTC).timestamp() - now)
    except (ValueError, OverflowError):
        return None
