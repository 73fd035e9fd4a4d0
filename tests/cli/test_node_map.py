from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from drift.store import Store
from support.builders import a_database, a_shard, a_snapshot, node_id
from support.shell import drift

if TYPE_CHECKING:
    from pathlib import Path

    from drift.core.model import Database

FOUR = a_database("orders", shards=4)


def on_twins(*nodes: str) -> Database:
    return a_database("orders", shards=[a_shard(f"orders_{i:04}", on=node) for i, node in enumerate(nodes)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store of an instance, its twin, a twin on which a shard is elsewhere, and one that can't be told."""
    twins = ["dr-1", "dr-2"]
    with Store.open(tmp_path / "snapshots/drift.db", create=True) as store:
        store.save(a_snapshot(FOUR, instance="prod"))
        store.save(a_snapshot(on_twins("dr-1", "dr-1", "dr-2", "dr-2"), nodes=twins, instance="dr", label="same"))
        store.save(a_snapshot(a_database("orders", shards=8), instance="prod", label="eight"))
        moved = ("dr-1", "dr-1", "dr-1", "dr-2", "dr-2", "dr-2", "dr-2", "dr-2")
        store.save(a_snapshot(on_twins(*moved), nodes=twins, instance="dr", label="moved"))
        open_ = ("dr-1", "dr-2") * 4
        store.save(a_snapshot(on_twins(*open_), nodes=twins, instance="dr", label="open"))
    (tmp_path / "nodes.toml").write_text('[nodes]\nrds-1 = "dr-1"\n')
    return tmp_path


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("gate prod:1 dr:same --map-nodes auto", 0),
        ("gate prod:1 dr:same", 1),
        ("gate prod:eight dr:moved --map-nodes auto", 1),
        ("diff prod:eight dr:moved --map-nodes auto", 0),
        ("diff prod:eight dr:moved --map-nodes auto --exit-code", 1),
        ("gate prod:eight dr:open --map-nodes auto", 4),
        ("gate prod:eight dr:open --map-nodes nodes.toml", 1),
        ("gate prod:eight dr:open --map-nodes nowhere.toml", 2),
    ],
)
def test_how_a_comparison_of_twins_ends(folder: Path, line: str, code: int) -> None:
    """Twins are in sync, a shard elsewhere is drift, and what the shards leave open is no judgement."""
    assert drift(folder, *line.split()).code == code


def test_a_suspect_first_side_is_not_judged(tmp_path: Path) -> None:
    """What is doubted of a snapshot stays with it when its data nodes are mapped."""
    with Store.open(tmp_path / "snapshots/drift.db", create=True) as store:
        store.save(a_snapshot(a_database("orders", shards=8), instance="prod"))
        store.save(a_snapshot(on_twins("rds-1", "rds-1", "rds-2"), instance="prod", minutes=1))
        store.save(a_snapshot(on_twins("dr-1", "dr-1", "dr-2"), nodes=["dr-1", "dr-2"], instance="dr"))
    ended = drift(tmp_path, "gate", "2", "3", "--map-nodes", "auto")
    assert (ended.code, "suspect" in ended.out) == (4, True)


def test_the_pairs_are_shown_as_what_they_are(folder: Path) -> None:
    """Each format says which data node stands for which, and whether that was inferred; no warning is needed."""
    line = ("diff", "prod:1", "dr:same", "--map-nodes", "auto", "--format")
    ended = drift(folder, *line, "text")
    assert ended.err == ""
    assert "inferred: 2 of 2 shards in common" in ended.out
    assert "dr-1" in drift(folder, *line, "markdown").out
    report = json.loads(drift(folder, *line, "json").out)
    assert report["verdict"] == "in-sync"
    assert report["before"]["content_hash"] != report["after"]["content_hash"]
    pairs = {(pair["before_name"], pair["after_name"]): pair for pair in report["node_pairs"]}
    assert set(pairs) == {("rds-1", "dr-1"), ("rds-2", "dr-2")}
    assert list(pairs["rds-1", "dr-1"]) == [
        "before", "after", "before_name", "after_name", "shared", "held_before", "held_after", "inferred",
    ]  # fmt: skip
    assert "given; 2 of 4 shards" in drift(folder, "diff", "prod:eight", "dr:open", "--map-nodes", "nodes.toml").out


def test_what_differs_is_told_in_the_words_of_the_second(folder: Path) -> None:
    """The one shard that is elsewhere is told with the twin's data nodes, and the command tells it again."""
    out = drift(folder, "diff", "prod:eight", "dr:moved", "--map-nodes", "auto", "--format", "json").out
    (change,) = json.loads(out)["changes"]
    assert (change["rule"], change["name"]) == ("shard-moved", "orders_0003")
    assert change["edits"][0] == {"path": ["data_node_id"], "before": node_id("dr-1"), "after": node_id("dr-2")}
    markdown = drift(folder, "diff", "prod:eight", "dr:moved", "--map-nodes", "auto", "--format", "markdown").out
    assert "`drift diff 3 4 --map-nodes auto`" in markdown


def test_worse_invariants_of_a_twin_are_judged_in_its_own_words(folder: Path) -> None:
    """With must_not_worsen, only what the twin breaks and the first doesn't counts."""
    (folder / "drift.toml").write_text("[check]\nmust_not_worsen = true\n")
    same = json.loads(drift(folder, "gate", "prod:1", "dr:same", "--map-nodes", "auto", "--format", "json").out)
    assert "findings" not in same
    moved = drift(folder, "gate", "prod:eight", "dr:moved", "--map-nodes", "auto", "--format", "json").out
    assert {each["rule"] for each in json.loads(moved)["findings"]} == {"balance-worsened"}
