"""Random topologies and what happens to them: DDM's operations and people's, as records before and after."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st
from msgspec.structs import replace

from drift.compare.event_signatures import EventContext
from drift.core.model import Database, DataNode, Mask, Shard, Snapshot
from drift.simulator import topology as cloud
from support.builders import ORDERS, a_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from drift.simulator.topology import Node, Topology

DATABASES: Final = ("orders", "users", "invoices", "parcels")


def node(name: str) -> Node:
    """The data node of that name."""
    return cloud.Node(id=cloud.identifier("in01", name), name=name, host=f"{name}.example.com")


@st.composite
def topologies(draw: st.DrawFn) -> Topology:
    """One to four data nodes with one to three databases of 8 to 24 shards, spread as DDM does."""
    nodes = tuple(node(f"rds-{place}") for place in range(1, 1 + draw(st.integers(1, 4))))
    found = cloud.Topology(nodes)
    for name in draw(st.lists(st.sampled_from(DATABASES), min_size=1, max_size=3, unique=True)):
        found = cloud.create_database(found, name, draw(st.integers(8, 24)), 0)
    return found


def captured(found: Topology, minutes: float = 0) -> Snapshot:
    """The snapshot that a whole capture of a topology gives."""
    databases = [
        Database.of(
            each.name,
            shard_mode=each.mode,
            shard_count=each.shard_count,
            status="RUNNING",
            shards=[Shard(each.name, shard.name, shard.index, shard.node_id, shard.status) for shard in each.shards],
        )
        for each in found.databases
    ]
    nodes = [DataNode(n.id, n.name, n.host, n.port, n.engine, n.engine_version) for n in found.nodes]
    return Snapshot.of(
        instance=ORDERS, taken_at=a_time(minutes), source="export", data_nodes=nodes, databases=databases
    )


def scene_of(before: Snapshot, after: Snapshot) -> EventContext:
    """What events need to know of two whole snapshots."""
    return EventContext(
        nodes=(_ids(before), _ids(after)),
        balance=(held(before), held(after)),
        shards={database.name: len(database.shards) for database in after.databases},
        nodes_checked=not Mask.of([*before.gaps, *after.gaps]).hides_data_nodes,
    )


def held(snapshot: Snapshot) -> Counter[str]:
    """The shards of a snapshot by data-node id."""
    return Counter(shard.data_node_id for database in snapshot.databases for shard in database.shards)


def _ids(snapshot: Snapshot) -> set[str]:
    return {each.id for each in snapshot.data_nodes}


def _grow(draw: st.DrawFn, found: Topology) -> Topology:
    return cloud.add_nodes(found, [node(f"new-{place}") for place in range(draw(st.integers(1, 2)))])


def _some_database(draw: st.DrawFn, found: Topology) -> str:
    return draw(st.sampled_from(_known([each.name for each in found.databases])))


def _some_shard(draw: st.DrawFn, found: Topology) -> str:
    return draw(st.sampled_from(_known([shard.name for each in found.databases for shard in each.shards])))


def _known(names: list[str]) -> list[str]:
    if not names:
        raise ValueError("nothing is left")
    return names


def scaled_out(draw: st.DrawFn, found: Topology) -> Topology:
    """Method 1: more data nodes for some databases."""
    grown = _grow(draw, found)
    for name in draw(st.sets(st.sampled_from(_known([each.name for each in found.databases])), min_size=1)):
        grown = cloud.configure_shards(grown, name, len(grown.database(name).shards))
    return grown


def resharded(draw: st.DrawFn, found: Topology) -> Topology:
    """Method 2: more shards for one database."""
    name = _some_database(draw, found)
    return cloud.configure_shards(found, name, len(found.database(name).shards) + draw(st.integers(1, 16)))


def both(draw: st.DrawFn, found: Topology) -> Topology:
    """Method 3: more data nodes and more shards for one database."""
    return resharded(draw, _grow(draw, found))


def moved(draw: st.DrawFn, found: Topology) -> Topology:
    """By hand: one shard put on another data node, or where it is."""
    return cloud.move_shard(found, _some_shard(draw, found), draw(st.sampled_from([each.name for each in found.nodes])))


def lost(draw: st.DrawFn, found: Topology) -> Topology:
    """A failure: one shard gone."""
    return cloud.drop_shard(found, _some_shard(draw, found))


def created(draw: st.DrawFn, found: Topology) -> Topology:
    """A new database."""
    return cloud.create_database(found, "created", draw(st.integers(8, 16)), 0)


def dropped(draw: st.DrawFn, found: Topology) -> Topology:
    """A database gone with its shards."""
    return cloud.drop_database(found, _some_database(draw, found))


def replaced(draw: st.DrawFn, found: Topology) -> Topology:
    """A data node restored as another one."""
    return cloud.change_node(found, draw(st.sampled_from(found.nodes)).name, id=node("replacement").id)


def removed(draw: st.DrawFn, found: Topology) -> Topology:
    """A data node gone and its shards elsewhere."""
    return cloud.remove_node(found, draw(st.sampled_from(found.nodes)).name)


def renamed(draw: st.DrawFn, found: Topology) -> Topology:
    """A data node by another name."""
    chosen = draw(st.sampled_from(found.nodes))
    return replace(
        found, nodes=tuple(replace(each, name="renamed") if each == chosen else each for each in found.nodes)
    )


OPERATIONS: Final[tuple[Callable[[st.DrawFn, Topology], Topology], ...]] = (
    scaled_out, resharded, both, moved, lost, created, dropped, replaced, removed, renamed,
)  # fmt: skip


@st.composite
def combined(draw: st.DrawFn, most: int = 4) -> tuple[Topology, Topology]:
    """A topology before and after any operations, one after the other; those that are refused are left out."""
    before = draw(topologies())
    after = before
    for operation in draw(st.lists(st.sampled_from(OPERATIONS), max_size=most)):
        try:
            reached = operation(draw, after)
        except ValueError:
            continue
        after = reached if _is_sound(reached) else after
    return before, after


def _is_sound(found: Topology) -> bool:
    """Whether no two shards share a name, as they would where a database grows that has lost one."""
    return all(len({shard.name for shard in each.shards}) == len(each.shards) for each in found.databases)


@st.composite
def alone(draw: st.DrawFn, operation: Callable[[st.DrawFn, Topology], Topology]) -> tuple[Topology, Topology]:
    """A topology before and after one operation."""
    before = draw(topologies())
    return before, operation(draw, before)
