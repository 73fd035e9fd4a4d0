"""A checkup as one HTML file that needs nothing else; the same bytes for the same checkup. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.core.model import Mask
from drift.reports.content.nodes import NodeNames, node_order, shards_by_node
from drift.reports.content.placements import placements
from drift.reports.html.report import fitted
from drift.reports.wording import verdicts
from drift.reports.wording.escape import HTML, TEXT

if TYPE_CHECKING:
    from drift.reports.content.check import CheckReport
    from drift.reports.rendering import Rendering


def render(checkup: CheckReport, _rendering: Rendering) -> str:
    """The checkup as an HTML document, ending in a newline."""
    naming = NodeNames.of(checkup.side)
    counts = shards_by_node(checkup.side)
    nodes = sorted(map(naming.node, counts), key=node_order)
    contents = {
        "checkup": checkup,
        "naming": naming,
        "heading": verdicts.check_verdict(checkup, HTML),
        "title_text": verdicts.check_verdict(checkup, TEXT),
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
