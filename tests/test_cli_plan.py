from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from builders import a_database, a_shard, a_snapshot
from shell import drift

from drift import snapshotfile
from drift.store import Store

if TYPE_CHECKING:
    from pathlib import Path

THREE = ("rds-1", "rds-2", "rds-3")
BEFORE = a_snapshot(a_database(shards=16), a_database("users"), label="pre")
MOVED = [
    *a_database(shards=16).shards[:12],
    *(a_shard(f"orders_{number:04}", on="rds-3") for number in range(12, 16)),
]
AFTER = a_snapshot(a_database(shards=MOVED), a_database("users"), nodes=THREE, minutes=30, label="post")
PLAN = """\
change = "CHG-123"

[[expect]]
rule = "data-node-added"
name = "rds-3"

[[expect]]
rule = "shard-moved"
database = "orders"
name = "orders_{0012..0015}"
from = "rds-2"
to = "rds-3"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a plan, and with two snapshots in a store and as files between which it is met."""
    with Store.open(tmp_path / "snapshots/drift.db", create=True) as store:
        store.save(BEFORE)
        store.save(AFTER)
    for name, snapshot in {"before.json": BEFORE, "after.json": AFTER}.items():
        (tmp_path / name).write_bytes(snapshotfile.dumps(snapshot))
    (tmp_path / "plan.toml").write_text(PLAN)
    return tmp_path


@pytest.mark.parametrize("pair", [("1", "2"), ("pre", "latest"), ("before.json", "after.json"), ("1", "after.json")])
def test_a_gate_passes_when_the_plan_is_met(folder: Path, pair: tuple[str, str]) -> None:
    """What the plan expects, and nothing else, has happened: 0, and every change is expected."""
    assert drift(folder, "gate", *pair).code == 1
    ended = drift(folder, "gate", *pair, "--plan", "plan.toml", "--format", "json")
    report = json.loads(ended.out)
    assert (ended.code, ended.err, report["verdict"]) == (0, "", "expected")
    assert {change["disposition"] for change in report["changes"]} == {"expected"}
    assert [change["item"] for change in report["changes"]] == [0, 1, 1, 1, 1]
    assert report["plan"]["change"] == "CHG-123"
    assert [(item["status"], item["found"]) for item in report["plan"]["items"]] == [("matched", 1), ("matched", 4)]


@pytest.mark.parametrize(
    ("old", "new", "told", "unplanned"),
    [
        ("0015", "0016", "partial, 4 of 5; not seen: orders_0016", ""),
        ("0015", "0014", "3 of 3", "unplanned: 1 change"),
        ('to = "rds-3"', 'to = "rds-1"', "wrong, 0 of 4; 4 elsewhere: orders_0012 … orders_0015 (4) on rds-3", ""),
        ("{0012..0015}", "{0000..0003}", "missing, 0 of 4; not seen: orders_0000 … orders_0003 (4)",
         "unplanned: 4 changes"),
    ],
)  # fmt: skip
def test_a_gate_fails_when_the_plan_is_not_met(folder: Path, old: str, new: str, told: str, unplanned: str) -> None:
    """Partial, wrong, missing and unplanned each fail with 1, and each is told."""
    (folder / "plan.toml").write_text(PLAN.replace(old, new))
    for fmt in ("text", "markdown"):
        ended = drift(folder, "gate", "1", "2", "--plan", "plan.toml", "--format", fmt)
        words = " ".join(ended.out.replace("`", "").split())
        assert ended.code == 1
        assert told in words
        assert ("✘ unplanned: " in words) == bool(unplanned)
        assert unplanned in words


def test_a_diff_can_be_told_against_a_plan(folder: Path) -> None:
    """The same plan in `drift diff`, which ends with 0 unless asked to judge."""
    (folder / "plan.toml").write_text(PLAN.replace("0015", "0016"))
    assert drift(folder, "diff", "1", "2", "--plan", "plan.toml").code == 0
    ended = drift(folder, "diff", "1", "2", "--plan", "plan.toml", "--exit-code", "--format", "markdown")
    assert ended.code == 1
    assert "drift diff 1 2 --plan plan.toml" in ended.out


def test_before_the_migration_the_plan_is_missing(folder: Path) -> None:
    """Where nothing has changed yet, the plan is not met, in words that say so."""
    ended = drift(folder, "gate", "1", "before.json", "--plan", "plan.toml")
    assert ended.code == 1
    assert "plan CHG-123 not met: nothing changed" in " ".join(ended.out.split())


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('[[expect]]\nrule = "shard-moved"\nto = "rds-33"\n', "expect[1].to: no such data node (did you mean rds-3?)"),
        ('[[expect]]\nrule = "shard-move"\n', "expect[1].rule: unknown rule (did you mean shard-moved?)"),
        ("[[expect", "not TOML"),
        ("\0", "not TOML"),
    ],
)
def test_a_wrong_plan_is_no_drift(folder: Path, content: str, told: str) -> None:
    """A slip in a plan is the user's, 2, and never 1."""
    (folder / "plan.toml").write_text(content)
    ended = drift(folder, "gate", "1", "2", "--plan", "plan.toml")
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err
    assert drift(folder, "gate", "1", "2", "--plan", "nowhere.toml").code == 2


@pytest.mark.parametrize("fmt", ["text", "markdown", "json"])
def test_a_plan_written_from_a_diff_passes(folder: Path, fmt: str) -> None:
    """`from-diff` writes a plan with which the gate passes; reversed, it passes on the way back."""
    written = drift(folder, "plan", "from-diff", "1", "2", "--change", "CHG-9")
    assert written.out.count("[[expect]]") == 2
    (folder / "new.toml").write_text(written.out)
    assert drift(folder, "gate", "1", "2", "--plan", "new.toml", "--format", fmt, "--fail-on", "info").code == 0
    assert drift(folder, "plan", "reverse", "new.toml", "--output", "back.toml").code == 0
    assert drift(folder, "gate", "2", "1", "--plan", "back.toml", "--format", fmt, "--fail-on", "info").code == 0
    assert drift(folder, "plan", "reverse", "1", "2", "-o", "undo.toml").code == 0
    assert drift(folder, "gate", "2", "1", "--plan", "undo.toml", "--format", fmt, "--fail-on", "info").code == 0


def test_a_plan_is_reversed_from_a_plan_or_two_snapshots(folder: Path) -> None:
    """One snapshot alone can't be undone."""
    ended = drift(folder, "plan", "reverse", "1")
    assert ended.code == 2
    assert "PLAN.toml" in ended.err
    told = drift(folder, "plan", "reverse", "plan.toml", "--change", "ROLLBACK-123").out
    assert 'change = "ROLLBACK-123"' in told
    assert 'rule = "data-node-removed"' in told
    assert 'from = "rds-3"\nto = "rds-2"' in told
