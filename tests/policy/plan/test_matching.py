from __future__ import annotations

from itertools import permutations, product
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.compare.diff import Diff, diff
from drift.compare.untold import Untold
from drift.core.errors import ConfigError
from drift.policy.plan.assignment import assign
from drift.policy.plan.file import parse
from drift.policy.plan.matching import PlanResult, Status, check_shards, match
from drift.policy.rules import Severity
from drift.policy.verdict import Disposition, Outcome, Policy, judge
from drift.reports.plan_file import toml_value
from support.builders import a_database, a_node, a_shard, a_snapshot, a_world, node_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drift.core.model import Snapshot

THREE = ("rds-1", "rds-2", "rds-3")
BEFORE = a_snapshot(a_database(shards=16), a_database("users"))


def after(moves: dict[int, str], **fields: object) -> Snapshot:
    """`BEFORE` with a third data node, and with the shards of orders of these numbers elsewhere."""
    home = a_database(shards=16).shards
    shards = [a_shard(shard.name, on=moves[i]) if i in moves else shard for i, shard in enumerate(home)]
    return a_snapshot(a_database(shards=shards, **fields), a_database("users"), nodes=THREE)


def item(**keys: object) -> str:
    """An expected change; `from_` stands for the key `from`."""
    return "[[expect]]\n" + "".join(f"{key.rstrip('_')} = {toml_value(value)}\n" for key, value in keys.items())


def held(plan: str, now: Snapshot, was: Snapshot = BEFORE) -> PlanResult:
    return match(parse(plan, Path("plan.toml")), diff(was, now).changes, a_world(was, now))


def outcomes(plan: str, now: Snapshot) -> list[tuple[Status, int, int, tuple[str, ...]]]:
    return [(each.status, each.found, len(each.wrong), each.unseen) for each in held(plan, now).results]


NODE = item(rule="data-node-added", name="rds-3")
ALL_MOVED = dict.fromkeys(range(8, 16), "rds-3")


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"count": 8},
        {"count": "1.."},
        {"database": "orders", "name": "orders_{0008..0015}", "from_": "rds-2", "to": "rds-3", "count": 8},
        {"database": "ord*", "name": ["orders_000{8..9}", "orders_001*"], "to": "rds-?"},
        {"from_": node_id("rds-2"), "to": node_id("rds-3")},
        {"to": ["rds-1", "rds-3"], "from_": "rds-{1..2}"},
    ],
)
def test_changes_are_matched_however_they_are_selected(keys: dict[str, object]) -> None:
    """Names, globs, ranges, lists and data nodes by name or id all select the same eight moves."""
    found = held(NODE + item(rule="shard-moved", **keys), after(ALL_MOVED))
    assert found.is_met
    assert None not in found.expecting


@pytest.mark.parametrize(
    ("moves", "keys", "expected"),
    [
        ({8: "rds-3"}, {"name": "orders_0008", "to": "rds-3"}, (Status.MATCHED, 1, 0, ())),
        ({}, {"name": "orders_0008", "to": "rds-3"}, (Status.MISSING, 0, 0, ("orders_0008",))),
        ({8: "rds-3"}, {"name": "orders_{0008..0009}"}, (Status.PARTIAL, 1, 0, ("orders_0009",))),
        ({8: "rds-1"}, {"name": "orders_0008", "to": "rds-3"}, (Status.WRONG, 0, 1, ())),
        ({8: "rds-1", 9: "rds-3"}, {"name": "orders_{0008..0010}", "to": "rds-3"},
         (Status.WRONG, 1, 1, ("orders_0010",))),
        ({8: "rds-1", 9: "rds-3"}, {"name": "orders_*", "to": "rds-3"}, (Status.WRONG, 1, 1, ())),
        ({8: "rds-1", 9: "rds-3"}, {"name": "orders_*", "to": "rds-3", "count": 1}, (Status.MATCHED, 1, 0, ())),
        ({8: "rds-3"}, {"name": "orders_0008", "from_": "rds-1"}, (Status.MISSING, 0, 0, ("orders_0008",))),
        ({8: "rds-3", 9: "rds-3"}, {"to": "rds-3", "count": 1}, (Status.MATCHED, 1, 0, ())),
        ({8: "rds-3", 9: "rds-3"}, {"to": "rds-3", "count": "3..4"}, (Status.PARTIAL, 2, 0, ())),
        ({}, {"to": "rds-3", "count": "0..4"}, (Status.MATCHED, 0, 0, ())),
        ({}, {"to": "rds-3", "count": 0}, (Status.MATCHED, 0, 0, ())),
    ],
)  # fmt: skip
def test_an_item_is_matched_partial_wrong_or_missing(
    moves: dict[int, str], keys: dict[str, object], expected: tuple[Status, int, int, tuple[str, ...]]
) -> None:
    """What became of an item is told exactly: how many, which not, and which went elsewhere."""
    assert outcomes(item(rule="shard-moved", database="orders", **keys), after(moves)) == [expected]


@pytest.mark.parametrize(
    ("keys", "status"),
    [
        ({}, Status.MATCHED),
        ({"becomes": {"shard_count": 32}}, Status.MATCHED),
        ({"was": {"shard_count": 16}, "becomes": {"shard_count": 32}}, Status.MATCHED),
        ({"was": {"shard_count": 16}}, Status.MATCHED),
        ({"becomes": {"shard_count": 64}}, Status.WRONG),
        ({"was": {"shard_count": 8}}, Status.MISSING),
        ({"becomes": {"shard_mode": "cluster"}}, Status.WRONG),  # says nothing of the count, which changed
        ({"becomes": {"shard_count": 32, "shard_mode": "single"}}, Status.WRONG),
        ({"becomes": {"shard_count": 32, "shard_mode": "cluster"}}, Status.MATCHED),
    ],
)
def test_values_are_matched_exactly(keys: dict[str, object], status: Status) -> None:
    """Every value that is told holds, and every value that changed is told, if any is."""
    (found,) = held(item(rule="database-resharded", name="orders", **keys), after({}, shard_count=32)).results
    assert found.status is status


def test_a_one_is_not_true() -> None:
    """Values are compared as JSON has them."""
    now = after({}, attributes={"online": True})
    for value, status in ((1, Status.WRONG), (True, Status.MATCHED)):
        keys = {"becomes": {"attributes": {"online": value}}}
        plan = item(rule="database-changed", name="orders", **keys)
        assert held(plan, now).results[0].status is status


def test_a_change_counts_once() -> None:
    """Two items that fit one change are not both met by it."""
    twice = item(rule="shard-moved", name="orders_0008") * 2
    assert sorted(each.status for each in held(twice, after({8: "rds-3"})).results) == ["matched", "missing"]


def test_items_that_overlap_share_in_the_way_that_meets_them() -> None:
    """A plan is met if there is any way to deal out the changes that meets it, in whatever order its items stand."""
    items = [
        item(rule="shard-moved", to="rds-3", count=2),
        item(rule="shard-moved", name="orders_0008"),
        item(rule="shard-moved", from_="rds-1", count=1),
        NODE,
    ]
    now = after({1: "rds-3", 8: "rds-3", 9: "rds-3", 10: "rds-3"})
    for order in permutations(items):
        found = held("".join(order), now)
        assert found.is_met
        assert None not in found.expecting


def _some_assignment_meets(sizes: dict[tuple[int, ...], int], least: list[int], most: list[int]) -> bool:
    choices = [range(-1, len(group)) for group, size in sizes.items() for _ in range(size)]
    groups = [group for group, size in sizes.items() for _ in range(size)]
    for chosen in product(*choices):
        taken = [0] * len(least)
        for group, choice in zip(groups, chosen, strict=True):
            if choice >= 0:
                taken[group[choice]] += 1
        if all(low <= amount <= high for low, amount, high in zip(least, taken, most, strict=True)):
            return True
    return False


@given(
    st.dictionaries(
        st.lists(st.integers(0, 2), min_size=1, max_size=3, unique=True).map(tuple), st.integers(1, 2), max_size=3
    ),
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=3, max_size=3),
)
def test_a_plan_that_can_be_met_is_met(sizes: dict[tuple[int, ...], int], bounds: list[tuple[int, int]]) -> None:
    """The assignment meets every least number if any assignment does, breaks no most, and uses no change twice."""
    least, most = [low for low, _ in bounds], [low + more for low, more in bounds]
    flows = assign([sizes], (least, most), 3)
    taken = [sum(flow.get(number, 0) for flow in flows.values()) for number in range(3)]
    assert all(sum(flow.values()) <= sizes[group] and min(flow.values()) >= 0 for group, flow in flows.items())
    assert all(amount <= high for amount, high in zip(taken, most, strict=True))
    is_met = all(amount >= low for amount, low in zip(taken, least, strict=True))
    assert is_met == _some_assignment_meets(sizes, least, most)


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"rule": "shard-moved", "to": "rds-4"}, "expect[1].to: no such data node (did you mean rds-3?)"),
        ({"rule": "shard-moved", "from": "primary*"}, "expect[1].from: no such data node"),
        ({"rule": "shard-moved", "database": "order"}, "expect[1].database: no such database (did you mean orders?)"),
        ({"rule": "database-removed", "name": "user"}, "expect[1].name: no such database (did you mean users?)"),
        ({"rule": "data-node-removed", "name": "rds-9"}, "expect[1].name: no such data node (did you mean rds-3?)"),
    ],
)
def test_what_could_not_exist_is_an_error(keys: dict[str, object], told: str) -> None:
    """A data node or database that is on neither side, nor brought by the plan, is a slip and not a missing change."""
    with pytest.raises(ConfigError) as caught:
        held(item(**keys), after({}))
    assert caught.value.message.splitlines()[1].strip().startswith(told.partition(" (")[0])
    assert ("did you mean" in caught.value.message) == ("did you mean" in told)


def test_what_a_plan_brings_may_be_spoken_of() -> None:
    """Before the migration neither side has what it adds; that is missing and no error."""
    plan = (
        item(rule="data-node-added", name="rds-9")
        + item(rule="database-added", name="invoices")
        + item(rule="shard-added", database="invoices", to="rds-9", count=4)
        + item(rule="shard-moved", to="rds-9")
    )
    assert [each.status for each in held(plan, BEFORE).results] == [Status.MISSING] * 4


def test_what_was_not_read_may_exist() -> None:
    """A gap is no proof that something doesn't exist."""
    partial = a_snapshot(nodes=[], gaps={"databases": "500", "data-nodes": "500"})
    plan = item(rule="shard-moved", database="order", to="rds-4")
    assert held(plan, partial, partial).results[0].status is Status.MISSING
    gap = a_snapshot(gaps={"database invoices": "500"})
    assert held(item(rule="shard-moved", database="invoices"), gap, gap).results[0].status is Status.MISSING


def test_a_name_that_two_data_nodes_have_is_refused() -> None:
    """Nothing is guessed: the ids are listed to choose from."""
    twins = a_snapshot(nodes=[a_node("rds-1"), msgspec.structs.replace(a_node("rds-2"), name="rds-1")])
    with pytest.raises(ConfigError, match="2 data nodes have that name") as caught:
        held(item(rule="shard-moved", to="rds-1"), twins, twins)
    assert node_id("rds-2") in caught.value.message
    assert held(item(rule="shard-moved", to=node_id("rds-2")), twins, twins).results[0].status is Status.MISSING


def dispositions(found: PlanResult, now: Snapshot, policy: Policy) -> tuple[Outcome, list[Disposition]]:
    verdict = judge(diff(BEFORE, now), policy, instance=None, match=found)
    return verdict.outcome, [judged.disposition for judged in verdict.changes]


@pytest.mark.parametrize(
    ("plan", "moves", "fail_on", "word"),
    [
        (NODE + item(rule="shard-moved", name="orders_0008"), [8], Severity.INFO, Outcome.EXPECTED),
        (NODE + item(rule="shard-moved", name="orders_0008"), [8, 9], Severity.WARNING, Outcome.DRIFT),
        (NODE + item(rule="shard-moved", name="orders_0008"), [8, 9], Severity.ERROR, Outcome.EXPECTED),
        (NODE + item(rule="shard-moved", name="orders_{0008..0009}"), [8], Severity.ERROR, Outcome.DRIFT),
        ("", [8], Severity.WARNING, Outcome.DRIFT),
    ],
)
def test_a_gate_fails_on_what_is_unplanned_and_on_what_is_missing(
    plan: str, moves: Iterable[int], fail_on: Severity, word: Outcome
) -> None:
    """An unexpected change counts from its severity on; an item that isn't matched fails whatever it is."""
    now = after(dict.fromkeys(moves, "rds-3"))
    assert dispositions(held(plan, now), now, Policy(fail_on=fail_on))[0] is word


def test_a_plan_is_stronger_than_an_ignored_rule() -> None:
    """What a plan expects is expected, also of a rule that is ignored otherwise."""
    now = after({8: "rds-3", 9: "rds-3"})
    policy = Policy(severities={"shard-moved": Severity.IGNORE})
    found = held(NODE + item(rule="shard-moved", name="orders_0008"), now)
    assert dispositions(found, now, policy) == (
        Outcome.EXPECTED, [Disposition.EXPECTED, Disposition.EXPECTED, Disposition.IGNORED],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"rule": "shard-added", "name": "orders_0016"}, None),
        ({"rule": "shard-added", "database": "invoices", "name": "invoices_{0000..0003}"}, None),
        ({"rule": "shard-moved", "name": "orders_0007"}, None),
        ({"rule": "shard-moved"}, None),
        ({"rule": "database-removed", "name": "users"}, None),
        ({"rule": "shard-moved", "name": "orders_0016"}, "no such shard"),
        ({"rule": "shard-removed", "name": "order_0001"}, "did you mean orders_0001"),
        ({"rule": "shard-status-changed", "database": "users", "name": "orders_0001"}, "no such shard"),
        ({"rule": "shard-changed", "name": "user_{0000..0001}"}, "no such shard"),
    ],
)
def test_only_a_shard_that_must_have_been_there_can_be_unknown(keys: dict[str, str], problem: str | None) -> None:
    """A new shard that did not come is missing, which is drift; another that neither side has is a slip in the plan."""
    created = item(rule="database-added", name="invoices")
    found = held(created + item(**keys), BEFORE)
    assert [each.status for each in found.results] == [Status.MISSING] * 2
    if problem is None:
        check_shards(found.plan, found.results, [BEFORE, BEFORE])
        assert dispositions(found, BEFORE, Policy())[0] is Outcome.DRIFT
    else:
        with pytest.raises(ConfigError, match=rf"expect\[2\]\.name: .*{problem}"):
            check_shards(found.plan, found.results, [BEFORE, BEFORE])


def test_an_unmet_plan_fails_even_where_nothing_changed() -> None:
    """A migration that didn't happen is not in sync with its plan."""
    assert dispositions(held(item(rule="shard-moved"), BEFORE), BEFORE, Policy()) == (Outcome.DRIFT, [])
    assert dispositions(held("", BEFORE), BEFORE, Policy()) == (Outcome.IN_SYNC, [])


def test_a_gap_is_inconclusive_whatever_the_plan_says() -> None:
    """Part of the truth proves no plan."""
    now = a_snapshot(a_database(shards=16), gaps={"database users": "500"})
    for plan in ("", item(rule="shard-moved")):
        assert dispositions(held(plan, now), now, Policy())[0] is Outcome.INCONCLUSIVE


NOT_TOLD = (Untold("database", ("shard_count",), "after", 1), Untold("shard", ("status",), "before", 9))
untold_items = {
    "the rule's only facts": (item(rule="database-resharded", name="orders"), True),
    "the named value": (item(rule="database-resharded", name="orders", becomes={"shard_count": 9}), True),
    "another value": (item(rule="database-resharded", name="orders", becomes={"shard_mode": "single"}), False),
    "another entity": (item(rule="database-status-changed", name="orders"), False),
    "too few": (item(rule="shard-status-changed", name="*", count="2.."), True),
    "a move": (item(rule="shard-moved", name="orders_0001", to="rds-2"), False),
}


@pytest.mark.parametrize(("plan", "is_untold"), untold_items.values(), ids=untold_items)
def test_a_planned_change_that_one_side_can_not_tell_is_inconclusive(plan: str, *, is_untold: bool) -> None:
    """An item about a fact that one layout has no place for is neither met nor missed; any other is missed."""
    found = Diff((), (), NOT_TOLD)
    result = match(parse(plan, Path("plan.toml")), (), a_world(BEFORE, BEFORE), NOT_TOLD)
    assert (result.is_met, result.is_missed, result.is_untold) == (False, not is_untold, is_untold)
    verdict = judge(found, Policy(), instance=None, match=result)
    assert (verdict.outcome, verdict.not_told) == (
        Outcome.INCONCLUSIVE if is_untold else Outcome.DRIFT,
        NOT_TOLD,
    )
