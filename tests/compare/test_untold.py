from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from drift.compare.diff import diff
from drift.decode.content import Options
from drift.decode.sources.export import decode_document
from drift.store.store import Store
from support.builders import ORDERS, a_time

if TYPE_CHECKING:
    from pathlib import Path

    from drift.core.model import Snapshot

NODE = "a" * 32 + "in01"
LISTED = [{"instance_id": NODE, "instance_name": "rds-1"}]
FULL = {"shard_mode": "cluster", "shard_number": 2, "status": "RUNNING", "owner": "a"}
SHARD = {"status": "RUNNING", "shard_index": 7, "weight": 3}


def a_capture(about: dict[str, Any], shard: dict[str, Any], *, minutes: float = 0, **first: Any) -> Snapshot:  # noqa: ANN401
    """A snapshot of two shards, read from a payload in which these members are given."""
    shards = [{"name": f"orders_{index:04}", "data_node_id": NODE, **shard} for index in range(2)]
    shards[0] |= first
    inner = [{"name": "orders", "shards": shards, **about}]
    content = decode_document({"data_nodes": LISTED, "compressed_databases_info": inner}, Options())
    return content.snapshot(instance=ORDERS, taken_at=a_time(minutes), source="export")


facts = {
    "mode": (FULL, {key: FULL[key] for key in FULL if key != "shard_mode"}, "database shard mode (1)"),
    "count": (FULL, {key: FULL[key] for key in FULL if key != "shard_number"}, "database shard count (1)"),
    "status": (FULL, {key: FULL[key] for key in FULL if key != "status"}, "database status (1)"),
    "attribute with the mode": (FULL, {}, "database attribute owner (1)"),
}


@pytest.mark.parametrize(("before", "after", "words"), facts.values(), ids=facts)
def test_a_layout_without_a_place_changes_nothing(before: dict[str, Any], after: dict[str, Any], words: str) -> None:
    """A fact of a database that either side's layout has no place for is counted, and is no change."""
    for one, other in ((before, after), (after, before)):
        found = diff(a_capture(one, SHARD), a_capture(other, SHARD, minutes=1))
        assert found.changes == ()
        assert words in found.not_told


def test_shards_without_a_place_for_their_facts_are_unchanged(tmp_path: Path) -> None:
    """The same holds for shards, and for two neighbours in a store."""
    before, after = a_capture(FULL, SHARD), a_capture(FULL, {}, minutes=1)
    assert diff(before, after).changes == ()
    with Store.open(tmp_path / "drift.db", create=True) as store:
        numbers = [store.save(each).number for each in (before, after)]
        assert diff(*store.load_pair(*numbers)).changes == ()


def test_a_fact_that_one_record_lacks_is_a_change() -> None:
    """A fact that the layout has a place for and that is missing in one record is a change, as ever."""
    (change,) = diff(a_capture(FULL, SHARD), a_capture(FULL, SHARD, minutes=1, status=None)).changes
    assert change.rule == "shard-status-changed"


def test_a_moved_value_is_a_change_in_another_layout() -> None:
    """What both layouts have a place for is compared, however they differ otherwise."""
    changes = diff(a_capture(FULL, SHARD), a_capture({}, SHARD, minutes=1, status="EXPANDING")).changes
    assert [change.rule for change in changes] == ["shard-status-changed"]
