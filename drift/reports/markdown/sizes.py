"""The sizes of shards as Markdown. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.reports.content.rank import Rank
from drift.reports.markdown.parts import MOST_ROWS, header, row
from drift.reports.markdown.size_limit import Part, Piece
from drift.reports.wording import sizes as words
from drift.reports.wording.escape import CELL, MARKDOWN
from drift.reports.wording.i18n import mark_noun, translate

if TYPE_CHECKING:
    from drift.reports.content.node_check import Measured


def part(measured: Measured) -> Part:
    """Write the size of each database, its spread and growth, and the largest shards and tables."""
    head = header(
        [translate("Database")], [translate("Estimated"), translate("Rows"), translate("Skew"), translate("Growth")]
    )
    rows = [Piece(row(*cells), Rank.TABLE, 1) for cells in words.rows(measured, CELL)]
    return Part(
        f"### {translate('Size')}\n\n{head}",
        tuple(rows[:MOST_ROWS]),
        unsaid=len(rows[MOST_ROWS:]),
        noun=mark_noun("database"),
        tail="\n" + "".join(f"- {note}\n" for note in words.notes(measured, MARKDOWN)) + "\n",
    )
