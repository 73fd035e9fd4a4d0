"""The verdict in one sentence. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.policy.verdict import CheckStatus, Disposition, Outcome
from drift.reports.wording import findings, sentences, sides, times
from drift.reports.wording.i18n import mark_noun, mark_sentence, plural, translate

if TYPE_CHECKING:
    from drift.reports.content.check import CheckReport
    from drift.reports.content.node_check import NodeCheck
    from drift.reports.content.outline import Outline
    from drift.reports.content.report import Report
    from drift.reports.wording.escape import Medium

_VERDICTS: Final = {
    Outcome.IN_SYNC: mark_sentence("in-sync"),
    Outcome.EXPECTED: mark_sentence("expected"),
    Outcome.DRIFT: mark_sentence("drift"),
    Outcome.INCONCLUSIVE: mark_sentence("inconclusive"),
}
_CHANGES: Final = {
    Disposition.UNEXPECTED: mark_noun("unexpected change"),
    Disposition.EXPECTED: mark_noun("expected change"),
    Disposition.WAIVED: mark_noun("waived change"),
    Disposition.IGNORED: mark_noun("ignored change"),
}
_PLANS: Final = {
    (False, "met"): mark_sentence("{where}, plan met"),
    (False, "missed"): mark_sentence("{where}, plan not met"),
    (False, "untold"): mark_sentence("{where}, plan not told"),
    (True, "met"): mark_sentence("{where}, plan {plan} met"),
    (True, "missed"): mark_sentence("{where}, plan {plan} not met"),
    (True, "untold"): mark_sentence("{where}, plan {plan} not told"),
}


def outcome(found: Outcome) -> str:
    """Name the outcome of a verdict."""
    return translate(_VERDICTS[found])


def report_verdict(report: Report, outline: Outline, medium: Medium, between: str) -> str:
    """State a report's verdict in one sentence without a full stop; `between` names the snapshots."""
    where, found = _planned(_scene(report, medium, between), report, medium), _counts(report, outline)
    match report.verdict.outcome:
        case Outcome.IN_SYNC:
            return translate("Nothing changed {where}", where=where)
        case Outcome.EXPECTED if not outline.unexpected:
            return translate("Nothing unexpected {where}: {found}", where=where, found=found)
        case Outcome.EXPECTED:
            threshold = sentences.severity(report.verdict.fail_on)
            return translate(
                "No drift {where}: {found}, none at or above {threshold}", where=where, found=found, threshold=threshold
            )
        case Outcome.DRIFT:
            return translate("Drift {where}: {found}", where=where, found=found)
        case Outcome.INCONCLUSIVE:
            return _inconclusive(report, outline, medium, where)


def _inconclusive(report: Report, outline: Outline, medium: Medium, where: str) -> str:
    found, parts = _counts(report, outline), plural(len(outline.not_checked), "part")
    if outline.nothing_checked:
        return translate("Nothing checked {where}: no part was read in both snapshots", where=where)
    if outline.not_checked:
        return translate(
            "Inconclusive {where}: {parts} not checked; in the rest, {found}", where=where, parts=parts, found=found
        )
    suspects = [sides.side_name(side, medium) for side in (report.before, report.after) if side.suspect]
    if suspects:
        who = sentences.listing(suspects)
        return translate("Inconclusive {where}: {who} is suspect; {found}", where=where, who=who, found=found)
    if report.node_check and report.node_check.verification.status is CheckStatus.INCONCLUSIVE:
        return translate("Inconclusive {where}: {found}", where=where, found=found)
    return translate(
        "Inconclusive {where}: one layout can't tell of a planned change; {found}", where=where, found=found
    )


def check_verdict(check: CheckReport, medium: Medium) -> str:
    """State a check's verdict in one sentence without a full stop."""
    side, checked = check.side, check.checked
    who, count = sides.full_name(side, medium), findings.count(len(checked.findings))
    match checked.status:
        case CheckStatus.BROKEN:
            found = findings.failing(checked.findings, checked.fail_on)
            found = sentences.clauses([found, *_on_nodes(check.node_check)])
            return translate("Broken: {who}: {found}", who=who, found=found)
        case CheckStatus.INCONCLUSIVE if checked.not_checked:
            parts = plural(len(checked.not_checked), "part")
            return translate(
                "Inconclusive: {who}: {parts} not checked; in the rest, {found}", who=who, parts=parts, found=count
            )
        case CheckStatus.INCONCLUSIVE if side.suspect:
            return translate("Inconclusive: {who} is suspect; {found}", who=who, found=count)
        case CheckStatus.INCONCLUSIVE:
            found = sentences.clauses([count, *_on_nodes(check.node_check)])
            return translate("Inconclusive: {who}: {found}", who=who, found=found)
        case CheckStatus.SOUND:
            found = findings.passing(checked.findings, checked.fail_on)
            return translate("Sound: {who}: {found}", who=who, found=found)


def _scene(report: Report, medium: Medium, between: str) -> str:
    """Say where and when, as far as the captures know it: a response in a file has neither instance nor time."""
    untold = [not side.owner for side in (report.before, report.after)]
    whose = sides.instance(report, medium)
    scope = between if all(untold) else translate("in {instance} {between}", instance=whose, between=between)
    return scope if any(untold) else translate("{scope}, {interval}", scope=scope, interval=times.interval(report))


def _counts(report: Report, outline: Outline) -> str:
    """Count the changes: `12 unexpected changes (3 error, 9 warning), 4 ignored`."""
    broken = [*_new_or_worse(report), *_on_nodes(report.node_check)]
    if not outline.total:
        return sentences.clauses([translate("nothing changed"), *_on_nodes(report.node_check)])
    counts = [(kind, count) for kind, count in report.verdict.by_disposition.items() if count]
    (kind, first), *others = counts
    severities = sentences.listing(
        sentences.number(count, sentences.severity(each)) for each, count in outline.unexpected
    )
    head = sentences.followed(plural(first, _CHANGES[kind]), severities)
    return sentences.clauses(
        [head, *(sentences.number(count, sentences.disposition(each)) for each, count in others), *broken]
    )


def _new_or_worse(report: Report) -> list[str]:
    return [plural(len(report.verdict.findings), "new or worse finding")] if report.verdict.findings else []


def _on_nodes(check: NodeCheck | None) -> list[str]:
    """Count what fails on data nodes, and what was not checked there although it counts."""
    if check is None:
        return []
    failing = sum(each.fails for each in check.verification.findings)
    unread = sum(each.counts for each in check.verification.not_checked)
    parts = [plural(failing, "finding on data nodes")] if failing else []
    if unread:
        parts.append(translate("{parts} of data nodes not checked", parts=plural(unread, "part")))
    return parts


def _planned(where: str, report: Report, medium: Medium) -> str:
    """Add whether the plan is met, if there is one."""
    match = report.verdict.match
    if match is None:
        return where
    end = "met" if match.is_met else "missed" if match.is_missed else "untold"
    sentence = _PLANS[match.plan.change is not None, end]
    return translate(sentence, where=where, plan=medium.name(match.plan.change or ""))
