"""A fleet as JSON: the object for an instance that has no report. Pure."""

from __future__ import annotations

from drift.reports.content.fleet import Row, Status
from drift.reports.json.failure import not_reported


def render_failure(row: Row) -> str:
    """Render the object that stands for the report of an instance that has none, ending in a newline."""
    verdict = "inconclusive" if row.status is Status.NOT_CHECKED else "error"
    return not_reported(verdict, row.instance, row.message, row.exit_code)
