"""A report as JSON, format 1: everything, exactly. Pure."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift import __version__
from drift.diff import record_fields
from drift.reports.outline import shards_by_node
from drift.reports.safe import json_text

if TYPE_CHECKING:
    from drift.diff import Change
    from drift.model import Record
    from drift.policy import Judged, Verdict
    from drift.reports.report import Report, Side

FORMAT: Final = 1


def render(report: Report) -> str:
    """The report as one JSON object, indented, ending in a newline. Its keys and their order are a contract."""
    compact = msgspec.json.encode(_document(report))
    return json_text(msgspec.json.format(compact, indent=2).decode()) + "\n"


def _document(report: Report) -> dict[str, Any]:
    verdict, encode = report.verdict, msgspec.json.Encoder().encode
    return {
        "format": FORMAT,
        "tool": {"name": "ddm-drift", "version": __version__},
        "verdict": verdict.word,
        "before": _side(report.before),
        "after": _side(report.after),
        "summary": _summary(verdict),
        "events": [],
        # Encoded one by one, so that the objects of a hundred thousand never stand in memory together.
        "changes": [msgspec.Raw(encode(_change(judged))) for judged in verdict.changes],
        "plan": None,
        "not_checked": verdict.not_checked,
        "balance": {"before": _balance(report.before), "after": _balance(report.after)},
    }


def _side(side: Side) -> dict[str, Any]:
    return {
        "snapshot": side.number,
        "label": side.label,
        "instance": side.instance,
        "instance_id": side.instance_id,
        "taken_at": side.taken_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "source": side.source,
        "complete": side.complete,
        "content_hash": side.content_hash,
    }


def _summary(verdict: Verdict) -> dict[str, Any]:
    dispositions = {str(disposition): count for disposition, count in verdict.by_disposition.items()}
    return {"changes": len(verdict.changes), **dispositions, "by_rule": verdict.by_rule}


def _change(judged: Judged) -> dict[str, Any]:
    change: Change = judged.change
    return {
        "rule": change.rule,
        "severity": judged.severity.word,
        "disposition": judged.disposition,
        "fingerprint": judged.fingerprint,
        "entity": change.entity,
        "database": change.database,
        "name": change.name,
        "before": _record(change.before),
        "after": _record(change.after),
        "edits": change.edits,
        "event": None,
    }


def _record(record: Record | None) -> dict[str, Any] | None:
    return None if record is None else record_fields(record)


def _balance(side: Side) -> list[dict[str, Any]]:
    return [
        {"data_node_id": node_id, "name": node.name if (node := side.nodes.get(node_id)) else None, "shards": shards}
        for node_id, shards in shards_by_node(side).items()
    ]
