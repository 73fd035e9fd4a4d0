from __future__ import annotations

import doctest
import io
import os
import re
import subprocess
import sys
from contextlib import redirect_stdout
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

import drift
from drift.decode.sources import snapshot_file
from drift.simulator import Fault
from drift.testing import simulator
from support.builders import a_database, a_shard, a_snapshot
from support.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

RECORDS = ("Change", "DataNode", "Database", "Diff", "Edit", "Gap", "Instance", "Shard", "Snapshot")
FUNCTIONS = ("capture", "check", "diff", "gate", "history", "load", "load_plan", "render")
HEAVY = (
    "click",
    "deepdiff",
    "httpx",
    "msgspec",
    "sqlite3",
    "sqlite_utils",
    "drift.core.model",
    "drift.compare.diff",
    "drift.store",
)


def python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return done.stdout.strip()


def test_importing_it_costs_nothing() -> None:
    """`import drift` alone loads none of what takes time to load."""
    loaded = python(f"import sys, drift; print([name for name in {HEAVY!r} if name in sys.modules])")
    assert loaded == "[]"


def test_it_has_what_it_says() -> None:
    """Everything that the package lists is there, and listing it tells nothing else."""
    assert {name for name in drift.__all__ if not hasattr(drift, name)} == set()
    assert dir(drift) == sorted(drift.__all__)
    assert {*RECORDS, *FUNCTIONS, "DriftError", "Store"} <= set(drift.__all__)


def test_what_it_has_not_is_an_attribute_error() -> None:
    """A misspelt name fails as it does for any module."""
    with pytest.raises(AttributeError, match="no attribute 'dif'"):
        _ = drift.dif  # type: ignore[attr-defined]


def test_every_name_is_documented() -> None:
    """Each public name explains itself."""
    assert all(getattr(drift, name).__doc__ for name in drift.__all__ if name != "__version__")


@pytest.mark.parametrize(
    "first",
    [
        "import drift.compare.diff",
        "from drift.compare.diff import Edit",
        "import drift.decode.files",
        "drift.load",
        "drift.Diff",
    ],
)
def test_diff_is_the_function_whatever_was_imported(first: str) -> None:
    """The module of the same name never takes the function's place."""
    assert (
        python(f"import drift\n{first}\nfrom drift import diff\nprint(drift.diff is diff, callable(diff))")
        == "True True"
    )


def test_the_example_in_its_docstring_is_true(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the documentation shows is what happens."""
    monkeypatch.chdir(ROOT)
    results = doctest.testmod(drift)
    assert results.attempted > 0
    assert results.failed == 0


def test_the_examples_in_the_documentation_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every example of the page on the library runs, one after the other, against a cloud on loopback."""
    (tmp_path / "snapshots").mkdir()
    for name in ("before-nested.json", "after-nested.json"):
        (tmp_path / "snapshots" / name).symlink_to(ROOT / "snapshots" / name)
    (tmp_path / "drift.toml").write_text('fail_on = "error"\n')
    (tmp_path / "plan.toml").write_text('[[expect]]\nrule = "data-node-added"\n')
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs/library.md").read_text(), re.DOTALL)
    names: dict[str, object] = {}
    with simulator() as cloud, redirect_stdout(io.StringIO()) as out:
        monkeypatch.setattr(os, "environ", cloud.variables("orders-prod"))
        for block in blocks:
            exec(block, names)  # noqa: S102 - our own documentation
            if isinstance(run := names.get("run"), drift.RunSettings):
                assert run.settings.fail_on.value == drift.Severity.ERROR  # it is in drift.toml
    assert "Shard orders_0007" in out.getvalue()


def test_a_format_that_there_is_not_is_an_error_of_drift(tmp_path: Path) -> None:
    """An unknown format, and one that shows no such content, are refused with those that there are."""
    checked, report = drift.check(a_snapshot()), drift.gate(a_snapshot(), a_snapshot())
    with drift.Store.open(tmp_path / "drift.db", create=True) as store:
        store.save(a_snapshot(a_database(shards=[a_shard()])))
        past = drift.history(store, "orders_0000")
    for content, fmt, says in (
        (report, "xml", "expected text, markdown, json, csv, html, junit, sarif, github or gitlab"),
        (checked, "csv", "expected text, markdown, json, html, junit, sarif, github or gitlab"),
        (past, "github-output", "expected text, markdown, json, csv or html"),
    ):
        with pytest.raises(drift.DriftError, match=says) as failed:
            drift.render(content, fmt)
        assert failed.value.exit_code == 2


def test_a_search_that_was_not_made_is_not_told(tmp_path: Path) -> None:
    """What is missing is said to be in no drift.toml only where that was looked for."""
    for folder, says in ((tmp_path, True), (None, False)):
        with pytest.raises(drift.DriftError) as failed:
            drift.RunSettings({}, folder=folder).target()
        assert ("no drift.toml was found here or above" in failed.value.message) is says


def test_a_gate_takes_what_drift_toml_says(tmp_path: Path) -> None:
    """The severities, the threshold, the waivers and the plan of a program are those of the command line."""
    before = a_snapshot(a_database(shards=[a_shard(on="rds-1")]))
    after = a_snapshot(a_database(shards=[a_shard(on="rds-2")]))
    path = tmp_path / "drift.toml"
    path.write_text(
        '[[waivers]]\nrule = "shard-moved"\nname = "orders_0000"\nto = "rds-2"\nreason = "agreed"\n'
        f"expires = {after.taken_at:%Y-%m-%d}\n"
    )
    waivers = drift.RunSettings(flags={"config": path}).config.waivers
    assert drift.gate(before, after).verdict.exit_code == 1
    assert drift.gate(before, after, policy=drift.Policy(fail_on=drift.Severity.ERROR)).verdict.exit_code == 0
    assert drift.gate(before, after, waivers=waivers).verdict.exit_code == 0
    late = after.taken_at.date() + timedelta(days=1)
    assert drift.gate(before, after, waivers=waivers, today=late).verdict.exit_code == 1


def test_settings_come_from_the_arguments_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a folder to search and without variables, neither the process nor its folder has a say."""
    (tmp_path / "drift.toml").write_text('fail_on = "error"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DRIFT_FAIL_ON", "info")
    assert drift.RunSettings().policy.fail_on is drift.Severity.WARNING
    assert drift.RunSettings(folder=tmp_path).policy.fail_on is drift.Severity.ERROR
    assert drift.RunSettings(os.environ, folder=tmp_path).policy.fail_on is drift.Severity.INFO


def test_a_capture_reports_its_notes() -> None:
    """A program hears of a call that is tried again, and gets the snapshot all the same."""
    notes: list[str] = []
    with simulator() as cloud:
        cloud.fail(Fault(kind="error", path="*/schema-metadata", status=503))
        snapshot = drift.capture(drift.RunSettings(cloud.variables("orders-prod")).target(), report=notes.append)
    assert snapshot.complete
    assert any("503" in note for note in notes)


def test_files_and_stores_give_the_same_records(tmp_path: Path) -> None:
    """A snapshot that went through a file and through a store is equal to itself, and a diff says so."""
    snapshot = a_snapshot(a_database(shards=4))
    path = tmp_path / "snapshot.json"
    path.write_bytes(snapshot_file.dumps(snapshot))
    with drift.Store.open(tmp_path / "drift.db", create=True) as store:
        number = store.save(snapshot).number
        assert number is not None
        stored = store.load(number)
    assert stored.databases == drift.load(path).databases == snapshot.databases
    assert drift.diff(stored, drift.load(str(path))).changes == ()


def test_changes_hold_whole_records() -> None:
    """A change gives both records and the edits between them."""
    before = a_snapshot(a_database(shards=[a_shard(on="rds-1")]))
    after = a_snapshot(a_database(shards=[a_shard(on="rds-2")]))
    (change,) = drift.diff(before, after).changes
    (edit,) = change.edits
    assert (change.rule, edit.path) == ("shard-moved", ("data_node_id",))
    assert isinstance(change.before, drift.Shard)
    assert (change.before.data_node_id, edit.after) == (edit.before, change.after.data_node_id)  # type: ignore[union-attr]


def test_every_failure_is_one_kind_of_error(tmp_path: Path) -> None:
    """Every expected failure is a DriftError with a hint."""
    with pytest.raises(drift.DriftError, match="could not read the file") as read:
        drift.load(tmp_path / "none.json")
    with pytest.raises(drift.DriftError, match="no store") as opened:
        drift.Store.open(tmp_path / "none.db")
    assert read.value.hint
    assert opened.value.hint
    assert read.value.exit_code == opened.value.exit_code == 4


def test_a_store_opens_by_a_path_in_either_form(tmp_path: Path) -> None:
    """A path may be a text, as everywhere in Python."""
    with drift.Store.open(str(tmp_path / "drift.db"), create=True) as store:
        assert store.log() == []
