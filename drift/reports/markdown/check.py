"""A checkup as Markdown for merge requests: never over the limit, the same bytes for the same checkup. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.reports.content.nodes import NodeNames
from drift.reports.content.rank import Rank
from drift.reports.markdown.parts import MOST_ROWS, findings_list, footer, header, marker_of, not_checked, row
from drift.reports.markdown.size_limit import Part, Piece, within
from drift.reports.wording import findings, node_names, sentences, verdicts
from drift.reports.wording.escape import CELL, MARKDOWN, cell
from drift.reports.wording.i18n import mark_noun, translate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.policy.invariants import Spread
    from drift.reports.content.check import CheckReport
    from drift.reports.rendering import Rendering


def render(checkup: CheckReport, rendering: Rendering) -> str:
    """Render the checkup as Markdown of at most `LIMIT` characters, or the bytes that there is room for."""
    return within(list(_parts(checkup)), rendering.room)


def _parts(checkup: CheckReport) -> Iterator[Part]:
    naming = NodeNames.of(checkup.side)
    yield Part(f"{marker_of(checkup.side, checkup.name)}\n\n**{verdicts.check_verdict(checkup, MARKDOWN)}**\n\n")
    if checkup.checked.findings:
        yield findings_list(translate("Findings"), checkup.checked.findings, naming)
    if checkup.checked.not_checked:
        yield not_checked(checkup.checked.not_checked)
    if any(spread.total for spread in checkup.balance):
        yield _balance(checkup.balance, naming)
    yield footer(checkup.command)


def _balance(balance: tuple[Spread, ...], naming: NodeNames) -> Part:
    return Part(
        f"### {translate('Balance')}\n\n"
        + header([translate("Database"), translate("On")], [translate("Shards"), translate("Skew")]),
        tuple(Piece(_spread(spread, naming), Rank.TABLE, 1) for spread in balance[:MOST_ROWS]),
        unsaid=len(balance[MOST_ROWS:]),
        noun=mark_noun("database"),
        tail="\n",
    )


def _spread(spread: Spread, naming: NodeNames) -> str:
    held = findings.fullest_first(spread, naming)
    places = [f"{node_names.short_node(each.node, CELL)} {each.shards:,}" for each in held[: node_names.MOST_NODES]]
    hidden = len(held) - len(places)
    others = [translate("and {hidden:,} more", hidden=hidden)] if hidden else []
    name = f"**{translate('all')}**" if spread.database is None else cell(spread.database)
    return row(name, sentences.listing([*places, *others]), f"{spread.total:,}", findings.ratio(spread.skew))
