"""Many instances at a glance: a row for each, their common events, and the one exit code. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import ClassVar, Final

import msgspec

_SEVEREST_FIRST: Final = (1, 70, 4, 3, 2)


class Status(StrEnum):
    """The state of an instance after a run over many."""

    CAPTURED = "captured"
    PARTIAL = "partial"
    SUSPECT = "suspect"
    IN_SYNC = "in-sync"
    EXPECTED = "expected"
    DRIFT = "drift"
    NOT_CHECKED = "not checked"
    ERROR = "error"


class Row(msgspec.Struct, frozen=True):
    """One instance in a table of many. `exit_code` is the one that a run for it alone would end with.

    `message` says what was done or went wrong; `changes`, `unexpected` and `gaps` count the results of a comparison.
    """

    instance: str
    status: Status
    message: str = ""
    exit_code: int = 0
    changes: int = 0
    unexpected: int = 0
    gaps: int = 0


def worst(codes: Iterable[int]) -> int:
    """Return the one exit code of many instances. Drift on one of them is never hidden by an error on another."""
    found = set(codes)
    return next((code for code in _SEVEREST_FIRST if code in found), 0)


class Fleet(msgspec.Struct, frozen=True, kw_only=True):
    """A run over many instances. `events` are those of `SharedEvents.rows`.

    `reports` are the instances' own reports, rendered already. They are taken one by one, as far as there is room.
    """

    kind: ClassVar = "fleet"

    name: str
    rows: tuple[Row, ...]
    command: str
    events: tuple[tuple[str, ...], ...] = ()
    reports: Iterable[str] = ()
