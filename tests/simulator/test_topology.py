from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.simulator import topology
from drift.simulator.topology import Database, Node, Shard, Topology, identifier, spread

NODES = ["rds-a", "rds-b", "rds-c", "rds-d", "rds-e"]


def a_node(name: str) -> Node:
    return Node(id=name, name=name, host="192.168.0.11")


def a_topology(shards: int = 8, nodes: int = 2) -> Topology:
    empty = Topology(tuple(a_node(name) for name in NODES[:nodes]))
    return topology.create_database(empty, "orders", shards, created=0)


def load(database: Database) -> Counter[str]:
    return Counter(shard.node_id for shard in database.shards)


def is_even(database: Database, nodes: int) -> bool:
    counts = load(database)
    return len(counts) == min(nodes, len(database.shards)) and max(counts.values()) - min(counts.values()) <= 1


def moved(before: Topology, after: Topology) -> int:
    places = {shard.name: shard.node_id for shard in before.databases[0].shards}
    return sum(places.get(shard.name, shard.node_id) != shard.node_id for shard in after.databases[0].shards)


placements = st.lists(st.sampled_from(NODES), min_size=1, max_size=40)
"""For each shard of a database, the node that it is on."""


@given(placements, st.integers(1, len(NODES)))
def test_spreading_is_even_and_moves_the_fewest(places: list[str], count: int) -> None:
    """Shards end evenly on the nodes, all of them still there, and no other even placement moves fewer."""
    shards = [Shard(f"orders_{index:04}", index, node) for index, node in enumerate(places)]
    result = spread(shards, NODES[:count])
    share, rest = divmod(len(shards), count)
    assert sorted(Counter(shard.node_id for shard in result).values(), reverse=True)[:rest] == [share + 1] * rest
    assert [(shard.name, shard.index) for shard in result] == [(shard.name, shard.index) for shard in shards]
    held = sorted((places.count(node) for node in NODES[:count]), reverse=True)
    fewest = len(shards) - sum(min(have, share + (rank < rest)) for rank, have in enumerate(held))
    assert sum(old.node_id != new.node_id for old, new in zip(shards, result, strict=True)) == fewest


@given(shards=st.integers(2, 128), more=st.integers(1, 3))
def test_method_1_keeps_the_shards_and_moves_some(shards: int, more: int) -> None:
    """More data nodes with the same shards: no name changes, only new nodes gain, and the load is even."""
    before = a_topology(max(shards, 2 + more))
    grown = topology.add_nodes(before, map(a_node, NODES[2 : 2 + more]))
    after = topology.configure_shards(grown, "orders", len(before.databases[0].shards))
    old, new = before.databases[0], after.databases[0]
    assert [shard.name for shard in new.shards] == [shard.name for shard in old.shards]
    assert is_even(new, 2 + more)
    assert moved(before, after) == sum(load(new)[node] for node in NODES[2 : 2 + more])


@given(shards=st.integers(2, 100), more=st.integers(1, 28))
def test_method_2_adds_shards_and_moves_none(shards: int, more: int) -> None:
    """More shards on the same nodes: the old ones stay where they are, new names continue the count."""
    before = a_topology(shards)
    after = topology.configure_shards(before, "orders", shards + more)
    names = [shard.name for shard in after.databases[0].shards]
    assert names == [f"orders_{index:04}" for index in range(shards + more)]
    assert moved(before, after) == 0
    assert is_even(after.databases[0], 2)


@given(shards=st.integers(4, 60), more=st.integers(0, 60))
def test_method_3_does_both(shards: int, more: int) -> None:
    """More shards on more nodes: every node has its share, and no shard is lost."""
    before = a_topology(shards)
    grown = topology.add_nodes(before, [a_node("rds-c"), a_node("rds-d")])
    after = topology.configure_shards(grown, "orders", shards + more)
    assert is_even(after.databases[0], 4)
    assert {shard.name for shard in before.databases[0].shards} <= {shard.name for shard in after.databases[0].shards}


def test_an_unsharded_database_is_one_shard_on_one_node() -> None:
    """An unsharded database has one shard, whose name needs no number."""
    (audit,) = topology.create_database(Topology((a_node("rds-a"),)), "audit", 0, created=0).databases
    assert (audit.mode, audit.shards) == ("single", (Shard("audit", 0, "rds-a"),))


def test_a_dropped_database_takes_its_shards_along() -> None:
    """Dropping a database leaves the others and the data nodes as they are."""
    before = a_topology()
    with_users = topology.create_database(before, "users", 4, created=0)
    assert topology.drop_database(with_users, "users") == before


def test_a_node_is_added_once() -> None:
    """A data node that is associated already stays as it is."""
    before = a_topology()
    assert topology.add_nodes(before, [a_node("rds-a")]) == before


def test_a_shard_moved_by_hand_is_the_only_one_that_moves() -> None:
    """What is no operation of DDM's changes nothing else."""
    before = a_topology()
    after = topology.move_shard(before, "orders_0000", "rds-b")
    assert moved(before, after) == 1
    assert after.databases[0].shards[0].node_id == "rds-b"


_REFUSED = {
    "fewer shards": (lambda: topology.configure_shards(a_topology(8), "orders", 7), "never fewer"),
    "too many for the nodes": (lambda: topology.configure_shards(a_topology(8), "orders", 129), "2 to 128 shards"),
    "fewer shards than nodes": (lambda: a_topology(4, 5), "5 to 320 shards"),
    "one shard": (lambda: a_topology(1, 1), "2 to 64 shards"),
    "unsharded": (
        lambda: topology.configure_shards(topology.create_database(a_topology(), "audit", 0, 0), "audit", 8),
        "unsharded",
    ),
    "no such database": (lambda: topology.drop_database(a_topology(), "nobody"), "no database 'nobody'"),
    "no such shard": (lambda: topology.move_shard(a_topology(), "orders_9999", "rds-a"), "no shard"),
    "no such node": (lambda: topology.move_shard(a_topology(), "orders_0000", "rds-z"), "no data node"),
    "twice": (lambda: topology.create_database(a_topology(), "orders", 8, 0), "already"),
    "a bad name": (lambda: topology.create_database(a_topology(), "Orders", 8, 0), "a-z"),
    "no data node": (lambda: topology.create_database(Topology(()), "orders", 8, 0), "needs a data node"),
}


@pytest.mark.parametrize(("operation", "words"), _REFUSED.values(), ids=_REFUSED.keys())
def test_what_ddm_refuses_is_refused_in_words(operation: object, words: str) -> None:
    """An operation that DDM doesn't offer is an error that says what it does offer."""
    assert callable(operation)
    with pytest.raises(ValueError, match=words):
        operation()


def test_ids_have_the_documented_shape() -> None:
    """An id is 32 hex digits and a suffix, the same for the same names and another for others."""
    assert identifier("in01", "a", "b") == identifier("in01", "a", "b") != identifier("in01", "a", "c")
    assert len(identifier("in01", "a")) == 36
    assert set(identifier("", "a")) <= set("0123456789abcdef")


@given(placements, st.sampled_from(NODES))
def test_a_node_that_goes_leaves_its_shards_to_the_fewest(places: list[str], gone: str) -> None:
    """Only the shards of the data node that goes change their place, each to the one that holds the fewest then."""
    shards = tuple(Shard(f"orders_{index:04}", index, node) for index, node in enumerate(places))
    before = Topology(tuple(map(a_node, NODES)), (Database("orders", "cluster", shards, 0),))
    after = topology.remove_node(before, gone)
    assert moved(before, after) == places.count(gone)
    rest = {node: places.count(node) for node in NODES if node != gone}
    for shard in after.databases[0].shards:
        if places[shard.index] == gone:
            assert rest[shard.node_id] == min(rest.values())
            rest[shard.node_id] += 1
    assert gone not in after.node_ids


@given(placements, st.sampled_from(NODES))
def test_a_node_that_is_replaced_leaves_everything_to_the_new_one(places: list[str], old: str) -> None:
    """The new data node is at the old one's place and holds what that held; nothing else moves."""
    shards = tuple(Shard(f"orders_{index:04}", index, node) for index, node in enumerate(places))
    before = Topology(tuple(map(a_node, NODES)), (Database("orders", "cluster", shards, 0),))
    after = topology.change_node(before, old, id="new", name="new")
    held = [
        [shard.index for shard in each.databases[0].shards if shard.node_id in (old, "new")] for each in (before, after)
    ]
    assert held[0] == held[1]
    assert moved(before, after) == places.count(old)
    with pytest.raises(ValueError, match="there is a data node"):
        topology.change_node(before, old, id=next(node for node in NODES if node != old))


def test_the_last_node_stays() -> None:
    """A data node whose shards have nowhere to go can't be taken away."""
    with pytest.raises(ValueError, match="the only one"):
        topology.remove_node(a_topology(nodes=1), NODES[0])


def test_a_lost_shard_is_still_counted() -> None:
    """A database that lost a shard says that it has as many as before."""
    after = topology.drop_shard(a_topology(shards=8), "orders_0003")
    assert (after.databases[0].shard_count, len(after.databases[0].shards)) == (8, 7)
