"""Who did what, as plain text. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.reports.text.page import PAGE, Page
from drift.reports.wording import who as words
from drift.reports.wording.escape import sentence

if TYPE_CHECKING:
    from drift.reports.content.attribution import WhoReport
    from drift.reports.rendering import Rendering


def render(who: WhoReport, rendering: Rendering) -> str:
    """Render the attribution for a terminal of that width, ending in a newline."""
    page = Page(rendering.width)
    found = words.told(who.report, PAGE, sentence)
    page.line(found.heading)
    for event, calls in found.events:
        page.line(event, indent=2)
        for text in calls:
            page.line(text, indent=6)
    if found.others:
        page.heading(found.others_heading)
        for text in found.others:
            page.line(text, indent=2)
    for text in found.limits:
        page.line(text)
    return page.text(colour=rendering.colour)
