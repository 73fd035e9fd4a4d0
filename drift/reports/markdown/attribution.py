"""Who did what, as Markdown. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.reports.content.rank import Rank
from drift.reports.markdown.parts import footer, marker_of
from drift.reports.markdown.size_limit import Part, Piece, within
from drift.reports.wording import who as words
from drift.reports.wording.escape import MARKDOWN, code_sentence
from drift.reports.wording.i18n import mark_noun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.reports.content.attribution import WhoReport
    from drift.reports.rendering import Rendering


def render(who: WhoReport, rendering: Rendering) -> str:
    """Render the attribution as Markdown of at most `LIMIT` characters, or the bytes that there is room for."""
    report = who.report
    return within([*_parts(who), footer(report.command)], rendering.room)


def _parts(who: WhoReport) -> Iterator[Part]:
    found = words.told(who.report, MARKDOWN, code_sentence)
    yield Part(f"{marker_of(who.report.after, 'who')}\n\n**{found.heading}**\n\n")
    pieces = [
        Piece(f"- {event}\n" + "".join(f"  - {text}\n" for text in calls), Rank.TABLE, 1)
        for event, calls in found.events
    ]
    yield Part("", tuple(pieces), noun=mark_noun("event"), tail="\n")
    if found.others:
        lines = tuple(Piece(f"- {text}\n", Rank.TABLE, 1) for text in found.others)
        yield Part(f"### {found.others_heading}\n\n", lines, noun=mark_noun("call"), tail="\n")
    if found.limits:
        yield Part("".join(f"- {text}\n" for text in found.limits) + "\n")
