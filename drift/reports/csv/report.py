"""A report on two snapshots as CSV: a row for each changed value. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.reports.csv.rows import document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.policy.verdict import JudgedChange
    from drift.reports.content.report import Report
    from drift.reports.rendering import Rendering

_HEAD: Final = (
    "instance", "before_snapshot", "after_snapshot", "rule", "severity", "disposition", "fingerprint", "entity",
    "database", "name", "field", "before", "after",
)  # fmt: skip


def render(report: Report, _rendering: Rendering) -> str:
    """Render the changes; one that adds or removes a thing has one row, without a field."""
    place = (report.after.instance, report.before.number, report.after.number)
    rows = ((*place, *cells) for judged in report.verdict.changes for cells in _rows(judged))
    return document(_HEAD, rows)


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
