from __future__ import annotations

import os
import signal
from datetime import timedelta
from itertools import pairwise
from threading import Timer
from typing import TYPE_CHECKING

import msgspec
import pytest

from drift.compare.timeline import Traced
from drift.compare.untold import needs_all
from drift.core.errors import BaselineError, LakeError
from drift.core.references import AsOf
from drift.store import Store
from drift.store.lake import asking, sources
from drift.store.lake.asking import ask
from drift.store.lake.questions import QUESTIONS, Question, question
from support.builders import START, a_database, a_node, a_snapshot
from support.lakes import NAMES, a_lake, export_all, rows_of, save_histories

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from drift.core.model import Snapshot
    from drift.store.lake.files import Lake

HOURS = (0.5, 2.5, 4.5, 6.5, 9.5)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store.open(tmp_path_factory.mktemp("lake") / "drift.db", create=True) as store:
        save_histories(store)
        yield store


@pytest.fixture(scope="module")
def lake(store: Store) -> Lake:
    lake = a_lake(store.path.with_name("lake"))
    export_all(store, lake)
    return lake


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


@pytest.mark.parametrize(("t1", "t2"), [*pairwise(HOURS), (0.5, 9.5), (6.5, 2.5), (4.5, 4.5)])
def test_a_diff_is_that_of_the_store(store: Store, lake: Lake, t1: float, t2: float) -> None:
    """Every instance has the changes and gaps of `drift diff`; one that was read otherwise says only that."""
    rows = ask(lake, "diff", {"t1": at(t1), "t2": at(t2)}).to_pylist()
    for name in NAMES:
        found = [row for row in rows if row["instance"] == name]
        before, after = (store.load(store.resolve(AsOf(at(hours), name))) for hours in (t1, t2))
        if "not-compared" in {row["rule"] for row in found}:
            assert {row["rule"] for row in found} <= {"not-compared", "not-checked"}
            assert before.source != after.source or needs_all(before, after) or _is_uneven(before, after)
        else:
            assert found == rows_of(before, after)


def _is_uneven(before: Snapshot, after: Snapshot) -> bool:
    return {tuple(sorted(node.attributes)) for node in before.data_nodes} != {
        tuple(sorted(node.attributes)) for node in after.data_nodes
    }


def test_most_of_it_is_compared(lake: Lake) -> None:
    """The histories above have every rule about changes, and few pairs that were read otherwise."""
    rows = [
        row for one, two in pairwise(HOURS) for row in ask(lake, "diff", {"t1": at(one), "t2": at(two)}).to_pylist()
    ]
    assert sum(row["rule"] == "not-compared" for row in rows) < len(NAMES) * len(HOURS) / 2
    assert len({row["rule"] for row in rows}) >= 14


def shards_of(store: Store) -> list[Traced]:
    return [
        Traced(name, "shard", database.name, shard.name)
        for name in NAMES
        for database in store.load(store.resolve(AsOf(at(0.5), name))).databases
        for shard in database.shards
    ]


def test_moves_are_those_of_each_history(store: Store, lake: Lake) -> None:
    """Whatever moved since a time, between two snapshots that could read it, is a row, also if it came back."""
    for hours in (0.5, 4.5):
        expected = sorted(
            (traced.instance, traced.database, traced.name, old.state.record.data_node_id,
             new.state.record.data_node_id, old.last.number, new.first.number, new.first.taken_at)
            for traced in shards_of(store)
            for old, new in pairwise(store.trace(traced))
            if old.state and new.state and old.state.record.data_node_id != new.state.record.data_node_id
            and new.first.taken_at > at(hours)
        )  # fmt: skip
        first = {(each.instance, each.database, each.name) for each in shards_of(store)}
        rows = [tuple(row.values()) for row in ask(lake, "moved", {"since": at(hours)}).to_pylist()]
        assert sorted(row for row in rows if row[:3] in first) == expected
        assert expected


def test_a_history_is_that_of_the_store(store: Store, lake: Lake) -> None:
    """The periods of a shard are those of `drift history`, by the same snapshots."""
    for traced in shards_of(store)[:: len(NAMES)]:
        values = {"entity": f"{traced.database}/{traced.name}", "database": traced.database, "shard": traced.name}
        rows = ask(lake, "history", values, (traced.instance,)).to_pylist()  # type: ignore[arg-type]
        assert [(row["first_snapshot"], row["last_snapshot"], row["data_node_id"], row["status"]) for row in rows] == [
            (
                each.first.number,
                each.last.number,
                each.state and each.state.record.data_node_id,
                each.state and each.state.record.status,
            )
            for each in store.trace(traced)
        ]


@pytest.mark.parametrize(("entity", "kinds"), [("orders", {"database"}), ("rds-1", {"data-node"})])
def test_databases_and_data_nodes_have_a_history(lake: Lake, entity: str, kinds: set[str]) -> None:
    """They are found by name, on every instance."""
    rows = ask(lake, "history", {"entity": entity, "database": entity, "shard": ""}).to_pylist()
    assert {row["entity"] for row in rows} == kinds
    assert {row["instance"] for row in rows} == set(NAMES)
    assert all(row["first_seen"] <= row["last_seen"] for row in rows)


@pytest.mark.parametrize("name", ["old", "new", "id"])
def test_a_data_node_has_its_history_by_each_of_its_names(tmp_path: Path, name: str) -> None:
    """A data node that is renamed is never gone, whichever name or id is asked for."""
    node = a_node("old")
    with Store.open(tmp_path / "drift.db", create=True) as store:
        for minutes, called in ((0, "old"), (60, "new"), (120, "new")):
            nodes = (msgspec.structs.replace(node, name=called), "rds-2")
            store.save(a_snapshot(a_database("orders", on=("rds-2",)), nodes=nodes, minutes=minutes))
        lake = a_lake(tmp_path / "lake")
        export_all(store, lake)
    entity = node.id if name == "id" else name
    rows = ask(lake, "history", {"entity": entity, "database": entity, "shard": ""}).to_pylist()
    assert [(row["first_snapshot"], row["last_snapshot"], row["is_there"]) for row in rows] == [
        (1, 1, True),
        (2, 3, True),
    ]


def test_of_one_instance_its_files_alone_are_read(store: Store, lake: Lake) -> None:
    """A question about some instances opens as many files as they have, however many there are."""
    tables = ["snapshot", "shard_version"]
    assert len(sources.find(lake, tables, ("007",)).stamps) == len(tables)
    assert len(sources.find(lake, tables, ()).stamps) == len(tables) * len(store.instances())
    rows = ask(lake, "diff", {"t1": at(0.5), "t2": at(9.5)}, ("007",)).to_pylist()
    assert rows == [row for row in ask(lake, "diff", {"t1": at(0.5), "t2": at(9.5)}).to_pylist()
                    if row["instance"] == "007"]  # fmt: skip


def test_an_unknown_instance_is_an_error(lake: Lake) -> None:
    """The closest name is suggested."""
    with pytest.raises(BaselineError, match=r"no instance 'orders-prd' \(did you mean orders-prod\?\)"):
        ask(lake, "moved", {"since": at(0)}, ("orders-prd",))


def test_an_instance_without_a_snapshot_that_early_says_so(lake: Lake) -> None:
    """It is a row of its own, not silence."""
    rows = ask(lake, "diff", {"t1": at(-5), "t2": at(5)}, ("007",)).to_pylist()
    assert [(row["rule"], row["snapshot_before"]) for row in rows if row["rule"] != "not-checked"] == [
        ("no-snapshot", None)
    ]


def test_a_prune_during_a_question_is_found(tmp_path: Path) -> None:
    """Where a snapshot that was asked about leaves the lake meanwhile, the answer is an error."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        for minutes, nodes in ((0, ("rds-1", "rds-2")), (60, ("rds-2", "rds-1")), (120, ("rds-1", "rds-2"))):
            store.save(a_snapshot(a_database("orders", on=nodes), minutes=minutes))
        lake = a_lake(tmp_path / "lake")
        export_all(store, lake)
        found = sources.find(lake, ["snapshot", "shard_version"], ())
        sources.recheck(lake, found, lambda: {("orders-prod", 1)})
        store.prune([1])
        export_all(store, lake)
    with pytest.raises(LakeError, match="written while it was read"):
        sources.recheck(lake, found, lambda: {("orders-prod", 1)})
    sources.recheck(lake, found, lambda: {("orders-prod", 3)})


class Stopped(BaseException):
    """What the handler of a signal raises."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_question(lake: Lake, monkeypatch: pytest.MonkeyPatch, number: signal.Signals) -> None:
    """What its handler raises comes out of a question, however long that would have taken, and no error of DuckDB's."""

    def stop(*_: object) -> None:
        raise Stopped

    endless = "SELECT count(*) FROM range(1000000000000) AS each WHERE hash(each.range) = 7"
    monkeypatch.setattr(asking, "question", lambda _: Question(endless, frozenset(), ("snapshots",)))
    before = signal.signal(number, stop)
    try:
        Timer(0.3, os.kill, (os.getpid(), number)).start()
        with pytest.raises(Stopped):
            ask(lake, "endless", {})
    finally:
        signal.signal(number, before)


@pytest.mark.parametrize("name", QUESTIONS)
def test_both_engines_take_the_same_words(name: str) -> None:
    """A question differs between the engines in the sign before a parameter alone."""
    asked = question(name)
    assert asked.parameters
    assert asked.for_duckdb.replace("$", ":") == asked.sql
