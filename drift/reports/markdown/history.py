"""A history as a table of Markdown. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.reports.markdown.parts import header, row
from drift.reports.wording.escape import CELL, MARKDOWN
from drift.reports.wording.history import HEAD, cells, left_out, older_periods, title
from drift.reports.wording.i18n import translate
from drift.reports.wording.sizes import known

if TYPE_CHECKING:
    from drift.reports.content.history import History
    from drift.reports.rendering import Rendering


def render(history: History, _rendering: Rendering) -> str:
    """Render the history as Markdown, ending in a newline. It has no size limit."""
    older = f"{translate('{periods} not shown', periods=older_periods(history))}\n\n" if history.older else ""
    rows = "".join(row(*cells(step, history, CELL)) for step in history.steps)
    doubts = "".join(f"- {text}\n" for text in left_out(history, MARKDOWN))
    doubts = doubts and f"\n{translate('Not believed, so left out:')}\n\n{doubts}"
    grown = "".join(f"- {text}\n" for text in known(history.sizes))
    grown = grown and f"\n{translate('Size, as drift verify --size estimated it:')}\n\n{grown}"
    return (
        f"**{title(history.traced, MARKDOWN)}**\n\n{older}{header(list(map(translate, HEAD)), [])}{rows}{grown}{doubts}"
    )
