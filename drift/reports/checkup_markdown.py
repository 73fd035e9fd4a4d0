"""A checkup as Markdown for merge requests: never over the limit, the same bytes for the same checkup. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.language import noun, say
from drift.reports import findings, words
from drift.reports.checkup_text import statement
from drift.reports.fitting import Part, Piece, Rank, bytes_of, fitted
from drift.reports.markdown_ import LIMIT, MOST_ROWS, footer, header, listed, marker_of, not_checked, row
from drift.reports.safe import CELL, MARKDOWN, cell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.policy.invariants import Spread
    from drift.reports.checkup import Checkup
    from drift.reports.findings import Naming


def render(checkup: Checkup) -> str:
    """The checkup as Markdown of at most `LIMIT` characters, ending in a newline."""
    return fitted(list(_parts(checkup)), LIMIT)


def render_within(checkup: Checkup, room: int) -> str:
    """The checkup as Markdown of at most so many bytes, if what it always says fits into them."""
    return fitted(list(_parts(checkup)), room, bytes_of)


def _parts(checkup: Checkup) -> Iterator[Part]:
    naming = findings.Naming(checkup.side)
    yield Part(f"{marker_of(checkup.side, checkup.name)}\n\n**{statement(checkup, MARKDOWN)}**\n\n")
    if checkup.checked.findings:
        yield listed(say("Findings"), checkup.checked.findings, naming)
    if checkup.checked.not_checked:
        yield not_checked(checkup.checked.not_checked)
    if any(spread.total for spread in checkup.balance):
        yield _balance(checkup.balance, naming)
    yield footer(checkup.command)


def _balance(balance: tuple[Spread, ...], naming: Naming) -> Part:
    return Part(
        f"### {say('Balance')}\n\n" + header([say("Database"), say("On")], [say("Shards"), say("Skew")]),
        tuple(Piece(_spread(spread, naming), Rank.TABLE, 1) for spread in balance[:MOST_ROWS]),
        unsaid=len(balance[MOST_ROWS:]),
        noun=noun("database"),
        tail="\n",
    )


def _spread(spread: Spread, naming: Naming) -> str:
    held = findings.fullest_first(spread, naming)
    places = [f"{words.short_node(each.node, CELL)} {each.shards:,}" for each in held[: words.MOST_NODES]]
    hidden = len(held) - len(places)
    others = [say("and {hidden:,} more", hidden=hidden)] if hidden else []
    name = f"**{say('all')}**" if spread.database is None else cell(spread.database)
    return row(name, words.listing([*places, *others]), f"{spread.total:,}", findings.ratio(spread.skew))
