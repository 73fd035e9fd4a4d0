"""A history as a table of text, at any width. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.reports.text.page import PAGE
from drift.reports.text.style import filled, painted, shown
from drift.reports.text.table import table
from drift.reports.wording.history import HEAD, cells, left_out, older_periods, title
from drift.reports.wording.i18n import translate
from drift.reports.wording.sizes import known

if TYPE_CHECKING:
    from drift.reports.content.history import History
    from drift.reports.rendering import Rendering


def render(history: History, rendering: Rendering) -> str:
    """Render the history as text, ending in a newline."""
    width = rendering.width
    heading = painted(title(history.traced, PAGE), "heading")
    lines = [*filled([heading], width), ""]
    lines += [f"… {older_periods(history)}"] if history.older else []
    parts = [cells(step, history, PAGE) for step in history.steps]
    lines += table([translate(name).upper() for name in HEAD], parts, width=width)
    if grown := known(history.sizes):
        notes = [translate("Size, as drift verify --size estimated it:"), *(f"  {text}" for text in grown)]
        lines += ["", *filled(notes, width)]
    if doubts := left_out(history, PAGE):
        notes = [painted(translate("Not believed, so left out:"), "unsure"), *(f"  {text}" for text in doubts)]
        lines += ["", *filled(notes, width)]
    return shown(lines, colour=rendering.colour)
