"""A failure as a JSON document, in the place of a report that could not be made. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.core.errors import JudgementError
from drift.core.version import __version__
from drift.reports.json.parts import FORMAT
from drift.reports.wording.escape import json_document

if TYPE_CHECKING:
    from drift.reports.content.failure import Failure
    from drift.reports.rendering import Rendering


def render(failure: Failure, _rendering: Rendering) -> str:
    """Render the failure as a JSON document, ending in a newline."""
    verdict = "inconclusive" if failure.exit_code == JudgementError.exit_code else "error"
    return not_reported(verdict, failure.instance, failure.message, failure.exit_code)


def not_reported(verdict: str, instance: str | None, message: str, exit_code: int) -> str:
    """Write the object that stands for the report of an instance that has none, ending in a newline."""
    return json_document(
        {
            "format": FORMAT,
            "tool": {"name": "ddm-drift", "version": __version__},
            "verdict": verdict,
            "instance": instance,
            "error": {"message": message, "exit_code": exit_code},
        }
    )
