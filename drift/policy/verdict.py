"""Judge changes and findings: the severity of each, and whether the gate fails. Pure.

The exit code, the text and the JSON all come from the one `Verdict`, or from the `CheckResult` of one snapshot.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import msgspec

from drift.compare.diff import Change, Diff, fingerprint
from drift.compare.untold import Untold
from drift.core.finding import Finding
from drift.core.model import Gap
from drift.policy.rules import RULES, Severity

if TYPE_CHECKING:
    from drift.policy.plan.matching import PlanResult  # noqa: TC004 - a Verdict is never decoded
    from drift.policy.waivers import Waived, Waiver  # noqa: TC004 - as above


class Disposition(StrEnum):
    """The place of a change in the judgement."""

    UNEXPECTED = "unexpected"
    EXPECTED = "expected"
    WAIVED = "waived"
    IGNORED = "ignored"


class Outcome(StrEnum):
    """The verdict in one word."""

    IN_SYNC = "in-sync"
    """Nothing changed."""
    EXPECTED = "expected"
    """Changes that don't fail the gate; every planned change has happened."""
    DRIFT = "drift"
    """A change or a finding that fails the gate, or a planned change that did not happen."""
    INCONCLUSIVE = "inconclusive"
    """A side is suspect, or part of it, or a planned change, was not read or told: no sound judgement is possible."""


EXIT_CODES: Final = MappingProxyType(
    {Outcome.IN_SYNC: 0, Outcome.EXPECTED: 0, Outcome.DRIFT: 1, Outcome.INCONCLUSIVE: 4}
)


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """The configured severities by rule id, and the severity that fails the gate."""

    severities: Mapping[str, Severity] = msgspec.field(default_factory=dict)
    fail_on: Severity = Severity.WARNING

    def severity(self, rule: str) -> Severity:
        """Return the severity of a rule under this policy."""
        return self.severities.get(rule, RULES[rule].severity)


class JudgedChange(msgspec.Struct, frozen=True):
    """A change with its judgement. `instance` is the name that its fingerprint is bound to.

    `item` is the number of the plan's item that expects it, counted from 0; `waiver` is the waiver that applies.
    """

    change: Change
    severity: Severity
    disposition: Disposition
    instance: str | None
    item: int | None = None
    waiver: Waiver | None = None

    @property
    def fingerprint(self) -> str:
        """The id of the change across runs."""
        return fingerprint(self.change, self.instance)


class JudgedFinding(msgspec.Struct, frozen=True):
    """A broken rule with its judgement. `fails` is True at or above the threshold, unless a `waiver` applies.

    A finding that can be waived has a `fingerprint`.
    """

    finding: Finding
    severity: Severity
    fails: bool
    fingerprint: str | None = None
    waiver: Waiver | None = None


class CheckStatus(StrEnum):
    """The judgement of one snapshot in one word."""

    SOUND = "sound"
    """No invariant is broken at or above the threshold."""
    BROKEN = "broken"
    """An invariant is broken at or above the threshold."""
    INCONCLUSIVE = "inconclusive"
    """The snapshot is suspect, or part of it was not read."""


CHECK_EXIT_CODES: Final = MappingProxyType({CheckStatus.SOUND: 0, CheckStatus.BROKEN: 1, CheckStatus.INCONCLUSIVE: 4})


class CheckResult(msgspec.Struct, frozen=True):
    """The one judgement of a snapshot. `findings` keep their order."""

    status: CheckStatus
    findings: tuple[JudgedFinding, ...]
    not_checked: tuple[Gap, ...]
    fail_on: Severity

    @property
    def exit_code(self) -> int:
        """The exit code of `drift check`."""
        return CHECK_EXIT_CODES[self.status]


class Verdict(msgspec.Struct, frozen=True):
    """The one judgement of a diff. `changes` keep the diff's order; `findings` are new or worse after it.

    `match` is None without a plan, `waived` is None without waivers. `not_told` are facts that were not compared, since
    one side's layout has no place for them.
    """

    outcome: Outcome
    changes: tuple[JudgedChange, ...]
    not_checked: tuple[Gap, ...]
    fail_on: Severity
    findings: tuple[JudgedFinding, ...] = ()
    match: PlanResult | None = None
    waived: Waived | None = None
    not_told: tuple[Untold, ...] = ()

    @property
    def exit_code(self) -> int:
        """The exit code of `drift gate`."""
        return EXIT_CODES[self.outcome]

    @property
    def by_rule(self) -> dict[str, int]:
        """The number of changes by rule, in the rules' order, without zeros."""
        counts = Counter(judged.change.rule for judged in self.changes)
        return {rule: counts[rule] for rule in RULES if counts[rule]}

    @property
    def by_disposition(self) -> dict[Disposition, int]:
        """The number of changes by disposition, with zeros."""
        counts = Counter(judged.disposition for judged in self.changes)
        return {disposition: counts[disposition] for disposition in Disposition}


def judge(
    diff: Diff,
    policy: Policy,
    *,
    instance: str | None,
    match: PlanResult | None = None,
    waived: Waived | None = None,
    findings: Iterable[Finding] = (),
    verified: CheckStatus = CheckStatus.SOUND,
    suspect: bool = False,
) -> Verdict:
    """Judge every change of a diff, and the `findings` that are new or worse after it.

    `instance` is the name that fingerprints are bound to, `match` the result of the plan, `waived` that of the waivers,
    `verified` the judgement of the data nodes. Where a snapshot is `suspect`, there is no judgement.
    """
    nothing = (None,) * len(diff.changes)
    terms = zip(match.expecting if match else nothing, waived.waiving if waived else nothing, strict=True)
    severities = {rule: policy.severity(rule) for rule in {change.rule for change in diff.changes}}
    changes = tuple(
        JudgedChange(
            change, severity := severities[change.rule], _disposition(severity, item, waiver), instance, item, waiver
        )
        for change, (item, waiver) in zip(diff.changes, terms, strict=True)
    )
    judged = _judge_findings(findings, policy)
    fails = any(finding.fails for finding in judged) or bool(match and match.is_missed)
    fails |= verified is CheckStatus.BROKEN
    if suspect or diff.not_checked:
        outcome = Outcome.INCONCLUSIVE
    else:
        outcome = Outcome.DRIFT if fails else _outcome(changes, policy)
    is_open = bool(match and match.is_untold) or verified is CheckStatus.INCONCLUSIVE
    if is_open and outcome is not Outcome.DRIFT:
        outcome = Outcome.INCONCLUSIVE
    return Verdict(outcome, changes, diff.not_checked, policy.fail_on, judged, match, waived, diff.not_told)


def judge_snapshot(
    findings: Iterable[Finding],
    gaps: Iterable[Gap],
    policy: Policy,
    *,
    verified: CheckStatus = CheckStatus.SOUND,
    suspect: bool = False,
) -> CheckResult:
    """Judge the findings of one snapshot with these gaps. There is no judgement of a `suspect` one.

    `verified` is the judgement of its data nodes.
    """
    judged, not_checked = _judge_findings(findings, policy), tuple(gaps)
    if suspect or not_checked:
        status = CheckStatus.INCONCLUSIVE
    else:
        status = CheckStatus.BROKEN if any(each.fails for each in judged) else verified
    return CheckResult(status, judged, not_checked, policy.fail_on)


def _judge_findings(findings: Iterable[Finding], policy: Policy) -> tuple[JudgedFinding, ...]:
    severities = ((finding, policy.severity(finding.rule)) for finding in findings)
    return tuple(JudgedFinding(finding, severity, severity >= policy.fail_on) for finding, severity in severities)


def _disposition(severity: Severity, item: int | None, waiver: Waiver | None) -> Disposition:
    if item is not None:
        return Disposition.EXPECTED
    if waiver is not None:
        return Disposition.WAIVED
    return Disposition.IGNORED if severity is Severity.IGNORE else Disposition.UNEXPECTED


def _outcome(changes: tuple[JudgedChange, ...], policy: Policy) -> Outcome:
    if not changes:
        return Outcome.IN_SYNC
    failing = any(
        judged.disposition is Disposition.UNEXPECTED and judged.severity >= policy.fail_on for judged in changes
    )
    return Outcome.DRIFT if failing else Outcome.EXPECTED
