from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from drift.compare.diff import Change, Edit, diff
from drift.compare.event_signatures import OPERATIONS, Deviation
from drift.compare.events import Event, Events, classify
from drift.core.model import Shard, Snapshot, SnapshotRef
from drift.policy.rules import RULES
from drift.policy.verdict import Policy, judge
from drift.reports.content.outline import happenings
from drift.reports.content.report import Report, Side, events_between
from drift.reports.wording.escape import TEXT
from drift.reports.wording.event_titles import title
from support.builders import a_database, a_node, a_shard, a_snapshot, a_time, node_id
from support.operations import (
    alone,
    both,
    captured,
    combined,
    created,
    dropped,
    held,
    lost,
    moved,
    removed,
    renamed,
    replaced,
    resharded,
    scaled_out,
    scene_of,
)
from support.strategies import pairs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drift.simulator.topology import Topology


def told(before: Snapshot, after: Snapshot) -> Events:
    return classify(diff(before, after).changes, scene_of(before, after))


@st.composite
def operated(draw: st.DrawFn) -> tuple[Snapshot, Snapshot]:
    """Snapshots before and after any operations."""
    before, after = draw(combined())
    return captured(before), captured(after, 30)


pairs = operated() | pairs()


def members(found: Events, changes: Iterable[Change]) -> dict[str, list[tuple[Change, Deviation | None]]]:
    """The changes of each event by its id, each with what is said of it."""
    grouped: dict[str, list[tuple[Change, Deviation | None]]] = {event.id: [] for event in found.events}
    for change, place, deviation in zip(changes, found.places, found.deviations, strict=True):
        grouped[found.events[place].id].append((change, deviation))
    return grouped


@given(pairs)
def test_every_change_is_in_exactly_one_event(pair: tuple[Snapshot, Snapshot]) -> None:
    """Each change has its one place, and there is no event without a change."""
    changes = diff(*pair).changes
    found = classify(changes, scene_of(*pair))
    assert len(found.places) == len(found.deviations) == len(changes)
    assert set(found.places) == set(range(len(found.events)))


@given(pairs)
def test_the_order_of_events_is_defined(pair: tuple[Snapshot, Snapshot]) -> None:
    """Events are numbered in order: operations by kind and subject, then single changes in the order of changes."""
    changes = diff(*pair).changes
    found = classify(changes, scene_of(*pair))
    assert [event.id for event in found.events] == [f"e{place + 1}" for place in range(len(found.events))]
    operations = [event for event in found.events if event.change is None]
    assert operations == list(found.events[: len(operations)])
    keys = [(OPERATIONS.index(event.kind), event.subject) for event in operations]
    assert keys == sorted(set(keys))
    single = [event.change for event in found.events[len(operations) :]]
    assert single == [change for change in changes if change in single]


@given(st.data(), pairs)
def test_the_order_of_changes_does_not_matter(data: st.DataObject, pair: tuple[Snapshot, Snapshot]) -> None:
    """The same changes in any order give the same events with the same changes in them."""
    changes = list(diff(*pair).changes)
    mixed = data.draw(st.permutations(changes))
    one, other = classify(changes, scene_of(*pair)), classify(mixed, scene_of(*pair))
    assert one.events == other.events
    grouped = members(other, mixed)
    assert members(one, changes) == {
        key: sorted(found, key=lambda each: each[0].sort_key) for key, found in grouped.items()
    }


@given(pairs)
def test_what_does_not_fit_is_a_deviation(pair: tuple[Snapshot, Snapshot]) -> None:
    """A change that stands in an event without being called a deviation is just what that kind of event is made of."""
    changes = diff(*pair).changes
    found = classify(changes, scene_of(*pair))
    for event in found.events:
        for change, deviation in members(found, changes)[event.id]:
            assert (deviation is None) == fits(event, change, *pair), (event, change)


def fits(event: Event, change: Change, before: Snapshot, after: Snapshot) -> bool:
    """Whether a change is what the event's kind is made of, read off the two snapshots."""
    was, is_now = ({each.id for each in side.data_nodes} for side in (before, after))
    if any(gap.scope == "data-nodes" for side in (before, after) for gap in side.gaps):
        was = is_now = {*was, *is_now, *held(before), *held(after)}
    source, target = (side.data_node_id if isinstance(side, Shard) else None for side in (change.before, change.after))
    about = event.subject in {change.name, change.database}
    made_of = {
        ("scale-out", "data-node-added"): change.name in event.targets,
        ("scale-out", "shard-moved"): target in event.targets,
        ("scale-out", "shard-added"): _grew(change, before, after) and target in is_now,
        ("scale-out", "database-resharded"): _only_declares_more(change),
        ("reshard", "database-resharded"): about and _only_declares_more(change),
        ("reshard", "shard-added"): about and target in is_now,
        ("rebalance", "shard-moved"): about and {source, target} <= was & is_now,
        ("scale-in", "data-node-removed"): about,
        ("scale-in", "shard-moved"): (source,) == event.sources and target in is_now,
        ("data-node-replaced", "data-node-removed"): about,
        ("data-node-replaced", "data-node-added"): (change.name,) == event.targets,
        ("data-node-replaced", "shard-moved"): ((source,), (target,)) == (event.sources, event.targets),
        ("database-created", "database-added"): about,
        ("database-created", "shard-added"): about,
        ("database-dropped", "database-removed"): about,
        ("database-dropped", "shard-removed"): about,
    }
    return made_of.get((event.kind, change.rule), event.kind == change.rule)


def _grew(change: Change, before: Snapshot, after: Snapshot) -> bool:
    old, new = (_sizes(side).get(change.database or "", 0) for side in (before, after))
    return new > old or _declares_more(change.database or "", before, after)


def _sizes(snapshot: Snapshot) -> dict[str, int]:
    return {database.name: len(database.shards) for database in snapshot.databases}


def _declares_more(name: str, before: Snapshot, after: Snapshot) -> bool:
    old, new = ({each.name: each.shard_count for each in side.databases}.get(name) for side in (before, after))
    return old is not None and new is not None and new > old


def _only_declares_more(change: Change) -> bool:
    match change.edits:
        case (Edit(path=("shard_count",), before=int(before), after=int(after)),):
            return after > before
    return False


@given(pairs)
def test_deviations_are_counted(pair: tuple[Snapshot, Snapshot]) -> None:
    """An event says how many of its changes don't fit, and why."""
    changes = diff(*pair).changes
    found = classify(changes, scene_of(*pair))
    for event in found.events:
        counted = {
            why: number for why, number in event.deviations if why < Deviation.EMPTY or why in set(found.deviations)
        }
        given = [why for _, why in members(found, changes)[event.id] if why]
        assert {why: given.count(why) for why in given} == {why: counted[why] for why in given}


@given(operated())
def test_the_counts_are_true(pair: tuple[Snapshot, Snapshot]) -> None:
    """What an event says of a database is what a recount of its changes and of both snapshots gives."""
    before, after = pair
    changes = diff(before, after).changes
    found = classify(changes, scene_of(before, after))
    for event in found.events:
        fitting = [change for change, deviation in members(found, changes)[event.id] if deviation is None]
        for share in event.shares:
            rules = [change.rule for change in fitting if change.database == share.database]
            assert (share.moved, share.added, share.removed) == tuple(
                rules.count(rule) for rule in ("shard-moved", "shard-added", "shard-removed")
            )
            assert (share.before, share.after) == tuple(_sizes(side).get(share.database, 0) for side in pair)
            assert share.arrived == sum(
                isinstance(change.after, Shard) and change.after.data_node_id in event.targets
                for change in fitting
                if event.kind == "scale-out" and (change.rule, change.database) == ("shard-added", share.database)
            )


@given(operated())
def test_a_replacement_holds_exactly_what_was_held(pair: tuple[Snapshot, Snapshot]) -> None:
    """A data node is called replaced only if the new one holds all its shards and no others that were there before."""
    before, after = pair
    lasting = {each.name for each in before.databases} & {each.name for each in after.databases}

    def on(side: Snapshot, node: str) -> set[tuple[str, str]]:
        shards = (shard for each in side.databases if each.name in lasting for shard in each.shards)
        return {(shard.database, shard.name) for shard in shards if shard.data_node_id == node}

    for event in told(before, after).events:
        if event.kind == "data-node-replaced":
            (gone,), (new,) = event.sources, event.targets
            assert on(before, gone) == on(after, new) != set()


def titles(before: Snapshot, after: Snapshot) -> list[str]:
    """What a report says of each event, without the ids of data nodes."""
    found = diff(before, after)
    sides = Side.of_whole(before, "1"), Side.of_whole(after, "2")
    verdict = judge(found, Policy(), instance="orders-prod")
    report = Report(
        before=sides[0], after=sides[1], verdict=verdict, events=events_between(*sides, found), command="drift diff 1 2"
    )
    return [re.sub(r" \([0-9a-f]{8}…\)", "", title(each, TEXT)) for each in happenings(report)]


def kinds(before: Topology, after: Topology) -> list[str]:
    return [event.kind for event in told(captured(before), captured(after)).events]


def deviations(before: Topology, after: Topology) -> list[Deviation]:
    return [why for event in told(captured(before), captured(after)).events for why, _ in event.deviations]


@given(alone(scaled_out))
def test_method_1_is_a_scale_out(pair: tuple[Topology, Topology]) -> None:
    """Data nodes added and shards moved to them are one event, with no database grown and nothing deviating."""
    (event,) = told(*map(captured, pair)).events
    assert event.kind == "scale-out"
    assert {each.id for each in pair[1].nodes} - {each.id for each in pair[0].nodes} == set(event.targets)
    assert not event.deviations
    assert not any(share.grown for share in event.shares)
    assert sum(share.moved for share in event.shares) == sum(held(captured(pair[1]))[each] for each in event.targets)


@given(alone(resharded))
def test_method_2_is_a_reshard(pair: tuple[Topology, Topology]) -> None:
    """A database that grows on the same data nodes is one event; what moves besides is said to deviate."""
    (event,) = told(*map(captured, pair)).events
    (share,) = event.shares
    assert (event.kind, event.subject) == ("reshard", share.database)
    assert share.added == share.after - share.before == share.declared
    assert {why for why, _ in event.deviations} <= {Deviation.ELSEWHERE}


@given(alone(both))
def test_method_3_is_a_scale_out_of_a_grown_database(pair: tuple[Topology, Topology]) -> None:
    """Data nodes added and a database grown onto them are one event."""
    (event,) = told(*map(captured, pair)).events
    (share,) = event.shares
    assert event.kind == "scale-out"
    assert share.grown
    assert share.arrived + share.moved == sum(held(captured(pair[1]))[each] for each in event.targets)
    assert {why for why, _ in event.deviations} <= {Deviation.ELSEWHERE}


@given(alone(moved))
def test_a_shard_put_elsewhere_is_a_rebalance(pair: tuple[Topology, Topology]) -> None:
    """A move between data nodes that were there both times is a rebalance of its database; no move is no event."""
    assert kinds(*pair) == (["rebalance"] if pair[0] != pair[1] else [])
    assert not deviations(*pair)


@given(alone(replaced))
def test_a_data_node_by_another_id_is_a_replacement(pair: tuple[Topology, Topology]) -> None:
    """A new data node that holds exactly what a gone one held replaces it."""
    assert kinds(*pair) == ["data-node-replaced"]
    assert not deviations(*pair)


@given(alone(created))
def test_a_new_database_is_one_event(pair: tuple[Topology, Topology]) -> None:
    """A database is created with all its shards."""
    assert kinds(*pair) == ["database-created"]


@given(alone(dropped))
def test_a_gone_database_is_one_event(pair: tuple[Topology, Topology]) -> None:
    """A database is dropped with all its shards."""
    assert kinds(*pair) == ["database-dropped"]


@given(combined(most=0), st.data())
def test_a_gone_data_node_is_a_scale_in(pair: tuple[Topology, Topology], data: st.DataObject) -> None:
    """A data node that is gone, with its shards on others, is one event."""
    before = pair[0]
    if len(before.nodes) > 1:
        assert kinds(before, removed(data.draw, before)) == ["scale-in"]


@given(alone(renamed) | alone(lost))
def test_what_no_operation_explains_stands_alone(pair: tuple[Topology, Topology]) -> None:
    """Each other change is an event of its own under the id of its rule."""
    before, after = map(captured, pair)
    rules = [change.rule for change in diff(before, after).changes]
    assert kinds(*pair) == rules
    assert set(rules) <= {"data-node-renamed", "shard-removed"}


@given(operated())
def test_a_kind_is_an_operation_or_a_rule(pair: tuple[Snapshot, Snapshot]) -> None:
    """There are no other kinds of events than those that are listed."""
    for event in told(*pair).events:
        assert (event.kind in RULES) == (event.change is not None)
        assert event.kind in RULES or event.kind in OPERATIONS


# Two data nodes with 4 shards of `orders` each, what they become, and the events: kind, subject, deviations.
BEFORE = a_snapshot(a_database("orders", shards=8), a_database("users", shards=2))
THREE = ("rds-1", "rds-2", "rds-3")


def orders(*places: str, **fields: Any) -> Snapshot:  # noqa: ANN401 - the fields of a database
    """The snapshot after: each shard of `orders` on the data node of that name; `nodes` are those that are listed."""
    nodes = fields.pop("nodes", ("rds-1", "rds-2"))
    shards = [a_shard(f"orders_{i:04}", on=on) for i, on in enumerate(places) if on]
    return a_snapshot(
        a_database("orders", shards=shards, **{"shard_count": 8, **fields}), a_database("users", shards=2), nodes=nodes
    )


A, B, C, GHOST = "rds-1", "rds-2", "rds-3", "ghost"
TABLE: list[tuple[str, Snapshot, list[tuple[str, str, dict[str, int]]]]] = [
    ("nothing", orders(A, A, A, A, B, B, B, B), []),
    ("an empty data node", orders(A, A, A, A, B, B, B, B, nodes=THREE), [("scale-out", "", {})]),
    ("two data nodes, one of them empty", orders(A, A, A, C, B, B, B, C, nodes=(*THREE, "rds-4")),
     [("scale-out", "", {"empty": 1})]),
    ("one went astray", orders(A, A, B, C, B, B, B, C, nodes=THREE), [("scale-out", "", {"elsewhere": 1})]),
    ("one appeared instead of moving", orders(A, A, A, "", B, B, B, B, C, nodes=THREE),
     [("scale-out", "", {"uncalled": 1}), ("shard-removed", "", {})]),
    ("fewer than declared", orders(A, A, A, A, B, B, B, B, A, B, shard_count=16),
     [("reshard", "orders", {"missing": 6})]),
    ("declared and not there", orders(A, A, A, A, B, B, B, B, shard_count=16), [("reshard", "orders", {"missing": 8})]),
    ("grown, one lost", orders(A, A, A, "", B, B, B, B, A, B, B, shard_count=10),
     [("reshard", "orders", {"vanished": 1})]),
    ("grown onto an unknown data node", orders(A, A, A, A, B, B, B, B, GHOST, shard_count=9),
     [("reshard", "orders", {"stray": 1})]),
    ("grown and no longer sharded", orders(A, A, A, A, B, B, B, B, B, shard_count=9, shard_mode="single"),
     [("reshard", "orders", {"redeclared": 1})]),
    ("fewer", orders(A, A, A, A, B, B, B, shard_count=7), [("database-resharded", "", {}), ("shard-removed", "", {})]),
    ("to an unknown data node", orders(A, A, A, A, B, B, B, GHOST), [("shard-moved", "", {})]),
    ("a data node gone and one shard with it", orders(A, A, A, A, A, A, A, "", nodes=(A,)),
     [("scale-in", node_id(B), {"vanished": 1, "left": 1})]),
    ("a data node gone, its shards still there", orders(A, A, A, A, B, B, B, B, nodes=(A,)),
     [("scale-in", node_id(B), {"left": 5})]),
    ("nearly a replacement", orders(A, A, A, A, C, C, C, A, nodes=(A, C)),
     [("scale-out", "", {}), ("scale-in", node_id(B), {"left": 1})]),
]  # fmt: skip


@pytest.mark.parametrize(("after", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_what_goes_wrong_is_said(after: Snapshot, expected: list[tuple[str, str, dict[str, int]]]) -> None:
    """Each half-done or odd operation is told as what it most likely was, with what about it is not as it should be."""
    found = [(event.kind, event.subject, dict(event.deviations)) for event in told(BEFORE, after).events]
    assert found == expected


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (orders(A, A, A, A, C, C, C, A, nodes=(A, C)),
         ["scale-out by DDM's method 1: data node rds-3 added, 3 of 8 shards of orders moved to it",
          "scale-in: data node rds-2 disappeared, 1 of 8 shards of orders moved, 3 shards moved with the scale-out"]),
        (orders(A, A, A, C, C, C, C, C, nodes=(A, C)),
         ["scale-out by DDM's method 1: data node rds-3 added, 5 of 8 shards of orders moved to it",
          "scale-in: data node rds-2 disappeared, 4 shards moved with the scale-out"]),
        (orders(A, A, A, A, B, B, B, B, nodes=(A,)), ["scale-in: data node rds-2 disappeared, no shard moved"]),
    ],
)  # fmt: skip
def test_where_the_shards_of_a_gone_data_node_went_is_said(after: Snapshot, told: list[str]) -> None:
    """Also where a scale-out has their moves, the scale-in doesn't say that none of them moved."""
    assert titles(BEFORE, after) == told


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (orders(A, A, A, A, B, B, B, B, A, B, shard_count=10), "orders grew from 8 to 10 shards"),
        (orders(A, A, A, A, B, B, B, B, shard_count=16), "orders declares 8 more shards, but still has 8"),
        (orders(A, A, A, A, B, B, B, shard_count=16), "orders declares 8 more shards, but shrank from 8 to 7 shards"),
    ],
)
def test_a_reshard_says_how_far_it_came(after: Snapshot, told: str) -> None:
    """What a database declares and what it has are told apart where they don't agree."""
    assert titles(BEFORE, after)[0] == f"reshard by DDM's method 2: {told}"


def test_each_database_is_told_with_its_method() -> None:
    """Where a scale-out is of two methods, each part of it says which."""
    shards = [a_shard(f"users_{number:04}", on=on) for number, on in enumerate((A, C, C, C))]
    before = a_snapshot(a_database("orders", shards=4), a_database("users", shards=2, on=(A, B)))
    moved_on = [*a_database("orders", shards=4).shards[:3], a_shard("orders_0003", on=C)]
    after = a_snapshot(a_database("orders", shards=moved_on), a_database("users", shards=shards), nodes=THREE)
    (told,) = titles(before, after)
    assert told == (
        "scale-out by DDM's methods 1 and 3: data node rds-3 added, "
        "1 of 4 shards of orders moved to it (method 1), users grew from 2 to 4 shards, 3 on it (method 3)"
    )


def test_the_table_has_every_deviation() -> None:
    """No way in which an operation can go wrong is without its row."""
    assert {why for _, _, events in TABLE for _, _, found in events for why in found} == set(Deviation)


EARLIER = SnapshotRef(3, "pre-CHG-1", a_time())


def test_a_return_of_the_whole_has_every_change() -> None:
    """When the topology is again what it was, that is the one thing that happened."""
    after = orders(A, A, A, A, A, A, A, A, nodes=(A,))
    changes = diff(BEFORE, after).changes
    (event,) = classify(changes, replace(scene_of(BEFORE, after), returned={None: EARLIER})).events
    assert (event.kind, event.subject, event.earlier) == ("returned", "", EARLIER)


def test_a_return_of_one_database_has_its_changes() -> None:
    """When a database is again what it was, its changes are told as that, and the rest as what it is."""
    after = orders(A, A, A, A, A, A, A, A, nodes=(A,))
    changes = diff(BEFORE, after).changes
    found = classify(changes, replace(scene_of(BEFORE, after), returned={"orders": EARLIER}))
    assert [(event.kind, event.subject) for event in found.events] == [("returned", "orders"), ("scale-in", node_id(B))]
    assert {change.rule for change, _ in members(found, changes)["e1"]} == {"shard-moved"}


@given(pairs, st.data())
def test_what_returned_has_each_of_its_changes(pair: tuple[Snapshot, Snapshot], data: st.DataObject) -> None:
    """Whatever returned, every change still has its one event: what returned has its own, the rest has the others."""
    changes, scene = diff(*pair).changes, scene_of(*pair)
    again = data.draw(st.sets(st.sampled_from([None, *(database.name for database in pair[1].databases)])))
    found = classify(changes, replace(scene, returned=dict.fromkeys(again, EARLIER)))
    assert set(found.places) == set(range(len(found.events)))
    for change, place in zip(changes, found.places, strict=True):
        database = change.name if change.entity == "database" else change.database
        event = found.events[place]
        assert (event.kind == "returned") == (None in again or (database is not None and database in again))
        assert event.kind != "returned" or event.subject == ("" if None in again else database)


def test_a_data_node_replaced_while_databases_come_and_go() -> None:
    """Databases that are created or dropped as a whole don't hide that a data node was replaced."""
    moved_on = [replace(shard, data_node_id=node_id(C)) if shard.data_node_id == node_id(B) else shard
                for shard in a_database("orders", shards=8).shards]  # fmt: skip
    after = a_snapshot(a_database("orders", shards=moved_on), a_database("new", on=(C,)), nodes=(A, a_node(C)))
    assert [event.kind for event in told(BEFORE, after).events] == [
        "data-node-replaced", "database-created", "database-dropped",
    ]  # fmt: skip


def test_data_nodes_that_were_not_read_are_not_guessed() -> None:
    """Without a list of data nodes, only a shard that was on one already proves that it isn't new."""
    gaps = {"data-nodes": "500"}
    known, unknown = (
        a_snapshot(a_database("orders", shards=[a_shard(on=A), a_shard("orders_0001", on=on)]), nodes=[], gaps=gaps)
        for on in (A, GHOST)
    )
    before = a_snapshot(a_database("orders", shards=2))
    assert [event.kind for event in told(before, known).events] == ["rebalance"]
    assert [event.kind for event in told(before, unknown).events] == ["shard-moved"]
