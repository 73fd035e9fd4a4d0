"""A fleet as Markdown for a merge request. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.reports.content.rank import Rank
from drift.reports.markdown.parts import footer, header, row
from drift.reports.markdown.size_limit import LIMIT, Part, Piece, fitted
from drift.reports.wording.escape import cell, comment_word
from drift.reports.wording.fleet import EVENTS, HEAD, status, summary, total
from drift.reports.wording.i18n import mark_noun, translate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drift.reports.content.fleet import Fleet, Row
    from drift.reports.rendering import Rendering


def render(fleet: Fleet, _rendering: Rendering) -> str:
    """Render the fleet, and as many of the instances' own reports as fit into a comment; ends in a newline."""
    marker = f"<!-- drift-report:fleet:{comment_word(fleet.name)} -->"
    parts = [Part(f"{marker}\n**{total(fleet.rows)}**\n\n")]
    if fleet.events:
        events = (Piece(row(*map(cell, event)), Rank.WARNING, 1) for event in fleet.events)
        parts.append(Part(header(list(map(translate, EVENTS)), []), tuple(events), noun=mark_noun("event"), tail="\n"))
    rows = tuple(map(_piece, fleet.rows))
    parts.append(Part(header(list(map(translate, HEAD)), []), rows, noun=mark_noun("instance"), tail="\n"))
    return fitted([*parts, _reports(fleet.reports), footer(fleet.command)], LIMIT)


def _piece(found: Row) -> Piece:
    rank = Rank.EXPECTED if found.exit_code == 0 else Rank.ERROR
    said = summary(found)
    return Piece(row(cell(found.instance), status(found), cell(said) if said else ""), rank, 1)


def _reports(reports: Iterable[str]) -> Part:
    """Take the reports that may fit. The others are never in memory together."""
    pieces, unsaid, room = [], 0, LIMIT
    for report in reports:
        room -= len(report)
        if room > 0:
            pieces.append(Piece(f"{report}\n", Rank.CHILDREN, 1))
        else:
            unsaid += 1
    return Part("", tuple(pieces), unsaid, mark_noun("report"))
