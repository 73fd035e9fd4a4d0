from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from drift.compare.diff import diff
from drift.compare.untold import Untold
from drift.decode.content import Options
from drift.decode.sources.export import decode_document
from drift.store.store import Store
from support.builders import ORDERS, a_time

if TYPE_CHECKING:
    from pathlib import Path

    from drift.core.model import Snapshot

A, B, C = (letter * 32 + "in01" for letter in "abc")
LISTED = [
    {"instance_id": node, "instance_name": f"rds-{at}", "access_host": f"10.0.0.{at}", "access_port": 3306}
    for at, node in enumerate((A, B, C))
]


def a_capture(inner: Any, listed: Any = LISTED, *, minutes: float = 0) -> Snapshot:  # noqa: ANN401 - any JSON value
    content = decode_document({"data_nodes": listed, "compressed_databases_info": inner}, Options())
    return content.snapshot(instance=ORDERS, taken_at=a_time(minutes), source="export")


def a_node(node: str, *shards: str, **facts: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    return {"id": node, **facts, "shards": list(shards)}


def over_nodes(*nodes: Any, **others: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON value
    """A database over its data nodes, and others."""
    return [{"name": "pay", "data_nodes": list(nodes)}, *({"name": name, **each} for name, each in others.items())]


def keyed(**facts: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    return {"pay": {"data_nodes": {node: {"status": "normal", "shards": shards} for node, shards in facts.items()}}}


def of_one(node: str) -> dict[str, Any]:
    return {"name": "pay", "data_nodes": {"id": node, "status": "normal", "shards": [{"physical_db_name": "pay"}]}}


ON_A = a_node(A, "pay_0000", "pay_0001", status="normal")
BOTH = (a_node(A, "pay_0000", status="normal"), a_node(B, "pay_0001", status="normal"))

moves: dict[str, tuple[Any, Any, str]] = {
    "one of two shards": (over_nodes(ON_A), over_nodes(*BOTH), "pay_0001"),
    "the only shard": (over_nodes(BOTH[0]), over_nodes(a_node(B, "pay_0000", status="normal")), "pay_0000"),
    "keyed by data node": (
        keyed(**{A: ["pay_0000", "pay_0001"]}),
        keyed(**{A: ["pay_0000"], B: ["pay_0001"]}),
        "pay_0001",
    ),
    "one data node in place of a list": (of_one(A), of_one(B), "pay"),
}  # fmt: skip


@pytest.mark.parametrize("is_back", [False, True])
@pytest.mark.parametrize(("before", "after", "shard"), moves.values(), ids=moves)
def test_a_moved_shard_changes_no_database(
    tmp_path: Path, before: Any, after: Any, shard: str, *, is_back: bool  # noqa: ANN401 - any JSON value
) -> None:  # fmt: skip
    """The record of a data node below a database comes and goes with the shards on it, in memory and in the store."""
    sides = (after, before) if is_back else (before, after)
    captures = [a_capture(side, minutes=minutes) for minutes, side in enumerate(sides)]
    with Store.open(tmp_path / "drift.db", create=True) as store:
        numbers = [store.save(each).number for each in captures]
        stored = diff(*store.load_pair(*numbers))
    for found in (diff(*captures), stored):
        assert [(change.rule, change.name) for change in found.changes] == [("shard-moved", shard)]
        assert {untold.path for untold in found.not_told} == {("attributes", "data_nodes", "[]")}


layouts: dict[str, tuple[Any, Any, tuple[Untold, ...]]] = {
    "listed facts beside a status": (
        over_nodes(a_node(A, "pay_0000", status="normal")),
        over_nodes(a_node(A, "pay_0000", status="normal", name="rds-0", host="10.0.0.0", port=3306)),
        (),
    ),
    "a status beside a database without data nodes": (
        over_nodes(a_node(A, "pay_0000"), geo={"data_nodes": []}),
        over_nodes(a_node(A, "pay_0000", status="normal"), geo={"data_nodes": []}),
        (Untold("database", ("attributes", "data_nodes"), "before", 1),),
    ),
    "data nodes by their keys in place of a list": (
        over_nodes(a_node(A, "pay_0000", status="normal"), a_node(B, "pay_0001", status="normal")),
        keyed(**{A: ["pay_0000"], B: ["pay_0001"]}),
        (),
    ),
    "another word for the id of a data node": (
        over_nodes(a_node(A, "pay_0000", status="normal")),
        over_nodes({"instance_id": A, "status": "normal", "shards": ["pay_0000"]}),
        (),
    ),
    "facts of a database that nothing names, in its shards": (
        [{"physical_db_name": f"pay_000{at}", "id": A} for at in range(2)],
        [{"physical_db_name": f"pay_000{at}", "id": A, "shard_mode": "cluster", "shard_number": 2} for at in range(2)],
        (Untold("database", ("shard_count",), "before", 1), Untold("database", ("shard_mode",), "before", 1)),
    ),
    "the name of an unlisted data node": (
        [{"name": f"pay_000{at}", "data_node_id": "f" * 32 + "in01" if at else A} for at in range(2)],
        [
            {"name": f"pay_000{at}", "data_node_id": "f" * 32 + "in01" if at else A, "data_node_name": f"rds-{at * 9}"}
            for at in range(2)
        ],
        (),
    ),
}


@pytest.mark.parametrize(("before", "after", "not_told"), layouts.values(), ids=layouts)
def test_another_layout_of_data_nodes_is_no_change(before: Any, after: Any, not_told: tuple[Untold, ...]) -> None:  # noqa: ANN401
    """What one of two layouts says of data nodes, or of databases in their shards, is no change."""
    found = diff(a_capture(before), a_capture(after, minutes=1))
    assert (found.changes, found.not_told) == ((), not_told)


def test_a_data_node_that_is_listed_no_longer_changes_no_database() -> None:
    """The record of a data node in a database has nothing new of it, whether it is listed or not."""
    listed = over_nodes(a_node(A, "pay_0000", name="rds-0", host="10.0.0.0"), a_node(B, "pay_0001", name="rds-1"))
    for inner in (listed, keyed(**{A: ["pay_0000"], B: ["pay_0001"]})):
        found = diff(a_capture(inner), a_capture(inner, LISTED[1:], minutes=1))
        assert [change.rule for change in found.changes] == ["data-node-removed"]


def test_a_shard_moves_to_a_data_node_that_another_layout_tells_less_of() -> None:
    """Where the layout leaves out a status, no data node of the database has lost it."""
    before = over_nodes(a_node(A, "pay_0000", status="normal"), a_node(B, "pay_0001", status="normal"))
    after = over_nodes(a_node(B, "pay_0000", "pay_0001"))
    assert [change.rule for change in diff(a_capture(before), a_capture(after, minutes=1)).changes] == ["shard-moved"]


def test_a_data_node_that_a_database_uses_on_both_sides_is_compared() -> None:
    """The status of a data node in the record of a database is a fact of that database."""
    after = over_nodes(a_node(A, "pay_0000", "pay_0001", status="abnormal"))
    (change,) = diff(a_capture(over_nodes(ON_A)), a_capture(after, minutes=1)).changes
    assert (change.rule, change.name) == ("database-changed", "pay")


def test_a_shared_name_of_a_data_node_is_no_attribute_of_a_shard() -> None:
    """A shard keeps no name of its data node, so nothing changes where the name is shared no longer."""
    shared = [LISTED[0], {**LISTED[1], "instance_name": "rds-0"}]
    inner = [{"name": "pay", "shards": [{"name": "pay_0000", "data_node_id": A, "data_node_name": "rds-0"}]}]
    found = diff(a_capture(inner, shared), a_capture(inner, [LISTED[0]], minutes=1))
    assert [change.rule for change in found.changes] == ["data-node-removed"]
