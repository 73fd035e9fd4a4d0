"""The schemas that drift prints, held against all that it writes and reads."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from builders import a_database, a_snapshot
from hypothesis import given
from jsonschema import Draft202012Validator
from shell import drift
from strategies import snapshots
from test_reports import hostile_reports, reports
from test_reports_golden import PLAN, SCENARIOS
from test_reports_tools import a_checkup, broken, waived

from drift import schema, snapshotfile, template
from drift.reports import render, render_checkup
from drift.reports.fleet import Row, Status, failure
from drift.store import Store

if TYPE_CHECKING:
    from drift.reports.report import Report

ROOT = Path(__file__).parent.parent
SAMPLES = sorted((ROOT / "sample_configs").glob("*.toml"))


@cache
def validator(kind: str) -> Draft202012Validator:
    document = schema.SCHEMAS[kind]()
    Draft202012Validator.check_schema(document)
    return Draft202012Validator(document, format_checker=Draft202012Validator.FORMAT_CHECKER)


def allowed(kind: str, text: str | bytes) -> bool:
    return validator(kind).is_valid(json.loads(text))


def toml(text: str) -> Any:  # noqa: ANN401 - any TOML
    """A TOML document as JSON has it: days are texts."""
    return json.loads(json.dumps(tomllib.loads(text), default=date.isoformat))


@pytest.mark.parametrize("kind", schema.SCHEMAS)
def test_a_schema_is_one_and_is_printed(tmp_path: Path, kind: str) -> None:
    """`drift schema` prints a schema of the 2020-12 dialect, whose references all lead somewhere."""
    printed = json.loads(drift(tmp_path, "schema", kind).out)
    assert printed["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert printed == json.loads(json.dumps(validator(kind).schema))
    named = set(re.findall(r'"#/\$defs/(\w+)"', json.dumps(printed)))
    assert named == set(printed["$defs"])


@given(reports() | hostile_reports())
def test_any_report_is_as_its_schema_says(report: Report) -> None:
    """Whatever changed, the JSON report keeps to its schema."""
    validator("report").validate(json.loads(render(report, "json")))


@pytest.mark.parametrize("scenario", [scenario for scenario in SCENARIOS if scenario != "huge"])
def test_every_scenario_is_as_the_schema_says(scenario: str) -> None:
    """With and without a plan, waivers and gaps, the JSON report keeps to its schema."""
    report = SCENARIOS[scenario]()
    for each in (report, waived(report, "why")):
        validator("report").validate(json.loads(render(each, "json")))


def test_checkups_and_fleets_are_as_the_schema_says() -> None:
    """`drift check`, and what many instances come to, have the one schema with all other reports."""
    for snapshot in (broken(), a_snapshot(a_database()), a_snapshot(gaps={"database x": "500"})):
        assert allowed("report", render_checkup(a_checkup(snapshot), "json"))
    one = render(SCENARIOS["scale-out"](), "json")
    assert allowed("report", f"[{one},{failure(Row('a', Status.ERROR, 'no answer', 3))}]")


def test_what_commands_print_is_as_the_schema_says(tmp_path: Path) -> None:
    """With jobs, findings, node pairs and migrations in flight, too."""
    with Store.open(tmp_path / "snapshots/drift.db", create=True) as store:
        store.save(a_snapshot(a_database(shards=8)))
        store.save(broken())
        store.save(a_snapshot(a_database(shards=8), minutes=60, instance="other"))
    (tmp_path / "drift.toml").write_text("[check]\nmust_not_worsen = true\n")
    for line in ("gate 1 2", "diff 1 3 --map-nodes auto", "check 2", "diff 2 1"):
        ended = drift(tmp_path, *line.split(), "--format", "json")
        validator("report").validate(json.loads(ended.out))
    assert "findings" in json.loads(drift(tmp_path, "gate", "1", "2", "--format", "json").out)


@given(snapshots())
def test_any_export_is_as_its_schema_says(snapshot: snapshotfile.Snapshot) -> None:
    """Whatever was captured, the file keeps to its schema."""
    validator("snapshot").validate(json.loads(snapshotfile.dumps(snapshot)))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_sample_configurations_are_as_the_schema_says(path: Path) -> None:
    """Each sample is a drift.toml to the schema."""
    validator("config").validate(toml(path.read_text()))


def test_what_init_writes_is_as_the_schema_says() -> None:
    """As it stands, and with each example in force, but for those that exclude each other to a reader."""
    text = template.text()
    validator("config").validate(toml(text))
    validator("config").validate(toml(re.sub(r"(?m)^#(?! )", "", text)))


def test_plans_are_as_the_schema_says(tmp_path: Path) -> None:
    """A plan by hand and one that drift writes."""
    validator("plan").validate(toml(PLAN))
    with Store.open(tmp_path / "snapshots/drift.db", create=True) as store:
        store.save(a_snapshot(a_database(shards=8)))
        store.save(a_snapshot(a_database(shards=16, status="BUSY"), a_database("users"), minutes=60))
    assert drift(tmp_path, "plan", "from-diff", "1", "2", "--output", "plan.toml").code == 0
    written = toml((tmp_path / "plan.toml").read_text())
    assert written["expect"]
    validator("plan").validate(written)


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("config", 'fail_on = "fatal"'),
        ("config", 'failon = "error"'),
        ("config", "jobs = 0"),
        ("config", 'timeout = "long"'),
        ("config", '[severities]\nshard-mooved = "error"'),
        ("config", '[severities]\nshard-moved = "fatal"'),
        ("config", '[defaults]\ninstance_id = "a"'),
        ("config", '[instances.a]\ntoken = "secret"'),
        ("config", '[limits]\nrecords = "all"'),
        ("config", '[layout]\nshard_name = "a"'),
        ("config", '[[waivers]]\nrule = "shard-moved"\nname = "a"\nexpires = 2027-01-31'),
        ("config", '[[waivers]]\nrule = "shard-moved"\nname = "a"\nreason = "why"\nexpires = "soon"'),
        ("config", '[[waivers]]\nfingerprint = "v1:x"\nreason = "why"\nexpires = 2027-01-31'),
        ("plan", "change = 1"),
        ("plan", '[[expect]]\nname = "a"'),
        ("plan", '[[expect]]\nrule = "balance-skewed"'),
        ("plan", '[[expect]]\nrule = "shard-moved"\nname = []'),
        ("plan", '[[expect]]\nrule = "shard-moved"\ncount = "many"'),
        ("plan", '[[expect]]\nrule = "shard-moved"\ncount = -1'),
        ("plan", '[[expect]]\nrule = "shard-moved"\nwhere = "a"'),
        ("plan", "expected = []"),
    ],
)
def test_a_wrong_file_is_refused(kind: str, wrong: str) -> None:
    """What drift refuses to read, an editor with the schema marks."""
    assert not validator(kind).is_valid(toml(wrong))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d.pop("summary"),
        lambda d: d.update(format=2),
        lambda d: d.update(more=1),
        lambda d: d.update(verdict="fine"),
        lambda d: d["changes"][0].update(severity="fatal"),
        lambda d: d["changes"][0].update(fingerprint="v2:1"),
        lambda d: d["changes"][0].update(after={"name": "a"}),
        lambda d: d["before"].update(taken_at=12),
    ],
)
def test_a_wrong_report_is_refused(spoil: Any) -> None:  # noqa: ANN401 - a change to a document
    """A report that lacks something, or says it otherwise, is none."""
    document = json.loads(render(SCENARIOS["scale-out"](), "json"))
    assert validator("report").is_valid(document)
    spoil(document)
    assert not validator("report").is_valid(document)


@pytest.mark.parametrize("key", ["format", "snapshot", "data_nodes", "databases", "shards"])
def test_a_wrong_export_is_refused(key: str) -> None:
    """A file without one of its parts, or with another thing in its place, is none."""
    document = json.loads(snapshotfile.dumps(a_snapshot(a_database())))
    assert validator("snapshot").is_valid(document)
    assert not validator("snapshot").is_valid(document | {key: "x"})
    del document[key]
    assert not validator("snapshot").is_valid(document)
