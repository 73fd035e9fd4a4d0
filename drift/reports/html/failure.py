"""A failure as one HTML file, in the place of a report that could not be made. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.reports.html.report import fitted
from drift.reports.wording.escape import marked_sentence, sentence
from drift.reports.wording.i18n import translate

if TYPE_CHECKING:
    from drift.reports.content.failure import Failure
    from drift.reports.rendering import Rendering


def render(failure: Failure, _rendering: Rendering) -> str:
    """Render the failure as an HTML document, ending in a newline."""
    contents = {
        "failure": failure,
        "heading": translate("Not judged: {why}", why=marked_sentence(failure.message)),
        "title_text": translate("Not judged: {why}", why=sentence(failure.message)),
        "hint": marked_sentence(failure.hint) if failure.hint else "",
    }
    return fitted("failure.html", (), (), contents)
