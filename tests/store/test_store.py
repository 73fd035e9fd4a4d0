from __future__ import annotations

import gzip
import sqlite3
from base64 import b64encode
from contextlib import closing, contextmanager
from itertools import product
from os import urandom
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given

from drift.compare.diff import diff
from drift.core.errors import BaselineError, ConfigError, StoreError, UsageError
from drift.core.model import Gap, Instance, Shard, Snapshot
from drift.store import Outline, Store
from support.builders import ORDERS, a_database, a_node, a_shard, a_snapshot, a_time, node_id
from support.strategies import histories, snapshots

if TYPE_CHECKING:
    from collections.abc import Iterator

OTHER = Instance(name="orders-test")


@contextmanager
def a_store() -> Iterator[Store]:
    with TemporaryDirectory() as directory, Store.open(Path(directory) / "drift.db", create=True) as store:
        yield store


def number_of(snapshot: Snapshot) -> int:
    assert snapshot.number is not None
    return snapshot.number


def unjudged(snapshot: Snapshot, **fields: None) -> Snapshot:
    """A snapshot without what the history says of it."""
    return msgspec.structs.replace(snapshot, suspicion=None, judged=False, **fields)


@given(histories(max_size=6))
def test_loads_what_was_saved(history: list[Snapshot]) -> None:
    """Every snapshot of a history is loaded as it was saved, whatever was saved after it."""
    with a_store() as store:
        kept = [store.save(snapshot) for snapshot in history]
        assert [unjudged(snapshot, number=None) for snapshot in kept] == history
        assert [unjudged(store.load(number_of(snapshot))) for snapshot in kept] == list(map(unjudged, kept))


@given(histories(max_size=4))
def test_a_pair_differs_as_the_whole_does(history: list[Snapshot]) -> None:
    """The reduced pair gives the diff of the two whole snapshots, in both directions."""
    with a_store() as store:
        kept = [store.save(snapshot) for snapshot in history]
        for before, after in product(kept, kept):
            pair = store.load_pair(number_of(before), number_of(after))
            assert diff(*pair) == diff(before, after)
            assert [each.content_hash for each in pair] == [before.content_hash, after.content_hash]


@given(histories(max_size=4), histories(max_size=3, instance=OTHER))
def test_instances_do_not_touch_each_other(orders: list[Snapshot], others: list[Snapshot]) -> None:
    """Histories of two instances, stored in turn, stay apart, and any two snapshots can be compared."""
    with a_store() as store:
        pairs = [(store.save(one), store.save(other)) for one, other in zip(orders, others, strict=False)]
        for one, other in pairs:
            loaded = [unjudged(store.load(number_of(each))) for each in (one, other)]
            assert loaded == [unjudged(one), unjudged(other)]
            assert diff(*store.load_pair(number_of(one), number_of(other))) == diff(one, other)


@given(histories(max_size=4))
def test_the_parts_of_a_snapshot_agree_with_the_whole(history: list[Snapshot]) -> None:
    """Data nodes, balance, log and views say the same as the loaded snapshot."""
    with a_store() as store:
        for snapshot in [store.save(each) for each in history]:
            number = number_of(snapshot)
            nodes = {node.id: node for node in snapshot.data_nodes}
            shards = [shard for database in snapshot.databases for shard in database.shards]
            on = [shard.data_node_id for shard in shards]
            balance = {node: on.count(node) for node in {*nodes, *on}}
            databases = {database.name: len(database.shards) for database in snapshot.databases}
            assert store.outline(number) == Outline(nodes=nodes, databases=databases, balance=balance)
            assert (store.nodes(number), store.balance(number)) == (nodes, balance)
            entry = next(entry for entry in store.log() if entry.number == number)
            assert (entry.label, entry.taken_at, entry.source) == (snapshot.label, snapshot.taken_at, snapshot.source)
            assert (entry.complete, entry.gaps) == (snapshot.complete, len(snapshot.gaps))
            assert (entry.data_nodes, entry.databases, entry.shards) == (len(nodes), len(snapshot.databases), len(on))
            assert viewed(store.path, number) == _as_viewed(snapshot)


def viewed(path: Path, number: int) -> list[list[tuple[object, ...]]]:
    """What somebody who knows only SQL finds of a snapshot."""
    queries = (
        "SELECT node_id, name, host, port, engine, engine_version, attributes FROM data_nodes WHERE snapshot_id = ?",
        "SELECT name, shard_mode, shard_count, status, attributes, content_hash FROM databases WHERE snapshot_id = ?",
        "SELECT database, name, shard_index, data_node_id, status, attributes FROM shards WHERE snapshot_id = ?",
    )
    with closing(sqlite3.connect(path)) as connection:
        return [sorted(connection.execute(query, (number,)).fetchall(), key=repr) for query in queries]


def _as_viewed(snapshot: Snapshot) -> list[list[tuple[object, ...]]]:
    shards = [msgspec.structs.astuple(shard) for database in snapshot.databases for shard in database.shards]
    databases = [
        (each.name, each.shard_mode, each.shard_count, each.status, each.attributes, each.content_hash)
        for each in snapshot.databases
    ]
    nodes = [msgspec.structs.astuple(node) for node in snapshot.data_nodes]
    return [sorted(rows, key=repr) for rows in (nodes, databases, shards)]


def test_views_name_the_instance_and_the_time(tmp_path: Path) -> None:
    """Each row of a view says of which instance and when, so that plain SQL needs no join."""
    path = tmp_path / "drift.db"
    with Store.open(path, create=True) as store:
        store.save(a_snapshot(a_database(shards=1), label="first"))
    with closing(sqlite3.connect(path)) as connection:
        for view in ("data_nodes", "databases", "shards"):
            row = connection.execute(f"SELECT instance, snapshot_id, label, taken_at FROM {view}").fetchone()  # noqa: S608 - names above
            assert row == ("orders-prod", 1, "first", "2026-05-01T02:00:00.000000Z")


def test_what_a_capture_could_not_read_is_not_gone(tmp_path: Path) -> None:
    """A partial snapshot between two equal ones removes nothing and adds nothing."""
    whole = a_snapshot(a_database("orders"), a_database("users"))
    partial = a_snapshot(a_database("users"), nodes=(), gaps={"database orders": "500", "data-nodes": "500"}, minutes=1)
    with Store.open(tmp_path / "drift.db", create=True) as store:
        store.save(whole)
        store.save(partial)
        store.save(a_snapshot(*whole.databases, minutes=2))
        assert [change for number in (2, 3) for change in diff(*store.load_pair(1, number)).changes] == []
        assert [database.name for database in store.load(2).databases] == ["users"]
        assert store.load(3).databases == whole.databases


def test_records_in_a_snapshots_own_gaps_are_left_out(tmp_path: Path) -> None:
    """What a snapshot says that it did not read is no evidence, and is not stored as such."""
    contradictory = a_snapshot(a_database("orders"), a_database("users"), gaps={"database orders": "cut off"})
    with Store.open(tmp_path / "drift.db", create=True) as store:
        kept = store.save(contradictory)
        assert [database.name for database in kept.databases] == ["users"]
        assert store.load(1) == kept
        assert store.verify() == []


def test_an_instances_unknown_ids_are_filled_in(tmp_path: Path) -> None:
    """An instance first known by name alone is completed by the first capture that knows more, and stays so."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        store.save(a_snapshot(instance="orders-prod"))
        assert store.save(a_snapshot(minutes=1)).instance == ORDERS
        assert store.save(a_snapshot(instance="orders-prod", minutes=2)).instance == ORDERS
        assert store.load(1).instance == ORDERS
        assert store.instances() == [ORDERS]


def test_another_instance_under_the_same_name_is_refused(tmp_path: Path) -> None:
    """Two instances never share a name: the message says both ids, and nothing is stored."""
    other = Instance(name=ORDERS.name, instance_id="91b1272b09364ddeb999f1295bf0506ain09")
    with Store.open(tmp_path / "drift.db", create=True) as store:
        store.save(a_snapshot())
        with pytest.raises(ConfigError, match=r"91b1272b.*1f5c9fd6") as error:
            store.save(a_snapshot(instance=other, minutes=1))
        assert "name" in str(error.value.hint)
        assert len(store.log()) == 1


@pytest.mark.parametrize(
    "snapshot",
    [
        a_snapshot(instance=Instance()),
        a_snapshot(instance="a:b"),
        a_snapshot(label="12"),
        a_snapshot(label="latest"),
        a_snapshot(label="a/b"),
        a_snapshot(label="release:1"),
    ],
)
def test_a_snapshot_that_could_not_be_referred_to_is_refused(tmp_path: Path, snapshot: Snapshot) -> None:
    """No snapshot enters the store without a name for its instance, or with a label that means something else."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        with pytest.raises(UsageError):
            store.save(snapshot)
        assert store.log() == []


@pytest.mark.parametrize("contradiction", [a_shard("orders_0000", on="rds-2"), a_shard("orders_0000", index=2**70)])
def test_a_refused_snapshot_leaves_no_trace(tmp_path: Path, contradiction: Shard) -> None:
    """A snapshot that can't be stored as a whole is not stored at all."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        kept = store.save(a_snapshot(a_database(shards=2)))
        before = viewed(store.path, 1)
        with pytest.raises(StoreError):
            store.save(a_snapshot(a_database(shards=[a_shard(), contradiction]), minutes=1))
        assert [entry.number for entry in store.log()] == [1]
        assert store.load(1) == kept
        assert viewed(store.path, 1) == before
        assert store.verify() == []


def test_the_newest_is_the_one_taken_last(tmp_path: Path) -> None:
    """An older snapshot that is imported later takes its place by its time; one of the same time, by its number."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        for minutes in (5, 9, 1, 9):
            store.save(a_snapshot(a_database(shards=int(minutes)), minutes=minutes))
        assert [entry.number for entry in store.log()] == [4, 2, 1, 3]
        assert [entry.unchanged for entry in store.log()] == [True, False, False, False]


def test_the_log_is_of_one_instance_or_of_all(tmp_path: Path) -> None:
    """The log lists every instance's snapshots, or one's, and compares each with its own instance's before."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        for minutes, instance in enumerate([ORDERS, OTHER, ORDERS, OTHER]):
            store.save(a_snapshot(instance=instance, minutes=minutes))
        assert [(entry.number, entry.instance) for entry in store.log("orders-test")] == [
            (4, "orders-test"),
            (2, "orders-test"),
        ]
        assert [entry.unchanged for entry in store.log()] == [True, True, False, False]
        assert store.log("nobody") == []


@given(snapshots())
def test_a_snapshot_is_stored_once(snapshot: Snapshot) -> None:
    """A snapshot that is already stored is found; one with another time, source, content or instance is stored."""
    with a_store() as store:
        for is_new in (True, False):
            entry, stored = store.save_unless_stored(snapshot)
            assert (entry.number, stored) == (1, is_new)
        for other in (
            msgspec.structs.replace(snapshot, taken_at=a_time(-1)),
            msgspec.structs.replace(snapshot, source="elsewhere"),
            msgspec.structs.replace(snapshot, content_hash="sha256:0"),
            msgspec.structs.replace(snapshot, instance=OTHER),
        ):
            assert store.save_unless_stored(other)[1]


@pytest.mark.parametrize(
    ("captures", "kept"),
    [
        ("a", [1]),
        ("aa", [2, 1]),
        ("aaaa", [4, 1]),
        ("aabbab", [6, 3, 1]),
        ("a-", [1]),
        ("aa-", [2, 1]),
        ("-a", [2]),
        ("aAaa", [4, 2, 1]),
        ("AAAA", [4, 3, 2, 1]),
    ],
)
def test_keeps_the_newest_response_and_the_first_of_every_layout(
    tmp_path: Path, captures: str, kept: list[int]
) -> None:
    """Letters are layouts, capitals are kept on request, a dash has no response."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        store.save(a_snapshot(instance=OTHER, minutes=-1), raw=b"another instance's")
        offset = 1
        for minutes, layout in enumerate(captures):
            response = None if layout == "-" else f"response {minutes + 1}".encode()
            snapshot = a_snapshot(minutes=minutes, layout=layout.lower())
            store.save(snapshot, raw=response, keep_raw=layout.isupper())
        assert [number - offset for number in store.numbers_with_raw("orders-prod")] == kept
        assert [store.raw(number + offset) for number in kept] == [f"response {number}".encode() for number in kept]
        assert store.raw(1) == b"another instance's"
        assert store.numbers_with_raw() == [number + offset for number in kept] + [1]


@pytest.mark.parametrize(
    "response",
    [b"", b"{}", bytes(range(256)) * 200, b"orders_0000," * 9_000, b64encode(urandom(50_000))],
    ids=["none", "small", "binary", "repetitive", "payload"],
)
def test_a_response_is_kept_as_received(tmp_path: Path, response: bytes) -> None:
    """A response comes back byte for byte, whatever it is; with SQL alone, it is a gzip file."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        store.save(a_snapshot(), raw=response)
        assert store.raw(1) == response
        with closing(sqlite3.connect(store.path)) as connection:
            assert gzip.decompress(connection.execute("SELECT bytes FROM raw").fetchone()[0]) == response


def test_an_older_response_does_not_take_the_newest_ones_place(tmp_path: Path) -> None:
    """The newest response is the one taken last, not the one stored last."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        for minutes in (0, 5, 3):
            store.save(a_snapshot(minutes=minutes), raw=str(minutes).encode())
        assert store.numbers_with_raw() == [2, 1]
        assert store.raw(3) is None


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    """Every question about a snapshot that isn't there gets a BaselineError with the number."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        store.save(a_snapshot())
        for ask in (store.load, store.nodes, store.balance, store.raw, lambda number: store.load_pair(1, number)):
            with pytest.raises(BaselineError, match="7"):
                ask(7)


def test_names_are_data(tmp_path: Path) -> None:
    """Quotes, wildcards and other scripts in names are stored and found as they are."""
    name = "o'%_\"; DROP TABLE shard_version; --分片"
    snapshot = a_snapshot(
        a_database(name, shards=[a_shard(name, database=name, data_node_id=name)]),
        nodes=[a_node(name, id=name)],
        gaps={f"database {name}2": name},
        instance=name,
    )
    with Store.open(tmp_path / "drift.db", create=True) as store:
        kept = store.save(snapshot)
        assert store.load(1) == kept
        assert store.balance(1) == {name: 1}
        assert store.log(name)[0].gaps == 1


def test_gaps_keep_their_reasons(tmp_path: Path) -> None:
    """Why something could not be read is told as it was at the time."""
    gaps = {"database orders": "500 DBS.300128", "data-nodes": "timeout"}
    with Store.open(tmp_path / "drift.db", create=True) as store:
        store.save(a_snapshot(nodes=(), gaps=gaps))
        assert store.load(1).gaps == (Gap("data-nodes", "timeout"), Gap("database orders", "500 DBS.300128"))
        assert store.balance(1) == {}


def test_an_empty_data_node_has_a_balance_of_none(tmp_path: Path) -> None:
    """A listed data node without shards counts nought; an unlisted one with shards is counted too."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        store.save(a_snapshot(a_database(shards=2, on=["rds-9"]), nodes=["rds-1"]))
        assert store.balance(1) == {node_id("rds-1"): 0, node_id("rds-9"): 2}


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE shard_version SET data_node_id = 'rds-9' WHERE name = 'orders_0001'",
        "UPDATE data_node_version SET host = NULL",
        "UPDATE shard_version SET attributes = 'no JSON'",
        "UPDATE snapshot SET taken_at = 'x'",
        "DELETE FROM shard_version",
    ],
)
def test_a_damaged_snapshot_is_not_loaded(tmp_path: Path, damage: str) -> None:
    """A value that is not what was recorded, whatever it has become, is an error of the store and no answer."""
    path = tmp_path / "drift.db"
    with Store.open(path, create=True) as store:
        store.save(a_snapshot(a_database()))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute(damage)
        connection.commit()
    with Store.open(path) as store, pytest.raises(StoreError, match=r"drift\.db: "):
        store.load(1)
