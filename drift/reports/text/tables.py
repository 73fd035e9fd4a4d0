"""The tables of shards as plain text. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.reports.text.page import PAGE
from drift.reports.wording import tables as words
from drift.reports.wording.i18n import plural_more, translate

if TYPE_CHECKING:
    from drift.reports.content.node_check import TablesCompared
    from drift.reports.text.page import Page

MOST_DATABASES: Final = 64
MOST_LINES: Final = 200


def write(compared: TablesCompared, page: Page) -> None:
    """Write how many tables of each database are alike, and those that are not."""
    head = (translate("TABLES"), translate("SHARDS"), translate("TABLES IN EACH"), translate("ALIKE"))
    rows = [
        (PAGE.name(each.database), f"{each.shards:,}", f"{each.tables:,}", f"{each.alike:,}")
        for each in compared.databases[:MOST_DATABASES]
    ]
    page.table(head, rows, right=frozenset({1, 2, 3}))
    lines = words.lines(compared, PAGE)
    for line in lines[:MOST_LINES]:
        page.line(line, indent=2)
    if hidden := len(lines[MOST_LINES:]):
        page.line(translate("… and {more}", more=plural_more(hidden, "line")), indent=2)
