"""Reports for other tools as the command line writes them, and what a run of GitHub Actions gets beside them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from drift.cli.github_summary import MOST_IN_SUMMARY
from drift.reports.formats import REPORT_FORMATS
from drift.store import Store
from support.builders import a_database, a_shard, a_snapshot
from support.ci_reports import annotations, gitlab, junit, outcomes, sarif
from support.schemas import violations
from support.shell import drift, spawn
from support.stores import keep

if TYPE_CHECKING:
    from pathlib import Path

    from drift.core.model import Snapshot

NAME = "分片|`::error::"
BEFORE = a_snapshot(a_database(shards=4), label="pre-change")
AFTER = a_snapshot(
    a_database(shards=[a_shard("orders_0000", on="rds-2"), *a_database(shards=4).shards[1:]]), minutes=30
)
NOWHERE = {
    "DRIFT_ENDPOINT": "http://127.0.0.1:1",
    "DRIFT_PROJECT_ID": "619d3e78f61b4be68bc5aa0b59edcf7b",
    "DRIFT_INSTANCE_ID": "1f5c9fd6cd984056ba89c8c87cc03278in09",
    "DRIFT_TOKEN": "worthless-token",
    "DRIFT_TIMEOUT": "1",
}


def many(minutes: int, on: str) -> Snapshot:
    """A snapshot whose shards, moved, make a report that is longer than a summary may be."""
    return a_snapshot(*(a_database(f"{NAME}{tenant:04}", shards=12, on=[on]) for tenant in range(200)), minutes=minutes)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a store of two snapshots between which one shard moved."""
    return keep(tmp_path, BEFORE, AFTER)


@pytest.mark.parametrize("again", ["out", "./out", "new/../out", "{folder}/out", "link"])
def test_two_reports_have_two_files(folder: Path, again: str) -> None:
    """Two outputs to one file, in whatever words, are refused: the second would take the place of the first."""
    (folder / "link").symlink_to("out")
    second = again.format(folder=folder)
    ended = drift(folder, "gate", "1", "2", "--output", "json=out", "--output", f"markdown={second}")
    assert (ended.code, ended.out) == (2, "")
    assert "is there more than once" in ended.err
    assert not (folder / "out").exists()


def test_one_run_writes_for_every_tool(folder: Path) -> None:
    """Each format comes through --output, and through --format as the same text."""
    formats = ("junit", "sarif", "gitlab", "github")
    outputs = [word for fmt in formats for word in ("--output", f"{fmt}=out/{fmt}")]
    ended = drift(folder, "gate", "1", "2", *outputs)
    assert ended.code == 1
    for fmt in formats:
        assert (folder / "out" / fmt).read_text() == drift(folder, "gate", "1", "2", "--format", fmt).out
    assert (
        outcomes(junit((folder / "out/junit").read_text()), "topology")["shard-moved orders/orders_0000"][0]
        == "failure"
    )
    assert [entry["check_name"] for entry in gitlab((folder / "out/gitlab").read_text())] == ["shard-moved"]


@pytest.mark.parametrize(
    ("line", "variables", "code"),
    [
        ("gate 1 live", NOWHERE, 3),
        ("gate 1 9", {}, 4),
        ("diff 1 nowhere.json", {}, 4),
        ("check nowhere.json", {}, 4),
        ("check live", NOWHERE, 3),
        ("gate 1 live", {}, 2),
        ("gate 2", {}, 2),
    ],
)
def test_a_failure_is_an_error_in_every_report(folder: Path, line: str, variables: dict[str, str], code: int) -> None:
    """What could not be captured or judged ends as ever, and a tool that reads the report of it sees an error."""
    (folder / "drift.xml").write_text("the report before")
    outputs = ("--output", "junit=drift.xml", "--output", "sarif=drift.sarif", "--output", "markdown=drift.md")
    ended = drift(folder, *line.split(), *outputs, **variables)
    assert (ended.code, ended.out) == (code, "")
    suite = "invariants" if line.startswith("check") else "topology"
    (case,) = outcomes(junit((folder / "drift.xml").read_text()), suite).values()
    assert case[0] == "error"
    assert "wrote drift.xml\nwrote drift.sarif\nwrote drift.md\nerror: " in ended.err
    assert not sarif((folder / "drift.sarif").read_text())["invocations"][0]["executionSuccessful"]
    assert (folder / "drift.md").read_text().startswith("**Not judged**: ")


@pytest.mark.parametrize("fmt", REPORT_FORMATS)
@pytest.mark.parametrize(("line", "code"), [("gate 1 nowhere.json", 4), ("gate 1 2", 2)], ids=["file", "settings"])
def test_no_file_keeps_the_report_of_an_earlier_run(folder: Path, fmt: str, line: str, code: int) -> None:
    """What went wrong stands where the report was, in every format, also if that is in drift.toml."""
    assert drift(folder, "gate", "1", "1", "--output", f"{fmt}=report").code == 0
    before = (folder / "report").read_text()
    if code == 2:
        (folder / "drift.toml").write_text("nonsense = 1\n")
    ended = drift(folder, *line.split(), "--output", f"{fmt}=report")
    after = (folder / "report").read_text()
    assert (ended.code, ended.out) == (code, "")
    assert after != before
    assert ("nowhere.json" if code == 4 else "nonsense") in after
    if fmt == "json":
        assert violations("report", json.loads(after)) == []


def test_a_report_is_never_written_over_what_was_to_be_read(folder: Path) -> None:
    """A file that is read and would be written over stays as it is, though the command fails for that."""
    before = drift(folder, "export", "1").out
    (folder / "one.json").write_text(before)
    assert drift(folder, "gate", "one.json", "2", "--output", "json=one.json").code == 2
    assert (folder / "one.json").read_text() == before


def test_a_failure_is_an_annotation(folder: Path) -> None:
    """On stdout, too, where that is what was asked for."""
    ended = drift(folder, "gate", "1", "9", "--format", "github", GITHUB_OUTPUT=str(folder / "outputs"),
                  GITHUB_STEP_SUMMARY=str(folder / "summary.md"))  # fmt: skip
    assert ended.code == 4
    assert [level for level, _, _ in annotations(ended.out)] == ["error", "notice"]
    assert (folder / "outputs").read_text() == "verdict=not-judged\n"
    assert (folder / "summary.md").read_text().startswith("**Not judged**: ")


def test_a_report_that_can_t_be_written_ends_with_what_was_wrong_first(folder: Path) -> None:
    """Where not even the failure can be told, the exit code is still that of the failure."""
    (folder / "file").touch()
    ended = drift(folder, "gate", "1", "live", "--output", "junit=file/drift.xml", **NOWHERE)
    assert ended.code == 3


@pytest.mark.parametrize("flag", ["--plan", "--map-nodes"])
@pytest.mark.parametrize("content", [None, "[[", "unknown = 1"])
def test_a_file_that_a_flag_names_is_told_in_the_report(folder: Path, flag: str, content: str | None) -> None:
    """A plan or a node map that is missing or wrong leaves no report of an earlier run, and is no place for one."""
    (folder / "report.xml").write_text("of an earlier run")
    if content is not None:
        (folder / "named.toml").write_text(content)
    ended = drift(folder, "gate", "1", "2", flag, "named.toml", "--output", "junit=report.xml")
    assert (ended.code, ended.out) == (2, "")
    assert "named.toml" in (folder / "report.xml").read_text()
    if content is not None:
        assert drift(folder, "gate", "1", "2", flag, "named.toml", "--output", "junit=named.toml").code == 2
        assert (folder / "named.toml").read_text() == content


def test_usage_leaves_no_report(folder: Path) -> None:
    """A command line that can't be read says so, and writes nothing: it doesn't tell which files are to be read."""
    ended = drift(folder, "gate", "1", "2", "--fail-on", "nonsense", "--output", "junit=drift.xml")
    assert ended.code == 2
    assert not (folder / "drift.xml").exists()


def test_a_step_of_github_actions_gets_summary_and_outputs(folder: Path) -> None:
    """The Markdown report is added to the summary, the verdict and the counts to the outputs; what is there stays."""
    summary, outputs = folder / "summary.md", folder / "outputs"
    summary.write_text("# before\n")
    outputs.write_text("mine=1\n")
    ended = spawn(folder, "gate", "1", "2", "--format", "github", GITHUB_OUTPUT=str(outputs),
                  GITHUB_STEP_SUMMARY=str(summary))  # fmt: skip
    assert ended.code == 1
    assert [(level, title) for level, title, _ in annotations(ended.out)] == [
        ("error", "shard-moved"), ("notice", "drift"),
    ]  # fmt: skip
    assert outputs.read_text().splitlines() == [
        "mine=1", "verdict=drift", "changes=1", "unexpected=1", "expected=0", "waived=0", "ignored=0",
    ]  # fmt: skip
    assert summary.read_text() == "# before\n" + drift(folder, "gate", "1", "2", "--format", "markdown").out


def test_other_formats_leave_github_s_files_alone(folder: Path) -> None:
    """Who asks for Markdown places it themselves."""
    drift(folder, "check", "1", "--format", "markdown", GITHUB_STEP_SUMMARY=str(folder / "summary.md"))
    assert not (folder / "summary.md").exists()


def test_a_check_has_outputs_of_its_own(folder: Path) -> None:
    """A later step can decide by what a check found."""
    drift(folder, "check", "1", "--output", "github=a.txt", GITHUB_OUTPUT=str(folder / "outputs"))
    assert (folder / "outputs").read_text() == "verdict=sound\nfindings=0\nfailing=0\n"


def test_a_summary_keeps_to_its_limit(folder: Path) -> None:
    """The summaries of a step have 1,024 KiB together: a long report says less, and one without room is left out."""
    with Store.open(folder / "snapshots/drift.db") as store:
        store.save(many(60, "rds-1"))
        store.save(many(90, "rds-2"))
    summary = folder / "summary.md"
    whole = len(drift(folder, "diff", "3", "4", "--format", "json").out)
    assert whole > MOST_IN_SUMMARY
    drift(folder, "diff", "3", "4", "--format", "github", GITHUB_STEP_SUMMARY=str(summary))
    first = summary.stat().st_size
    assert 65_536 < first <= MOST_IN_SUMMARY
    summary.write_bytes(b"x" * (MOST_IN_SUMMARY - 4_000))
    drift(folder, "diff", "3", "4", "--format", "github", GITHUB_STEP_SUMMARY=str(summary))
    assert MOST_IN_SUMMARY - 4_000 < summary.stat().st_size <= MOST_IN_SUMMARY
    assert "not shown to keep this report short" in summary.read_text()
    summary.write_bytes(b"x" * MOST_IN_SUMMARY)
    ended = drift(folder, "diff", "3", "4", "--format", "github", GITHUB_STEP_SUMMARY=str(summary))
    assert "the step's summary is full" in ended.err
    assert (ended.code, summary.stat().st_size) == (0, MOST_IN_SUMMARY)


def test_a_tool_s_report_of_partial_snapshots_is_no_success(folder: Path) -> None:
    """What was not read is an error, whatever else is fine."""
    with Store.open(folder / "snapshots/drift.db") as store:
        store.save(a_snapshot(a_database(shards=4), gaps={"database users": "500"}, minutes=60))
    ended = drift(folder, "check", "latest", "--format", "junit")
    assert ended.code == 4
    assert next(iter(outcomes(junit(ended.out), "invariants").values()))[0] == "error"
    assert json.loads(drift(folder, "check", "latest", "--format", "gitlab").out)[0]["severity"] == "blocker"


def test_no_file_is_named_after_a_placeholder(tmp_path: Path) -> None:
    """With --all, what ends the whole run reaches the files of the instances, and none of a name that none has."""
    (tmp_path / "drift.toml").write_text('[instances.orders]\ninstance_id = "x"\n')
    outputs = ["--output", "junit=out/{instance}.xml", "--output", "json=/proc/none/all.json"]
    assert drift(tmp_path, "gate", "--all", *outputs).code == 4
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["orders.xml"]
