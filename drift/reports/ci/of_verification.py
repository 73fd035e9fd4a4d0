"""A verification as notices. Pure; judges nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.compare.diff import digest
from drift.policy.rules import Severity
from drift.reports.ci.notice import Level, Notice
from drift.reports.content.nodes import NodeNames
from drift.reports.wording import findings, node_names, sentences
from drift.reports.wording import verification as words
from drift.reports.wording.escape import TEXT, sentence
from drift.reports.wording.i18n import translate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.policy.verdict import JudgedFinding
    from drift.policy.verification import JudgedGap, Verification
    from drift.reports.content.node_check import NodeCheck
    from drift.reports.content.report import Side

MOST_NAMES: Final = 8


def part(check: NodeCheck | None, side: Side, instance: str) -> Iterator[Notice]:
    """Make the notices of data nodes in a report on something else."""
    if check is not None:
        yield from notices(check.verification, side, instance)


def notices(verification: Verification, side: Side, instance: str) -> Iterator[Notice]:
    """Make a notice of each finding, and of each part that was not checked."""
    naming = NodeNames.of(side)
    for gap in verification.not_checked:
        yield _unchecked(gap, naming, instance)
    for each in findings.worst_first(verification.findings):
        yield _finding(each, naming)


def _finding(judged: JudgedFinding, naming: NodeNames) -> Notice:
    found = judged.finding
    names = findings.shards(found, MOST_NAMES, TEXT)
    ignored = judged.severity is Severity.IGNORE
    reason = words.waived(judged, sentence)
    if ignored and not reason:
        reason = translate("{rule} is ignored", rule=found.rule)
    return Notice(
        part="data-nodes",
        rule=found.rule,
        severity=judged.severity,
        level=Level.FAILS if judged.fails else Level.ACCEPTED if reason else Level.MINOR,
        kind=found.subject,
        subject=findings.subject(found, naming, TEXT),
        message=sentences.followed(findings.telling(found, naming, TEXT), names),
        fingerprint=judged.fingerprint or "",
        reason=reason,
    )


def _unchecked(gap: JudgedGap, naming: NodeNames, instance: str) -> Notice:
    part = gap.part
    text = sentences.followed(words.unchecked(part, naming, TEXT), words.shards(part, MOST_NAMES, TEXT))
    return Notice(
        part="data-nodes",
        rule=part.rule,
        severity=gap.severity,
        level=Level.UNJUDGED if gap.counts else Level.MINOR,
        kind="data-node",
        subject=node_names.short_node(naming.node(part.data_node_id), TEXT),
        message=translate("not checked: {what}", what=text),
        fingerprint=digest([part.rule, instance, part.data_node_id, part.database, part.items]),
    )
