"""The schemas that drift prints, held against all that it writes and reads."""

from __future__ import annotations

import functools
import json
import re
import tomllib
from datetime import date
from typing import TYPE_CHECKING, Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.cli import json_schemas
from drift.cli.main import cli
from drift.config import template
from drift.decode.sources import snapshot_file
from drift.policy.rules import RULES
from drift.reports.content.fleet import Row, Status
from drift.reports.json.fleet import render_failure
from drift.reports.renderer import render
from drift.simulator import default_cloud, serve
from drift.store import Store
from support.builders import a_database, a_snapshot
from support.paths import DOCS, SAMPLE_CONFIGS
from support.reports import a_checkup, broken, hostile_reports, reports, waived
from support.scenarios import PLAN, SCENARIOS
from support.schemas import validator, violations
from support.shell import drift
from support.strategies import snapshots

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from drift.reports.content.report import Report

SAMPLES = sorted(SAMPLE_CONFIGS.glob("*.toml"))


def allowed(kind: str, text: str | bytes) -> bool:
    return validator(kind).is_valid(json.loads(text))


def toml(text: str) -> Any:  # noqa: ANN401 - any TOML
    """A TOML document as JSON has it: days are texts."""
    return json.loads(json.dumps(tomllib.loads(text), default=date.isoformat))


@pytest.mark.parametrize("kind", json_schemas.SCHEMAS)
def test_a_schema_is_one_and_is_printed(tmp_path: Path, kind: str) -> None:
    """`drift schema` prints a schema of the 2020-12 dialect, whose references all lead somewhere."""
    printed = json.loads(drift(tmp_path, "schema", kind).out)
    assert printed["$id"] == f"urn:ddm-drift:{kind}"
    assert printed["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert printed == json.loads(json.dumps(validator(kind).schema))
    named = set(re.findall(r'"#/\$defs/(\w+)"', json.dumps(printed)))
    assert named == set(printed["$defs"])


def test_every_schema_is_listed_in_one_line(tmp_path: Path) -> None:
    """Who names none is told which there are, in words that can be copied."""
    ended = drift(tmp_path, "schema")
    assert ended.code == 2
    assert ended.err.startswith(f"error: Missing argument 'KIND'. Choose from: {', '.join(json_schemas.SCHEMAS)}\n")


@given(reports() | hostile_reports())
def test_any_report_is_as_its_schema_says(report: Report) -> None:
    """Whatever changed, the JSON report keeps to its schema."""
    assert violations("report", json.loads(render(report, "json"))) == []


@pytest.mark.parametrize("scenario", [scenario for scenario in SCENARIOS if scenario != "huge"])
def test_every_scenario_is_as_the_schema_says(scenario: str) -> None:
    """With and without a plan, waivers and gaps, the JSON report keeps to its schema."""
    report = SCENARIOS[scenario]()
    for each in (report, waived(report, "why")):
        assert violations("report", json.loads(render(each, "json"))) == []


def test_checkups_and_fleets_are_as_the_schema_says() -> None:
    """`drift check`, and what many instances come to, have the one schema with all other reports."""
    for snapshot in (broken(), a_snapshot(a_database()), a_snapshot(gaps={"database x": "500"})):
        assert allowed("report", render(a_checkup(snapshot), "json"))
    one = render(SCENARIOS["scale-out"](), "json")
    checkup = render(a_checkup(broken()), "json")
    assert allowed("report", f"[{one},{checkup},{render_failure(Row('a', Status.ERROR, 'no answer', 3))}]")


def test_what_commands_print_is_as_the_schema_says(tmp_path: Path) -> None:
    """With jobs, findings, node pairs and migrations in flight, too."""
    with Store.open(tmp_path / "snapshots/drift.db", create=True) as store:
        store.save(a_snapshot(a_database(shards=8)))
        store.save(broken())
        store.save(a_snapshot(a_database(shards=8), minutes=60, instance="other"))
    (tmp_path / "drift.toml").write_text("[check]\nmust_not_worsen = true\n")
    for line in ("gate 1 2", "diff 1 3 --map-nodes auto", "check 2", "diff 2 1"):
        ended = drift(tmp_path, *line.split(), "--format", "json")
        assert violations("report", json.loads(ended.out)) == []
    assert "findings" in json.loads(drift(tmp_path, "gate", "1", "2", "--format", "json").out)


def prints_json(command: click.Command) -> bool:
    """Whether a command can print JSON."""
    return any(
        parameter.name == "as_json" or (isinstance(parameter.type, click.Choice) and "json" in parameter.type.choices)
        for parameter in command.params
    )


# Every command that prints JSON, with the schema of what it prints.
PRINTERS = {
    "begin": "report", "check": "report", "config": "settings", "diff": "report", "end": "report", "gate": "report",
    "history": "history", "instances": "instances", "jobs": "jobs", "log": "log", "rules": "rules",
    "show": "snapshot", "simulate": "simulator", "verify": "report", "who": "who",
}  # fmt: skip


def test_every_command_that_prints_json_has_a_schema() -> None:
    """A new one finds its schema here before it is used."""
    context = click.Context(cli)
    commands = {name: cli.get_command(context, name) for name in cli.list_commands(context)}
    assert PRINTERS.keys() == {name for name, command in commands.items() if prints_json(command)}
    assert set(PRINTERS.values()) <= json_schemas.SCHEMAS.keys()


def test_what_every_command_prints_is_as_its_schema_says(tmp_path: Path) -> None:
    """Around a migration of a simulated instance with a job under way, and with an instance that can't be captured."""
    cloud = default_cloud()
    orders = cloud.instance("orders-prod")
    with serve(cloud) as server:
        variables = {key: value for key, value in cloud.variables(server.url, orders).items() if "INSTANCE" not in key}
        found = f'[instances.orders-prod]\ninstance_id = "{orders.id}"\n[instances.gone]\ninstance_id = "gone"\n'
        (tmp_path / "drift.toml").write_text(found)

        def printed(code: int, kind: str, *words: str) -> Any:  # noqa: ANN401 - any JSON
            ended = drift(tmp_path, *words, "--format", "json", **variables)
            assert ended.code == code, ended.err
            assert violations(kind, json.loads(ended.out)) == []
            return json.loads(ended.out)

        printed(0, "report", "begin", "CHG-1", "orders-prod")
        orders.scale_out("rds-orders-3", until="ToBeSwitched")
        assert printed(0, "jobs", "jobs", "orders-prod")
        printed(1, "report", "end", "CHG-1")
        printed(1, "report", "check", "latest")
        many = printed(3, "report", "diff", "latest", "live", "--all")
        assert [each["verdict"] for each in many] == ["in-sync", "error"]
        assert printed(0, "history", "history", "orders_0000")["periods"]
        printed(0, "history", "history", "rds-orders-1")
        assert printed(0, "log", "log")[0]["in_flight"]
        printed(0, "snapshot", "show", "latest")
        assert printed(0, "settings", "config")["instances"]
        assert printed(0, "rules", "rules")
        assert printed(0, "instances", "instances")
        assert violations("simulator", cloud.connection(server.url)) == []


def test_every_plan_that_drift_writes_is_as_the_schema_says(tmp_path: Path) -> None:
    """From a diff, from a job's result, and turned around."""
    cloud = default_cloud()
    orders = cloud.instance("orders-prod")
    with serve(cloud) as server:
        variables = cloud.variables(server.url, orders)
        assert drift(tmp_path, "snapshot", **variables).code == 0
        job = orders.scale_out("rds-orders-3")[0]
        assert drift(tmp_path, "snapshot", **variables).code == 0
        for words in (["from-diff", "latest~1", "latest"], ["from-job", job], ["reverse", "plan.toml"]):
            ended = drift(tmp_path, "plan", *words, **variables)
            assert ended.code == 0, ended.err
            (tmp_path / "plan.toml").write_text(ended.out)
            assert toml(ended.out)["expect"]
            assert violations("plan", toml(ended.out)) == []


# What is left out where there is nothing to say, and what the service itself says, which has no form.
OPTIONAL = {"in_flight", "notes", "returned_to", "item", "waiver", "jobs", "suspect", "findings", "node_pairs"}
OPTIONAL |= {"job_id", "started", "ended"}
FREE = {"attributes", "was", "becomes"}


def places(document: Any, *path: str | int) -> Iterator[tuple[str | int, ...]]:  # noqa: ANN401 - any JSON
    """Where each value stands, but for what is free."""
    yield path
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in inner:
        if key not in FREE and not ("edits" in path and key in {"before", "after"}):
            yield from places(value, *path, key)


def spoilt(document: Any, path: tuple[str | int, ...], how: str) -> Any:  # noqa: ANN401 - any JSON
    """The document with one thing wrong in it."""
    copy = json.loads(json.dumps(document))
    holder = copy
    for key in path[:-1]:
        holder = holder[key]
    match how:
        case "lacks":
            del holder[path[-1]]
        case "other":
            holder[path[-1]] = {"no": ["such", "thing"]}
        case "more":
            holder[path[-1]]["no-such-key"] = 1
    return copy


def documents() -> list[tuple[str, Any]]:
    """Valid documents that have nearly everything."""
    report = waived(SCENARIOS["planned"](), "why")
    reports = [json.loads(render(each, "json")) for each in (report, SCENARIOS["everything"](), SCENARIOS["partial"]())]
    checkup = json.loads(render(a_checkup(broken()), "json"))
    export = json.loads(snapshot_file.dumps(a_snapshot(a_database(attributes={"a": 1}), gaps={"databases": "500"})))
    return [*(("report", each) for each in [*reports, checkup]), ("snapshot", export), ("plan", toml(PLAN))]


@given(st.data())
def test_a_document_with_one_thing_wrong_is_refused(data: st.DataObject) -> None:
    """Wherever a key is lacking, a key too many or a value of another kind, the schema says so."""
    kind, document = data.draw(st.sampled_from(documents()))
    assert validator(kind).is_valid(document)
    path = data.draw(st.sampled_from([each for each in places(document) if each]))
    value = functools.reduce(lambda inner, key: inner[key], path, document)
    ways = ["other", *["more"] * isinstance(value, dict)]
    ways += ["lacks"] * (kind != "plan" and isinstance(path[-1], str) and path[-1] not in OPTIONAL | set(RULES))
    assert not validator(kind).is_valid(spoilt(document, path, data.draw(st.sampled_from(ways))))


@given(snapshots())
def test_any_export_is_as_its_schema_says(snapshot: snapshot_file.Snapshot) -> None:
    """Whatever was captured, the file keeps to its schema."""
    assert violations("snapshot", json.loads(snapshot_file.dumps(snapshot))) == []


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_sample_configurations_are_as_the_schema_says(path: Path) -> None:
    """Each sample is a drift.toml to the schema."""
    assert violations("config", toml(path.read_text())) == []


def test_what_init_writes_is_as_the_schema_says() -> None:
    """As it stands, and with each example in force, but for those that exclude each other to a reader."""
    text = template.text()
    assert violations("config", toml(text)) == []
    assert violations("config", toml(re.sub(r"(?m)^#(?! )", "", text))) == []


def test_plans_are_as_the_schema_says(tmp_path: Path) -> None:
    """A plan by hand and one that drift writes."""
    assert violations("plan", toml(PLAN)) == []
    with Store.open(tmp_path / "snapshots/drift.db", create=True) as store:
        store.save(a_snapshot(a_database(shards=8)))
        store.save(a_snapshot(a_database(shards=16, status="BUSY"), a_database("users"), minutes=60))
    assert drift(tmp_path, "plan", "from-diff", "1", "2", "--output", "plan.toml").code == 0
    written = toml((tmp_path / "plan.toml").read_text())
    assert written["expect"]
    assert violations("plan", written) == []


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
        ("config", '[defaults]\nsource = "none"'),
        ("config", '[instances.a]\nauth = "x"'),
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
    document = json.loads(snapshot_file.dumps(a_snapshot(a_database())))
    assert validator("snapshot").is_valid(document)
    assert not validator("snapshot").is_valid(document | {key: "x"})
    del document[key]
    assert not validator("snapshot").is_valid(document)


@pytest.mark.parametrize("kind", json_schemas.SCHEMAS)
def test_every_kind_is_told(kind: str) -> None:
    """The help and the pages about reports, in both languages, name each schema."""
    command = cli.get_command(click.Context(cli), "schema")
    pages = [(DOCS / name).read_text("utf-8") for name in ("reports.md", "zh/reports.md")]
    assert command
    for text in (command.help or "", *pages):
        assert f"`{kind}`" in text
