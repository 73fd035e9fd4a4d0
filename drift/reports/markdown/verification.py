"""A verification as Markdown for merge requests, never over the limit, the same bytes for the same one. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.reports.content.nodes import NodeNames
from drift.reports.content.rank import Rank
from drift.reports.markdown import sizes, tables
from drift.reports.markdown.parts import (
    MOST_ROWS,
    MOST_RUNS,
    findings_list,
    footer,
    header,
    marker_of,
    not_checked,
    row,
)
from drift.reports.markdown.size_limit import Part, Piece, within
from drift.reports.wording import node_names, qualities, sentences
from drift.reports.wording import verification as words
from drift.reports.wording.escape import CELL, MARKDOWN, code
from drift.reports.wording.i18n import mark_noun, translate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.core.finding import Finding
    from drift.policy.verification import JudgedGap
    from drift.reports.content.node_check import NodeCheck, NodeLine
    from drift.reports.content.verification import VerifyReport
    from drift.reports.rendering import Rendering


def render(report: VerifyReport, rendering: Rendering) -> str:
    """Render the verification as Markdown of at most `LIMIT` characters, or the bytes that there is room for."""
    return within(list(_parts(report)), rendering.room)


def _parts(report: VerifyReport) -> Iterator[Part]:
    yield Part(f"{marker_of(report.side, report.name)}\n\n**{words.verdict(report, MARKDOWN)}**\n\n")
    if doubts := qualities.of_sides((report.side,), MARKDOWN) + qualities.unconfirmed((report.side,), MARKDOWN):
        yield Part("".join(f"- {text}\n" for text in doubts) + "\n")
    yield from parts(report.check, NodeNames.of(report.side))
    yield footer(report.command)


def parts(check: NodeCheck, naming: NodeNames) -> Iterator[Part]:
    """Write what was found, what is in flight, what was not checked, and the data nodes."""
    found = check.verification
    yield Part(f"{words.held_against(check)}\n\n")
    if found.findings:
        yield findings_list(translate("Findings on data nodes"), found.findings, naming)
    if found.moving:
        yield _moving(found.moving, naming)
    if found.gaps:
        yield not_checked(found.gaps)
    if found.not_checked:
        yield _unchecked(found.not_checked, naming)
    if check.tables is not None:
        yield from tables.parts(check.tables)
    if check.sizes is not None:
        yield sizes.part(check.sizes)
    yield _nodes(check.nodes, naming)


def _moving(moving: tuple[Finding, ...], naming: NodeNames) -> Part:
    return Part(
        f"### {translate('In flight, so not judged')}\n\n",
        tuple(Piece(f"- {words.moving(each, naming, MARKDOWN)}\n", Rank.TABLE, 1) for each in moving[:MOST_ROWS]),
        unsaid=len(moving[MOST_ROWS:]),
        noun=mark_noun("part"),
        tail="\n",
    )


def _unchecked(gaps: tuple[JudgedGap, ...], naming: NodeNames) -> Part:
    return Part(
        f"### {sentences.followed(translate('Not checked on data nodes'), f'{len(gaps):,}')}\n\n",
        tuple(Piece(_gap(each, naming), Rank.TABLE, 1) for each in gaps[:MOST_ROWS]),
        unsaid=len(gaps[MOST_ROWS:]),
        noun=mark_noun("part"),
        tail="\n",
    )


def _gap(gap: JudgedGap, naming: NodeNames) -> str:
    text = sentences.followed(words.unchecked(gap.part, naming, MARKDOWN), words.shards(gap.part, MOST_RUNS, MARKDOWN))
    return f"- {text}{f': {code(gap.part.grant)}' if gap.part.grant else ''}\n"


def _nodes(nodes: tuple[NodeLine, ...], naming: NodeNames) -> Part:
    head = header(
        [translate("Data node"), translate("Server")],
        [translate("Claimed"), translate("Found"), translate("Other databases")],
    )
    return Part(
        f"### {translate('Data nodes')}\n\n{head}",
        tuple(Piece(_node(node, naming), Rank.TABLE, 1) for node in nodes[:MOST_ROWS]),
        unsaid=len(nodes[MOST_ROWS:]),
        noun=mark_noun("data node"),
        tail="\n",
    )


def _node(node: NodeLine, naming: NodeNames) -> str:
    counts = ("" if count is None else f"{count:,}" for count in (node.claimed, node.found, node.others))
    return row(node_names.short_node(naming.node(node.node_id), CELL), words.server(node, CELL), *counts)
