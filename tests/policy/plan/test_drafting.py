from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from msgspec.structs import replace

from drift.compare.diff import diff
from drift.policy.known_names import KnownNames
from drift.policy.plan import drafting
from drift.policy.plan.file import Plan, parse
from drift.policy.plan.matching import match, name_problems, with_removed
from drift.policy.plan.preview import preview
from drift.policy.rules import Severity
from drift.policy.verdict import Disposition, Outcome, Policy, judge
from drift.reports import plan_file
from support.builders import a_database, a_node, a_snapshot, a_world
from support.strategies import pairs

if TYPE_CHECKING:
    from drift.core.model import Database, Snapshot

ORIGIN = Path("plan.toml")


def a_draft(before: Snapshot, after: Snapshot) -> Plan:
    names = drafting.names_before(before.data_nodes, after.data_nodes)
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


def with_all_nodes_listed(*sides: Snapshot) -> list[Snapshot]:
    """These snapshots with records of the data nodes that only shards name: no rule is about how they come and go."""
    listed = {node.id: node for side in sides for node in side.data_nodes}
    used = [{shard.data_node_id for each in side.databases for shard in each.shards} for side in sides]
    nowhere = {node_id for each in used for node_id in each} - listed.keys()
    listed |= {node_id: a_node("", id=node_id) for node_id in nowhere}
    missing = [own - {node.id for node in side.data_nodes} | nowhere for side, own in zip(sides, used, strict=True)]
    return [
        replace(side, data_nodes=(*side.data_nodes, *(listed[node_id] for node_id in sorted(more))))
        for side, more in zip(sides, missing, strict=True)
    ]


@given(pairs(partial=False))
def test_a_plan_from_a_diff_can_be_shown_before_and_after(sides: tuple[Snapshot, Snapshot]) -> None:
    """All of a plan that was written from a diff is possible in the first snapshot, and none of it in the second."""
    before, after = with_all_nodes_listed(*sides)
    draft = a_draft(before, after)
    for plan, one, other in ((draft, before, after), (drafting.reverse(draft), after, before)):
        assert list(name_problems(plan, KnownNames.of_whole(one))) == []
        assert all(each.is_possible for each in preview(plan, one, KnownNames.of_whole(one)))
        known_names = with_removed(plan, KnownNames.of_whole(other))
        assert list(name_problems(plan, known_names)) == []
        assert {each.ready for each in preview(plan, other, known_names)} <= {0}


BEFORE = a_snapshot(a_database(shard_count=8, attributes={"zone": "a", "tags": ["x"]}))


@pytest.mark.parametrize(
    ("after", "other"),
    [
        (a_database(shard_count=None), a_database(shard_count=10)),
        (a_database(shard_count=None), a_database(shard_count=16)),
        (a_database(shard_count=16), a_database(shard_count=None)),
        (a_database(shard_mode=None), a_database(shard_mode="single")),
        (a_database(status=None), a_database(status="ERROR")),
        (a_database(attributes={"zone": None, "tags": ["x"]}), a_database(attributes={"zone": "b", "tags": ["x"]})),
        (a_database(attributes={"zone": {"of": None}}), a_database(attributes={"zone": {"of": 1}})),
        (a_database(attributes={"tags": ["x"]}), a_database(attributes={"zone": "b", "tags": ["x"]})),
    ],
)
def test_a_plan_passes_the_values_that_it_was_written_for_alone(after: Database, other: Database) -> None:
    """A value that becomes null is pinned as one that becomes another."""
    assert who_meets_the_plan_of(BEFORE, a_snapshot(after), a_snapshot(other)) == [True, False]


@pytest.mark.parametrize("field", ["host", "port", "engine", "engine_version"])
@pytest.mark.parametrize("value", [None, "other"])
def test_a_plan_pins_what_a_new_data_node_is(field: str, value: str | None) -> None:
    """Another one of the same name is not the one that was planned."""
    other: object = 1 if field == "port" and value else value
    new, changed = a_node("rds-3"), a_node("rds-3", **{field: other})
    nodes = ["rds-1", "rds-2"]
    for planned, found in ((new, changed), (changed, new)):
        both = (a_snapshot(*BEFORE.databases, nodes=[*nodes, each]) for each in (planned, found))
        assert who_meets_the_plan_of(BEFORE, *both) == [True, False]


@pytest.mark.parametrize(
    ("field", "value"), [("shard_mode", "single"), ("shard_mode", None), ("shard_count", 5), ("shard_count", None)]
)
def test_a_plan_pins_what_a_new_database_is(field: str, value: object) -> None:
    """Its mode and its count are those that were planned."""
    planned, found = a_database("users"), a_database("users", **{field: value})
    both = (a_snapshot(*BEFORE.databases, each) for each in (planned, found))
    assert who_meets_the_plan_of(BEFORE, *both) == [True, False]


def who_meets_the_plan_of(before: Snapshot, planned: Snapshot, found: Snapshot) -> list[bool]:
    """Whether the plan of one diff passes that diff, and whether it passes the other."""
    plan = written(a_draft(before, planned))
    return [match(plan, diff(before, after).changes, a_world(before, after)).is_met for after in (planned, found)]


def test_a_plan_says_what_it_can_not_pin() -> None:
    """TOML has no list with a null in it."""
    before, after = (a_snapshot(a_database(attributes={"tags": [None, tag]})) for tag in ("a", "b"))
    assert drafting.unpinned(diff(before, after).changes) == ["database orders: attributes.tags.1"]
    assert drafting.unpinned(diff(BEFORE, a_snapshot(a_database(shard_count=None))).changes) == []


@pytest.mark.parametrize("without", [{}, {"tags": "none"}, {"tags": ["a"]}])
def test_a_plan_says_of_one_side_that_it_can_not_pin_it(without: dict[str, object]) -> None:
    """A list with a null that comes or goes is told, though what was there instead is pinned."""
    plain, listed = (a_snapshot(a_database(attributes=each)) for each in (without, {"tags": ["a", None]}))
    for before, after, side in ((plain, listed, "after"), (listed, plain, "before")):
        told = drafting.unpinned(diff(before, after).changes)
        assert [text.split()[-1] for text in told] == [f"({side})"]
