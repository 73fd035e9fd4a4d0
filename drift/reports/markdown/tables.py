"""The tables of shards as Markdown. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.reports.content.rank import Rank
from drift.reports.markdown.parts import MOST_ROWS, header, row
from drift.reports.markdown.size_limit import Part, Piece
from drift.reports.wording import tables as words
from drift.reports.wording.escape import CELL, MARKDOWN
from drift.reports.wording.i18n import mark_noun, translate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.reports.content.node_check import TablesCompared


def parts(compared: TablesCompared) -> Iterator[Part]:
    """Write how many tables of each database are alike, and those that are not."""
    head = header([translate("Database")], [translate("Shards"), translate("Tables in each"), translate("Alike")])
    rows = tuple(
        Piece(row(CELL.name(each.database), f"{each.shards:,}", f"{each.tables:,}", f"{each.alike:,}"), Rank.TABLE, 1)
        for each in compared.databases
    )
    yield Part(
        f"### {translate('Tables')}\n\n{head}",
        rows[:MOST_ROWS],
        unsaid=len(rows[MOST_ROWS:]),
        noun=mark_noun("database"),
        tail="\n",
    )
    if lines := words.lines(compared, MARKDOWN):
        yield Part(
            "",
            tuple(Piece(f"- {line}\n", Rank.TABLE, 1) for line in lines[:MOST_ROWS]),
            unsaid=len(lines[MOST_ROWS:]),
            noun=mark_noun("line"),
            tail="\n",
        )
