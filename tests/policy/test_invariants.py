from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.core.finding import Finding
from drift.core.model import Operation
from drift.policy.invariants import DEFAULT_MAX_SKEW, Demands, balance, check, worsened
from drift.policy.rules import FINDING_RULES, Severity
from drift.policy.verdict import CHECK_EXIT_CODES, CheckStatus, Policy, judge, judge_snapshot
from support.builders import a_database, a_node, a_shard, a_snapshot, node_id
from support.strategies import pairs, shuffled, snapshots

if TYPE_CHECKING:
    from drift.compare.diff import Diff
    from drift.core.model import Database, Snapshot

DEMANDS = Demands()


def orders(*placed: tuple[int, str], **fields: Any) -> Database:  # noqa: ANN401 - a builder's fields
    """`orders` with shards of those indexes on those data nodes."""
    return a_database("orders", shards=[a_shard(f"orders_{index:04}", on=node) for index, node in placed], **fields)


def spread_over(counts: dict[str, int]) -> Snapshot:
    """A database with so many shards on each data node."""
    places = [node for node, count in counts.items() for _ in range(count)]
    return a_snapshot(orders(*enumerate(places)), nodes=list(counts))


SOUND = a_snapshot(a_database("orders", shards=8), a_database("users", shards=4))
EVEN = a_database("orders", shards=4)

# What is wrong, the snapshot, and the findings as (rule, name, data node, items, found, expected).
TABLE: list[tuple[str, Snapshot, list[tuple[Any, ...]]]] = [
    ("nothing", SOUND, []),
    ("an empty instance", a_snapshot(nodes=()), []),
    (
        "shards on a data node that isn't listed",
        a_snapshot(orders((0, "rds-1"), (1, "gone"), (2, "gone"), (3, "rds-2"))),
        [("shard-on-unknown-node", "orders", node_id("gone"), ("orders_0001", "orders_0002"), None, None)],
    ),
    (
        "more declared than found",
        a_snapshot(a_database("orders", shards=4, shard_count=8)),
        [("shard-count-mismatch", "orders", None, (), 4, 8)],
    ),
    (
        "fewer declared than found",
        a_snapshot(a_database("orders", shards=4, shard_count=2)),
        [("shard-count-mismatch", "orders", None, (), 4, 2)],
    ),
    ("nothing declared", a_snapshot(a_database("orders", shards=4, shard_count=None)), []),
    (
        "gaps in the index",
        a_snapshot(orders((0, "rds-1"), (2, "rds-1"), (3, "rds-2"), (7, "rds-2"))),
        [("shard-index-gap", "orders", None, ("1", "4-6"), 4, 0)],
    ),
    (
        "an index that begins late",
        a_snapshot(orders((2, "rds-1"), (3, "rds-2"))),
        [("shard-index-gap", "orders", None, ("0-1",), 2, 0)],
    ),
    ("an index that begins at 1", a_snapshot(orders((1, "rds-1"), (2, "rds-2"))), []),
    (
        "a shard without an index",
        a_snapshot(a_database("one", shards=[a_shard("one", on="rds-1", database="one")]), EVEN),
        [],
    ),
    (
        "an index twice",
        a_snapshot(a_database("orders", shards=[a_shard(), a_shard("orders_0001", on="rds-2", index=0)])),
        [("shard-index-duplicate", "orders", None, ("orders_0000", "orders_0001"), None, None)],
    ),
    (
        "a physical shard under two databases",
        a_snapshot(EVEN, a_database("users", shards=[a_shard("users_0000"), a_shard(database="users")])),
        [
            ("shard-in-two-databases", "users", node_id("rds-1"), ("orders_0000",), "orders", None),
            ("shard-index-duplicate", "users", None, ("orders_0000", "users_0000"), None, None),
        ],
    ),
    (
        "a shard of one name on two data nodes",
        a_snapshot(EVEN, a_database("users", shards=[a_shard(database="users", on="rds-2")])),
        [],
    ),
    (
        "an unsharded database's shard under another",
        a_snapshot(
            a_database("crm", shards=[a_shard("crm", database="crm", index=None)]),
            a_database("users", shards=[a_shard("users_0000", on="rds-2"), a_shard("crm", database="users", index=1)]),
        ),
        [("shard-in-two-databases", "users", node_id("rds-1"), ("crm",), "crm", None)],
    ),
    (
        "one shard of two unsharded databases, called after neither",
        a_snapshot(
            a_database("crm", shards=[a_shard("shop", database="crm", index=None)]),
            a_database("billing", shards=[a_shard("shop", database="billing", index=None)]),
            nodes=[a_node("rds-1")],
        ),
        [("shard-in-two-databases", "crm", node_id("rds-1"), ("shop",), "billing", None)],
    ),
    (
        "one shard of three databases, called after two",
        a_snapshot(
            a_database("orders", shards=[a_shard()]),
            a_database("orders_0000", shards=[a_shard(database="orders_0000", index=None)]),
            a_database("users", shards=[a_shard(database="users")]),
            nodes=[a_node("rds-1")],
        ),
        [
            ("shard-in-two-databases", "orders_0000", node_id("rds-1"), ("orders_0000",), "orders", None),
            ("shard-in-two-databases", "users", node_id("rds-1"), ("orders_0000",), "orders", None),
        ],
    ),
    (
        "one endpoint for two data nodes",
        a_snapshot(
            EVEN, nodes=[a_node("rds-1", host="DB.example", port=1), a_node("rds-2", host="db.example", port=1)]
        ),
        [
            (
                "data-node-endpoint-shared",
                min(map(node_id, ("rds-1", "rds-2"))),
                None,
                tuple(sorted(map(node_id, ("rds-1", "rds-2")))),
                "db.example:1",
                None,
            )
        ],
    ),
    ("one host, two ports", a_snapshot(EVEN, nodes=[a_node(f"rds-{i}", host="db", port=i) for i in (1, 2)]), []),
    ("no host known", a_snapshot(EVEN, nodes=[a_node(f"rds-{i}", host=None, port=None) for i in (1, 2)]), []),
    (
        "two major versions under one database",
        a_snapshot(EVEN, nodes=[a_node("rds-1", engine_version="5.7"), a_node("rds-2", engine_version="8.0.28")]),
        [("engine-versions-mixed", "orders", None, ("mysql 5.7", "mysql 8.0"), None, None)],
    ),
    (
        "two minor versions under one database",
        a_snapshot(EVEN, nodes=[a_node("rds-1", engine_version="8.0"), a_node("rds-2", engine_version="8.0.28")]),
        [],
    ),
    (
        "two major versions under two databases",
        a_snapshot(
            a_database("orders", on=["rds-1"]),
            a_database("users", on=["rds-2"]),
            nodes=["rds-1", a_node("rds-2", engine_version="5.7")],
        ),
        [],
    ),
    (
        "65 shards of a database on a data node",
        a_snapshot(a_database("orders", shards=129)),
        [("too-many-shards-on-node", "orders", node_id("rds-1"), (), 65, 64)],
    ),
    ("64 shards on each", a_snapshot(a_database("orders", shards=128), a_database("users", shards=128)), []),
    (
        "a database that expands, and shards that are made",
        a_snapshot(
            a_database(
                "orders",
                status="EXPANDING",
                shards=[a_shard(), a_shard("orders_0001", on="rds-2", status="CREATING")],
            )
        ),
        [
            ("not-running", "orders", None, ("orders_0001",), "CREATING", "RUNNING"),
            ("not-running", "orders", None, (), "EXPANDING", "RUNNING"),
        ],
    ),
    (
        "an instance that is migrating, by itself and by its jobs",
        msgspec.structs.replace(
            a_snapshot(EVEN),
            in_flight=(
                Operation("instance", "MIGRATE_DATABASE"),
                Operation("database orders", "EXPANDING"),
                Operation("database orders", "migrateLogicDb RUNNING", "j1"),
            ),
        ),
        [
            ("not-running", "", None, (), "MIGRATE_DATABASE", "RUNNING"),
            ("not-running", "orders", None, (), "migrateLogicDb RUNNING (job j1)", "RUNNING"),
        ],
    ),
    ("a status in other words", a_snapshot(a_database(shards=2, status="running"), a_database("b", status=None)), []),
    (
        "an empty data node",
        a_snapshot(EVEN, nodes=["rds-1", "rds-2", "rds-3"]),
        [("data-node-empty", node_id("rds-3"), None, (), 0, None)],
    ),
    (
        "a spread that is uneven beyond the limit",
        spread_over({"rds-1": 9, "rds-2": 1, "rds-3": 1}),
        [
            ("balance-skewed", "", None, (), 2.455, DEFAULT_MAX_SKEW),
            ("balance-skewed", "orders", None, (), 2.455, DEFAULT_MAX_SKEW),
        ],
    ),
    ("a spread that is uneven within the limit", spread_over({"rds-1": 6, "rds-2": 3, "rds-3": 1}), []),
    (
        "one shard on three data nodes, as even as can be",
        a_snapshot(orders((0, "rds-1")), nodes=["rds-1", "rds-2", "rds-3"]),
        [("data-node-empty", node, None, (), 0, None) for node in sorted(map(node_id, ("rds-2", "rds-3")))],
    ),
    (
        "an unread database says nothing, and leaves open who is empty",
        a_snapshot(a_database("users", on=["rds-1"]), gaps={"database orders": "500"}),
        [],
    ),
    (
        "unread data nodes leave open which are unknown",
        a_snapshot(a_database("orders", shards=4), nodes=(), gaps={"data-nodes": "500"}),
        [],
    ),
]


@pytest.mark.parametrize(("snapshot", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_what_is_found(snapshot: Snapshot, expected: list[tuple[Any, ...]]) -> None:
    """Each invariant that a snapshot breaks is one finding, and nothing else is."""
    found = check(snapshot, DEMANDS)
    shown = [(each.rule, each.name, each.data_node_id, each.items, each.found, each.expected) for each in found]
    assert shown == expected


def test_every_rule_of_one_snapshot_is_found_somewhere() -> None:
    """The table above has an example for each; getting worse and calls take two snapshots, one rule two instances."""
    assert {row[0] for _, _, rows in TABLE for row in rows} == FINDING_RULES.keys() - {
        "balance-worsened",
        "data-node-in-two-instances",
        "change-untraced",
    }


@given(st.data(), snapshots())
def test_findings_have_one_order(data: st.DataObject, snapshot: Snapshot) -> None:
    """In whatever order records come, the findings are the same; no two of them have the same key."""
    found = check(snapshot, DEMANDS)
    assert check(shuffled(data.draw, snapshot), DEMANDS) == found
    assert len({each.key for each in found}) == len(found)
    assert {each.rule for each in found} <= FINDING_RULES.keys()


@given(snapshots())
def test_the_balance_counts_every_shard(snapshot: Snapshot) -> None:
    """Of a whole snapshot, the first row is the sum of the others; no skew is below 1."""
    rows = balance(snapshot)
    assert [row.total for row in rows if row.database is not None] == [len(each.shards) for each in snapshot.databases]
    assert [row.total for row in rows if row.database is None] == [snapshot.shard_count] * snapshot.complete
    assert all(row.skew >= 1 for row in rows)


@pytest.mark.parametrize(("limit", "rules"), [(1.5, []), (1.499, ["balance-skewed"] * 2)])
def test_a_spread_at_the_limit_is_not_skewed(limit: float, rules: list[str]) -> None:
    """Six shards of eight on one of two data nodes, 1.5 times the mean, keep to a limit of 1.5 and to none below it."""
    snapshot = a_snapshot(
        a_database(shards=[a_shard(f"orders_{i:04}", on="rds-1" if i < 6 else "rds-2") for i in range(8)])
    )
    assert [each.rule for each in check(snapshot, Demands(max_skew=limit))] == rules


@given(snapshots(), st.floats(1, 10), st.floats(1, 10))
def test_a_higher_limit_never_finds_more(snapshot: Snapshot, one: float, other: float) -> None:
    """What is even enough for a strict limit is so for a laxer one."""
    low, high = sorted((one, other))
    strict = {each.key for each in check(snapshot, Demands(max_skew=low))}
    assert {each.key for each in check(snapshot, Demands(max_skew=high))} <= strict


@given(snapshots())
def test_what_stood_before_is_not_worse(snapshot: Snapshot) -> None:
    """A snapshot is never worse than itself, whatever is wrong with it."""
    assert worsened(snapshot, snapshot, DEMANDS) == ()


@given(pairs())
def test_only_what_is_wrong_now_can_be_worse(sides: tuple[Snapshot, Snapshot]) -> None:
    """New and worse findings are among those of the later snapshot, but for a spread that got less even."""
    before, after = sides
    worse = worsened(before, after, DEMANDS)
    assert {each for each in worse if each.rule != "balance-worsened"} <= set(check(after, DEMANDS))


WORSE: list[tuple[str, Snapshot, Snapshot, list[str]]] = [
    ("new", SOUND, a_snapshot(a_database("orders", shards=8, shard_count=9)), ["shard-count-mismatch"]),
    (
        "as before",
        a_snapshot(a_database("orders", shards=4, shard_count=9)),
        a_snapshot(a_database("orders", shards=4, shard_count=9), a_database("users")),
        [],
    ),
    (
        "more than before",
        a_snapshot(a_database("orders", shards=4, shard_count=5)),
        a_snapshot(a_database("orders", shards=4, shard_count=9)),
        ["shard-count-mismatch"],
    ),
    (
        "less than before",
        a_snapshot(a_database("orders", shards=4, shard_count=9)),
        a_snapshot(a_database("orders", shards=4, shard_count=5)),
        [],
    ),
    (
        "less even",
        spread_over({"rds-1": 4, "rds-2": 4}),
        spread_over({"rds-1": 6, "rds-2": 2}),
        ["balance-worsened"] * 2,
    ),
    ("more even", spread_over({"rds-1": 6, "rds-2": 2}), spread_over({"rds-1": 4, "rds-2": 4}), []),
    ("one shard more", spread_over({"rds-1": 4, "rds-2": 4}), spread_over({"rds-1": 5, "rds-2": 4}), []),
    (
        "not read before",
        a_snapshot(gaps={"database orders": "500"}),
        a_snapshot(a_database("orders", shards=4, shard_count=9)),
        [],
    ),
]


@pytest.mark.parametrize(("before", "after", "rules"), [row[1:] for row in WORSE], ids=[row[0] for row in WORSE])
def test_what_is_new_or_worse(before: Snapshot, after: Snapshot, rules: list[str]) -> None:
    """Only what is new, concerns more, or is spread less evenly than need be counts as worse."""
    assert [each.rule for each in worsened(before, after, DEMANDS)] == rules


FINDING = Finding(rule="data-node-empty", subject="data-node", name="x", found=0)


@pytest.mark.parametrize(
    ("snapshot", "severities", "word"),
    [
        (SOUND, {}, CheckStatus.SOUND),
        (a_snapshot(EVEN, nodes=["rds-1", "rds-2", "rds-3"]), {}, CheckStatus.SOUND),
        (a_snapshot(EVEN, nodes=["rds-1", "rds-2", "rds-3"]), {"data-node-empty": Severity.ERROR}, CheckStatus.BROKEN),
        (a_snapshot(a_database(shard_count=9)), {}, CheckStatus.BROKEN),
        (a_snapshot(a_database(shard_count=9)), {"shard-count-mismatch": Severity.IGNORE}, CheckStatus.SOUND),
        (a_snapshot(a_database(shard_count=9), gaps={"database users": "500"}), {}, CheckStatus.INCONCLUSIVE),
    ],
)
def test_the_verdict_of_a_check(snapshot: Snapshot, severities: dict[str, Severity], word: CheckStatus) -> None:
    """A finding at or above the threshold breaks; a part of the truth is no verdict."""
    checked = judge_snapshot(check(snapshot, DEMANDS), snapshot.gaps, Policy(severities=severities))
    assert (checked.status, checked.exit_code) == (word, CHECK_EXIT_CODES[word])


def test_only_a_broken_invariant_is_1() -> None:
    """Each word has its exit code, and 1 means one thing."""
    assert set(CHECK_EXIT_CODES) == set(CheckStatus)
    assert [word for word, code in CHECK_EXIT_CODES.items() if code == 1] == [CheckStatus.BROKEN]


def test_a_finding_fails_a_gate_that_no_change_fails() -> None:
    """What the changes broke counts beside the changes themselves; below the threshold it is only told."""
    nothing = _no_changes()
    assert judge(nothing, Policy(), instance=None, findings=[FINDING]).exit_code == 0
    strict = Policy(severities={"data-node-empty": Severity.ERROR})
    assert judge(nothing, strict, instance=None, findings=[FINDING]).exit_code == 1


def _no_changes() -> Diff:
    from drift.compare.diff import diff  # noqa: PLC0415 - beside its only use

    return diff(SOUND, SOUND)
