"""The objects that JSON documents share. Pure. Their keys and their order are a contract."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from drift.reports.wording import qualities

if TYPE_CHECKING:
    from drift.compare.attribution import Attribution
    from drift.core.finding import Finding
    from drift.core.model import Suspicion
    from drift.policy.verdict import JudgedFinding
    from drift.policy.waivers import Waiver
    from drift.reports.content.report import Side

FORMAT: Final = 1


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


def uncertain(found: Attribution | None, place: int) -> dict[str, bool]:
    """Say of an event in that place whether its calls are no certain explanation."""
    return {"uncertain": True} if found and place in found.uncertain else {}


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
        **({} if found.total is None else _tables(found)),
        **({} if judged.fingerprint is None else {"fingerprint": judged.fingerprint}),
        **({} if judged.waiver is None else {"waiver": waiver(judged.waiver)}),
    }


def _tables(found: Finding) -> dict[str, Any]:
    """Describe the part of a table that a finding is about, and how many shards were compared."""
    variants = [{"value": value, "items": items} for value, items in found.variants]
    return {"table": found.table, "part": found.part, "compared": found.total, "variants": variants}


def waiver(waiver: Waiver) -> dict[str, Any]:
    """Describe why something is accepted, and until when."""
    return {"reason": waiver.reason, "expires": waiver.expires}
