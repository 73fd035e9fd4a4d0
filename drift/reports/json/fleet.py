"""A fleet as JSON: the object for an instance that has no report. Pure."""

from __future__ import annotations

from drift.core.version import __version__
from drift.reports.content.fleet import Row, Status
from drift.reports.json.parts import FORMAT
from drift.reports.wording.escape import json_document


def render_failure(row: Row) -> str:
    """Render the object that stands for the report of an instance that has none, ending in a newline."""
    document = {
        "format": FORMAT,
        "tool": {"name": "ddm-drift", "version": __version__},
        "verdict": "inconclusive" if row.status is Status.NOT_CHECKED else "error",
        "instance": row.instance,
        "error": {"message": row.message, "exit_code": row.exit_code},
    }
    return json_document(document)
