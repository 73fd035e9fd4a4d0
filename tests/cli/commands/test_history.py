from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from markdown_it import MarkdownIt
from msgspec.structs import replace

from drift.compare.timeline import Period, State, Traced
from drift.core.model import SnapshotRef
from drift.reports.content.history import History, Step
from drift.reports.formats import HISTORY_FORMATS
from drift.reports.renderer import render
from drift.store import Store
from support.builders import a_database, a_node, a_shard, a_snapshot, node_id
from support.shell import drift
from support.stores import keep
from support.strategies import names

if TYPE_CHECKING:
    from pathlib import Path

FOUR = a_database("orders", shards=4)
MOVED = a_database("orders", shards=[a_shard("orders_0000", on="rds-2", status="EXPANDING"), *FOUR.shards[1:]])

PLACES = {"orders_0002": "rds-3", "orders_0004": "rds-3", "orders_0005": "rds-2"}
SIX = a_database(
    "orders",
    shards=[
        *(shard for shard in FOUR.shards if shard.name != "orders_0002"),
        *(a_shard(name, on=node) for name, node in PLACES.items()),
    ],
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store in which a shard moves at the third of four snapshots, and another instance with the same names."""
    with Store.open(tmp_path / "snapshots/drift.db", create=True) as store:
        store.save(a_snapshot(FOUR, label="pre-change"))
        store.save(a_snapshot(FOUR, minutes=1440))
        store.save(a_snapshot(MOVED, minutes=2880, label="CHG-123"))
        store.save(a_snapshot(MOVED, nodes=["rds-1", a_node("rds-2", port=3307)], minutes=4320))
        store.save(a_snapshot(a_database("users", shards=2), instance="users-prod", minutes=10))
    return tmp_path


def test_a_shard_was_where_it_was(folder: Path) -> None:
    """The timeline says from when to when a shard was where, by which snapshots and label, and what happened."""
    lines = drift(folder, "history", "orders_0000").out.splitlines()
    assert lines[0] == "Shard orders_0000 of database orders of orders-prod"
    one, two = (f"{name} ({node_id(name)[:8]}…)" for name in ("rds-1", "rds-2"))
    told = [[cell for cell in line.split("  ") if cell] for line in lines[3:]]
    assert [[cell.strip() for cell in row] for row in told] == [
        ["2026-05-01 02:00:00", "2026-05-03 02:00:00", "1 … 2", "pre-change", one, "first seen"],
        [
            "2026-05-03 02:00:00", "still", "3 … 4", "CHG-123", two,
            "rebalance: shard-moved; shard-status-changed (status: RUNNING → EXPANDING)",
        ],
    ]  # fmt: skip


def test_a_database_and_a_data_node_have_a_history_too(folder: Path) -> None:
    """A database's is how it is spread, a data node's how many shards it has, and both what their records say."""
    database = json.loads(drift(folder, "history", "orders", "--format", "json").out)
    assert [sum(node["shards"] for node in each["data_nodes"]) for each in database["periods"]] == [4, 4]
    assert [change["rule"] for change in database["periods"][1]["changes"]] == ["shard-moved", "shard-status-changed"]
    node = json.loads(drift(folder, "history", "orders-prod:rds-2", "--format", "json").out)
    assert [each["data_nodes"][0]["shards"] for each in node["periods"]] == [2, 3, 3]
    assert [[change["rule"] for change in each["changes"]] for each in node["periods"]] == [
        [],
        ["shard-moved", "shard-status-changed"],
        ["data-node-endpoint-changed"],
    ]


def test_a_history_names_the_operation(tmp_path: Path) -> None:
    """What moved a shard is told as an operator would say it, in the table and for programs."""
    with Store.open(tmp_path / "snapshots/drift.db", create=True) as store:
        store.save(a_snapshot(FOUR))
        spread = a_database("orders", shards=[a_shard("orders_0000", on="rds-3"), *FOUR.shards[1:]])
        store.save(a_snapshot(spread, nodes=["rds-1", "rds-2", "rds-3"], minutes=5))
    for entity in ("orders_0000", "orders", "rds-1"):
        assert "scale-out: shard-moved" in drift(tmp_path, "history", entity).out
    found = json.loads(drift(tmp_path, "history", "orders_0000", "--format", "json").out)
    assert found["periods"][1]["changes"][0]["event"] == "scale-out"


def test_a_history_names_what_returned(tmp_path: Path) -> None:
    """What is as it was in an earlier snapshot has returned, as `drift diff` says of the same two snapshots."""
    with Store.open(tmp_path / "snapshots/drift.db", create=True) as store:
        store.save(a_snapshot(FOUR))
        store.save(a_snapshot(SIX, nodes=["rds-1", "rds-2", "rds-3"], minutes=5))
        store.save(a_snapshot(FOUR, minutes=10))
    (event,) = json.loads(drift(tmp_path, "diff", "2", "3", "--format", "json").out)["events"]
    for entity in ("orders", "rds-2", "orders_0002"):
        found = json.loads(drift(tmp_path, "history", entity, "--format", "json").out)["periods"][-1]["changes"]
        assert {change["event"] for change in found} == {event["kind"]} == {"returned"}
        assert "returned: " in drift(tmp_path, "history", entity).out


def test_a_history_puts_under_an_event_only_what_belongs_to_it(tmp_path: Path) -> None:
    """What no operation explains stands beside the events, in the table as for programs."""
    keep(tmp_path, a_snapshot(SIX, nodes=["rds-1", "rds-2", "rds-3"]), a_snapshot(FOUR, minutes=5))
    (_, last) = json.loads(drift(tmp_path, "history", "orders", "--format", "json").out)["periods"]
    assert Counter((change["event"], change["rule"]) for change in last["changes"]) == {
        ("scale-in", "shard-removed"): 1,
        ("scale-in", "shard-moved"): 1,
        ("shard-removed", "shard-removed"): 1,
        ("database-resharded", "database-resharded"): 1,
    }
    line = drift(tmp_path, "history", "orders").out.splitlines()[-1]
    assert line.endswith(
        "  scale-in: shard-removed, shard-moved; database-resharded, shard-removed (shard_count: 6 → 4)"
    )


def test_the_json_of_a_history_has_its_keys_in_order(folder: Path) -> None:
    """Programs find each period with its snapshots, the record, the data nodes and the changes."""
    found = json.loads(drift(folder, "history", "orders_0000", "--format", "json").out)
    assert list(found) == ["format", "tool", "instance", "entity", "database", "name", "older", "periods"]
    assert [list(each) for each in found["periods"]] == [
        ["first", "last", "until", "record", "data_nodes", "changes"]
    ] * 2
    assert found["periods"][0]["until"] == {"snapshot": 3, "label": "CHG-123", "taken_at": "2026-05-03T02:00:00Z"}
    assert found["periods"][1]["until"] is None


def test_what_came_later_says_by_what_it_came(folder: Path) -> None:
    """Only what the first snapshot has was there from the start; the event that brought the rest is named."""
    with Store.open(folder / "snapshots/drift.db") as store:
        grown = a_database(
            "orders", shards=[*a_database("orders", shards=4).shards, a_shard("orders_0004", on="rds-3")]
        )
        store.save(a_snapshot(grown, a_database("carts"), nodes=["rds-1", "rds-2", "rds-3"], minutes=5760))
    for thing, event in (("orders_0004", "scale-out"), ("rds-3", "scale-out"), ("carts", "database-created")):
        (period,) = json.loads(drift(folder, "history", thing, "--format", "json").out)["periods"]
        assert {change["event"] for change in period["changes"]} == {event}
        assert event in drift(folder, "history", thing).out


def test_only_the_last_periods_on_request(folder: Path) -> None:
    """-n limits, and what is left out is counted; what happened is told all the same."""
    for fmt in ("text", "markdown"):
        out = drift(folder, "history", "orders_0000", "-n", "1", "--format", fmt).out
        assert "1 older period" in out
        assert "shard-moved" in out
        assert "first seen" not in out


def test_a_limit_counts_periods_of_which_something_is_told(tmp_path: Path) -> None:
    """Captures between which only the layout changed are one period, however few are asked for."""
    with Store.open(tmp_path / "snapshots/drift.db", create=True) as store:
        for minutes, (status, layout) in enumerate([(None, "a"), ("RUNNING", "b"), (None, "c")]):
            shard = a_shard("orders_0000", status=status)
            place = f',"shard_status":"{layout}"' if status else ""
            one = a_snapshot(a_database(shards=[shard]), minutes=minutes)
            store.save(replace(one, layout=f'[{{"shards":"{layout}"{place}}}]'))
    for limit in ("1", "9"):
        found = json.loads(drift(tmp_path, "history", "orders_0000", "-n", limit, "--format", "json").out)
        assert [period["first"]["snapshot"] for period in found["periods"]] == [1], limit


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("nobody", 4, "knows no shard, database or data node 'nobody'"),
        ("orders_0000 --kind database", 4, "knows no database 'orders_0000'"),
        ("rds-1", 2, "data node"),
        ("users-prod:rds-1", 0, "Data node"),
        ("users-prod:orders", 4, "'users-prod:orders'"),
        ("orders/orders_0001", 0, "Shard orders_0001"),
        ("orders --kind shard", 4, "knows no shard 'orders'"),
    ],
)
def test_nothing_is_guessed(folder: Path, line: str, code: int, words: str) -> None:
    """A name that means several things lists them; one that means nothing says so."""
    ended = drift(folder, "history", *line.split())
    assert ended.code == code
    assert words in ended.out + ended.err
    if code == 2:
        assert {"orders-prod", "users-prod"} <= set(ended.err.replace("\n", " ").split())


@pytest.mark.parametrize(
    ("reference", "number"),
    [("orders-prod:@2026-05-02", 2), ("orders-prod:@2026-05-03T01:59Z", 2), ("@2026-05-01T02:00Z", 1)],
)
def test_the_topology_at_a_time_can_be_shown(folder: Path, reference: str, number: int) -> None:
    """The reference @TIME shows the newest snapshot at or before that time, the end of the day for a date alone."""
    out = drift(folder, "show", reference).out
    assert out.startswith(f"snapshot {number} of orders-prod")
    assert drift(folder, "show", "@2026-04-30").code == 4


@given(names, names)
def test_any_names_can_be_told(name: str, other: str) -> None:
    """Whatever names are in it, a history is told in every format, and text from outside is never markup."""
    moment = SnapshotRef(1, None, a_snapshot().taken_at)
    state = State(a_shard(name, database=other), {name: 1})
    step = Step(period=Period(moment, moment, state), until=None, happened=(), nodes={name: a_node(other, id=name)})
    history = History(Traced(other, "shard", other, name), (step,), 0)
    texts = {fmt: render(history, fmt, width=None) for fmt in HISTORY_FORMATS}
    assert len(texts["text"].splitlines()) == 4
    assert json.loads(texts["json"])["name"] == name
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(texts["markdown"])
    assert len([token for token in tokens if token.type == "td_open"]) == 6
