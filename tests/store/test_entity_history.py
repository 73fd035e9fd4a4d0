from __future__ import annotations

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from drift.compare.timeline import Period, State, Traced, periods, placed
from drift.core.model import Database, Mask, Record, Snapshot, SnapshotRef
from drift.store import Store, entity_history
from drift.store.opening import connect
from support.builders import a_big_snapshot, a_database, a_node, a_shard, a_snapshot, node_id
from support.strategies import histories

if TYPE_CHECKING:
    from collections.abc import Iterable

OTHER = a_snapshot(instance="users-prod").instance


def things(snapshot: Snapshot) -> dict[Traced, tuple[State, int]]:
    """Everything in a snapshot, with what it is there, and the placement of its shards."""
    found: dict[Traced, tuple[State, int]] = {}
    name = str(snapshot.instance.name)
    placements: dict[str, int] = {}
    held: dict[str, int] = {node.id: 0 for node in snapshot.data_nodes}
    for database in snapshot.databases:
        counts: dict[str, int] = {}
        placement = 0
        for shard in database.shards:
            here = placed(database.name, shard.name, shard.data_node_id)
            placement ^= here
            placements[shard.data_node_id] = placements.get(shard.data_node_id, 0) ^ here
            counts[shard.data_node_id] = counts.get(shard.data_node_id, 0) + 1
            found[Traced(name, "shard", database.name, shard.name)] = (State(shard, {shard.data_node_id: 1}), 0)
        record: Record = Database.of(
            database.name,
            shard_mode=database.shard_mode,
            shard_count=database.shard_count,
            status=database.status,
            attributes=database.attributes,
        )
        found[Traced(name, "database", None, database.name)] = (State(record, counts), placement)
        for node, count in counts.items():
            held[node] = held.get(node, 0) + count
    for node in snapshot.data_nodes:
        state = State(node, {node.id: held[node.id]})
        found[Traced(name, "data-node", None, node.id)] = (state, placements.get(node.id, 0))
    return found


def is_told_of(traced: Traced, snapshot: Snapshot) -> bool:
    mask = Mask.of(snapshot.gaps)
    match traced.kind:
        case "data-node":
            return not snapshot.gaps
        case "database":
            return not mask.hides_database(traced.name)
        case "shard":
            return not mask.hides_database(str(traced.database))


@settings(max_examples=30)
@given(histories(max_size=6))
def test_a_history_says_what_the_snapshots_say(history: list[Snapshot]) -> None:
    """For everything that was ever there, the periods are those of the believed snapshots, by time."""
    with TemporaryDirectory() as directory, Store.open(Path(directory) / "drift.db", create=True) as store:
        stored = [store.save(snapshot) for snapshot in history]
        store.save(a_snapshot(a_database("orders"), instance=OTHER))
        believed = [each for each in stored if not store.entry(each.number or 0).suspect]
        by_time = sorted(believed, key=lambda each: (each.taken_at, each.number or 0))
        known = [things(snapshot) for snapshot in by_time]
        for traced in {each for snapshot in known for each in snapshot}:
            seen = [
                (SnapshotRef(each.number or 0, each.label, each.taken_at), *found.get(traced, (None, 0)))
                for each, found in zip(by_time, known, strict=True)
                if is_told_of(traced, each)
            ]
            assert store.trace(traced) == periods(seen)


def test_a_data_node_that_is_not_listed_has_one_period_whatever_is_on_it(tmp_path: Path) -> None:
    """A data node that only shards name is nowhere, and shards that come and go there begin no period."""
    on_it = [a_shard(f"orders_000{number}", on="rds-3") for number in range(2)]
    with Store.open(tmp_path / "drift.db", create=True) as store:
        for minutes, (shards, nodes) in enumerate([(on_it, ()), (on_it[:1], ()), (on_it[:1], ("rds-3",))]):
            store.save(a_snapshot(a_database(shards=shards), nodes=["rds-1", *nodes], minutes=minutes))
        (traced,) = store.find("rds-3")
        found = store.trace(traced)
    assert [(each.first.number, each.last.number, each.state is None) for each in found] == [
        (1, 2, True),
        (3, 3, False),
    ]


@settings(max_examples=30)
@given(histories(max_size=4))
def test_everything_is_found_by_its_name(history: list[Snapshot]) -> None:
    """Whatever is in a snapshot can be asked for by the name that it has there."""
    with TemporaryDirectory() as directory, Store.open(Path(directory) / "drift.db", create=True) as store:
        for snapshot in history:
            store.save(snapshot)
        for traced in {each for snapshot in history for each in things(snapshot)}:
            assert traced in store.find(traced.name)
            assert traced in store.find(traced.name, traced.instance)
            assert traced not in store.find(traced.name, "another")


@pytest.fixture
def store(tmp_path: Path) -> Iterable[Store]:
    with Store.open(tmp_path / "drift.db", create=True) as store:
        store.save(
            a_snapshot(a_database("orders"), a_database("users", shards=[a_shard("orders_0000", database="users")]))
        )
        store.save(
            a_snapshot(a_database("orders"), nodes=["rds-1", a_node("orders", id=node_id("rds-2"))], instance=OTHER)
        )
        yield store


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("orders_0001", ["orders-prod shard orders", "users-prod shard orders"]),
        ("orders_0000", ["orders-prod shard orders", "orders-prod shard users", "users-prod shard orders"]),
        ("users/orders_0000", ["orders-prod shard users"]),
        ("orders", ["orders-prod database None", "users-prod data-node None", "users-prod database None"]),
        (node_id("rds-1"), ["orders-prod data-node None", "users-prod data-node None"]),
        (node_id("rds-1")[:8], ["orders-prod data-node None", "users-prod data-node None"]),
        (node_id("rds-1")[:7], []),
        ("nobody", []),
        ("", []),
    ],
)
def test_what_a_name_can_mean(store: Store, name: str, found: list[str]) -> None:
    """A name is found in every instance, as a shard, a database and a data node, and never in part but for an id."""
    assert [f"{each.instance} {each.kind} {each.database}" for each in store.find(name)] == found


def test_what_was_there_is_found_though_it_is_gone(tmp_path: Path) -> None:
    """A shard of a database that has been dropped has a history that ends."""
    kept = a_database("users")
    with Store.open(tmp_path / "drift.db", create=True) as store:
        first, second, third = (
            store.save(snapshot)
            for snapshot in (
                a_snapshot(a_database(), kept),
                a_snapshot(kept, minutes=1),
                a_snapshot(kept, minutes=2),
            )
        )
        (traced,) = store.find("orders_0003")
        here, gone = store.trace(traced)
    assert (here.first.number, here.last.number) == (first.number, first.number)
    assert (gone.first.number, gone.last.number, gone.state) == (second.number, third.number, None)


def test_a_shards_history_reads_its_own_rows(tmp_path: Path) -> None:
    """However much else has moved, a shard's history costs a fraction of the work of reading a snapshot."""
    path = tmp_path / "drift.db"
    with Store.open(path, create=True) as store:
        for minutes in range(4):
            store.save(a_big_snapshot(5_000, moved=range(minutes % 2 * 2_000), minutes=minutes))
        snapshot = store.load(1)
    with closing(connect(path, create=False).connection) as connection:
        steps: list[int] = []
        connection.set_progress_handler(lambda: steps.append(1), 10)
        (traced,) = entity_history.find(connection, snapshot.databases[0].shards[0].name, None)
        assert len(entity_history.trace(connection, traced)) == 4
        assert len(steps) * 10 < 2_000


def test_what_does_not_change_is_one_period() -> None:
    """Snapshots that say the same are one period, from the first of them to the last, also where it isn't there."""
    moments = [SnapshotRef(number, None, a_snapshot(minutes=number).taken_at) for number in range(5)]
    state = State(a_shard(), {node_id("rds-1"): 1})
    seen = list(zip(moments, [None, state, state, None, state], [0] * 5, strict=True))
    assert periods(seen) == (
        Period(moments[0], moments[0], None),
        Period(moments[1], moments[2], state),
        Period(moments[3], moments[3], None),
        Period(moments[4], moments[4], state),
    )


def test_an_exchange_of_shards_is_told(tmp_path: Path) -> None:
    """Two shards that change places leave every count as it is; the database and both data nodes have a new period."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        for minutes, places in enumerate((("rds-1", "rds-2"), ("rds-2", "rds-1"))):
            shards = [a_shard(f"orders_000{number}", on=place) for number, place in enumerate(places)]
            store.save(a_snapshot(a_database("orders", shards=shards), minutes=minutes))
        for name in ("orders", "rds-1", "rds-2"):
            (traced,) = store.find(name)
            assert len(store.trace(traced)) == 2
