from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from drift.compare.attribution import attribute
from drift.compare.diff import diff
from drift.core.model import Instance, Operation
from drift.reports.content.report import Side, events_between
from support.audits import a_trace, an_audit
from support.builders import a_database, a_node, a_shard, a_snapshot

if TYPE_CHECKING:
    from drift.compare.attribution import Attribution
    from drift.core.model import Snapshot
    from drift.core.traces import Audit

BEFORE = a_snapshot(
    a_database("orders", shards=[a_shard("orders_0000", on="rds-1"), a_shard("orders_0001", on="rds-2")])
)
MOVED = a_snapshot(
    a_database("orders", shards=[a_shard("orders_0000", on="rds-2"), a_shard("orders_0001", on="rds-2")]), minutes=10
)


def of_instance(snapshot: Snapshot) -> Snapshot:
    return replace(snapshot, instance=Instance(name="orders-prod", instance_id="i"))


def attributed(audit: Audit, before: Snapshot = BEFORE, after: Snapshot = MOVED) -> Attribution:
    before, after = of_instance(before), of_instance(after)
    sides = Side.of_whole(before, "1"), Side.of_whole(after, "2")
    events = events_between(*sides, diff(before, after))
    return attribute(events.events, audit, before, after, {name for side in sides for name in side.databases})


def names(found: Attribution) -> list[list[str]]:
    return [[trace.name for trace in traces] for traces in found.causes]


@pytest.mark.parametrize(
    ("fields", "explains"),
    [
        ({}, True),
        ({"resource_name": "users", "resource_id": None}, False),
        ({"resource_name": "i-of-the-cloud"}, True),
        ({"resource_id": None}, True),
        ({"resource_id": "other", "resource_name": "its own"}, False),
        ({"is_refused": True}, False),
        ({"name": "createLogicDB"}, False),
        ({"name": "deleteLogicDB"}, False),
        ({"name": "loadMetadata", "resource_name": None}, True),
        ({"name": "resizeFlavor", "resource_name": "i"}, False),
        ({"service": "RDS", "resource_id": "rds-1", "name": "instanceFailover"}, False),
        ({"at": "01:59:00.000Z"}, False),
        ({"at": "02:11:00.000Z"}, False),
    ],
)
def test_a_call_explains_what_it_can_have_caused(fields: dict[str, Any], explains: bool) -> None:  # noqa: FBT001 - a table
    """It is about the event's database or the instance, of a kind that can cause it, accepted, and in time."""
    assert bool(attributed(an_audit(a_trace(**fields))).causes[0]) is explains


def test_a_database_is_made_and_dropped_by_the_calls_for_that() -> None:
    """Making a database explains that it is there, and not what happened to another."""
    made = a_snapshot(*MOVED.databases, a_database("users"), minutes=10)
    audit = an_audit(a_trace("createLogicDB", resource_name="users"), a_trace())
    assert sorted(names(attributed(audit, BEFORE, made))) == [["createLogicDB"], ["migrateLogicDB"]]
    dropped = an_audit(a_trace("deleteLogicDB", "02:10:00.000Z", resource_name="users"))
    assert names(attributed(dropped, made, replace(MOVED, taken_at=made.taken_at))) == [["deleteLogicDB"]]


@pytest.mark.parametrize(("call", "explains"), [("instanceFailover", True), ("createManualBackup", False)])
def test_a_data_node_is_changed_by_calls_on_it(call: str, explains: bool) -> None:  # noqa: FBT001 - a table
    """A call on the RDS instance explains its new address, unless it never changes one."""
    before = a_snapshot(a_database("orders"), nodes=[a_node("rds-1")])
    after = a_snapshot(a_database("orders"), nodes=[a_node("rds-1", host="10.9.9.9")], minutes=10)
    trace = a_trace(call, service="RDS", resource_id=after.data_nodes[0].id, resource_name="rds-1")
    assert bool(attributed(an_audit(trace), before, after).causes[0]) is explains


def test_a_migration_that_was_in_flight_is_explained_by_the_call_that_began_it() -> None:
    """What was called before the first snapshot explains a change only where that was under way then."""
    early = an_audit(a_trace(at="01:00:00.000Z"))
    flying = replace(BEFORE, in_flight=(Operation("database orders", "EXPANDING"),))
    assert names(attributed(early)) == [[]]
    assert names(attributed(early, flying)) == [["migrateLogicDB"]]


def test_a_call_in_the_seconds_before_is_no_certain_explanation() -> None:
    """Clocks differ, but the first snapshot may show already what was called: only what was in flight is certain."""
    just_before = an_audit(a_trace(at="01:59:55.000Z"))
    found = attributed(just_before)
    assert (names(found), found.uncertain) == ([["migrateLogicDB"]], {0})
    flying = replace(BEFORE, in_flight=(Operation("database orders", "EXPANDING"),))
    assert attributed(just_before, flying).uncertain == frozenset()
    later = an_audit(a_trace(at="01:59:55.000Z"), a_trace("manualSwitchRoute"))
    found = attributed(later)
    assert (names(found), found.uncertain) == ([["manualSwitchRoute"]], frozenset())


def test_nothing_is_attributed_backwards() -> None:
    """From a newer snapshot to an older one, the calls between them led the other way, and none is missing."""
    found = attributed(an_audit(a_trace()), MOVED, BEFORE)
    assert (names(found), found.is_reversed, found.is_whole) == ([[]], True, False)


def test_calls_that_explain_nothing_are_told_apart() -> None:
    """Whoever asks sees them, too; those about other instances are none of them."""
    found = attributed(
        an_audit(a_trace("resizeFlavor", resource_name=None), a_trace(resource_id="other", resource_name="x"))
    )
    assert [trace.name for trace in found.others] == ["resizeFlavor"]


@pytest.mark.parametrize(
    ("since", "until", "unread"),
    [
        ("00:00:00.000Z", "09:00:00.000Z", 0),
        ("02:05:00.000Z", "09:00:00.000Z", 1),
        ("00:00:00.000Z", "02:05:00.000Z", 1),
        ("02:04:00.000Z", "02:05:00.000Z", 2),
        ("05:00:00.000Z", "09:00:00.000Z", 1),
    ],
)
def test_a_time_that_was_not_read_is_a_gap(since: str, until: str, unread: int) -> None:
    """Each part of the time between the snapshots that no window covers is named."""
    found = attributed(an_audit(since=since, until=until))
    assert (len(found.unread), found.is_whole) == (unread, not unread)
