"""A report on two snapshots as CSV: a row for each changed value, and for all else that decides the verdict. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.reports.ci.notice import Level
from drift.reports.ci.notice_rules import NOT_TOLD
from drift.reports.ci.notices import besides_changes
from drift.reports.csv.rows import document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.policy.verdict import JudgedChange
    from drift.reports.ci.notice import Notice
    from drift.reports.content.report import Report
    from drift.reports.rendering import Rendering

HEAD: Final = (
    "instance", "before_snapshot", "after_snapshot", "rule", "severity", "disposition", "fingerprint", "entity",
    "database", "name", "field", "before", "after",
)  # fmt: skip
"""The names of the columns."""


def render(report: Report, _rendering: Rendering) -> str:
    """Render the changes; one that adds or removes a thing has one row, without a field.

    What was not checked, is suspect, was planned and did not happen, or was found besides, follows: without these rows,
    a comparison that could not be made would look like one without changes.
    """
    place = (report.after.instance, report.before.number, report.after.number)
    changes = (cells for judged in report.verdict.changes for cells in _rows(judged))
    others = (_other(notice) for notice in besides_changes(report) if notice.level is not Level.MET)
    return document(HEAD, ((*place, *cells) for cells in (*changes, *others)))


def _other(notice: Notice) -> tuple[object, ...]:
    """Write a notice; only the fingerprint of what is on a data node can be waived."""
    is_unjudged = notice.level is Level.UNJUDGED or notice.rule == NOT_TOLD.id
    disposition = "unjudged" if is_unjudged else "accepted" if notice.level is Level.ACCEPTED else "unexpected"
    mark = notice.fingerprint if notice.part == "data-nodes" else None
    what = (notice.rule, notice.severity.word, disposition, mark, notice.kind)
    return (*what, None, notice.subject, "message", None, notice.message)


def _rows(judged: JudgedChange) -> Iterator[tuple[object, ...]]:
    change = judged.change
    what = (
        change.rule, judged.severity.word, judged.disposition.value, judged.fingerprint, change.entity, change.database,
        change.name,
    )  # fmt: skip
    if not change.edits:
        yield (*what, None, None, None)
    for edit in change.edits:
        yield (*what, ".".join(map(str, edit.path)), edit.before, edit.after)
