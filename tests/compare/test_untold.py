from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from drift.compare.diff import Edit, diff
from drift.compare.untold import Untold
from drift.decode.content import Options
from drift.decode.sources.export import decode_document
from drift.store.history import history
from drift.store.store import Store
from support.builders import ORDERS, a_time

if TYPE_CHECKING:
    from pathlib import Path

    from drift.core.model import Snapshot

NODE = "a" * 32 + "in01"
OTHER = "b" * 32 + "in01"
LISTED = [{"instance_id": NODE, "instance_name": "rds-1", "access_port": 3306}, {"instance_id": OTHER}]
FULL = {"shard_mode": "cluster", "shard_number": 2, "status": "RUNNING", "owner": {"name": "a", "team": "b"}}
SHARD = {"status": "RUNNING", "shard_index": 7, "weight": 3}


def a_capture(
    about: dict[str, Any], shard: dict[str, Any], *, minutes: float = 0, listed: Any = LISTED, **first: Any  # noqa: ANN401
) -> Snapshot:  # fmt: skip
    """A snapshot of two shards, read from a payload in which these members are given."""
    shards = [{"name": f"orders_{index:04}", "data_node_id": NODE, **shard} for index in range(2)]
    shards[0] |= first
    inner = [{"name": "orders", "shards": shards, **about}]
    content = decode_document({"data_nodes": listed, "compressed_databases_info": inner}, Options())
    return content.snapshot(instance=ORDERS, taken_at=a_time(minutes), source="export")


def without(members: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in members.items() if name != key}


facts: dict[str, tuple[dict[str, Any], dict[str, Any], tuple[str, ...]]] = {
    "mode": (FULL, without(FULL, "shard_mode"), ("shard_mode",)),
    "count": (FULL, without(FULL, "shard_number"), ("shard_count",)),
    "status": (FULL, without(FULL, "status"), ("status",)),
    "attribute": (FULL, without(FULL, "owner"), ("attributes", "owner")),
    "attribute with the mode": (FULL, {}, ("attributes", "owner")),
    "inner member with the mode": (
        FULL,
        without(FULL, "shard_mode") | {"owner": {"name": "a"}},
        ("attributes", "owner", "team"),
    ),
}


@pytest.mark.parametrize(("before", "after", "path"), facts.values(), ids=facts)
def test_a_layout_without_a_place_changes_nothing(
    before: dict[str, Any], after: dict[str, Any], path: tuple[str, ...]
) -> None:
    """A fact of a database that either side's layout has no place for is counted, and is no change."""
    found = diff(a_capture(before, SHARD), a_capture(after, SHARD, minutes=1))
    assert found.changes == ()
    assert Untold("database", path, "after", 1) in found.not_told
    found = diff(a_capture(after, SHARD), a_capture(before, SHARD, minutes=1))
    assert found.changes == ()
    assert Untold("database", path, "before", 1) in found.not_told


@pytest.mark.parametrize("shard", [{}, without(SHARD, "weight"), without(SHARD, "status"), {**SHARD, "extra": 1}])
def test_shards_without_a_place_for_their_facts_are_unchanged(tmp_path: Path, shard: dict[str, Any]) -> None:
    """The same holds for shards, and for two neighbours in a store."""
    before, after = a_capture(FULL, SHARD), a_capture(FULL, shard, minutes=1)
    assert diff(before, after).changes == ()
    with Store.open(tmp_path / "drift.db", create=True) as store:
        numbers = [store.save(each).number for each in (before, after)]
        stored = diff(*store.load_pair(*numbers))
    assert stored == diff(before, after)
    assert {fact.records for fact in stored.not_told} == {2}


MOVED = {"data_node_id": OTHER}
AT_ANOTHER_PORT = [{**LISTED[0], "access_port": 3307}, LISTED[1]]


@pytest.mark.parametrize("between", [MOVED, {"name": "orders_0002"}, {"listed": AT_ANOTHER_PORT}])
def test_what_returns_after_a_change_of_the_layout_has_returned(tmp_path: Path, between: dict[str, Any]) -> None:
    """A topology that is as it was, told in a layout with less in it, has returned, whatever was otherwise."""
    captures = [a_capture(FULL, SHARD), a_capture({}, {}, minutes=1, **between), a_capture({}, {}, minutes=2)]
    assert what_returned(tmp_path, captures) == {None: 1}


def test_what_is_as_never_before_has_not_returned(tmp_path: Path) -> None:
    """A shard that is on a data node where it was in no layout has not returned."""
    captures = [a_capture(FULL, SHARD), a_capture({}, {}, minutes=1), a_capture({}, {}, minutes=2, **MOVED)]
    assert what_returned(tmp_path, captures) == {}


def what_returned(folder: Path, captures: list[Snapshot]) -> dict[str | None, int | None]:
    """The numbers of the snapshots that the last of three leads back to, of its instance (None) or a database."""
    with Store.open(folder / "drift.db", create=True) as store:
        numbers = [store.save(each).number for each in captures]
        returned = store.returned(*store.load_pair(*numbers[1:]))
        assert store.returned(*map(store.load, numbers[1:])) == returned
    return {name: reference.number for name, reference in returned.items()}


def test_a_layout_that_tells_less_begins_no_period(tmp_path: Path) -> None:
    """In the history of a shard, only what happened to it begins a period."""
    captures = [a_capture(FULL, SHARD), a_capture({}, {}, minutes=1), a_capture({}, {}, minutes=2, data_node_id=OTHER)]
    with Store.open(tmp_path / "drift.db", create=True) as store:
        for each in captures:
            store.save(each)
        steps = history(store, "orders_0000").steps
    assert [(step.period.first.number, step.period.last.number) for step in steps] == [(1, 2), (3, 3)]


def test_a_list_of_data_nodes_without_ports_changes_nothing() -> None:
    """A member that every listed data node has on one side, and none on the other, is not told."""
    listed = [{"instance_id": NODE, "access_port": 1}, {"instance_id": OTHER, "access_port": 2}]
    bare = [without(node, "access_port") for node in listed]
    found = diff(a_capture(FULL, SHARD, listed=listed), a_capture(FULL, SHARD, minutes=1, listed=bare))
    assert (found.changes, found.not_told) == ((), (Untold("data-node", ("port",), "after", 2),))


@pytest.mark.parametrize("first", [{"status": None}, {"error": "disk"}, {"weight": None}])
def test_a_fact_that_one_record_lacks_is_a_change(first: dict[str, Any]) -> None:
    """A fact that the layout has a place for, and that one record has or lacks, is a change, as ever."""
    (change,) = diff(a_capture(FULL, SHARD), a_capture(FULL, SHARD, minutes=1, **first)).changes
    assert change.name == "orders_0000"


def test_a_moved_value_is_a_change_in_another_layout() -> None:
    """What both layouts have a place for is compared, however they differ otherwise."""
    changes = diff(a_capture(FULL, SHARD), a_capture({}, SHARD, minutes=1, status="EXPANDING")).changes
    assert [change.rule for change in changes] == ["shard-status-changed"]


shards = [{"name": f"orders_{index:04}", "data_node_id": NODE} for index in range(2)]


@pytest.mark.parametrize(
    "bare",
    [
        {"shards": shards},
        {"name": "orders", "shards": shards},
    ],
)
def test_a_database_without_shards_is_not_told_where_a_layout_can_not_name_it(bare: dict[str, Any]) -> None:
    """Such a layout has no place for it: it is not removed, nor created when the layout tells of it again."""
    inner = [[{"name": "orders", "shards": shards}, {"name": "empty", "shards": []}], bare]
    before, after = (
        decode_document({"data_nodes": LISTED, "compressed_databases_info": each}, Options()).snapshot(
            instance=ORDERS, taken_at=a_time(), source="export"
        )
        for each in inner
    )
    for one, other, silent in ((before, after, "after"), (after, before, "before")):
        found = diff(one, other)
        assert (found.changes, found.not_told) == ((), (Untold("database", (), silent, 1),))


def test_a_database_without_shards_has_a_place_below_data_nodes_only_where_one_was_seen() -> None:
    """A list of databases for each data node may leave out those without shards: they did not come or go with it."""

    def below_nodes(key: str, *databases: dict[str, Any]) -> Snapshot:
        content = decode_document(
            {"data_nodes": LISTED, "compressed_databases_info": {key: {NODE: list(databases)}}}, Options()
        )
        return content.snapshot(instance=ORDERS, taken_at=a_time(), source="export")

    orders = {"name": "orders", "shards": [f"orders_000{at}" for at in range(2)]}
    empty = {"name": "empty", "shards": []}
    nested = [{"name": each["name"], "shards": shards if each == orders else []} for each in (orders, empty)]
    full = decode_document({"data_nodes": LISTED, "compressed_databases_info": nested}, Options()).snapshot(
        instance=ORDERS, taken_at=a_time(), source="export"
    )
    for one, other, silent in (
        (full, below_nodes("nodes", orders), "after"),
        (below_nodes("nodes", orders), full, "before"),
    ):
        found = diff(one, other)
        assert (found.changes, found.not_told) == ((), (Untold("database", (), silent, 1),))
    for key in ("nodes", "used_rds"):  # in the same form, the place is known from the other side
        removed = diff(below_nodes("nodes", orders, empty), below_nodes(key, orders)).changes
        assert [(change.rule, change.name) for change in removed] == [("database-removed", "empty")]


@pytest.mark.parametrize(("members", "told"), [({}, True), ({"status": "RUNNING"}, True), (None, False)])
def test_another_layout_may_leave_out_databases_without_shards(members: dict[str, str] | None, *, told: bool) -> None:
    """One without shards that is missing is told where databases stand as before, and is not told elsewhere."""

    def read(inner: Any) -> Snapshot:  # noqa: ANN401 - any JSON value
        content = decode_document({"data_nodes": LISTED, "compressed_databases_info": inner}, Options())
        return content.snapshot(instance=ORDERS, taken_at=a_time(), source="export")

    shards = [{"name": f"orders_000{at}", "data_node_id": NODE} for at in range(2)]
    orders, empty = {"name": "orders", "shards": shards}, {"name": "empty", "shards": []}
    after = {"databases": [orders]} if members is None else [orders | members]
    found = diff(read([orders, empty]), read(after))
    assert [change.rule for change in found.changes] == ["database-removed"] * told
    assert [untold.entity for untold in found.not_told if not untold.path] == ["database"] * (not told)


A, B, C = ({"id": letter * 32 + "in01", "role": "spare"} for letter in "abc")
lists: dict[str, tuple[list[Any], list[Any], list[tuple[Any, ...]]]] = {
    "order": ([A, B], [B, A], []),
    "one more": ([A, C], [A, B, C], [(B["id"], None, B)]),
    "one less": ([A, B, C], [B, C], [(A["id"], A, None)]),
    "another value": ([A, B], [B | {"role": "main"}, A], [(B["id"], "role", "spare", "main")]),
    "ids": ([A["id"], C["id"]], [C["id"], B["id"], A["id"]], [(B["id"], None, B["id"])]),
    "no ids": ([{"x": 1}, {"x": 2}], [{"x": 2}, {"x": 2}], [(0, "x", 1, 2)]),
}


@pytest.mark.parametrize(("before", "after", "expected"), lists.values(), ids=lists)
def test_lists_of_data_nodes_are_compared_by_identity(
    before: list[Any], after: list[Any], expected: list[tuple[Any, ...]]
) -> None:
    """In attributes, a data node that comes or goes is one edit at its id, and the order is none."""
    sides = [a_capture({"table_list": {"t": each}}, {}, minutes=at) for at, each in enumerate((before, after))]
    edits = [edit for change in diff(*sides).changes for edit in change.edits]
    assert edits == [
        Edit(("attributes", "table_list", "t", *path), one, other) for *path, one, other in expected
    ]  # fmt: skip


def by_node(records: dict[str, dict[str, Any]], shards: dict[str, list[str]], *, minutes: float = 0) -> Snapshot:
    """A snapshot read from a payload that has the shards below these records of data nodes."""
    inner = [{"id": node, **record, "shards": shards.get(node, [])} for node, record in records.items()]
    content = decode_document({"data_nodes": LISTED, "compressed_databases_info": {"data_nodes": inner}}, Options())
    return content.snapshot(instance=ORDERS, taken_at=a_time(minutes), source="export")


ZONES = {NODE: {"zone": "az1", "rack": 4}, OTHER: {"zone": "az2", "rack": 7}}
BOTH = {NODE: ["orders_0000"], OTHER: ["orders_0001"]}
FIRST = {NODE: ["orders_0000", "orders_0001"]}


@pytest.mark.parametrize("is_first", [True, False])
def test_a_data_node_that_gets_its_first_record_in_the_payload_has_not_changed(*, is_first: bool) -> None:
    """Where shards stand below data nodes, the record of one without shards may be missing, and is not told."""
    one = by_node({NODE: ZONES[NODE]}, FIRST)
    two = by_node(ZONES, BOTH, minutes=1)
    found = diff(one, two) if is_first else diff(two, one)
    silent = "before" if is_first else "after"
    assert {change.rule for change in found.changes} == {"shard-moved"}
    assert set(found.not_told) == {
        Untold("data-node", ("attributes", member), silent, 1)
        for member in ("rack", "zone")  # type: ignore[arg-type]
    }


def test_a_data_node_with_shards_that_loses_a_member_has_changed() -> None:
    """The record of a data node with shards is there, so what it alone lacks is a change."""
    fewer = {**ZONES, OTHER: {"rack": 7}}
    found = diff(by_node(ZONES, BOTH), by_node(fewer, BOTH, minutes=1))
    assert [(change.rule, change.name) for change in found.changes] == [("data-node-changed", OTHER)]


def test_a_member_that_all_records_of_data_nodes_lose_is_not_told_beside_one_without_a_record() -> None:
    """A data node without a record says nothing of what the records have a place for."""
    before = by_node({NODE: ZONES[NODE]}, FIRST)
    after = by_node({NODE: {"rack": 4}}, FIRST, minutes=1)
    found = diff(before, after)
    assert found.changes == ()
    assert found.not_told == (Untold("data-node", ("attributes", "zone"), "after", 1),)


@pytest.mark.parametrize("is_first", [True, False])
def test_data_nodes_have_not_changed_where_one_side_has_nothing_below_them(*, is_first: bool) -> None:
    """An export without databases has no place for what another one says of data nodes above their shards."""
    content = decode_document({"data_nodes": LISTED, "compressed_databases_info": {"databases": []}}, Options())
    nothing = content.snapshot(instance=ORDERS, taken_at=a_time(0), source="export")
    filled = by_node(ZONES, BOTH, minutes=1)
    found = diff(nothing, filled) if is_first else diff(filled, nothing)
    assert "data-node-changed" not in {change.rule for change in found.changes}
    assert {change.name for change in found.changes if change.rule.startswith("database-")} == {"orders"}
