"""The shards that moved, as a table and a picture in Markdown. Pure."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from drift.reports.content.rank import Rank
from drift.reports.markdown.parts import MOST_ROWS, header, row
from drift.reports.markdown.size_limit import Part, Piece
from drift.reports.wording import node_names
from drift.reports.wording.escape import CELL, mermaid
from drift.reports.wording.i18n import mark_noun, plural, translate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.reports.content.nodes import Node
    from drift.reports.content.outline import Flow

WIDEST_MATRIX: Final = 8
MOST_FLOWS: Final = 24
"""Arrows of the picture, and rows of the table where it has one for each arrow; every change names its own anyhow."""


def moves(flows: tuple[Flow, ...]) -> Iterator[Part]:
    """Show the shards that moved as a table and a picture."""
    shards = sum(flow.shards for flow in flows)
    yield Part(f"### {translate('Shard moves ({shards})', shards=plural(shards, 'shard'))}\n\n")
    yield _matrix(flows) if len({flow.target for flow in flows}) <= WIDEST_MATRIX else _pairs(flows)
    yield _picture(flows[:MOST_FLOWS], sum(flow.shards for flow in flows[MOST_FLOWS:]))


def _matrix(flows: tuple[Flow, ...]) -> Part:
    """Lay out the moves as a matrix: a column for each destination, in the order of the largest flows."""
    moved = {(flow.source, flow.target): flow.shards for flow in flows}
    sources = list(dict.fromkeys(flow.source for flow in flows))
    targets = list(dict.fromkeys(flow.target for flow in flows))
    rows = [(source, [moved.get((source, target), 0) for target in targets]) for source in sources]
    return Part(
        header(
            [translate("From → to")], [*(node_names.short_node(target, CELL) for target in targets), translate("Total")]
        ),
        tuple(
            Piece(
                row(
                    node_names.short_node(source, CELL),
                    *(f"{shards:,}" if shards else "" for shards in counts),
                    f"{sum(counts):,}",
                ),
                Rank.TABLE,
                sum(counts),
            )
            for source, counts in rows[:MOST_ROWS]
        ),
        unsaid=sum(sum(counts) for _, counts in rows[MOST_ROWS:]),
        noun=mark_noun("moved shard"),
        tail="\n",
    )


def _pairs(flows: tuple[Flow, ...]) -> Part:
    """List the moves by source and target, where a matrix would be too wide to read."""
    return Part(
        header([translate("From"), translate("To")], [translate("Shards")]),
        tuple(
            Piece(
                row(
                    node_names.short_node(flow.source, CELL),
                    node_names.short_node(flow.target, CELL),
                    f"{flow.shards:,}",
                ),
                Rank.TABLE,
                flow.shards,
            )
            for flow in flows[:MOST_FLOWS]
        ),
        unsaid=sum(flow.shards for flow in flows[MOST_FLOWS:]),
        noun=mark_noun("moved shard"),
        tail="\n",
    )


def _picture(flows: tuple[Flow, ...], others: int) -> Part:
    """Draw the largest flows as a Mermaid graph."""
    places = {node: f"n{place}" for place, node in enumerate(dict.fromkeys(chain.from_iterable(map(_ends, flows))))}
    lines = ["```mermaid", "flowchart LR"]
    lines += [f'  {place}["{_label(node)}"]' for node, place in places.items()]
    lines += [f'  {places[f.source]} -->|"{plural(f.shards, "shard")}"| {places[f.target]}' for f in flows]
    lines += ["```", ""]
    shards = sum(flow.shards for flow in flows)
    return Part(
        "", (Piece("\n".join(lines), Rank.PICTURE, shards),), unsaid=others, noun=mark_noun("moved shard"), tail="\n"
    )


def _ends(flow: Flow) -> tuple[Node, Node]:
    return flow.source, flow.target


def _label(node: Node) -> str:
    """Label a data node with its name and the start of its id."""
    return mermaid(node.short_id) if node.name is None else f"{mermaid(node.name)}<br>{mermaid(node.short_id)}"
