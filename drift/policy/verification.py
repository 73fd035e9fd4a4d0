"""Judge what was found on data nodes: severities, waivers, and what was not checked although it counts. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from drift.compare.diff import digest
from drift.core.data_nodes import NotChecked
from drift.core.finding import Finding
from drift.core.model import Gap
from drift.policy.rules import Severity
from drift.policy.verdict import CHECK_EXIT_CODES, CheckStatus, JudgedFinding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from drift.core.data_nodes import Compared
    from drift.policy.verdict import Policy
    from drift.policy.waivers import Waiver


class JudgedGap(msgspec.Struct, frozen=True):
    """A part that could not be checked. It `counts` where the rule that could not be judged would fail."""

    part: NotChecked
    severity: Severity
    counts: bool


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """The one judgement of what data nodes hold. `gaps` are parts of the claim that were not captured.

    `moving` is not as claimed, as an operation in flight explains.
    """

    status: CheckStatus
    findings: tuple[JudgedFinding, ...]
    not_checked: tuple[JudgedGap, ...]
    gaps: tuple[Gap, ...]
    moving: tuple[Finding, ...]
    fail_on: Severity

    @property
    def exit_code(self) -> int:
        """The exit code of `drift verify`."""
        return CHECK_EXIT_CODES[self.status]


def judge_verification(
    compared: Compared,
    gaps: Iterable[Gap],
    policy: Policy,
    *,
    instance: str | None,
    waivers: Sequence[Waiver] = (),
    today: date | None = None,
    suspect: bool = False,
) -> Verification:
    """Judge a comparison with data nodes. A finding is certain, so it counts whatever else was not checked."""
    waiving = {each.fingerprint: each for each in waivers if today is None or each.expires >= today}
    findings = tuple(_judge(finding, policy, instance, waiving) for finding in compared.findings)
    not_checked = tuple(_weigh(part, policy) for part in compared.not_checked)
    open_gaps = tuple(gaps)
    if any(each.fails for each in findings) and not suspect:
        status = CheckStatus.BROKEN
    elif suspect or open_gaps or any(each.counts for each in not_checked):
        status = CheckStatus.INCONCLUSIVE
    else:
        status = CheckStatus.SOUND
    return Verification(
        status=status,
        findings=findings,
        not_checked=not_checked,
        gaps=open_gaps,
        moving=compared.moving,
        fail_on=policy.fail_on,
    )


def fingerprint(finding: Finding, instance: str | None) -> str:
    """Compute the id of a finding across runs. It covers what was found, so that another extent has another id."""
    subject = [finding.subject, finding.name, finding.data_node_id, finding.aspect]
    if finding.total is not None:
        subject += [finding.table, finding.part]
    return digest([finding.rule, instance, subject, _extent(finding)])


def _extent(finding: Finding) -> list[object]:
    extent: list[object] = [finding.items, finding.found, finding.expected]
    return [*extent, finding.variants] if finding.variants else extent


def _judge(finding: Finding, policy: Policy, instance: str | None, waiving: dict[str | None, Waiver]) -> JudgedFinding:
    severity = policy.severity(finding.rule)
    mark = fingerprint(finding, instance)
    waiver = waiving.get(mark)
    return JudgedFinding(finding, severity, severity >= policy.fail_on and waiver is None, mark, waiver)


def _weigh(part: NotChecked, policy: Policy) -> JudgedGap:
    severity = policy.severity(part.rule)
    return JudgedGap(part, severity, severity >= policy.fail_on)
