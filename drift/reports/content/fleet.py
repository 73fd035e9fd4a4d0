"""Many instances at a glance: a row for each, their common events, and the one exit code. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Final

import msgspec

from drift.policy.invariants import Spread
from drift.policy.verdict import Outcome

if TYPE_CHECKING:
    from drift.reports.content.report import Side

_SEVEREST_FIRST: Final = (1, 70, 4, 3, 2)


class Status(StrEnum):
    """The state of an instance after a run over many."""

    CAPTURED = "captured"
    PARTIAL = "partial"
    SUSPECT = "suspect"
    IN_SYNC = "in-sync"
    EXPECTED = "expected"
    DRIFT = "drift"
    SOUND = "sound"
    BROKEN = "broken"
    NOT_CHECKED = "not checked"
    ERROR = "error"


STATUS_OF: Final = {
    Outcome.IN_SYNC: Status.IN_SYNC,
    Outcome.EXPECTED: Status.EXPECTED,
    Outcome.DRIFT: Status.DRIFT,
    Outcome.INCONCLUSIVE: Status.NOT_CHECKED,
}
"""The state of an instance by the verdict on it."""

LOOKS: Final = {
    Status.CAPTURED: "good",
    Status.PARTIAL: "unsure",
    Status.SUSPECT: "unsure",
    Status.IN_SYNC: "good",
    Status.EXPECTED: "good",
    Status.DRIFT: "bad",
    Status.SOUND: "good",
    Status.BROKEN: "bad",
    Status.NOT_CHECKED: "unsure",
    Status.ERROR: "bad",
}
"""The meaning of a state: good, bad, or unsure."""


class Capture(msgspec.Struct, frozen=True):
    """The snapshot of an instance: when it was taken, and the spread of its shards over its data nodes, if known."""

    taken_at: datetime
    spread: Spread | None = None


def capture_of(side: Side) -> Capture:
    """Sum a snapshot up. The spread of a partial one isn't known."""
    held = Counter(dict.fromkeys(side.nodes, 0))
    held.update(side.balance)
    return Capture(side.taken_at, Spread(None, dict(held)) if side.complete else None)


class Row(msgspec.Struct, frozen=True):
    """One instance in a table of many. `exit_code` is the one that a run for it alone would end with.

    `message` says what was done or went wrong; `changes`, `unexpected` and `gaps` count the results of a comparison,
    `findings` and `failing` those of a check. `capture` is the snapshot that is judged, or the newest where none is.
    """

    instance: str
    status: Status
    message: str = ""
    exit_code: int = 0
    changes: int = 0
    unexpected: int = 0
    gaps: int = 0
    findings: int = 0
    failing: int = 0
    capture: Capture | None = None


def worst(codes: Iterable[int]) -> int:
    """Return the one exit code of many instances. Drift on one of them is never hidden by an error on another."""
    found = set(codes)
    return next((code for code in _SEVEREST_FIRST if code in found), 0)


class Fleet(msgspec.Struct, frozen=True, kw_only=True):
    """A run over many instances, which ended `at` a time. `events` are those of `SharedEvents.rows`.

    `reports` are the instances' own reports, rendered already. They are taken one by one, as far as there is room.
    """

    kind: ClassVar = "fleet"

    name: str
    rows: tuple[Row, ...]
    command: str
    events: tuple[tuple[str, ...], ...] = ()
    reports: Iterable[str] = ()
    at: datetime | None = None
