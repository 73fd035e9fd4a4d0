"""A check as Markdown for merge requests, never over the limit, the same bytes for the same check. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.reports.content.nodes import NodeNames
from drift.reports.content.rank import Rank
from drift.reports.markdown import sizes, verification
from drift.reports.markdown.parts import MOST_ROWS, findings_list, footer, header, marker_of, not_checked, row
from drift.reports.markdown.size_limit import Part, Piece, within
from drift.reports.wording import findings, node_names, qualities, sentences, verdicts
from drift.reports.wording.escape import CELL, MARKDOWN, cell
from drift.reports.wording.i18n import mark_noun, translate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.policy.invariants import Spread
    from drift.reports.content.check import CheckReport
    from drift.reports.rendering import Rendering


def render(check: CheckReport, rendering: Rendering) -> str:
    """Render the check as Markdown of at most `LIMIT` characters, or the bytes that there is room for."""
    return within(list(_parts(check)), rendering.room)


def _parts(check: CheckReport) -> Iterator[Part]:
    naming = NodeNames.of(check.side)
    yield Part(f"{marker_of(check.side, check.name)}\n\n**{verdicts.check_verdict(check, MARKDOWN)}**\n\n")
    doubts = qualities.of_sides((check.side,), MARKDOWN) + qualities.unconfirmed((check.side,), MARKDOWN)
    if doubts:
        yield Part("".join(f"- {text}\n" for text in doubts) + "\n")
    if check.checked.findings:
        yield findings_list(translate("Findings"), check.checked.findings, naming)
    if check.checked.not_checked:
        yield not_checked(check.checked.not_checked)
    if check.node_check is not None:
        yield from verification.parts(check.node_check, naming)
    if any(spread.total for spread in check.balance):
        yield _balance(check.balance, naming)
    if check.sizes is not None:
        yield sizes.part(check.sizes)
    yield footer(check.command)


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
    name = f"**{translate('all')}**" if spread.database is None else cell(spread.database)
    listed = sentences.listing(places, len(held) - len(places))
    return row(name, listed, f"{spread.total:,}", findings.ratio(spread.skew))
