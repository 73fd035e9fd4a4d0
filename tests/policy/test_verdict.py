from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.compare.diff import diff
from drift.core.finding import Finding
from drift.policy.plan.file import parse
from drift.policy.plan.matching import match
from drift.policy.rules import RULES, Severity
from drift.policy.verdict import EXIT_CODES, Disposition, Outcome, Policy, judge, judge_snapshot
from support.builders import a_database, a_node, a_shard, a_snapshot, a_world
from support.strategies import pairs

if TYPE_CHECKING:
    from drift.compare.diff import Diff
    from drift.core.model import Snapshot
    from drift.policy.rules import Rule

NODE = diff(
    a_snapshot(nodes=[a_node(name="a", id="1", host="h")]), a_snapshot(nodes=[a_node(name="b", id="1", host="h")])
)
MOVE = diff(a_snapshot(a_database(shards=[a_shard(on="rds-1")])), a_snapshot(a_database(shards=[a_shard(on="rds-2")])))
LOSS = diff(a_snapshot(a_database(shards=[])), a_snapshot())
NOTHING = diff(a_snapshot(), a_snapshot())
UNREAD = diff(a_snapshot(), a_snapshot(gaps={"database orders": "500"}))
UNREAD_MOVE = diff(
    a_snapshot(a_database(shards=[a_shard(on="rds-1")])),
    a_snapshot(a_database(shards=[a_shard(on="rds-2")]), gaps={"database users": "500"}),
)
INFO, WARNING, ERROR, IGNORE = Severity.INFO, Severity.WARNING, Severity.ERROR, Severity.IGNORE

# What changed, severities, threshold, and the verdict.
TABLE: list[tuple[str, Diff, dict[str, Severity], Severity, Outcome]] = [
    ("nothing", NOTHING, {}, INFO, Outcome.IN_SYNC),
    ("info below warning", NODE, {}, WARNING, Outcome.EXPECTED),
    ("info at info", NODE, {}, INFO, Outcome.DRIFT),
    ("warning at warning", MOVE, {}, WARNING, Outcome.DRIFT),
    ("warning below error", MOVE, {}, ERROR, Outcome.EXPECTED),
    ("warning above info", MOVE, {}, INFO, Outcome.DRIFT),
    ("error at error", LOSS, {}, ERROR, Outcome.DRIFT),
    ("error above warning", LOSS, {}, WARNING, Outcome.DRIFT),
    ("raised to error", MOVE, {"shard-moved": ERROR}, ERROR, Outcome.DRIFT),
    ("lowered to info", MOVE, {"shard-moved": INFO}, WARNING, Outcome.EXPECTED),
    ("ignored", MOVE, {"shard-moved": IGNORE}, INFO, Outcome.EXPECTED),
    ("another one ignored", MOVE, {"shard-added": IGNORE}, WARNING, Outcome.DRIFT),
    ("nothing, but not all read", UNREAD, {}, WARNING, Outcome.INCONCLUSIVE),
    ("drift, but not all read", UNREAD_MOVE, {}, WARNING, Outcome.INCONCLUSIVE),
    ("ignored, and not all read", UNREAD_MOVE, {"shard-moved": IGNORE}, WARNING, Outcome.INCONCLUSIVE),
]


@pytest.mark.parametrize(
    ("found", "severities", "fail_on", "word"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_the_verdict(found: Diff, severities: dict[str, Severity], fail_on: Severity, word: Outcome) -> None:
    """A change at or above the threshold is drift; one that is not read is never a reason to say that all is well."""
    verdict = judge(found, Policy(severities=severities, fail_on=fail_on), instance="orders-prod")
    assert verdict.outcome is word
    assert (
        verdict.exit_code == {Outcome.IN_SYNC: 0, Outcome.EXPECTED: 0, Outcome.DRIFT: 1, Outcome.INCONCLUSIVE: 4}[word]
    )


LOST = Finding(rule="shard-on-unknown-node", name="orders", data_node_id="rds-9", items=("orders_0000",))
BUSY = Finding(rule="not-running", name="orders", found="BUSY", expected="RUNNING")
EMPTY = Finding(rule="data-node-empty", subject="data-node", name="rds-3")
FINDINGS: list[tuple[str, list[Finding], Policy, list[bool]]] = [
    ("none", [], Policy(), []),
    ("info below the default threshold", [EMPTY], Policy(), [False]),
    ("warning at the default threshold", [BUSY], Policy(), [True]),
    ("error above the default threshold", [LOST], Policy(), [True]),
    ("warning below error", [BUSY], Policy(fail_on=ERROR), [False]),
    ("error at error", [LOST], Policy(fail_on=ERROR), [True]),
    ("info at info", [EMPTY], Policy(fail_on=INFO), [True]),
    ("ignored", [LOST], Policy(severities={LOST.rule: IGNORE}, fail_on=INFO), [False]),
    ("raised", [EMPTY], Policy(severities={EMPTY.rule: ERROR}), [True]),
    ("one of several", [EMPTY, LOST, BUSY], Policy(fail_on=ERROR), [False, True, False]),
]


@pytest.mark.parametrize(
    ("findings", "policy", "fails"), [row[1:] for row in FINDINGS], ids=[row[0] for row in FINDINGS]
)
def test_a_finding_counts_from_the_threshold_on(findings: list[Finding], policy: Policy, fails: list[bool]) -> None:
    """A new finding at or above the threshold is drift, and breaks a checked snapshot; a gap leaves both undecided."""
    verdict = judge(NOTHING, policy, instance=None, findings=findings)
    assert [each.fails for each in verdict.findings] == fails
    assert verdict.outcome is (Outcome.DRIFT if any(fails) else Outcome.IN_SYNC)
    checked = judge_snapshot(findings, (), policy)
    assert (checked.findings, checked.exit_code) == (verdict.findings, int(any(fails)))
    assert judge(UNREAD, policy, instance=None, findings=findings).exit_code == 4
    assert judge_snapshot(findings, UNREAD.not_checked, policy).exit_code == 4


def test_the_threshold_is_warning_unless_configured() -> None:
    """Without a word about it, a change worth a warning fails the gate, and information doesn't."""
    assert judge(MOVE, Policy(), instance=None).outcome is Outcome.DRIFT
    assert judge(NODE, Policy(), instance=None).outcome is Outcome.EXPECTED


@pytest.mark.parametrize(
    ("found", "is_met", "word"),
    [
        (NOTHING, True, Outcome.IN_SYNC),
        (NOTHING, False, Outcome.DRIFT),
        (MOVE, True, Outcome.EXPECTED),
        (UNREAD, True, Outcome.INCONCLUSIVE),
        (UNREAD, False, Outcome.INCONCLUSIVE),
        (UNREAD_MOVE, True, Outcome.INCONCLUSIVE),
        (UNREAD_MOVE, False, Outcome.INCONCLUSIVE),
    ],
)
def test_a_plan_counts_where_all_was_read(found: Diff, is_met: bool, word: Outcome) -> None:  # noqa: FBT001 - a row
    """A plan that isn't met is drift; where part was not read, it may have been met unseen, so nothing is decided."""
    rows = 'rule = "shard-moved"' if found.changes else 'rule = "shard-moved"\ncount = "0.."'
    rows = rows if is_met else 'rule = "database-removed"'
    plan = match(parse(f"[[expect]]\n{rows}\n", Path("plan.toml")), found.changes, a_world(a_snapshot()))
    assert plan.is_met is is_met
    assert judge(found, Policy(), instance=None, match=plan).outcome is word


def test_only_drift_is_1() -> None:
    """Each word has its exit code, and 1 means one thing."""
    assert set(EXIT_CODES) == set(Outcome)
    assert [word for word, code in EXIT_CODES.items() if code == 1] == [Outcome.DRIFT]


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_each_rule_has_its_default_unless_configured(rule: Rule) -> None:
    """The table of the rules holds where nothing is configured."""
    name, severity = rule.id, rule.severity
    assert Policy().severity(name) is severity
    assert Policy(severities={name: Severity.IGNORE}).severity(name) is Severity.IGNORE


@given(pairs(), st.dictionaries(st.sampled_from(sorted(RULES)), st.sampled_from(Severity)))
def test_a_higher_threshold_never_finds_more(sides: tuple[Snapshot, Snapshot], severities: dict[str, Severity]) -> None:
    """What passes a gate passes every laxer one, and every change is in the verdict, counted once."""
    found = diff(*sides)
    verdicts = [
        judge(found, Policy(severities=severities, fail_on=each), instance=None) for each in (INFO, WARNING, ERROR)
    ]
    assert [each.outcome is Outcome.DRIFT for each in verdicts] == sorted(
        (each.outcome is Outcome.DRIFT for each in verdicts), reverse=True
    )
    for verdict in verdicts:
        assert [judged.change for judged in verdict.changes] == list(found.changes)
        assert sum(verdict.by_rule.values()) == sum(verdict.by_disposition.values()) == len(found.changes)


def test_an_ignored_change_is_still_told() -> None:
    """To ignore is to leave out of the judgement, not of the report."""
    (judged,) = judge(MOVE, Policy(severities={"shard-moved": IGNORE}), instance="orders-prod").changes
    assert (judged.disposition, judged.severity) == (Disposition.IGNORED, IGNORE)


def test_a_fingerprint_belongs_to_an_instance() -> None:
    """The same change of another instance is another change."""
    one, other = (judge(MOVE, Policy(), instance=name).changes[0].fingerprint for name in ("orders", "users"))
    assert one != other
