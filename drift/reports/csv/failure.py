"""A failure as CSV: the one row of a report that could not be made. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.reports.ci.notice_rules import NOT_JUDGED
from drift.reports.csv.report import HEAD
from drift.reports.csv.rows import document

if TYPE_CHECKING:
    from drift.reports.content.failure import Failure
    from drift.reports.rendering import Rendering


def render(failure: Failure, _rendering: Rendering) -> str:
    """Render the failure as a row of a report."""
    row = {
        "instance": failure.instance,
        "rule": NOT_JUDGED.id,
        "severity": NOT_JUDGED.severity.word,
        "disposition": "unjudged",
        "entity": "instance",
        "field": "message",
        "after": failure.message,
    }
    return document(HEAD, [[row.get(name) for name in HEAD]])
