from __future__ import annotations

import pytest

from drift.core.data_nodes import Failure, NodeReading
from drift.core.shard_sizes import NodeSizes, Size, total
from drift.policy.size_balance import LEAST_BYTES, compare_sizes
from support.builders import a_database, a_snapshot, node_id

ORDERS = a_snapshot(a_database("orders", shards=4, on=("rds-1", "rds-2")))


def held(node: str, *sizes: int, first: int = 0) -> NodeReading:
    shards = {f"orders_{first + number:04}": Size(size, 1) for number, size in enumerate(sizes)}
    return NodeReading(node_id=node_id(node), sizes=NodeSizes(shards=shards))


@pytest.mark.parametrize(
    ("one", "other", "skew"),
    [
        ((LEAST_BYTES, LEAST_BYTES), (LEAST_BYTES, LEAST_BYTES), None),
        ((9 * LEAST_BYTES, 0), (LEAST_BYTES, 0), 1.8),
        ((900, 0), (100, 0), None),  # too small to matter
        ((0, 0), (0, 0), None),
    ],
)
def test_an_uneven_spread_of_much_is_found(one: tuple[int, int], other: tuple[int, int], skew: float | None) -> None:
    """A data node with more than max_skew times the mean is a finding, for the database and for all of them."""
    readings = {node_id("rds-1"): held("rds-1", *one), node_id("rds-2"): held("rds-2", *other, first=2)}
    found = compare_sizes(ORDERS, readings, max_skew=1.5).compared.findings
    assert [(each.subject, each.found, each.expected) for each in found] == (
        [] if skew is None else [("instance", skew, 1.5), ("database", skew, 1.5)]
    )


def test_what_was_not_read_has_no_spread() -> None:
    """With the sizes of one data node unknown there is no mean, and the part that is known is still shown."""
    readings = {
        node_id("rds-1"): held("rds-1", LEAST_BYTES, LEAST_BYTES),
        node_id("rds-2"): NodeReading(node_id=node_id("rds-2"), sizes=Failure("right-missing")),
    }
    result = compare_sizes(ORDERS, readings, max_skew=1.0)
    assert (result.spread, result.compared.findings) == ((), ())
    assert total(result.shards) == Size(2 * LEAST_BYTES, 2)
    assert [part.data_node_id for part in result.compared.not_checked] == [node_id("rds-2")]
