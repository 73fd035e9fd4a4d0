"""The words of `drift verify` that text, Markdown and CI formats share. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.core.name_ranges import runs
from drift.policy.verdict import CheckStatus
from drift.reports.wording import change_groups, findings, node_names, sentences, sides, times
from drift.reports.wording.escape import sentence
from drift.reports.wording.i18n import mark_sentence, plural, translate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from drift.core.data_nodes import FailureKind, NotChecked
    from drift.core.finding import Finding
    from drift.policy.verdict import JudgedFinding
    from drift.reports.content.node_check import NodeCheck, NodeLine
    from drift.reports.content.nodes import NodeNames
    from drift.reports.content.verification import VerifyReport
    from drift.reports.wording.escape import Medium

_REASONS: Final[Mapping[FailureKind, str]] = {
    "no-address": mark_sentence('its address is not known; [data_nodes."NAME"] in drift.toml can give it'),
    "unreachable": mark_sentence("no connection: {detail}"),
    "busy": mark_sentence("it takes no more connections: {detail}"),
    "refused": mark_sentence("it refused the login: {detail}"),
    "expired": mark_sentence("the account is locked, or its password has expired: {detail}"),
    "untrusted": mark_sentence("its certificate could not be verified: {detail}"),
    "no-tls": mark_sentence("no encrypted connection: {detail}"),
    "no-client": mark_sentence("the client is not installed: {detail}"),
    "other-kind": mark_sentence("no MySQL or MariaDB answers there: {detail}"),
    "right-missing": mark_sentence("the account may not see it"),
    "cut": mark_sentence("the connection broke off: {detail}"),
    "late": mark_sentence("it did not answer in time: {detail}"),
    "error": mark_sentence("the server answered with an error: {detail}"),
    "not-tried": mark_sentence("not tried, as {detail} data nodes refused the login"),
    "another-server": mark_sentence("the server there is not the one described, so it proves no absence"),
    "no-result": mark_sentence("there is no result of it: {detail}"),
    "bad-result": mark_sentence("its result can't be read: {detail}"),
    "unsettled": mark_sentence("it was there and was not, within a second"),
}
TABLES: Final = "column-differs"
"""The rule that stands for all rules about tables where they could not be judged."""
SIZES: Final = "balance-by-size"
_TABLES_IN: Final = mark_sentence("tables in {shards} of {database}")
_SHARDS_OF: Final = mark_sentence("{shards} of {database}")
_UNLISTED: Final = mark_sentence("databases that nothing claims, as the account may not see every name")


def verdict(report: VerifyReport, medium: Medium) -> str:
    """State the verdict in one sentence without a full stop."""
    found = report.check.verification
    who = sides.full_name(report.side, medium)
    match found.status:
        case CheckStatus.BROKEN:
            told = findings.failing(found.findings, found.fail_on)
            return translate("Not so: {who}: {found}", who=who, found=told)
        case CheckStatus.INCONCLUSIVE:
            return _inconclusive(report, who)
        case CheckStatus.SOUND:
            told = findings.passing(found.findings, found.fail_on)
            return translate("Verified: {who}: {found}", who=who, found=told)


def _inconclusive(report: VerifyReport, who: str) -> str:
    found = report.check.verification
    count = findings.count(len(found.findings))
    if report.side.suspect:
        return translate("Inconclusive: {who} is suspect; {found}", who=who, found=count)
    parts = plural(sum(each.counts for each in found.not_checked) + len(found.gaps), "part")
    return translate(
        "Inconclusive: {who}: {parts} not checked; in the rest, {found}", who=who, parts=parts, found=count
    )


def held_against(check: NodeCheck) -> str:
    """Say what the claim was held against, and when."""
    count = translate("{count:,} of {all}", count=check.read, all=plural(len(check.nodes), "data node"))
    return translate("Held against {nodes}, read {time}", nodes=count, time=times.moment(check.at))


def heading(judged: JudgedFinding, severity: str) -> str:
    """Name a finding's rule, its severity and, where it is waived, the waiver."""
    head, why = sentences.followed(judged.finding.rule, severity), waived(judged, sentence)
    return translate("{told}, {more}", told=head, more=why) if why else head


def waived(judged: JudgedFinding, safe: Callable[[str], str]) -> str:
    """Say why and until when a finding is waived; return an empty text for any other."""
    waiver = judged.waiver
    if waiver is None:
        return ""
    return translate("waived until {day}: {reason}", day=waiver.expires, reason=safe(waiver.reason))


def moving(finding: Finding, naming: NodeNames, medium: Medium) -> str:
    """Describe what an operation in flight explains."""
    return translate("{who}: {what}", who=finding.rule, what=findings.telling(finding, naming, medium))


def unchecked(part: NotChecked, naming: NodeNames, medium: Medium) -> str:
    """Say which part was not checked, and why."""
    node = node_names.short_node(naming.node(part.data_node_id), medium)
    return translate("{who}: {what}", who=node, what=_part(part, medium))


def _part(part: NotChecked, medium: Medium) -> str:
    if part.rule == "shard-unclaimed":
        return translate(_UNLISTED)
    reason = translate(_REASONS[part.failure.kind], detail=medium.literal(part.failure.detail))
    if part.rule == SIZES:
        return translate("{who}: {what}", who=translate("sizes"), what=reason)
    if part.database is None:
        return translate("{who}: {what}", who=translate("tables"), what=reason) if part.rule == TABLES else reason
    shards = translate(
        _TABLES_IN if part.rule == TABLES else _SHARDS_OF,
        shards=plural(len(part.items), "shard"),
        database=medium.name(part.database),
    )
    return translate("{who}: {what}", who=shards, what=reason)


def shards(part: NotChecked, most: int, medium: Medium) -> str:
    """List the shards of a part as at most `most` runs; return an empty text where there are none."""
    return change_groups.run_names(runs(part.items), most, medium) if part.items else ""


def server(node: NodeLine, medium: Medium) -> str:
    """Name the server of a data node, and what is worth knowing of the session there."""
    if node.server is None:
        return translate("not read")
    marks = [translate("read-only")] if node.is_read_only else []
    marks += [translate("the account may write")] if node.may_write else []
    return sentences.followed(medium.literal(node.server), sentences.listing(marks))
