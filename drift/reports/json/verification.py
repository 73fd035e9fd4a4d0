"""A verification as JSON, format 1: everything, exactly. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drift.core.version import __version__
from drift.policy.rules import Severity
from drift.policy.verdict import JudgedFinding
from drift.reports.json.parts import FORMAT, finding, moment, side
from drift.reports.json.sizes import sizes
from drift.reports.json.tables import tables
from drift.reports.wording.escape import json_document

if TYPE_CHECKING:
    from drift.policy.verification import JudgedGap, Verification
    from drift.reports.content.node_check import NodeCheck, NodeLine
    from drift.reports.content.report import Side
    from drift.reports.content.verification import VerifyReport
    from drift.reports.rendering import Rendering


def render(report: VerifyReport, _rendering: Rendering) -> str:
    """Render the verification as one JSON object, indented, ending in a newline. Its keys and order are a contract."""
    document = {
        "format": FORMAT,
        "tool": {"name": "ddm-drift", "version": __version__},
        "verdict": report.check.verification.status,
        "snapshot": side(report.side),
        "fail_on": report.check.verification.fail_on.word,
        **contents(report.check, report.side),
    }
    return json_document(document)


def part(check: NodeCheck | None, of: Side) -> dict[str, Any]:
    """Describe what was found on data nodes as a part of another report; nothing where they were not read."""
    return {} if check is None else {"verification": {"verdict": check.verification.status, **contents(check, of)}}


def contents(check: NodeCheck, of: Side) -> dict[str, Any]:
    """Describe what was found, and on which data nodes."""
    found = check.verification
    return {
        "read_at": moment(check.at),
        "findings": [finding(judged) for judged in found.findings],
        "moving": _moving(found),
        "not_checked": [_unverified(gap) for gap in found.not_checked],
        "gaps": found.gaps,
        "data_nodes": [_node(node, of) for node in check.nodes],
        **({} if check.tables is None else {"tables": tables(check.tables)}),
        **({} if check.sizes is None else {"sizes": sizes(check.sizes)}),
    }


def _moving(found: Verification) -> list[dict[str, Any]]:
    return [finding(JudgedFinding(each, Severity.IGNORE, fails=False)) for each in found.moving]


def _unverified(gap: JudgedGap) -> dict[str, Any]:
    part = gap.part
    return {
        "rule": part.rule,
        "severity": gap.severity.word,
        "counts": gap.counts,
        "data_node_id": part.data_node_id,
        "database": part.database,
        "items": part.items,
        "reason": part.failure.kind,
        "detail": part.failure.detail,
        "grant": part.grant,
    }


def _node(node: NodeLine, of: Side) -> dict[str, Any]:
    known = of.nodes.get(node.node_id)
    return {
        "data_node_id": node.node_id,
        "name": known.name if known else None,
        "server": node.server,
        "read_only": node.is_read_only,
        "may_write": node.may_write,
        "claimed": node.claimed,
        "found": node.found,
        "others": node.others,
    }
