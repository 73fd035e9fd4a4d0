from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given

from drift.compare.diff import diff
from drift.policy.plan import drafting
from drift.policy.plan.file import Plan, parse
from drift.policy.plan.matching import match
from drift.policy.rules import Severity
from drift.policy.verdict import Disposition, Outcome, Policy, judge
from drift.reports import plan_file
from support.builders import a_world
from support.strategies import pairs

if TYPE_CHECKING:
    from drift.core.model import Snapshot

ORIGIN = Path("plan.toml")


def a_draft(before: Snapshot, after: Snapshot) -> Plan:
    names = {node.id: node.name for side in (before, after) for node in side.data_nodes}
    return drafting.from_changes(diff(before, after).changes, a_world(before, after), names, "CHG-1", ORIGIN)


def written(draft: Plan) -> Plan:
    return parse(plan_file.render(draft, ["remark"]), ORIGIN)


@given(pairs(partial=False))
def test_a_plan_from_a_diff_passes(sides: tuple[Snapshot, Snapshot]) -> None:
    """Whatever changed, the plan written from it expects all of it, and nothing of it is missing."""
    before, after = sides
    found = diff(before, after)
    matched = match(written(a_draft(before, after)), found.changes, a_world(before, after))
    verdict = judge(found, Policy(fail_on=Severity.INFO), instance=None, match=matched)
    assert matched.is_met
    assert {judged.disposition for judged in verdict.changes} <= {Disposition.EXPECTED}
    assert verdict.outcome is (Outcome.EXPECTED if found.changes else Outcome.IN_SYNC)


@given(pairs(partial=False))
def test_a_reversed_plan_passes_on_the_way_back(sides: tuple[Snapshot, Snapshot]) -> None:
    """The plan of a diff, reversed, expects just what undoes the diff."""
    before, after = sides
    found = diff(after, before)
    matched = match(written(drafting.reverse(a_draft(before, after))), found.changes, a_world(before, after))
    assert matched.is_met
    assert None not in matched.expecting
