"""When to call, when to try again, and until when. Pure: clocks, sleep and chance come in as functions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final, Self

import msgspec

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 8.0


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """How a client lives in time.

    `clock` counts seconds from anywhere and never goes back; `now` is seconds since the epoch; `random` is in [0, 1).
    """

    clock: Callable[[], float]
    now: Callable[[], float]
    sleep: Callable[[float], None]
    random: Callable[[], float]


class Deadline(msgspec.Struct, frozen=True):
    """The seconds that something may take with all its calls, attempts and pauses; they run from when it is made."""

    clock: Callable[[], float]
    seconds: float
    end: float

    @classmethod
    def of(cls, clock: Callable[[], float], seconds: float) -> Self:
        """A budget that begins now."""
        return cls(clock, seconds, clock() + seconds)

    @property
    def left(self) -> float:
        """What is left of it, in seconds; below zero when it is overdrawn."""
        return self.end - self.clock()

    def part(self, share: float) -> Deadline:
        """A share of what is left, for something that must not use up all of it."""
        return Deadline.of(self.clock, max(0.0, self.left * share))


class RateLimiter:
    """The turns of calls of which there may be so many a second; as many as that may go at once after a rest."""

    def __init__(self, rate: float) -> None:
        self._apart = 1.0 / rate
        self._due = 0.0

    def turn(self, now: float) -> float:
        """Seconds until the next call may go out, which is then taken to have gone. `now` may count from anywhere."""
        start = max(now, self._due - 1.0)
        self._due = max(self._due, start) + self._apart
        return start - now


def backoff(attempt: int, chance: float, budget: float) -> float:
    """Seconds to wait after that attempt (1 is the first): up to twice as long each time, and any part of that.

    Chance covers the whole of it ("full jitter"), so that the clients of a service in trouble spread out. A budget of
    few seconds has shorter pauses, so that it is used for trying.
    """
    longest = min(_LONGEST_PAUSE, budget / 8)
    first = min(_FIRST_PAUSE, budget / 16)
    return chance * min(longest, first * 2.0 ** min(attempt - 1, 30))


def retry_after(header: str | None, now: float) -> float | None:
    """Seconds that a `Retry-After` header asks for, in either of its forms; None where it says nothing readable."""
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
