"""A report as JSON, format 1: everything, exactly. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift.compare.diff import record_fields
from drift.core.version import __version__
from drift.policy.rules import Severity
from drift.reports.content.happenings import happenings
from drift.reports.content.nodes import shards_by_node
from drift.reports.json import verification
from drift.reports.json.parts import FORMAT, finding, moment, side, uncertain, waiver
from drift.reports.wording import caveats
from drift.reports.wording.escape import Medium, json_document, text_literal, text_name
from drift.reports.wording.event_titles import notes, title

if TYPE_CHECKING:
    from drift.compare.attribution import Attribution
    from drift.compare.diff import Change
    from drift.compare.node_mapping import NodePair
    from drift.core.model import Record, SnapshotRef
    from drift.policy.verdict import JudgedChange, Verdict
    from drift.reports.content.report import Report, Side
    from drift.reports.rendering import Rendering

PLAIN: Final = Medium(text_name, text_literal)
"""Names as they are."""

_WORDS: Final = {severity: severity.word for severity in Severity}


def render(report: Report, _rendering: Rendering) -> str:
    """Render the report as one JSON object, indented, ending in a newline. Its keys and their order are a contract."""
    return json_document(_document(report))


def _document(report: Report) -> dict[str, Any]:
    verdict, encode = report.verdict, msgspec.json.Encoder().encode
    prints = [judged.fingerprint for judged in verdict.changes]
    text = zip(verdict.changes, prints, report.events.places, strict=True)
    return {
        "format": FORMAT,
        "tool": {"name": "ddm-drift", "version": __version__},
        "verdict": verdict.outcome,
        "before": side(report.before),
        "after": side(report.after),
        "summary": _summary(verdict),
        "events": _events(report, prints),
        # Encoded one by one, so that the objects of a hundred thousand never stand in memory together.
        "changes": [msgspec.Raw(encode(_change(judged, mark, f"e{place + 1}"))) for judged, mark, place in text],
        "plan": _plan(verdict),
        "not_checked": verdict.not_checked,
        "balance": {"before": _balance(report.before), "after": _balance(report.after)},
        **({"jobs": report.jobs} if report.jobs else {}),
        **({"suspect": suspect} if (suspect := caveats.suspicion(report, PLAIN)) else {}),
        **({"findings": [finding(judged) for judged in verdict.findings]} if verdict.findings else {}),
        **({"node_pairs": [_node_pair(pair) for pair in report.node_pairs]} if report.node_pairs else {}),
        **({"other_settings": report.other_settings} if report.other_settings else {}),
        **({"not_told": verdict.not_told} if verdict.not_told else {}),
        **verification.part(report.node_check, report.after),
        **({"audit": _audit(report, report.attribution)} if report.attribution else {}),
    }


def _audit(report: Report, attribution: Attribution) -> dict[str, Any]:
    causes = zip(report.events.events, attribution.causes, strict=True)
    return {
        "events": [
            {"event": event.id, "traces": traces, **uncertain(attribution, place)}
            for place, (event, traces) in enumerate(causes)
        ],
        "others": attribution.others,
        "unread": attribution.unread,
        **({"reversed": True} if attribution.is_reversed else {}),
    }


def _events(report: Report, prints: list[str]) -> list[dict[str, Any]]:
    members: list[list[str]] = [[] for _ in report.events.events]
    deviating: list[list[str]] = [[] for _ in report.events.events]
    for mark, place, deviation in zip(prints, report.events.places, report.events.deviations, strict=True):
        members[place].append(mark)
        if deviation:
            deviating[place].append(mark)
    return [
        {
            "id": found.event.id,
            "kind": found.event.kind,
            "title": title(found, PLAIN),
            "severity": found.severity.word,
            "changes": changes,
            "deviations": deviations,
            **({"notes": notes(found)} if found.event.deviations else {}),
            **({"returned_to": _earlier(found.event.earlier)} if found.event.earlier else {}),
        }
        for found, changes, deviations in zip(happenings(report), members, deviating, strict=True)
    ]


def _earlier(found: SnapshotRef) -> dict[str, Any]:
    return {"snapshot": found.number, "label": found.label, "taken_at": moment(found.taken_at)}


def _node_pair(pair: NodePair) -> dict[str, Any]:
    fields = msgspec.structs.asdict(pair)
    return {key: value for key, value in fields.items() if key != "given"} | {"inferred": not pair.given}


def _plan(verdict: Verdict) -> dict[str, Any] | None:
    if verdict.match is None:
        return None
    from drift.reports.json.plan import plan_object

    return plan_object(verdict.match, verdict.changes[0].instance if verdict.changes else None)


def _summary(verdict: Verdict) -> dict[str, Any]:
    dispositions = {str(disposition): count for disposition, count in verdict.by_disposition.items()}
    return {"changes": len(verdict.changes), **dispositions, "by_rule": verdict.by_rule}


def _change(judged: JudgedChange, mark: str, event: str) -> dict[str, Any]:
    change: Change = judged.change
    described: dict[str, Any] = {
        "rule": change.rule,
        "severity": _WORDS[judged.severity],
        "disposition": judged.disposition,
        "fingerprint": mark,
        "entity": change.entity,
        "database": change.database,
        "name": change.name,
        "before": _record(change.before),
        "after": _record(change.after),
        "edits": change.edits,
        "event": event,
    }
    if judged.item is not None:
        described["item"] = judged.item
    if judged.waiver is not None:
        described["waiver"] = waiver(judged.waiver)
    return described


def _record(record: Record | None) -> dict[str, Any] | None:
    return None if record is None else record_fields(record)


def _balance(side: Side) -> list[dict[str, Any]]:
    return [
        {"data_node_id": node_id, "name": node.name if (node := side.nodes.get(node_id)) else None, "shards": shards}
        for node_id, shards in shards_by_node(side).items()
    ]
