from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from markdown_it import MarkdownIt

from drift.decode.sources import snapshot_file
from drift.policy.invariants import Demands, balance, check
from drift.policy.verdict import Policy, judge_snapshot
from drift.reports.content.check import CheckReport
from drift.reports.content.report import Side
from drift.reports.formats import CHECK_FORMATS
from drift.reports.renderer import render
from support.builders import a_database, a_shard, a_snapshot, node_id
from support.shell import drift, spawn
from support.stores import keep
from support.strategies import snapshots

if TYPE_CHECKING:
    from pathlib import Path

    from drift.core.model import Snapshot

SOUND = a_snapshot(a_database("orders", shards=8), label="sound")
BROKEN = a_snapshot(
    a_database("orders", shards=[*a_database("orders", shards=8).shards[:7], a_shard("orders_0007", on="gone")]),
    minutes=30,
)
EMPTY_NODE = a_snapshot(a_database("orders", shards=8), nodes=["rds-1", "rds-2", "rds-3"], minutes=60)
PARTIAL = a_snapshot(a_database("orders", shards=8), gaps={"database users": "500"}, minutes=90)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a store of a sound snapshot, a broken one, one with an empty data node and a partial one."""
    return keep(tmp_path, SOUND, BROKEN, EMPTY_NODE, PARTIAL)


@pytest.mark.parametrize(
    ("line", "config", "code"),
    [
        ("check sound", "", 0),
        ("check 2", "", 1),
        ("check 2 --fail-on error", "", 1),
        ("check 2", '[severities]\nshard-on-unknown-node = "ignore"\n', 0),
        ("check 3", "", 0),
        ("check 3 --fail-on info", "", 1),
        ("check 3", "[check]\nno_empty_node = true\n", 1),
        ("check 3", '[check]\nno_empty_node = true\n[severities]\ndata-node-empty = "info"\n', 0),
        ("check 3", "[check]\nmax_skew = 1.2\n", 1),
        ("check", "", 4),
        ("check 9", "", 4),
        ("check nowhere.json", "", 4),
        ("check 1 --format csv", "", 2),
        ("check 1", "[check]\nmax_skew = 0.5\n", 2),
    ],
)
def test_how_a_check_ends(folder: Path, line: str, config: str, code: int) -> None:
    """1 is a finding at or above the threshold and nothing else; a partial snapshot can't be judged."""
    (folder / "drift.toml").write_text(config)
    ended = drift(folder, *line.split())
    assert ended.code == code
    assert bool(ended.err) == (code == 2 or "9" in line or "nowhere" in line)


def test_a_check_ends_a_process_with_its_code(folder: Path) -> None:
    """What the command line decides is what the shell sees."""
    assert spawn(folder, "check", "2").code == 1


def test_a_check_says_what_is_wrong_and_where(folder: Path) -> None:
    """The finding is named by rule, with the shards and the data node, and then how the shards are spread."""
    out = drift(folder, "check", "2").out
    assert out.startswith(
        "Broken: snapshot 2 of orders-prod, taken 2026-05-01 02:30:00 UTC: 1 finding at or above warning"
    )
    assert f"shard-on-unknown-node (error): orders: 1 shard on unknown data node {node_id('gone')[:8]}…" in out
    assert "orders_0007" in out
    assert "BALANCE" in out


def test_a_check_reports_in_every_format(folder: Path) -> None:
    """--format and --output work as they do for a diff; JSON has the keys in their order."""
    ended = drift(folder, "check", "2", "--format", "json", "--output", "markdown=check.md")
    found = json.loads(ended.out)
    assert list(found) == [
        "format", "tool", "verdict", "snapshot", "fail_on", "findings", "not_checked", "balance",
    ]  # fmt: skip
    assert found["verdict"] == "broken"
    assert found["findings"] == [
        {
            "rule": "shard-on-unknown-node",
            "severity": "error",
            "fails": True,
            "subject": "database",
            "name": "orders",
            "data_node_id": node_id("gone"),
            "found": None,
            "expected": None,
            "items": ["orders_0007"],
        }
    ]
    assert [row["database"] for row in found["balance"]] == [None, "orders"]
    text = (folder / "check.md").read_text()
    assert text.startswith("<!-- drift-report:orders-prod:check -->")
    assert text.endswith("Reproduce with `drift check 2`\n")


def test_files_are_checked_without_a_store(tmp_path: Path) -> None:
    """A file needs neither a store nor a configuration."""
    (tmp_path / "broken.json").write_bytes(snapshot_file.dumps(BROKEN))
    assert drift(tmp_path, "check", "broken.json").code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["broken.json"]


@pytest.mark.parametrize(
    ("demands", "before", "after", "findings"),
    [
        ("", "1", "2", None),
        ("must_not_worsen = true", "1", "2", ["balance-worsened", "balance-worsened", "shard-on-unknown-node"]),
        ("must_not_worsen = true", "2", "2", None),
        ("must_not_worsen = true", "1", "3", ["balance-worsened", "data-node-empty"]),
    ],
)
def test_a_gate_judges_what_got_worse_where_it_is_demanded(
    folder: Path, demands: str, before: str, after: str, findings: list[str] | None
) -> None:
    """Only with must_not_worsen, and only what the earlier snapshot didn't have, is part of a gate's report."""
    severities = '[severities]\nshard-moved = "ignore"\ndata-node-added = "ignore"\n'
    (folder / "drift.toml").write_text(f"[check]\n{demands}\n{severities}")
    ended = drift(folder, "gate", before, after, "--format", "json")
    report = json.loads(ended.out)
    assert [each["rule"] for each in report.get("findings", [])] == (findings or [])
    assert ended.code == (1 if findings else 0)
    for fmt in ("text", "markdown"):
        out = drift(folder, "gate", before, after, "--format", fmt).out
        assert all(rule in out for rule in findings or [])


def test_a_diff_tells_changes_alone(folder: Path) -> None:
    """`drift diff` judges no invariants, whatever is demanded."""
    (folder / "drift.toml").write_text("[check]\nmust_not_worsen = true\n")
    assert "findings" not in json.loads(drift(folder, "diff", "1", "2", "--format", "json").out)


@given(snapshots())
def test_any_snapshot_can_be_told(snapshot: Snapshot) -> None:
    """Whatever names are in it, a checkup is told in every format, and text from outside is never markup."""
    checkup = _checkup(snapshot)
    texts = {fmt: render(checkup, fmt) for fmt in CHECK_FORMATS}
    assert all(text.endswith("\n") for text in texts.values())
    assert len(json.loads(texts["json"])["findings"]) == len(checkup.checked.findings)
    kinds = {token.type for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(texts["markdown"])}
    assert kinds <= _KINDS


_KINDS = {
    "html_block", "inline", "hr", *(f"{kind}_{end}" for end in ("open", "close") for kind in (
        "paragraph", "heading", "bullet_list", "list_item", "table", "thead", "tbody", "tr", "th", "td",
    )),
}  # fmt: skip


def _checkup(snapshot: Snapshot) -> CheckReport:
    return CheckReport(
        side=Side.of_whole(snapshot, "latest"),
        snapshot=snapshot,
        checked=judge_snapshot(check(snapshot, Demands()), snapshot.gaps, Policy()),
        balance=balance(snapshot),
        command="drift check latest",
    )


def test_the_fullest_data_nodes_come_first() -> None:
    """Where a data node holds too much, it is told before those that there is no room for."""
    nodes = [f"rds-{i:02}" for i in range(15)]
    shards = [a_shard(f"orders_{i:04}", on=on) for i, on in enumerate([*nodes, "rds-14", "rds-14", "rds-03"])]
    found = _checkup(a_snapshot(a_database("orders", shards=shards), nodes=nodes))
    for fmt, told in (("text", r"rds-14 3, rds-03 2, rds-00 1"), ("markdown", r"rds-14\D.* 3, .rds-03\D.* 2, .rds-00")):
        assert re.search(told, re.sub(r"\s+", " ", render(found, fmt)))
