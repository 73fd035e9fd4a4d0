"""Many instances at a glance: a row for each, a row for what happened on several, and the one exit code. Pure."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec

from drift.core.version import __version__
from drift.reports.json.report import FORMAT
from drift.reports.markdown.report import footer, header, row
from drift.reports.markdown.size_limit import LIMIT, Part, Piece, Rank, fitted
from drift.reports.text.page import PAGE
from drift.reports.text.style import painted, shown, wrapped
from drift.reports.text.table import table
from drift.reports.wording import sentences
from drift.reports.wording.escape import cell, comment_word, json_document, sentence
from drift.reports.wording.i18n import mark_noun, mark_sentence, plural, translate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_HEAD: Final = (mark_sentence("Instance"), mark_sentence("Status"), mark_sentence("What"))
_EVENTS: Final = (
    mark_sentence("What happened"),
    mark_sentence("Severity"),
    mark_sentence("Instances"),
    mark_sentence("Which"),
    mark_sentence("About"),
)
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


_STYLES: Final = {
    Status.CAPTURED: "good",
    Status.PARTIAL: "unsure",
    Status.IN_SYNC: "good",
    Status.EXPECTED: "good",
    Status.DRIFT: "bad",
    Status.NOT_CHECKED: "unsure",
    Status.ERROR: "bad",
}


_STATUSES: Final = {
    Status.CAPTURED: mark_sentence("captured"),
    Status.PARTIAL: mark_sentence("partial"),
    Status.IN_SYNC: mark_sentence("in-sync"),
    Status.EXPECTED: mark_sentence("expected"),
    Status.DRIFT: mark_sentence("drift"),
    Status.NOT_CHECKED: mark_sentence("not checked"),
    Status.ERROR: mark_sentence("error"),
}


class Row(msgspec.Struct, frozen=True):
    """One instance, what there is to say of it, and what a run for it alone would end with.

    `message` is what was done or went wrong, `changes` and the like count what a comparison found.
    """

    instance: str
    status: Status
    message: str = ""
    exit_code: int = 0
    changes: int = 0
    unexpected: int = 0
    gaps: int = 0

    @property
    def what(self) -> str:
        """The message and the figures in words."""
        told = [self.message] if self.message else []
        if self.changes:
            told.append(translate("{all:,} changed, {some:,} unexpected", all=self.changes, some=self.unexpected))
        if self.gaps:
            told.append(translate("{count:,} not checked", count=self.gaps))
        return sentences.sayings(told)


def worst(codes: Iterable[int]) -> int:
    """The one exit code of many instances: drift on one of them is never hidden by trouble with another."""
    found = set(codes)
    return next((code for code in _SEVEREST_FIRST if code in found), 0)


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """What a comparison of many instances comes to. `events` are as `Gathering.rows` has them."""

    name: str
    rows: tuple[Row, ...]
    events: tuple[tuple[str, ...], ...]
    command: str


def text(overview: Overview, *, colour: bool = False, width: int | None = None) -> str:
    """The overview for eyes, ending in a newline; without a width, lines are as long as they need to be."""
    head = [translate(name).upper() for name in _EVENTS]
    events = table(head, overview.events, right=frozenset({2}), width=width) if overview.events else []
    return (f"{shown(events, colour=colour)}\n" if events else "") + listed(overview.rows, colour=colour, width=width)


def markdown(overview: Overview, reports: Iterable[str]) -> str:
    """The overview, and as many of the instances' own reports as fit into a comment; ends in a newline."""
    marker = f"<!-- drift-report:fleet:{comment_word(overview.name)} -->"
    parts = [Part(f"{marker}\n**{total(overview.rows)}**\n\n")]
    if overview.events:
        events = (Piece(row(*map(cell, event)), Rank.WARNING, 1) for event in overview.events)
        parts.append(Part(header(list(map(translate, _EVENTS)), []), tuple(events), noun=mark_noun("event"), tail="\n"))
    rows = tuple(map(_piece, overview.rows))
    parts.append(Part(header(list(map(translate, _HEAD)), []), rows, noun=mark_noun("instance"), tail="\n"))
    return fitted([*parts, _reports(reports), footer(overview.command)], LIMIT)


def _piece(found: Row) -> Piece:
    rank = Rank.EXPECTED if found.exit_code == 0 else Rank.ERROR
    what = cell(found.what) if found.what else ""
    return Piece(row(cell(found.instance), _status(found), what), rank, 1)


def _reports(reports: Iterable[str]) -> Part:
    """The reports that may fit; the others are never in memory together."""
    pieces, unsaid, room = [], 0, LIMIT
    for report in reports:
        room -= len(report)
        if room > 0:
            pieces.append(Piece(f"{report}\n", Rank.CHILDREN, 1))
        else:
            unsaid += 1
    return Part("", tuple(pieces), unsaid, mark_noun("report"))


def failure(row: Row) -> str:
    """What stands for the report of an instance that has none, as a JSON object, ending in a newline."""
    document = {
        "format": FORMAT,
        "tool": {"name": "ddm-drift", "version": __version__},
        "verdict": "inconclusive" if row.status is Status.NOT_CHECKED else "error",
        "instance": row.instance,
        "error": {"message": row.message, "exit_code": row.exit_code},
    }
    return json_document(document)


def listed(rows: Sequence[Row], *, colour: bool = False, width: int | None = None) -> str:
    """The table for eyes and the sum of it, ending in a newline."""
    cells = [(PAGE.name(row.instance), painted(_status(row), _STYLES[row.status]), sentence(row.what)) for row in rows]
    sum_ = total(rows)
    lines = [*table([translate(name).upper() for name in _HEAD], cells, width=width), ""]
    return shown([*lines, *(wrapped(sum_, width, width) if width else [sum_])], colour=colour)


def total(rows: Sequence[Row]) -> str:
    """How many instances stand how."""
    return translate("{who}: {what}", who=plural(len(rows), "instance"), what=sentences.listing(_parts(rows)))


def _parts(rows: Sequence[Row]) -> Iterator[str]:
    counts = Counter(row.status for row in rows)
    for status, word in _STATUSES.items():
        if counts[status]:
            yield translate("{count:,} {status}", count=counts[status], status=translate(word))


def _status(row: Row) -> str:
    return translate(_STATUSES[row.status])
