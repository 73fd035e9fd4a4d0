"""A check as one HTML file that needs nothing else; the same bytes for the same check. Pure."""

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


def render(check: CheckReport, _rendering: Rendering) -> str:
    """Render the check as an HTML document, ending in a newline."""
    naming = NodeNames.of(check.side)
    counts = shards_by_node(check.side)
    nodes = sorted(map(naming.node, counts), key=node_order)
    contents = {
        "check": check,
        "naming": naming,
        "heading": verdicts.check_verdict(check, HTML),
        "title_text": verdicts.check_verdict(check, TEXT),
        "held": [(node, counts[node.id]) for node in nodes],
        "fullest": max(counts.values(), default=0),
    }
    mask = Mask.of(check.checked.not_checked)
    return fitted(
        "check.html",
        placements(check.snapshot, check.snapshot, mask),
        nodes,
        contents,
    )
