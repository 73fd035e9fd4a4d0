"""A report as notices, for the formats that CI services read. Pure; judges nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.compare.diff import digest
from drift.core.model import Shard
from drift.policy.rules import Severity
from drift.policy.verdict import Disposition
from drift.reports.ci import of_limits, of_verification
from drift.reports.ci.notice import Level, Notice, Notices
from drift.reports.ci.notice_rules import NOT_JUDGED, PLAN_NOT_MET
from drift.reports.content.check import CheckReport
from drift.reports.content.failure import Failure
from drift.reports.content.nodes import NodeNames
from drift.reports.content.outline import outline
from drift.reports.content.report import Report
from drift.reports.content.verification import VerifyReport
from drift.reports.wording import (
    change_groups,
    findings,
    node_names,
    sentences,
    sides,
    verdicts,
    verification,
)
from drift.reports.wording.escape import TEXT, sentence, text_name
from drift.reports.wording.event_titles import single
from drift.reports.wording.i18n import translate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drift.compare.diff import Change
    from drift.policy.plan.matching import PlanResult
    from drift.policy.verdict import JudgedChange, JudgedFinding
    from drift.reports.ci.notice import Part
    from drift.reports.content.groups import Block, Group
    from drift.reports.content.outline import Outline
    from drift.reports.rendering import Content

MOST_NAMES: Final = 8


def notices_of(content: Content, *, grouped: bool) -> Notices:
    """List the notices of a content that CI services show; those of a report may be grouped."""
    match content:
        case Report():
            return _of_report(content, grouped=grouped)
        case CheckReport():
            return _of_check(content)
        case VerifyReport():
            return _of_verification(content)
        case Failure():
            return _of_failure(content)
        case _:
            raise TypeError(f"CI services show no {content.kind}")


def _of_report(report: Report, *, grouped: bool) -> Notices:
    """List the notices of a report: one for each change, or, `grouped`, one for each group of unexpected changes."""
    verdict, arranged = report.verdict, outline(report)
    match, side = verdict.match, report.after
    instance = side.owner or side.reference
    changes = _groups(report, arranged) if grouped else _changes(report)
    judged: dict[Part, bool] = {"topology": True, "plan": match is not None, "invariants": bool(verdict.findings)}
    judged["data-nodes"] = report.node_check is not None
    items = [*_unread(report, instance), *changes, *_judged(report, instance)]
    between = sides.span(sides.side_name(report.before, TEXT), sides.side_name(side, TEXT))
    return Notices(
        instance=text_name(instance),
        name=report.name,
        word=verdict.outcome,
        statement=verdicts.report_verdict(report, arranged, TEXT, between),
        command=sentence(report.command),
        taken_at=side.taken_at,
        parts=tuple(part for part, is_judged in judged.items() if is_judged),
        items=tuple(items),
        counts={"changes": len(verdict.changes), **{str(kind): n for kind, n in verdict.by_disposition.items()}},
    )


def besides_changes(report: Report) -> list[Notice]:
    """List the notices of a report but for those of its changes: what else it was judged by, or could not be."""
    instance = report.after.owner or report.after.reference
    return [*_unread(report, instance), *_judged(report, instance)]


def _unread(report: Report, instance: str) -> Iterator[Notice]:
    yield from of_limits.doubts((report.before, report.after), instance, "topology")
    yield from of_limits.gaps_in(report.verdict.not_checked, instance, "topology")


def _judged(report: Report, instance: str) -> Iterator[Notice]:
    verdict, side = report.verdict, report.after
    if verdict.match:
        yield from _planned(report, verdict.match, instance)
    yield from _findings(verdict.findings, NodeNames.of(side), instance)
    yield from (of_limits.untold_fact(fact, instance) for fact in verdict.not_told)
    yield from of_verification.part(report.node_check, side, instance)


def _of_check(check: CheckReport) -> Notices:
    """List the notices of a check."""
    side, checked = check.side, check.checked
    instance = side.owner or side.reference
    items = [
        *of_limits.doubts((side,), instance, "invariants"),
        *of_limits.gaps_in(checked.not_checked, instance, "invariants"),
        *_findings(checked.findings, NodeNames.of(side), instance),
        *of_verification.part(check.node_check, side, instance),
    ]
    return Notices(
        instance=text_name(instance),
        name=check.name,
        word=checked.status,
        statement=verdicts.check_verdict(check, TEXT),
        command=sentence(check.command),
        taken_at=side.taken_at,
        parts=("invariants",) if check.node_check is None else ("invariants", "data-nodes"),
        items=tuple(items),
        counts={"findings": len(checked.findings), "failing": sum(found.fails for found in checked.findings)},
    )


def _of_verification(report: VerifyReport) -> Notices:
    """List the notices of a verification."""
    side, found = report.side, report.check.verification
    instance = side.owner or side.reference
    items = [
        *of_limits.doubts((side,), instance, "data-nodes"),
        *of_limits.gaps_in(found.gaps, instance, "data-nodes"),
        *of_verification.notices(found, side, instance),
    ]
    return Notices(
        instance=text_name(instance),
        name=report.name,
        word=found.status,
        statement=verification.verdict(report, TEXT),
        command=sentence(report.command),
        taken_at=report.check.at,
        parts=("data-nodes",),
        items=tuple(items),
        counts={"findings": len(found.findings), "failing": sum(each.fails for each in found.findings)},
    )


def _of_failure(failure: Failure) -> Notices:
    """Make the one notice of a report that could not be made."""
    parts: dict[str, Part] = {"check": "invariants", "verify": "data-nodes"}
    part = parts.get(failure.name, "topology")
    text = sentence(f"{failure.message} {failure.hint or ''}".strip())
    notice = Notice(
        part=part,
        rule=NOT_JUDGED.id,
        severity=NOT_JUDGED.severity,
        level=Level.UNJUDGED,
        kind="instance",
        subject=failure.name,
        message=text,
        fingerprint=digest([NOT_JUDGED.id, failure.instance, failure.command]),
    )
    return Notices(
        instance="" if failure.instance is None else text_name(failure.instance),
        name=failure.name,
        word="not-judged",
        statement=translate("Not judged: {why}", why=text),
        command=sentence(failure.command),
        taken_at=failure.at,
        parts=(part,),
        items=(notice,),
        counts={},
    )


def _changes(report: Report) -> Iterator[Notice]:
    before, after = NodeNames.of(report.before), NodeNames.of(report.after)
    reasons = _Reasons(report)
    for judged in report.verdict.changes:
        change = judged.change
        yield Notice(
            part="topology",
            rule=change.rule,
            severity=judged.severity,
            level=_level(judged.disposition, judged.severity, report),
            kind=change.entity,
            subject=_subject(change, after if change.after else before),
            message=_sentence(change, before, after),
            fingerprint=judged.fingerprint,
            reason=reasons.of(judged),
        )


def _groups(report: Report, arranged: Outline) -> Iterator[Notice]:
    """Make a notice of each group of unexpected changes, most severe first."""
    blocks = [block for block in arranged.blocks if block.disposition is Disposition.UNEXPECTED]
    for block in sorted(blocks, key=lambda block: -block.severity):
        yield from (_group(group, block, report) for group in block.groups)


def _group(group: Group, block: Block, report: Report) -> Notice:
    change = group.first
    names = change_groups.group_names(group, MOST_NAMES, TEXT) if change.entity == "shard" else ""
    return Notice(
        part="topology",
        rule=block.rule,
        severity=block.severity,
        level=_level(Disposition.UNEXPECTED, block.severity, report),
        kind=change.entity,
        subject=text_name(change.database or change.name),
        message=sentences.followed(change_groups.describe(group, TEXT), names),
        fingerprint=digest([block.rule, change.database, group.names]),
    )


def _level(disposition: Disposition, severity: Severity, report: Report) -> Level:
    if disposition is not Disposition.UNEXPECTED:
        return Level.ACCEPTED
    return Level.FAILS if severity >= report.verdict.fail_on else Level.MINOR


class _Reasons:
    """The reasons why changes are accepted."""

    def __init__(self, report: Report) -> None:
        match = report.verdict.match
        self._plan = translate("the plan")
        if match and match.plan.change:
            self._plan = translate("the plan {name}", name=text_name(match.plan.change))
        self._places = [outcome.item.place for outcome in match.results] if match else []

    def of(self, judged: JudgedChange) -> str:
        """Return the reason why a change is accepted; an empty text for any other change."""
        if judged.item is not None:
            return translate("expected by {plan}, {item}", plan=self._plan, item=self._places[judged.item])
        if judged.waiver is not None:
            why = sentence(judged.waiver.reason)
            return translate("waived until {day}: {reason}", day=judged.waiver.expires, reason=why)
        return (
            translate("{rule} is ignored", rule=judged.change.rule) if judged.disposition is Disposition.IGNORED else ""
        )


def _subject(change: Change, naming: NodeNames) -> str:
    match change.entity:
        case "data-node":
            return node_names.short_node(naming.node(change.name), TEXT)
        case "database":
            return text_name(change.name)
        case "shard":
            return f"{text_name(change.database or '')}/{text_name(change.name)}"


def _sentence(change: Change, before: NodeNames, after: NodeNames) -> str:
    if change.entity != "shard" or (change.edits and change.rule != "shard-moved"):
        return single(change, TEXT)
    was, now = _place(change.before, before), _place(change.after, after)
    who = translate(
        "shard {name} of {database}", name=text_name(change.name), database=text_name(change.database or "")
    )
    if was and now:
        return translate("{what} moved from {source} to {target}", what=who, source=was, target=now)
    if now:
        return translate("{what} appeared on {node}", what=who, node=now)
    return translate("{what} disappeared from {node}", what=who, node=was)


def _place(record: object, naming: NodeNames) -> str:
    return node_names.short_node(naming.node(record.data_node_id), TEXT) if isinstance(record, Shard) else ""


def _planned(report: Report, match: PlanResult, instance: str) -> Iterator[Notice]:
    from drift.reports.wording import plan

    for outcome in match.results:
        is_met = outcome.status.value == "matched"
        yield Notice(
            part="plan",
            rule=PLAN_NOT_MET.id,
            severity=PLAN_NOT_MET.severity,
            level=Level.MET if is_met else Level.UNJUDGED if outcome.not_told else Level.FAILS,
            kind="plan",
            subject=f"{outcome.item.place}: {plan.item_words(outcome.item.selector, TEXT)}",
            message=plan.describe(outcome, report.after, TEXT),
            fingerprint=digest([PLAN_NOT_MET.id, instance, match.plan.change, outcome.item.place]),
        )


def _findings(judged: Iterable[JudgedFinding], naming: NodeNames, instance: str) -> Iterator[Notice]:
    for each in findings.worst_first(judged):
        found = each.finding
        ignored = each.severity is Severity.IGNORE
        names = findings.shards(found, MOST_NAMES, TEXT)
        yield Notice(
            part="invariants",
            rule=found.rule,
            severity=each.severity,
            level=Level.FAILS if each.fails else Level.ACCEPTED if ignored else Level.MINOR,
            kind=found.subject,
            subject=findings.subject(found, naming, TEXT),
            message=sentences.followed(findings.telling(found, naming, TEXT), names),
            fingerprint=digest([instance, *found.key]),
            reason=translate("{rule} is ignored", rule=found.rule) if ignored else "",
        )
