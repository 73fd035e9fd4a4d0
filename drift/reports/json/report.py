"""A report as JSON, format 1: everything, exactly. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift.compare.diff import record_fields
from drift.core.version import __version__
from drift.reports.content.happenings import happenings
from drift.reports.content.nodes import shards_by_node
from drift.reports.wording import caveats, qualities
from drift.reports.wording.escape import Medium, json_document, text_literal, text_name
from drift.reports.wording.event_titles import notes, title

if TYPE_CHECKING:
    from drift.compare.attribution import Attribution
    from drift.compare.diff import Change
    from drift.compare.node_mapping import NodePair
    from drift.core.model import Record, SnapshotRef, Suspicion
    from drift.policy.verdict import JudgedChange, JudgedFinding, Verdict
    from drift.policy.waivers import Waiver
    from drift.reports.content.report import Report, Side
    from drift.reports.rendering import Rendering

FORMAT: Final = 1
PLAIN: Final = Medium(text_name, text_literal)
"""Names as they are."""


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
        **({"audit": _audit(report, report.attribution)} if report.attribution else {}),
    }


def _audit(report: Report, attribution: Attribution) -> dict[str, Any]:
    causes = zip(report.events.events, attribution.causes, strict=True)
    return {
        "events": [{"event": event.id, "traces": traces} for event, traces in causes],
        "others": attribution.others,
        "unread": attribution.unread,
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


def _waiver(waiver: Waiver) -> dict[str, Any]:
    return {"reason": waiver.reason, "expires": waiver.expires}


def _plan(verdict: Verdict) -> dict[str, Any] | None:
    if verdict.match is None:
        return None
    from drift.reports.json.plan import plan_object

    return plan_object(verdict.match, verdict.changes[0].instance if verdict.changes else None)


def side(found: Side) -> dict[str, Any]:
    """Describe a snapshot without its records."""
    return {
        "snapshot": found.number,
        "label": found.label,
        "instance": found.instance,
        "instance_id": found.instance_id,
        "taken_at": moment(found.taken_at),
        "source": found.source,
        "complete": found.complete,
        "content_hash": found.content_hash,
        **({"in_flight": found.in_flight} if found.in_flight else {}),
        **({"unconfirmed": True} if found.unconfirmed else {}),
        **({} if found.suspicion is None else {"suspect": suspicion(found.suspicion, found.number)}),
    }


def suspicion(found: Suspicion, number: int | None) -> dict[str, Any]:
    """Describe why a snapshot is, or was, not believed."""
    confirmed = found.confirmed
    return {
        "reason": qualities.in_english(found, number),
        "lost": found.lost,
        "held": found.held,
        "left": found.left,
        "against": found.against,
        "confirmed": confirmed and {"reason": confirmed.reason, "by": confirmed.by, "at": moment(confirmed.at)},
    }


def moment(when: datetime) -> str:
    """Write a time in UTC, to the second."""
    return when.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def finding(judged: JudgedFinding) -> dict[str, Any]:
    """Describe a broken rule."""
    found = judged.finding
    return {
        "rule": found.rule,
        "severity": judged.severity.word,
        "fails": judged.fails,
        "subject": found.subject,
        "name": found.name,
        "data_node_id": found.data_node_id,
        "found": found.found,
        "expected": found.expected,
        "items": found.items,
        **({} if found.aspect is None else {"aspect": found.aspect}),
        **({} if judged.fingerprint is None else {"fingerprint": judged.fingerprint}),
        **({} if judged.waiver is None else {"waiver": _waiver(judged.waiver)}),
    }


def _summary(verdict: Verdict) -> dict[str, Any]:
    dispositions = {str(disposition): count for disposition, count in verdict.by_disposition.items()}
    return {"changes": len(verdict.changes), **dispositions, "by_rule": verdict.by_rule}


def _change(judged: JudgedChange, mark: str, event: str) -> dict[str, Any]:
    change: Change = judged.change
    return {
        "rule": change.rule,
        "severity": judged.severity.word,
        "disposition": judged.disposition,
        "fingerprint": mark,
        "entity": change.entity,
        "database": change.database,
        "name": change.name,
        "before": _record(change.before),
        "after": _record(change.after),
        "edits": change.edits,
        "event": event,
        **({} if judged.item is None else {"item": judged.item}),
        **({} if judged.waiver is None else {"waiver": _waiver(judged.waiver)}),
    }


def _record(record: Record | None) -> dict[str, Any] | None:
    return None if record is None else record_fields(record)


def _balance(side: Side) -> list[dict[str, Any]]:
    return [
        {"data_node_id": node_id, "name": node.name if (node := side.nodes.get(node_id)) else None, "shards": shards}
        for node_id, shards in shards_by_node(side).items()
    ]
