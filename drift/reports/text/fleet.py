"""A fleet as plain text. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.reports.content.fleet import LOOKS
from drift.reports.text.page import PAGE
from drift.reports.text.style import filled, painted, shown
from drift.reports.text.table import table
from drift.reports.wording.escape import sentence
from drift.reports.wording.fleet import EVENTS, HEAD, status, summary, total
from drift.reports.wording.i18n import translate

if TYPE_CHECKING:
    from drift.reports.content.fleet import Fleet, Row
    from drift.reports.rendering import Rendering


def render(fleet: Fleet, rendering: Rendering) -> str:
    """Render the fleet as tables for a terminal, ending in a newline."""
    width = rendering.width
    lines = []
    if fleet.events:
        head = [translate(name).upper() for name in EVENTS]
        lines = [*table(head, fleet.events, right=frozenset({2}), width=width), ""]
    rows = [(PAGE.name(row.instance), painted(status(row), LOOKS[row.status]), _summary(row)) for row in fleet.rows]
    lines += [*table([translate(name).upper() for name in HEAD], rows, width=width), ""]
    return shown([*lines, *filled([total(fleet.rows)], width)], colour=rendering.colour)


def _summary(row: Row) -> str:
    return sentence(summary(row))
