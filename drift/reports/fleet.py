"""Many instances at a glance: a row for each, a row for what happened on several, and the one exit code. Pure."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec

from drift.reports.safe import sentence, text_name
from drift.reports.table import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_SEVEREST_FIRST: Final = (1, 70, 4, 3, 2)


class Status(StrEnum):
    """How an instance stands."""

    CAPTURED = "captured"
    PARTIAL = "partial"
    IN_SYNC = "in-sync"
    EXPECTED = "expected"
    DRIFT = "drift"
    NOT_CHECKED = "not checked"
    ERROR = "error"


class Row(msgspec.Struct, frozen=True):
    """One instance, what there is to say of it, and what a run for it alone would end with."""

    instance: str
    status: Status
    what: str = ""
    exit_code: int = 0


def worst(codes: Iterable[int]) -> int:
    """The one exit code of many instances: drift on one of them is never hidden by trouble with another."""
    found = set(codes)
    return next((code for code in _SEVEREST_FIRST if code in found), 0)


def lines(rows: Sequence[Row]) -> list[str]:
    """The table for eyes, and the sum of it."""
    cells = ((text_name(row.instance), row.status.value, sentence(row.what)) for row in rows)
    return [*table(("INSTANCE", "STATUS", "WHAT"), cells), "", total(rows)]


def total(rows: Sequence[Row]) -> str:
    """How many instances stand how."""
    return f"{_counted(len(rows))}: {', '.join(_parts(rows))}"


def _parts(rows: Sequence[Row]) -> Iterator[str]:
    counts = Counter(row.status for row in rows)
    yield from (f"{counts[status]:,} {status.value}" for status in Status if counts[status])


def _counted(count: int) -> str:
    return f"{count:,} instance{'' if count == 1 else 's'}"
