"""The open items of a judged report, as notifications track them, and the items that ended in another way. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.compare.diff import digest, fingerprint, node_of
from drift.notify.origins import FINDING, finding_key, origin_of
from drift.notify.transitions import Ended, Item, OpenItems, TransitionKind, Trouble
from drift.policy.rules import Severity
from drift.policy.verdict import Disposition
from drift.reports.content.happenings import happenings
from drift.reports.content.nodes import BothSides, Node, NodeNames
from drift.reports.wording import change_groups, event_titles, node_names, qualities
from drift.reports.wording.escape import TEXT, sentence
from drift.reports.wording.findings import telling
from drift.reports.wording.i18n import language_scope, translate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.compare.diff import Change
    from drift.core.model import Gap
    from drift.core.validators import Language
    from drift.policy.verdict import JudgedChange, JudgedFinding
    from drift.reports.content.report import Report

_MOST_GAPS: Final = 3
_ENDED: Final = {
    Disposition.EXPECTED: TransitionKind.ACCEPTED,
    Disposition.WAIVED: TransitionKind.WAIVED,
    Disposition.IGNORED: TransitionKind.IGNORED,
}


def open_items(report: Report, language: Language = "en") -> OpenItems:
    """List every unexpected change and judged finding of a report, in its order, and the first gaps.

    Changes and findings that a waiver covers, or that are ignored, are among the ended ones.
    """
    doubts = [
        qualities.in_english(side.suspicion, side.number)
        for side in (report.before, report.after)
        if side.suspicion is not None and side.suspect
    ]
    if doubts:  # what is suspect says nothing of what is open
        return OpenItems(trouble=Trouble("suspect", sentence("; ".join(dict.fromkeys(doubts)))))
    items, ended = [], []
    with language_scope(language):
        for item, kind, reason in _items(report):
            if kind is None:
                items.append(item)
            else:
                ended.append(Ended(kind, item, reason))
        return OpenItems(tuple(items), _trouble(report.verdict.not_checked), tuple(ended))


def _items(report: Report) -> Iterator[tuple[Item, TransitionKind | None, str]]:
    telling_of = _Changes(report)
    for number, judged in enumerate(report.verdict.changes):
        yield telling_of.item(number, judged), _ENDED.get(judged.disposition), _reason(judged)
    naming = NodeNames.of(report.after)
    for found in report.verdict.findings:
        ignored = TransitionKind.IGNORED if found.severity is Severity.IGNORE else None
        yield _of_finding(found, report.after.instance, naming), ignored, ""


def _reason(judged: JudgedChange) -> str:
    if judged.waiver is None:
        return ""
    return translate("until {day}: {reason}", day=judged.waiver.expires, reason=sentence(judged.waiver.reason))


class _Changes:
    """Makes items of the changes of one report, each with the title of its event."""

    def __init__(self, report: Report) -> None:
        self._events = report.events
        self._titles = [
            "" if each.event.change is not None else event_titles.title(each, TEXT) for each in happenings(report)
        ]
        self._names = BothSides(report)

    def item(self, number: int, judged: JudgedChange) -> Item:
        change, place = judged.change, self._events.places[number]
        title = self._titles[place]
        with language_scope("en"):
            text = event_titles.single(change, TEXT)
        return Item(
            key=digest([change.rule, change.entity, change.database, change.name]),
            fingerprint=judged.fingerprint,
            rule=change.rule,
            severity=judged.severity,
            entity=change.entity,
            database=change.database,
            name=change.name,
            text=text,
            said=self._said(change),
            event=self._events.events[place].kind if title else "",
            title=title,
            origin=origin_of(change),
            content=fingerprint(change, None),
        )

    def _said(self, change: Change) -> str:
        """Say what happened to a shard, or to the named entity. Names of data nodes have short ids."""
        before, after = node_of(change.before), node_of(change.after)
        if change.entity == "data-node":
            names = self._names.before if change.after is None else self._names.after
            return event_titles.single(change, TEXT, names(change.name))
        if change.entity == "database":
            return event_titles.single(change, TEXT)
        if change.rule == "shard-moved" and before and after:
            return node_names.arrow(self._short(self._names.before(before)), self._short(self._names.after(after)))
        if change.edits:
            return change_groups.edits(change.edits, event_titles.MOST_EDITS, TEXT)
        if after:
            return translate("appeared on {node}", node=self._short(self._names.after(after)))
        return translate("disappeared from {node}", node=self._short(self._names.before(before or "")))

    @staticmethod
    def _short(node: Node) -> str:
        return node_names.short_node(node, TEXT)


def _of_finding(judged: JudgedFinding, instance: str | None, naming: NodeNames) -> Item:
    finding = judged.finding
    values = finding.items, finding.found, finding.expected
    with language_scope("en"):
        text = telling(finding, naming, TEXT)
    return Item(
        key=finding_key(finding),
        fingerprint=digest([digest([instance, *finding.key]), *values]),
        rule=finding.rule,
        severity=judged.severity,
        entity=finding.subject,
        database=None,
        name=finding.name,
        text=text,
        said=telling(finding, naming, TEXT),
        origin=FINDING,
        content=digest(values),
    )


def _trouble(gaps: tuple[Gap, ...]) -> Trouble | None:
    if not gaps:
        return None
    text = "; ".join(f"{gap.scope}: {gap.reason}" for gap in gaps[:_MOST_GAPS])
    more = f"; and {len(gaps) - _MOST_GAPS:,} more" if len(gaps) > _MOST_GAPS else ""
    return Trouble("partial", sentence(f"not checked: {text}{more}"))
