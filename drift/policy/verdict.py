"""Changes and findings to the one verdict: what each is worth, and whether the gate fails. Pure.

The exit code, the text and the JSON are all read from the `Verdict` made here, or of one snapshot from the
`CheckResult`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import msgspec

from drift.compare.diff import Change, Diff, fingerprint
from drift.core.model import Gap
from drift.policy.invariants import Finding
from drift.policy.rules import RULES, Severity

if TYPE_CHECKING:
    from drift.policy.plan.matching import PlanResult  # noqa: TC004 - a Verdict is never decoded, so its types needn't be known
    from drift.policy.waivers import Waived, Waiver  # noqa: TC004 - as above


class Disposition(StrEnum):
    """What becomes of a change in the judgement."""

    UNEXPECTED = "unexpected"
    EXPECTED = "expected"
    WAIVED = "waived"
    IGNORED = "ignored"


class Outcome(StrEnum):
    """The verdict in a word."""

    IN_SYNC = "in-sync"
    """Nothing changed."""
    EXPECTED = "expected"
    """Something changed, nothing that fails the gate; what was planned has happened."""
    DRIFT = "drift"
    """Something changed that fails the gate, or something that was planned did not happen."""
    INCONCLUSIVE = "inconclusive"
    """Part of the topology was not read on one side, so there is no sound judgement."""


EXIT_CODES: Final = MappingProxyType(
    {Outcome.IN_SYNC: 0, Outcome.EXPECTED: 0, Outcome.DRIFT: 1, Outcome.INCONCLUSIVE: 4}
)


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What matters: severities by rule id, where they are not the rules' own, and the one that fails the gate."""

    severities: Mapping[str, Severity] = msgspec.field(default_factory=dict)
    fail_on: Severity = Severity.WARNING

    def severity(self, rule: str) -> Severity:
        """The severity of a rule under this policy."""
        return self.severities.get(rule, RULES[rule].severity)


class JudgedChange(msgspec.Struct, frozen=True):
    """A change with what the policy makes of it. `instance` is the name that its fingerprint is bound to.

    `item` is the number of the plan's item that expects it, counted from 0; `waiver` lets it pass.
    """

    change: Change
    severity: Severity
    disposition: Disposition
    instance: str | None
    item: int | None = None
    waiver: Waiver | None = None

    @property
    def fingerprint(self) -> str:
        """What identifies the change across runs."""
        return fingerprint(self.change, self.instance)


class JudgedFinding(msgspec.Struct, frozen=True):
    """A broken invariant with what the policy makes of it; `fails` says whether it is at or above the threshold."""

    finding: Finding
    severity: Severity
    fails: bool


class CheckStatus(StrEnum):
    """The judgement of one snapshot in a word."""

    SOUND = "sound"
    """No invariant is broken that matters."""
    BROKEN = "broken"
    """An invariant is broken at or above the threshold."""
    INCONCLUSIVE = "inconclusive"
    """Part of the snapshot was not read."""


CHECK_EXIT_CODES: Final = MappingProxyType({CheckStatus.SOUND: 0, CheckStatus.BROKEN: 1, CheckStatus.INCONCLUSIVE: 4})


class CheckResult(msgspec.Struct, frozen=True):
    """The one judgement of a snapshot. `findings` keep their order."""

    status: CheckStatus
    findings: tuple[JudgedFinding, ...]
    not_checked: tuple[Gap, ...]
    fail_on: Severity

    @property
    def exit_code(self) -> int:
        """What a process that checks ends with."""
        return CHECK_EXIT_CODES[self.status]


class Verdict(msgspec.Struct, frozen=True):
    """The one judgement of a diff. `changes` keep the diff's order; `findings` are those that the diff brought.

    `match` is None where there was no plan, `waived` where there were no waivers.
    """

    outcome: Outcome
    changes: tuple[JudgedChange, ...]
    not_checked: tuple[Gap, ...]
    fail_on: Severity
    findings: tuple[JudgedFinding, ...] = ()
    match: PlanResult | None = None
    waived: Waived | None = None

    @property
    def exit_code(self) -> int:
        """What a process that judges ends with."""
        return EXIT_CODES[self.outcome]

    @property
    def by_rule(self) -> dict[str, int]:
        """How many changes each rule has, in the rules' order, without those that have none."""
        counts = Counter(judged.change.rule for judged in self.changes)
        return {rule: counts[rule] for rule in RULES if counts[rule]}

    @property
    def by_disposition(self) -> dict[Disposition, int]:
        """How many changes each disposition has, zeros included."""
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
) -> Verdict:
    """Judge every change of a diff, and the `findings` that it brought.

    `instance` is the name that fingerprints are bound to, `match` what became of the plan, `waived` what the waivers
    let pass.
    """
    nothing = (None,) * len(diff.changes)
    terms = zip(match.expecting if match else nothing, waived.waiving if waived else nothing, strict=True)
    changes = tuple(
        _judge_change(change, policy, instance, item, waiver)
        for change, (item, waiver) in zip(diff.changes, terms, strict=True)
    )
    judged = _judge_findings(findings, policy)
    fails = any(finding.fails for finding in judged) or not (match is None or match.is_met)
    outcome = Outcome.DRIFT if fails and not diff.not_checked else _outcome(changes, diff, policy)
    return Verdict(outcome, changes, diff.not_checked, policy.fail_on, judged, match, waived)


def judge_snapshot(findings: Iterable[Finding], gaps: Iterable[Gap], policy: Policy) -> CheckResult:
    """Judge what was found in one snapshot, whose gaps are those."""
    judged, not_checked = _judge_findings(findings, policy), tuple(gaps)
    if not_checked:
        status = CheckStatus.INCONCLUSIVE
    else:
        status = CheckStatus.BROKEN if any(each.fails for each in judged) else CheckStatus.SOUND
    return CheckResult(status, judged, not_checked, policy.fail_on)


def _judge_findings(findings: Iterable[Finding], policy: Policy) -> tuple[JudgedFinding, ...]:
    severities = ((finding, policy.severity(finding.rule)) for finding in findings)
    return tuple(JudgedFinding(finding, severity, severity >= policy.fail_on) for finding, severity in severities)


def _judge_change(
    change: Change, policy: Policy, instance: str | None, item: int | None, waiver: Waiver | None
) -> JudgedChange:
    severity = policy.severity(change.rule)
    if item is not None:
        disposition = Disposition.EXPECTED
    elif waiver is not None:
        disposition = Disposition.WAIVED
    else:
        disposition = Disposition.IGNORED if severity is Severity.IGNORE else Disposition.UNEXPECTED
    return JudgedChange(change, severity, disposition, instance, item, waiver)


def _outcome(changes: tuple[JudgedChange, ...], diff: Diff, policy: Policy) -> Outcome:
    if diff.not_checked:
        return Outcome.INCONCLUSIVE
    if not changes:
        return Outcome.IN_SYNC
    failing = any(
        judged.disposition is Disposition.UNEXPECTED and judged.severity >= policy.fail_on for judged in changes
    )
    return Outcome.DRIFT if failing else Outcome.EXPECTED
