"""Reports that show every rule, plan and gap; what the golden files hold."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from drift.compare.diff import Diff, diff
from drift.core.model import Mask, canonical_json
from drift.policy.known_names import KnownNames
from drift.policy.plan.file import parse
from drift.policy.plan.matching import match
from drift.policy.rules import Severity
from drift.policy.verdict import Policy, judge
from drift.reports.content.placements import placements
from support.builders import a_database, a_node, a_shard, a_snapshot, a_world
from support.reports import a_report

if TYPE_CHECKING:
    from collections.abc import Callable

    from drift.core.model import Database, DataNode, Snapshot
    from drift.reports.content.report import Report

PLAN: Final = """\
change = "CHG-123"
[[expect]]
rule = "data-node-added"
name = "rds-3"
[[expect]]
rule = "shard-moved"
database = "orders"
name = "orders_{0004..0007}"
to = "rds-3"
[[expect]]
rule = "shard-moved"
database = "orders"
name = "orders_{0013..0015}"
to = "rds-1"
[[expect]]
rule = "shard-moved"
database = "users"
name = "users_000{2..3}"
from = "rds-2"
to = "rds-1"
[[expect]]
rule = "database-resharded"
name = "users"
becomes = { shard_count = 6 }
[[expect]]
rule = "shard-status-changed"
count = "0.."
"""

LAYOUT: Final = ("shards", "database_name", "shard_mode", "shard_count", "shard_status")
THREE: Final = ("rds-1", "rds-2", "rds-3")


def a_numbered_report(before: Snapshot, after: Snapshot, policy: Policy | None = None) -> Report:
    before, after = (
        msgspec.structs.replace(snapshot, number=number, label=label)
        for snapshot, number, label in ((before, 12, "pre-CHG-123"), (after, 13, None))
    )
    report = a_report(before, after, policy, ("12", "13"))
    shown = placements(before, after, Mask.of(report.verdict.not_checked))
    return msgspec.structs.replace(report, placements=shown)


def orders(*places: tuple[range, str], **fields: object) -> Database:
    """The database `orders` with its shards of each range on the data node of that name."""
    shards = [a_shard(f"orders_{i:04}", on=node) for numbers, node in places for i in numbers]
    return a_database("orders", shards=shards, **fields)


def called(node: str, name: str, **fields: object) -> DataNode:
    """A data node with the id of one and another name."""
    return msgspec.structs.replace(a_node(node, **fields), name=name)


def before_it_all() -> Snapshot:
    return a_snapshot(orders((range(8), "rds-1"), (range(8, 16), "rds-2")), a_database("users"))


def nothing_changed() -> Report:
    return a_numbered_report(
        before_it_all(), msgspec.structs.replace(before_it_all(), taken_at=a_snapshot(minutes=1440).taken_at)
    )


def nothing_unexpected() -> Report:
    after = a_snapshot(
        orders((range(8), "rds-1"), (range(8, 16), "rds-2"), status="BUSY"), a_database("users"), minutes=15
    )
    return a_numbered_report(before_it_all(), after, Policy(severities={"database-status-changed": Severity.IGNORE}))


def nothing_checked() -> Report:
    gaps = {"data-nodes": "the service answered 500 DBS.280001", "databases": "the service answered 500 DBS.280001"}
    return a_numbered_report(before_it_all(), a_snapshot(nodes=[], minutes=60, gaps=gaps))


def partial() -> Report:
    gaps = {"database orders": "the service answered 500 DBS.300128 in 3 of 3 attempts"}
    after = a_snapshot(a_database("users", shards=6, on=THREE), nodes=THREE, minutes=60, gaps=gaps)
    return a_numbered_report(before_it_all(), after)


def scale_out() -> Report:
    moved = orders((range(5), "rds-1"), (range(5, 8), "rds-3"), (range(8, 13), "rds-2"), (range(13, 16), "rds-3"))
    users = [
        a_shard(f"users_{i:04}", on=on) for i, on in enumerate(["rds-1", "rds-1", "rds-2", "rds-2", "rds-3", "rds-3"])
    ]
    after = a_snapshot(moved, a_database("users", shards=users), nodes=THREE, minutes=130)
    return a_numbered_report(before_it_all(), after)


def everything() -> Report:
    """Every rule at least once, under a policy that ignores one of them."""
    before = a_snapshot(
        orders((range(8), "rds-1"), (range(8, 16), "rds-2"), attributes={"charset": "utf8"}),
        a_database("users"),
        a_database("legacy", shards=2),
        nodes=["rds-1", "rds-2", "rds-old"],
    )
    shards = [a_shard(f"orders_{i:04}", on="rds-1" if i < 6 else "rds-gone") for i in range(15)]
    shards[0] = a_shard("orders_0000", status="MIGRATING", index=7, attributes={"tables": [{"name": "t|1", "rows": 5}]})
    after = a_snapshot(
        a_database("orders", shards=[*shards, a_shard("orders_0099", on="rds-3")], shard_count=32, status="BUSY",
                   attributes={"charset": "utf8mb4", "online": True}),
        a_database("users"),
        a_database("invoices", shards=16, on=THREE),
        nodes=[
            called("rds-1", "rds-for-ddm-01", host="10.0.0.1", port=3307, engine_version="8.0.36"),
            a_node("rds-2", engine_version="8.4", attributes={"cpu": 8}),
            a_node("rds-3"),
        ],
        minutes=60 * 24 * 3 + 5,
    )  # fmt: skip
    before = msgspec.structs.replace(before, unconfirmed=True)
    return a_numbered_report(before, after, Policy(severities={"shard-status-changed": Severity.IGNORE}))


def hostile() -> Report:
    nodes = [
        called("a", "</details><script>alert(1)</script>"),
        called("b", "@all `x` | ::error::y"),
        called("c", "\x1b[31mred\u202e"),
    ]
    names = ["--> | `", "::error::no", "two\nlines", "@everyone", "分片_0001", "x" * 2_000]
    before = a_snapshot(a_database("<b>|", shards=[a_shard(n, on="a", database="<b>|") for n in names]), nodes=nodes)
    after = [a_shard(n, on="bc"[i % 2], database="<b>|") for i, n in enumerate(names)]
    return a_numbered_report(
        before, a_snapshot(a_database("<b>|", shards=after), nodes=nodes, minutes=1, gaps={"database |\n": "`|`"})
    )


def tenants(*, later: bool) -> list[Database]:
    """Many databases; later, every second shard is elsewhere, and each has a status of its own."""
    return [
        a_database(
            f"tenant_{tenant:03}",
            shards=[
                a_shard(
                    f"tenant_{tenant:03}_{i:04}",
                    on="rds-2" if later and i % 2 else "rds-1",
                    status=f"S{i}" if later else "S0",
                )
                for i in range(64)
            ],
        )
        for tenant in range(200)
    ]


@cache
def huge() -> Report:
    """More than fits into a comment."""
    return a_numbered_report(a_snapshot(*tenants(later=False)), a_snapshot(*tenants(later=True), minutes=60))


def planned() -> Report:
    report = scale_out()
    plan = parse(PLAN, Path("plan.toml"))
    nodes = [*report.before.nodes.values(), *report.after.nodes.values()]
    world = KnownNames.of(nodes, [], report.after.databases, [])
    found = Diff(tuple(judged.change for judged in report.verdict.changes), ())
    verdict = judge(found, Policy(), instance="orders-prod", match=match(plan, found.changes, world))
    command = "drift gate 12 13 --plan plan.toml --format markdown"
    return msgspec.structs.replace(report, verdict=verdict, command=command)


def not_told() -> Report:
    """Facts that one of two layouts has no place for, one of them expected to change."""
    before = msgspec.structs.replace(before_it_all(), layout=canonical_json([dict.fromkeys(LAYOUT, "")]))
    shards = [a_shard(f"orders_{i:04}", on=f"rds-{1 + i // 8}", status=None) for i in range(16)]
    after = a_snapshot(
        a_database("orders", shards=shards, shard_count=None),
        a_database("users", shard_count=None, attributes={"owner": "app"}),
        minutes=60,
        layout=canonical_json([dict.fromkeys(LAYOUT[:3], "")]),
    )
    plan = parse('[[expect]]\nrule = "database-resharded"\nname = "users"\n', Path("plan.toml"))
    report = a_numbered_report(before, after)
    found = diff(before, after)
    matched = match(plan, found.changes, a_world(before, after), found.not_told)
    return msgspec.structs.replace(report, verdict=judge(found, Policy(), instance="orders-prod", match=matched))


def twins() -> Report:
    """Two instances that differ in all that an event can be: data nodes, places, numbers of shards and databases."""
    first = a_snapshot(
        orders((range(8), "rds-1"), (range(8, 16), "rds-2")),
        a_database("users"),
        a_database("legacy", shards=2),
        nodes=["rds-1", "rds-2", "rds-old"],
    )
    second = a_snapshot(
        orders((range(2), "rds-2"), (range(2, 8), "rds-1"), (range(8, 13), "rds-2"), (range(13, 16), "rds-3")),
        a_database("users", shards=6, on=THREE),
        a_database("invoices", shards=3, on=THREE),
        nodes=THREE,
        minutes=5,
    )
    report = a_numbered_report(first, second)
    other = msgspec.structs.replace(report.after, instance="orders-dr", instance_id=None)
    return msgspec.structs.replace(report, after=other)


SCENARIOS: Final[dict[str, Callable[[], Report]]] = {
    "nothing-changed": nothing_changed,
    "nothing-unexpected": nothing_unexpected,
    "nothing-checked": nothing_checked,
    "partial": partial,
    "not-told": not_told,
    "scale-out": scale_out,
    "planned": planned,
    "everything": everything,
    "hostile": hostile,
    "huge": huge,
    "twins": twins,
}
