"""A history as a JSON document. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drift.compare.diff import record_fields
from drift.core.version import __version__
from drift.reports.json.parts import FORMAT, moment, suspicion
from drift.reports.wording.escape import json_document

if TYPE_CHECKING:
    from datetime import datetime

    from drift.core.model import SnapshotRef, Suspicion
    from drift.core.shard_sizes import Size
    from drift.reports.content.history import History, Step
    from drift.reports.rendering import Rendering


def render(history: History, _rendering: Rendering) -> str:
    """Render the history as a JSON document, ending in a newline."""
    return json_document(_document(history))


def _document(history: History) -> dict[str, Any]:
    traced = history.traced
    return {
        "format": FORMAT,
        "tool": {"name": "ddm-drift", "version": __version__},
        "instance": traced.instance,
        "entity": traced.kind,
        "database": traced.database,
        "name": traced.name,
        "older": history.older,
        "periods": [_period(step) for step in history.steps],
        **({"sizes": [_size(*each) for each in history.sizes]} if history.sizes else {}),
        **({"left_out": [_left_out(*each) for each in history.left_out]} if history.left_out else {}),
    }


def _left_out(number: int, found: Suspicion) -> dict[str, Any]:
    return {"snapshot": number, "suspect": suspicion(found, number)}


def _size(at: datetime, found: Size) -> dict[str, Any]:
    return {"read_at": moment(at), "bytes": found.bytes, "rows": found.rows}


def _period(step: Step) -> dict[str, Any]:
    state = step.period.state
    return {
        "first": _moment(step.period.first),
        "last": _moment(step.period.last),
        "until": step.until and _moment(step.until),
        "record": state and record_fields(state.record),
        "data_nodes": [
            {"data_node_id": node_id, "name": node.name if (node := step.nodes.get(node_id)) else None, "shards": count}
            for node_id, count in (state.shards if state else {}).items()
        ],
        "changes": [
            {"rule": change.rule, "event": event, "entity": change.entity, "database": change.database,
             "name": change.name, "edits": change.edits}
            for change, event in step.happened
        ],
    }  # fmt: skip


def _moment(moment: SnapshotRef) -> dict[str, Any]:
    taken_at = moment.taken_at.isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"snapshot": moment.number, "label": moment.label, "taken_at": taken_at}
