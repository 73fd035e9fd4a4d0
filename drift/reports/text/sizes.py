"""The sizes of shards as plain text. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.reports.text.page import PAGE
from drift.reports.wording import sizes as words
from drift.reports.wording.i18n import plural_more, translate

if TYPE_CHECKING:
    from drift.reports.content.node_check import Measured
    from drift.reports.text.page import Page

MOST_ROWS: Final = 65


def write(measured: Measured, page: Page) -> None:
    """Write the size of each database, its spread and growth, and the largest shards and tables."""
    head = (translate("SIZE"), translate("ESTIMATED"), translate("ROWS"), translate("SKEW"), translate("GROWTH"))
    rows = words.rows(measured, PAGE)
    page.table(head, rows[:MOST_ROWS], right=frozenset({1, 2, 3, 4}))
    if hidden := len(rows[MOST_ROWS:]):
        page.line(translate("… and {more}", more=plural_more(hidden, "database")))
    for note in words.notes(measured, PAGE):
        page.line(note, indent=2)
