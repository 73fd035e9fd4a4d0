from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.compare.diff import MOST_ATTRIBUTE_VALUES, Change, Diff, Edit, diff, fingerprint, record_fields
from drift.core.model import Database, DataNode, Gap, Mask, Shard, Snapshot, canonical_json
from drift.policy.rules import CHANGE_RULES
from support.builders import a_database, a_node, a_shard, a_snapshot, node_id
from support.strategies import attributes, pairs, shuffled, snapshots

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drift.core.model import Record

# The fields that each rule speaks of.
FIELDS = {
    "data-node-renamed": {"name"},
    "data-node-endpoint-changed": {"host", "port"},
    "data-node-engine-changed": {"engine", "engine_version"},
    "data-node-engine-patched": {"engine_version"},
    "data-node-changed": {"attributes"},
    "database-resharded": {"shard_mode", "shard_count"},
    "database-status-changed": {"status"},
    "database-changed": {"attributes"},
    "shard-moved": {"data_node_id"},
    "shard-status-changed": {"status"},
    "shard-changed": {"index", "attributes"},
}


@given(st.data(), snapshots())
def test_nothing_differs_from_itself(data: st.DataObject, snapshot: Snapshot) -> None:
    """The same content in another order, at another time and in another layout has no changes."""
    other = msgspec.structs.replace(shuffled(data.draw, snapshot), source="details", layout="another", label="again")
    assert diff(snapshot, other) == Diff((), snapshot.gaps)
    assert other.content_hash == snapshot.content_hash


@given(pairs())
def test_swapping_the_sides_swaps_what_is_told(pair: tuple[Snapshot, Snapshot]) -> None:
    """Seen from the other side, what was added is removed, and each edit goes the other way."""
    there, back = diff(*pair), diff(*reversed(pair))
    assert [_reversed(change) for change in there.changes] == list(back.changes)
    assert there.not_checked == back.not_checked


def _reversed(change: Change) -> Change:
    opposite = {"added": "removed", "removed": "added"}
    stem, _, end = change.rule.rpartition("-")
    rule = f"{stem}-{opposite[end]}" if end in opposite else change.rule
    edits = tuple(Edit(edit.path, edit.after, edit.before) for edit in change.edits)
    return Change(rule, change.entity, change.after, change.before, edits)


@given(pairs())
def test_what_a_source_can_not_tell_is_no_change(pair: tuple[Snapshot, Snapshot]) -> None:
    """Of two snapshots of which one is from the details, the details' silence gives no edit."""
    before, after = pair[0], msgspec.structs.replace(pair[1], source="details")
    for change in diff(before, after).changes:
        assert all(edit.before is not None and edit.after is not None for edit in change.edits if len(edit.path) == 1)


@given(pairs(partial=False))
def test_the_changes_lead_from_before_to_after(pair: tuple[Snapshot, Snapshot]) -> None:
    """Carrying out the changes on the first snapshot gives the second: nothing is left out, nothing invented."""
    before, after = (msgspec.structs.replace(side, source="export") for side in pair)
    assert _applied(before, diff(before, after).changes) == _records(after)


def _records(snapshot: Snapshot) -> dict[tuple[str, ...], Record]:
    found: dict[tuple[str, ...], Record] = {("data-node", node.id): node for node in snapshot.data_nodes}
    for database in snapshot.databases:
        found["database", database.name] = database.without_shards()
        found |= {("shard", database.name, shard.name): shard for shard in database.shards}
    return found


def _applied(before: Snapshot, changes: Iterable[Change]) -> dict[tuple[str, ...], Record]:
    """The records after the changes, of each of which only the fields that its rule speaks of are looked at."""
    records = _records(before)
    for change in changes:
        key = (change.entity, *([change.database] if change.database is not None else []), change.name)
        match change:
            case Change(before=None, after=Shard() | Database() | DataNode() as added):
                assert key not in records
                records[key] = added
            case Change(after=None):
                assert records.pop(key) == change.before
            case _:
                fields = {field: getattr(change.after, field) for field in FIELDS[change.rule]}
                records[key] = msgspec.structs.replace(records[key], **fields)
    return records


@given(pairs(partial=False))
def test_the_edits_lead_from_before_to_after(pair: tuple[Snapshot, Snapshot]) -> None:
    """The edits of a change are exactly where its two records differ."""
    for change in diff(*pair).changes:
        if change.before is None or change.after is None:
            assert not change.edits
            continue
        old, new = record_fields(change.before), record_fields(change.after)
        assert change.edits
        assert {edit.path[0] for edit in change.edits} <= FIELDS[change.rule]
        for edit in change.edits:
            assert (_at(old, edit.path), _at(new, edit.path)) == (edit.before, edit.after)
            assert canonical_json(edit.before) != canonical_json(edit.after) or _is_presence(old, new, edit.path)


def _at(value: Any, path: tuple[str | int, ...]) -> Any:  # noqa: ANN401 - any JSON value
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _is_presence(old: Any, new: Any, path: tuple[str | int, ...]) -> bool:  # noqa: ANN401 - any JSON value
    """Whether the value is null on one side and not there at all on the other."""
    return _at(old, path) is _at(new, path) is None


@given(attributes, attributes)
def test_attributes_are_told_apart_exactly(old: str, new: str) -> None:
    """Two attribute texts are the same record or a change with edits: 1 is not true, and 1.0 is not 1."""
    before = a_snapshot(nodes=[a_node(attributes=msgspec.json.decode(old))])
    after = a_snapshot(nodes=[a_node(attributes=msgspec.json.decode(new))])
    changes = diff(before, after).changes
    assert [change.rule for change in changes] == ([] if old == new else ["data-node-changed"])
    assert all(change.edits for change in changes)


_alike = st.sampled_from([0, 1, True, False, 1.0, "1", "true", None, [1], [True], {"a": 1}, {"a": True}])


@given(*(st.lists(_alike, max_size=4) for _ in range(3)))
def test_edits_tell_one_change_of_a_list_from_any_other(old: list[Any], new: list[Any], other: list[Any]) -> None:
    """A plan or a waiver for one change of an attribute fits no other: only the same values have the same edits."""
    before, after, instead = (a_snapshot(nodes=[a_node(attributes={"list": each})]) for each in (old, new, other))
    edits = [tuple(each.edits for each in diff(before, one).changes) for one in (after, instead)]
    is_same = canonical_json(new) == canonical_json(other)
    assert (canonical_json(edits[0]) == canonical_json(edits[1])) is is_same


@pytest.mark.parametrize(
    ("count", "text", "edits"),
    [(MOST_ATTRIBUTE_VALUES - 4, "x", 1), (MOST_ATTRIBUTE_VALUES + 1, "x", None), (1, "x" * 70_000, None)],
    ids=["within", "values", "text"],
)
def test_large_attributes_changed_as_a_whole(count: int, text: str, edits: int | None) -> None:
    """Attributes are compared value by value up to a bound; beyond it, the change has both as a whole."""
    old, new = ({"list": [0] * count, "text": text, "last": last} for last in (1, 2))
    sides = [a_snapshot(nodes=[a_node(attributes=each)]) for each in (old, new)]
    (change,) = diff(*sides).changes
    whole = Edit(("attributes",), old, new)
    assert change.edits == ((Edit(("attributes", "last"), 1, 2),) if edits else (whole,))


@given(pairs())
def test_the_order_is_defined(pair: tuple[Snapshot, Snapshot]) -> None:
    """Data nodes, databases, shards; then identity; then rule. One change per entity and rule."""
    keys = [change.sort_key for change in diff(*pair).changes]
    assert keys == sorted(set(keys))


@given(pairs())
def test_what_lies_in_a_gap_is_never_a_change(pair: tuple[Snapshot, Snapshot]) -> None:
    """What a side did not read is listed as not checked, and never added, removed or changed."""
    told = diff(*pair)
    mask = Mask.of(told.not_checked)
    assert {gap.scope for gap in told.not_checked} == {gap.scope for side in pair for gap in side.gaps}
    for change in told.changes:
        if change.entity == "data-node":
            assert not mask.hides_data_nodes
        else:
            assert not mask.hides_database(change.database or change.name)


@given(pairs())
def test_every_change_has_a_rule_and_a_fingerprint_of_its_own(pair: tuple[Snapshot, Snapshot]) -> None:
    """Rules are those of the table, and no two changes of a diff share a fingerprint."""
    changes = diff(*pair).changes
    assert {change.rule for change in changes} <= CHANGE_RULES.keys()
    prints = {fingerprint(change, "orders-prod") for change in changes}
    assert len(prints) == len(changes)
    assert all(len(each) == 15 and each.startswith("v1:") for each in prints)
    assert prints.isdisjoint(fingerprint(change, "users-prod") for change in changes)


def _nodes(**fields: object) -> Snapshot:
    return a_snapshot(nodes=[a_node(**fields)])


def _database(**fields: object) -> Snapshot:
    return a_snapshot(a_database(shards=[], **{"shard_count": 2, **fields}))


def _shard(**fields: Any) -> Snapshot:  # noqa: ANN401 - the fields of a shard
    return a_snapshot(a_database(shards=[a_shard(**fields)]))


ONE = a_shard("orders_0000")
TWO = a_shard("orders_0001")

# Old, new, and the changes between them: rule, name, edits.
TABLE: list[tuple[str, Snapshot, Snapshot, list[tuple[str, str, list[tuple[Any, ...]]]]]] = [
    ("node added", a_snapshot(nodes=[]), _nodes(), [("data-node-added", node_id("rds-1"), [])]),
    ("node removed", _nodes(), a_snapshot(nodes=[]), [("data-node-removed", node_id("rds-1"), [])]),
    ("node renamed", _nodes(), _nodes(id=node_id("rds-1"), name="primary", host=a_node().host),
     [("data-node-renamed", node_id("rds-1"), [("name", "rds-1", "primary")])]),
    ("host", _nodes(host="10.0.0.1"), _nodes(host="10.0.0.2"),
     [("data-node-endpoint-changed", node_id("rds-1"), [("host", "10.0.0.1", "10.0.0.2")])]),
    ("host and port", _nodes(host="10.0.0.1", port=3306), _nodes(host="10.0.0.2", port=3307),
     [("data-node-endpoint-changed", node_id("rds-1"), [("host", "10.0.0.1", "10.0.0.2"), ("port", 3306, 3307)])]),
    ("engine", _nodes(engine="mysql"), _nodes(engine="gaussdb"),
     [("data-node-engine-changed", node_id("rds-1"), [("engine", "mysql", "gaussdb")])]),
    ("engine version", _nodes(engine_version="5.7"), _nodes(engine_version="8.0"),
     [("data-node-engine-changed", node_id("rds-1"), [("engine_version", "5.7", "8.0")])]),
    ("patch level", _nodes(engine_version="8.0.21"), _nodes(engine_version="8.0.36"),
     [("data-node-engine-patched", node_id("rds-1"), [("engine_version", "8.0.21", "8.0.36")])]),
    ("patch level told", _nodes(engine_version="8.0"), _nodes(engine_version="8.0.36"),
     [("data-node-engine-patched", node_id("rds-1"), [("engine_version", "8.0", "8.0.36")])]),
    ("minor version", _nodes(engine_version="8.0.36"), _nodes(engine_version="8.4.36"),
     [("data-node-engine-changed", node_id("rds-1"), [("engine_version", "8.0.36", "8.4.36")])]),
    ("engine and patch level", _nodes(engine="mysql", engine_version="8.0.21"),
     _nodes(engine="MySQL", engine_version="8.0.36"),
     [("data-node-engine-changed", node_id("rds-1"),
       [("engine", "mysql", "MySQL"), ("engine_version", "8.0.21", "8.0.36")])]),
    ("version no longer said", _nodes(engine_version="5.7"), _nodes(engine_version=None),
     [("data-node-engine-changed", node_id("rds-1"), [("engine_version", "5.7", None)])]),
    ("node attribute", _nodes(attributes={"cpu": 4}), _nodes(attributes={"cpu": 8}),
     [("data-node-changed", node_id("rds-1"), [("attributes", "cpu", 4, 8)])]),
    ("node attribute added", _nodes(), _nodes(attributes={"a.b": [1]}),
     [("data-node-changed", node_id("rds-1"), [("attributes", "a.b", None, [1])])]),
    ("deep attribute", _nodes(attributes={"a": {"b": [1, 2]}}), _nodes(attributes={"a": {"b": [1, 3]}}),
     [("data-node-changed", node_id("rds-1"), [("attributes", "a", "b", 1, 2, 3)])]),
    ("nothing in common", _nodes(attributes={"a": {"b": 1, "c": 2}}), _nodes(attributes={"a": {"d": 1}}),
     [("data-node-changed", node_id("rds-1"), [("attributes", "a", "b", 1, None), ("attributes", "a", "c", 2, None),
                                               ("attributes", "a", "d", None, 1)])]),
    ("attribute of another type", _nodes(attributes={"a": 1}), _nodes(attributes={"a": True}),
     [("data-node-changed", node_id("rds-1"), [("attributes", "a", 1, True)])]),
    ("types in a list", _nodes(attributes={"a": [1, 2, 3]}), _nodes(attributes={"a": [True, 2, 4]}),
     [("data-node-changed", node_id("rds-1"), [("attributes", "a", 0, 1, True), ("attributes", "a", 2, 3, 4)])]),
    ("private attribute", _nodes(attributes={"__a": 1}), _nodes(attributes={"__a": 2}),
     [("data-node-changed", node_id("rds-1"), [("attributes", "__a", 1, 2)])]),
    ("everything of a node", _nodes(), _nodes(id=node_id("rds-1"), name="n", host="h", engine="e", attributes={"a": 1}),
     [("data-node-changed", node_id("rds-1"), [("attributes", "a", None, 1)]),
      ("data-node-endpoint-changed", node_id("rds-1"), [("host", a_node().host, "h")]),
      ("data-node-engine-changed", node_id("rds-1"), [("engine", "mysql", "e")]),
      ("data-node-renamed", node_id("rds-1"), [("name", "rds-1", "n")])]),
    ("database added", a_snapshot(), a_snapshot(a_database(shards=[ONE])),
     [("database-added", "orders", []), ("shard-added", "orders_0000", [])]),
    ("database removed", a_snapshot(a_database(shards=[ONE])), a_snapshot(),
     [("database-removed", "orders", []), ("shard-removed", "orders_0000", [])]),
    ("declared count", _database(shard_count=2), _database(shard_count=4),
     [("database-resharded", "orders", [("shard_count", 2, 4)])]),
    ("mode", _database(shard_mode="single"), _database(shard_mode="cluster"),
     [("database-resharded", "orders", [("shard_mode", "single", "cluster")])]),
    ("database status", _database(status="RUNNING"), _database(status="CREATING"),
     [("database-status-changed", "orders", [("status", "RUNNING", "CREATING")])]),
    ("database attribute", _database(attributes={"charset": "utf8"}), _database(attributes={"charset": "utf8mb4"}),
     [("database-changed", "orders", [("attributes", "charset", "utf8", "utf8mb4")])]),
    ("shard added", a_snapshot(a_database(shards=[ONE], shard_count=2)), a_snapshot(a_database(shards=[ONE, TWO])),
     [("shard-added", "orders_0001", [])]),
    ("shard removed", a_snapshot(a_database(shards=[ONE, TWO])), a_snapshot(a_database(shards=[TWO], shard_count=2)),
     [("shard-removed", "orders_0000", [])]),
    ("shard renamed", a_snapshot(a_database(shards=[ONE])), a_snapshot(a_database(shards=[TWO])),
     [("shard-removed", "orders_0000", []), ("shard-added", "orders_0001", [])]),
    ("shard moved", _shard(on="rds-1"), _shard(on="rds-2"),
     [("shard-moved", "orders_0000", [("data_node_id", node_id("rds-1"), node_id("rds-2"))])]),
    ("shard status", _shard(status="RUNNING"), _shard(status="MIGRATING"),
     [("shard-status-changed", "orders_0000", [("status", "RUNNING", "MIGRATING")])]),
    ("shard index", _shard(index=0), _shard(index=7), [("shard-changed", "orders_0000", [("index", 0, 7)])]),
    ("shard attribute", _shard(attributes={"a": 1}), _shard(attributes={}),
     [("shard-changed", "orders_0000", [("attributes", "a", 1, None)])]),
    ("shard moved and more", _shard(on="rds-1", status="A"), _shard(on="rds-2", status="B", index=3),
     [("shard-changed", "orders_0000", [("index", 0, 3)]),
      ("shard-moved", "orders_0000", [("data_node_id", node_id("rds-1"), node_id("rds-2"))]),
      ("shard-status-changed", "orders_0000", [("status", "A", "B")])]),
    ("database in a gap", a_snapshot(a_database(shards=[ONE])), a_snapshot(gaps={"database orders": "500"}), []),
    ("all databases in a gap", a_snapshot(a_database(shards=[ONE])), a_snapshot(gaps={"databases": "500"}), []),
    ("data nodes in a gap", _nodes(), a_snapshot(nodes=[], gaps={"data-nodes": "500"}), []),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_each_rule(old: Snapshot, new: Snapshot, expected: list[tuple[str, str, list[tuple[Any, ...]]]]) -> None:
    """What changed is told by the rule that the table names, with exactly these edits."""
    found = diff(old, new).changes
    told = [(each.rule, each.name, [(*edit.path, edit.before, edit.after) for edit in each.edits]) for each in found]
    assert told == expected


def test_the_table_has_every_rule() -> None:
    """No rule goes without a row."""
    assert {rule for row in TABLE for rule, _, _ in row[3]} == CHANGE_RULES.keys()


def test_two_databases_may_have_shards_of_one_name() -> None:
    """A shard is known by its database and its name."""
    shards = {name: [a_shard("part_1", database=name)] for name in ("orders", "users")}
    before = a_snapshot(*(a_database(name, shards=records) for name, records in shards.items()))
    after = a_snapshot(a_database("orders", shards=shards["orders"]))
    told = [(change.rule, change.database, change.name) for change in diff(before, after).changes]
    assert told == [("database-removed", None, "users"), ("shard-removed", "users", "part_1")]


def test_a_gap_for_a_reason_on_each_side_is_told_twice() -> None:
    """Both reasons are there for whoever asks why."""
    before, after = (a_snapshot(gaps={"database orders": reason}) for reason in ("500", "timeout"))
    assert diff(before, after).not_checked == (Gap("database orders", "500"), Gap("database orders", "timeout"))


def test_a_fingerprint_does_not_depend_on_wording_or_time() -> None:
    """It is the same tomorrow and from another source, and another one for other values."""
    one = diff(_shard(on="rds-1"), _shard(on="rds-2")).changes[0]
    later = diff(_shard(on="rds-1"), a_snapshot(a_database(shards=[a_shard(on="rds-2")]), minutes=99)).changes[0]
    other = diff(_shard(on="rds-1"), _shard(on="rds-3")).changes[0]
    assert fingerprint(one, "a") == fingerprint(later, "a") != fingerprint(other, "a")
