"""The notices that a file has room for: the worst of them, in the report's order. Pure."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate, takewhile
from typing import TYPE_CHECKING, Final, NamedTuple

from drift.compare.diff import digest
from drift.reports.ci.notice import Level, Notice
from drift.reports.wording.i18n import mark_noun, plural_more, translate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from drift.reports.ci.notice import Notices

NOT_SHOWN: Final = "not-shown"
_ORDER: Final = (Level.UNJUDGED, Level.FAILS, Level.MINOR, Level.ACCEPTED, Level.MET)
_RESULT: Final = mark_noun("result")


class Room(NamedTuple):
    """The most notices that a file has, and the most bytes that they take.

    GitLab takes a report of less than 30 MB, and parses no XML document with more than 250,000 objects; a test case has
    up to 8. Source: "Unit test reports", GitLab Docs.
    """

    notices: int = 20_000
    bytes: int = 28_000_000


ROOM: Final = Room()


def worst_first(notices: Iterable[Notice]) -> list[Notice]:
    """Sort notices by their meaning for the gate, then by their severity, then as the report has them."""
    return sorted(notices, key=lambda notice: (_ORDER.index(notice.level), -notice.severity))


def fitted(notices: Notices, room: Room, size: Callable[[Notice], int]) -> list[Notice]:
    """Choose the worst notices that a file has room for, and add one for what it has no room for, in each part.

    `size` measures a notice in bytes.
    """
    ordered = worst_first(notices.items)
    ends = accumulate(map(size, ordered[: room.notices]))
    count = sum(1 for _ in takewhile(room.bytes.__ge__, ends))
    if count == len(ordered):
        return list(notices.items)
    left = Counter(ordered[:count])
    shown = [notice for notice in notices.items if _taken(left, notice)]
    hidden = ordered[count:]
    parts = ([notice for notice in hidden if notice.part == part] for part in notices.parts)
    return shown + [_summary(notices, found) for found in parts if found]


def _taken(left: Counter[Notice], notice: Notice) -> bool:
    left[notice] -= 1
    return left[notice] >= 0


def _summary(notices: Notices, hidden: Sequence[Notice]) -> Notice:
    """Make the notice of hidden ones, which means to the gate what the worst of them does."""
    worst = hidden[0]
    more = translate("{more} not shown", more=plural_more(len(hidden), _RESULT))
    way = translate("`{command} --format json` shows all results", command=notices.command)
    return Notice(
        part=worst.part,
        rule=NOT_SHOWN,
        severity=worst.severity,
        level=worst.level,
        kind="instance",
        subject=more,
        message=translate("{who}: {what}", who=more, what=way),
        fingerprint=digest([NOT_SHOWN, notices.instance, worst.part]),
        reason=way,
    )
