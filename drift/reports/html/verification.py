"""A verification as one HTML file that needs nothing else; the same bytes for the same verification. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.reports.content.nodes import NodeNames
from drift.reports.html.report import fitted
from drift.reports.wording import verification as words
from drift.reports.wording.escape import HTML, TEXT

if TYPE_CHECKING:
    from drift.reports.content.verification import VerifyReport
    from drift.reports.rendering import Rendering


def render(report: VerifyReport, _rendering: Rendering) -> str:
    """Render the verification as an HTML document, ending in a newline."""
    contents = {
        "report": report,
        "naming": NodeNames.of(report.side),
        "heading": words.verdict(report, HTML),
        "title_text": words.verdict(report, TEXT),
    }
    return fitted("verification.html", (), (), contents)
