"""A fleet in words. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from drift.reports.content.fleet import Row, Status
from drift.reports.wording import sentences
from drift.reports.wording.i18n import mark_sentence, plural, translate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HEAD: Final = (mark_sentence("Instance"), mark_sentence("Status"), mark_sentence("Details"))
EVENTS: Final = (
    mark_sentence("Event"),
    mark_sentence("Severity"),
    mark_sentence("Instances"),
    mark_sentence("Names"),
    mark_sentence("About"),
)
SUSPECT: Final = mark_sentence("suspect")
"""The message of a row that compares with a suspect snapshot."""

_STATUSES: Final = {
    Status.CAPTURED: mark_sentence("captured"),
    Status.PARTIAL: mark_sentence("partial"),
    Status.SUSPECT: SUSPECT,
    Status.IN_SYNC: mark_sentence("in-sync"),
    Status.EXPECTED: mark_sentence("expected"),
    Status.DRIFT: mark_sentence("drift"),
    Status.SOUND: mark_sentence("sound"),
    Status.BROKEN: mark_sentence("broken"),
    Status.NOT_CHECKED: mark_sentence("not checked"),
    Status.ERROR: mark_sentence("error"),
}


def total(rows: Sequence[Row]) -> str:
    """Count the instances by state."""
    who = plural(len(rows), "instance")
    return translate("{who}: {what}", who=who, what=sentences.listing(_parts(rows))) if rows else who


def _parts(rows: Sequence[Row]) -> Iterator[str]:
    counts = Counter(row.status for row in rows)
    for each, word in _STATUSES.items():
        if counts[each]:
            yield translate("{count:,} {status}", count=counts[each], status=translate(word))


def summary(row: Row) -> str:
    """Join the message and the figures of a row."""
    message = translate(SUSPECT) if row.message == SUSPECT else row.message
    said = [message] if message else []
    if row.changes:
        said.append(translate("{all:,} changed, {some:,} unexpected", all=row.changes, some=row.unexpected))
    if row.findings:
        said.append(translate("{all}, {some:,} failing", all=plural(row.findings, "finding"), some=row.failing))
    if row.gaps:
        said.append(translate("{count:,} not checked", count=row.gaps))
    return sentences.remarks(said)


def status(row: Row) -> str:
    """Name the state of an instance."""
    return translate(_STATUSES[row.status])
