"""The open items of a judged report, as notifications track them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.compare.diff import digest
from drift.notify.transitions import Item, OpenItems, Trouble
from drift.policy.rules import Severity
from drift.policy.verdict import Disposition
from drift.reports.content.nodes import NodeNames
from drift.reports.wording import event_titles, qualities
from drift.reports.wording.escape import TEXT, sentence
from drift.reports.wording.findings import telling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.core.model import Gap
    from drift.policy.verdict import JudgedChange, JudgedFinding
    from drift.reports.content.report import Report

_MOST_GAPS = 3


def open_items(report: Report) -> OpenItems:
    """List every unexpected change and judged finding of a report, in its order, and the first gaps."""
    doubts = [
        qualities.in_english(side.suspicion, side.number)
        for side in (report.before, report.after)
        if side.suspicion is not None and side.suspect
    ]
    if doubts:  # what is suspect says nothing of what is open
        return OpenItems((), Trouble("suspect", sentence("; ".join(dict.fromkeys(doubts)))))
    return OpenItems(tuple(_items(report)), _trouble(report.verdict.not_checked))


def _items(report: Report) -> Iterator[Item]:
    for judged in report.verdict.changes:
        if judged.disposition is Disposition.UNEXPECTED:
            yield _of_change(judged)
    naming = NodeNames.of(report.after)
    for found in report.verdict.findings:
        if found.severity is not Severity.IGNORE:
            yield _of_finding(found, report.after.instance, naming)


def _of_change(judged: JudgedChange) -> Item:
    change = judged.change
    return Item(
        key=digest([change.rule, change.entity, change.database, change.name]),
        fingerprint=judged.fingerprint,
        rule=change.rule,
        severity=judged.severity,
        entity=change.entity,
        database=change.database,
        name=change.name,
        text=event_titles.single(change, TEXT),
    )


def _of_finding(judged: JudgedFinding, instance: str | None, naming: NodeNames) -> Item:
    finding = judged.finding
    key = digest([instance, *finding.key])
    return Item(
        key=key,
        fingerprint=digest([key, finding.items, finding.found, finding.expected]),
        rule=finding.rule,
        severity=judged.severity,
        entity=finding.subject,
        database=None,
        name=finding.name,
        text=telling(finding, naming, TEXT),
    )


def _trouble(gaps: tuple[Gap, ...]) -> Trouble | None:
    if not gaps:
        return None
    text = "; ".join(f"{gap.scope}: {gap.reason}" for gap in gaps[:_MOST_GAPS])
    more = f"; and {len(gaps) - _MOST_GAPS:,} more" if len(gaps) > _MOST_GAPS else ""
    return Trouble("partial", sentence(f"not checked: {text}{more}"))
