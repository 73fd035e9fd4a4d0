"""A checkup as one HTML file that needs nothing else; the same bytes for the same checkup. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.core.model import Mask
from drift.reports import findings
from drift.reports.checkup_text import statement
from drift.reports.html_ import fitted
from drift.reports.outline import node_order, shards_by_node
from drift.reports.placement import placements
from drift.reports.safe import HTML, TEXT

if TYPE_CHECKING:
    from drift.reports.checkup import Checkup


def render(checkup: Checkup) -> str:
    """The checkup as an HTML document, ending in a newline."""
    naming = findings.Naming(checkup.side)
    counts = shards_by_node(checkup.side)
    nodes = sorted(map(naming.node, counts), key=node_order)
    contents = {
        "checkup": checkup,
        "naming": naming,
        "heading": statement(checkup, HTML),
        "title_text": statement(checkup, TEXT),
        "held": [(node, counts[node.id]) for node in nodes],
        "fullest": max(counts.values(), default=0),
    }
    mask = Mask.of(checkup.checked.not_checked)
    return fitted(
        "checkup.html",
        placements(checkup.snapshot, checkup.snapshot, mask),
        nodes,
        contents,
    )
