"""A check as JSON, format 1: everything, exactly. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drift.core.version import __version__
from drift.reports.json import verification
from drift.reports.json.parts import FORMAT, finding, side
from drift.reports.json.sizes import sizes
from drift.reports.wording.escape import json_document

if TYPE_CHECKING:
    from drift.policy.invariants import Spread
    from drift.reports.content.check import CheckReport
    from drift.reports.rendering import Rendering


def render(check: CheckReport, _rendering: Rendering) -> str:
    """Render the check as one JSON object, indented, ending in a newline. Its keys and their order are a contract."""
    return json_document(_document(check))


def _document(check: CheckReport) -> dict[str, Any]:
    checked = check.checked
    return {
        "format": FORMAT,
        "tool": {"name": "ddm-drift", "version": __version__},
        "verdict": checked.status,
        "snapshot": side(check.side),
        "fail_on": checked.fail_on.word,
        "findings": [finding(judged) for judged in checked.findings],
        "not_checked": checked.not_checked,
        "balance": [_spread(spread, check) for spread in check.balance],
        **({} if check.sizes is None else {"sizes": sizes(check.sizes)}),
        **verification.part(check.node_check, check.side),
    }


def _spread(spread: Spread, check: CheckReport) -> dict[str, Any]:
    nodes = check.side.nodes
    return {
        "database": spread.database,
        "shards": spread.total,
        "skew": spread.skew,
        "by_data_node": [
            {"data_node_id": node_id, "name": node.name if (node := nodes.get(node_id)) else None, "shards": count}
            for node_id, count in spread.shards.items()
        ],
    }
