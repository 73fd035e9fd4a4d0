"""When to try again. Pure: clocks, sleep and chance come in as functions."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Final

import msgspec

ATTEMPTS: Final = 5

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 8.0


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How a client lives in time.

    `clock` counts seconds from anywhere and never goes back; `now` is seconds since the epoch; `random` is in [0, 1).
    """

    clock: Callable[[], float]
    now: Callable[[], float]
    sleep: Callable[[float], None]
    random: Callable[[], float]


def backoff(attempt: int, chance: float) -> float:
    """Seconds to wait after that attempt (1 is the first): doubling, with jitter so that clients spread out."""
    longest: float = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (attempt - 1))
    return longest * (0.5 + chance / 2)


def retry_after(header: str | None, now: float) -> float | None:
    """Seconds that a `Retry-After` header asks for, in either of its forms; None where it says nothing readable."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, OverflowError):
        return None
