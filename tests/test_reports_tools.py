"""The formats that other tools read, read by such tools or held against their published schemas."""

from __future__ import annotations

import json
import re
from datetime import date
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import jsonschema
import msgspec
import pytest
from builders import a_database, a_node, a_shard, a_snapshot, a_time
from hypothesis import given
from hypothesis import strategies as st
from junitparser import Error, Failure, JUnitXml, Skipped
from lxml import etree
from sarif_kit.validate import validation_errors
from test_reports import CONTROLS, HOSTILE, a_report, hostile_reports, reports
from test_reports_golden import SCENARIOS

from drift.policy.invariants import Demands, balance, check
from drift.policy.rules import RULES, Severity
from drift.policy.selectors import Selector
from drift.policy.verdict import Disposition, Policy, judge_snapshot
from drift.policy.waivers import Waiver
from drift.reports.ci.github import MOST_OF_A_LEVEL
from drift.reports.ci.notices import Standing, of_report
from drift.reports.ci.sarif import MOST_RESULTS
from drift.reports.ci.sarif import render as render_sarif
from drift.reports.content import failure
from drift.reports.content.check import CheckReport
from drift.reports.content.report import Report, Side
from drift.reports.formats import CI_FORMATS, STEP_OUTPUTS
from drift.reports.renderer import render
from drift.reports.wording.escape import visible

if TYPE_CHECKING:
    from drift.core.model import Snapshot

# As GitLab's documentation has it: docs.gitlab.com, "Code Quality", "Code Quality report format". It asks for all that
# GitLab's own validator does (app/validators/json_schemas/codeclimate.json: four members, and types), and for more.
GITLAB = jsonschema.Draft202012Validator({
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^(?!\\./)[^/]"},
                    "lines": {"type": "object", "required": ["begin"], "properties": {"begin": {"type": "integer"}}},
                },
            },
        },
    },
})  # fmt: skip
COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


@cache
def ant() -> etree.XMLSchema:
    """Ant's schema of JUnit reports: windyroad/JUnit-Schema, which test runners and CI services hold themselves to.

    The edition at hand is of 2011; what is skipped came with the next one, so it is added here as it stands there.
    """
    schema = etree.fromstring(resources.files("ub_test_reports.schemas").joinpath("JUnit.xsd").read_bytes())
    error = schema.find(".//{*}element[@name='error']")
    error.addprevious(error.makeelement(error.tag, name="skipped"))
    errors = schema.find(".//{*}attribute[@name='errors']")
    errors.addnext(errors.makeelement(errors.tag, name="skipped", type="xs:int", use="optional"))
    return etree.XMLSchema(schema)


def junit(text: str) -> JUnitXml:
    """A JUnit report that Ant's schema allows, as a tool reads it."""
    document = etree.fromstring(text.encode())
    assert ant().validate(document), ant().error_log
    return JUnitXml.fromstring(text.encode())


def sarif(text: str) -> dict[str, Any]:
    """The run of a SARIF log that OASIS's schema allows."""
    document = json.loads(text)
    assert not validation_errors(document)
    (run,) = document["runs"]
    return run


def gitlab(text: str) -> list[dict[str, Any]]:
    """The entries of a Code Quality report."""
    document = json.loads(text)
    GITLAB.validate(document)
    prints = [entry["fingerprint"] for entry in document]
    assert len(set(prints)) == len(prints)
    return document


def annotations(text: str) -> list[tuple[str, str, str]]:
    """Level, title and message of each annotation, as a runner of GitHub Actions reads them from a log."""
    found = []
    for line in text.removesuffix("\n").split("\n"):
        match = COMMAND.fullmatch(line)
        assert match, line
        properties = dict(each.split("=", 1) for each in match[2].split(","))
        assert list(properties) == ["title"]
        found.append((match[1], unescaped(properties["title"], "%2C", "%3A", "%0A", "%0D", "%25"),
                      unescaped(match[3], "%0A", "%0D", "%25")))  # fmt: skip
    return found


def unescaped(text: str, *codes: str) -> str:
    for code in codes:
        text = text.replace(code, chr(int(code[1:], 16)))
    return text


READERS = {"junit": junit, "sarif": sarif, "gitlab": gitlab, "github": annotations}


def outcomes(report: JUnitXml, suite: str) -> dict[str, tuple[str, str | None]]:
    """The cases of a suite by name: how each ended, and what it says."""
    kinds = {Failure: "failure", Error: "error", Skipped: "skipped"}
    (found,) = [each for each in report if each.name == suite]
    cases = {case.name: [(kinds[type(result)], result.message) for result in case.result] for case in found}
    assert found.tests == len(cases)
    return {name: told[0] if told else ("passed", None) for name, told in cases.items()}


def a_checkup(snapshot: Snapshot, policy: Policy | None = None) -> CheckReport:
    return CheckReport(
        side=Side.of_whole(snapshot, "latest"),
        snapshot=snapshot,
        checked=judge_snapshot(check(snapshot, Demands()), snapshot.gaps, policy or Policy()),
        balance=balance(snapshot),
        command="drift check latest",
    )


def broken() -> Snapshot:
    """Shards on an unknown data node, one of them busy, and an empty data node."""
    shards = [*a_database(shards=8).shards[:6], a_shard("orders_0006", on="gone"),
              a_shard("orders_0007", on="gone", status="BUSY")]  # fmt: skip
    return a_snapshot(a_database(shards=shards), nodes=["rds-1", "rds-2", "rds-3"])


def waived(report: Report, reason: str) -> Report:
    """The report, with all that nobody expected waived."""
    waiver = Waiver(
        place="waivers[1]",
        selector=Selector(),
        fingerprint=None,
        instance=None,
        reason=reason,
        expires=date(2026, 12, 31),
    )
    changes = tuple(
        msgspec.structs.replace(judged, disposition=Disposition.WAIVED, waiver=waiver)
        if judged.disposition is Disposition.UNEXPECTED
        else judged
        for judged in report.verdict.changes
    )
    return msgspec.structs.replace(report, verdict=msgspec.structs.replace(report.verdict, changes=changes))


def a_failure() -> failure.Failure:
    return failure.Failure(
        name="gate", instance=None, message="ddm: 503 DBS.280001", hint="Try again.", command="drift gate", at=a_time()
    )


@pytest.mark.parametrize("fmt", CI_FORMATS)
@pytest.mark.parametrize("scenario", [scenario for scenario in SCENARIOS if scenario != "huge"])
def test_a_tool_reads_every_scenario(scenario: str, fmt: str) -> None:
    """What there is to tell is what the schema of the format or its reader takes."""
    assert READERS[fmt](render(SCENARIOS[scenario](), fmt)) or scenario.startswith("nothing")


@given(reports() | hostile_reports(), st.sampled_from(CI_FORMATS))
def test_a_tool_reads_any_report(report: Report, fmt: str) -> None:
    """Whatever is called whatever, the format is kept, and nothing that can't be seen is in it."""
    text = render(report, fmt)
    READERS[fmt](text)
    assert not CONTROLS.search(text)


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_names_come_back_from_every_tool(name: str) -> None:
    """A data node's name is read back as eyes are to see it."""
    before, after = a_snapshot(nodes=[]), a_snapshot(nodes=[msgspec.structs.replace(a_node(), name=name)], minutes=1)
    report = a_report(before, after)
    shown = of_report(report, grouped=False).items[0]
    assert outcomes(junit(render(report, "junit")), "topology") == {
        f"data-node-added {shown.subject}".strip(): ("failure", shown.told)
    }
    (result,) = sarif(render(report, "sarif"))["results"]
    assert result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == shown.subject
    assert result["message"]["text"].replace("{{", "{").replace("}}", "}").replace("\\u005d", "]") == shown.told
    assert [entry["description"] for entry in gitlab(render(report, "gitlab"))] == [shown.told]
    assert len(name) > 100 or visible(name).replace('"', "\\u0022") in shown.told.replace('"', "\\u0022")
    told = annotations(render(report, "github"))
    assert [title for _, title, _ in told] == ["data-node-added", "drift"]
    assert len(name) > 100 or visible(name).replace('"', "\\u0022") in told[0][2].replace('"', "\\u0022")


def test_junit_says_what_became_of_each_change_and_of_each_item() -> None:
    """What fails is a failure, what is expected is skipped with its item, and an item that is met passes."""
    found = junit(render(SCENARIOS["planned"](), "junit"))
    topology, plan = outcomes(found, "topology"), outcomes(found, "plan")
    assert topology["shard-moved orders/orders_0005"] == ("skipped", "expected by the plan CHG-123, expect[2]")
    assert topology["shard-moved orders/orders_0013"][0] == "failure"
    assert [kind for kind, _ in plan.values()] == ["passed", "failure", "failure", "failure", "passed", "passed"]
    assert [suite.name for suite in found] == ["topology", "plan"]
    assert {case.classname for suite in found for case in suite} == {"orders-prod.topology", "orders-prod.plan"}


def test_junit_says_why_something_is_waived() -> None:
    """The reason and the last day of a waiver are in the case that it skips."""
    found = outcomes(junit(render(waived(SCENARIOS["scale-out"](), "CHG-9: agreed"), "junit")), "topology")
    assert set(found.values()) == {("skipped", "waived until 2026-12-31: CHG-9: agreed")}


@pytest.mark.parametrize(
    ("scenario", "case"),
    [("nothing-changed", ("passed", None)), ("nothing-checked", ("error", None)), ("partial", ("error", None))],
)
def test_junit_is_never_empty(scenario: str, case: tuple[str, None]) -> None:
    """Without a change there is a case that passes; what was not read is an error."""
    found = outcomes(junit(render(SCENARIOS[scenario](), "junit")), "topology")
    assert case[0] in {kind for kind, _ in found.values()}


def test_what_could_not_be_captured_is_an_error() -> None:
    """A report that can't be made is an error to every tool, and no success to any."""
    texts = {fmt: render(a_failure(), fmt) for fmt in CI_FORMATS}
    assert outcomes(junit(texts["junit"]), "topology") == {
        "not-judged gate": ("error", "ddm: 503 DBS.280001 Try again.")
    }
    run = sarif(texts["sarif"])
    assert not run["invocations"][0]["executionSuccessful"]
    assert [result["ruleId"] for result in run["results"]] == ["not-judged"]
    assert [entry["severity"] for entry in gitlab(texts["gitlab"])] == ["blocker"]
    assert [level for level, _, _ in annotations(texts["github"])] == ["error", "notice"]


def test_findings_reach_every_tool() -> None:
    """A checkup's findings are told with their severity, and a sound one passes."""
    checkup = a_checkup(broken())
    cases = outcomes(junit(render(checkup, "junit")), "invariants")
    assert [kind for kind, _ in cases.values()] == ["failure", "failure", "passed"]
    assert [(r["ruleId"], r["level"]) for r in sarif(render(checkup, "sarif"))["results"]] == [
        ("shard-on-unknown-node", "error"), ("not-running", "warning"), ("data-node-empty", "note"),
    ]  # fmt: skip
    assert [e["severity"] for e in gitlab(render(checkup, "gitlab"))] == ["critical", "major", "minor"]
    levels = [level for level, _, _ in annotations(render(checkup, "github"))]
    assert levels == ["error", "error", "notice", "notice"]
    sound = a_checkup(a_snapshot(a_database()))
    assert outcomes(junit(render(sound, "junit")), "invariants") == {"nothing is wrong": ("passed", None)}


def test_ignored_findings_are_let_pass() -> None:
    """What is worth nothing fails nowhere."""
    checkup = a_checkup(broken(), Policy(severities=dict.fromkeys(RULES, Severity.IGNORE)))
    assert {kind for kind, _ in outcomes(junit(render(checkup, "junit")), "invariants").values()} == {"skipped"}
    assert {r["level"] for r in sarif(render(checkup, "sarif"))["results"]} == {"none"}
    assert gitlab(render(checkup, "gitlab")) == []


def test_sarif_suppresses_what_is_let_pass_and_nothing_else() -> None:
    """A waived, expected or ignored change has a suppression that says why; an unexpected one has none."""
    report = SCENARIOS["planned"]()
    some = sarif(render(report, "sarif"))["results"]
    reasons = {
        n.fingerprint: n.reason for n in of_report(report, grouped=False).items if n.standing is Standing.ACCEPTED
    }
    told = {
        r["partialFingerprints"]["drift/v1"]: r["suppressions"][0]["justification"] for r in some if "suppressions" in r
    }
    assert told == reasons
    assert len(told) == 5
    suppressions = [
        r["suppressions"]
        for r in sarif(render(waived(report, "why"), "sarif"))["results"]
        if r["ruleId"] != "plan-not-met"
    ]
    assert {each[0]["status"] for each in suppressions} == {"accepted"}


def test_sarif_names_its_rules() -> None:
    """Each result leads to its rule, which has a help text and the severity that it has by default."""
    run = sarif(render(SCENARIOS["everything"](), "sarif"))
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    assert {rule["id"] for rule in rules} == {result["ruleId"] for result in run["results"]}
    levels = {"info": "note", "warning": "warning", "error": "error"}
    for rule in rules:
        assert rule["defaultConfiguration"]["level"] == levels[RULES[rule["id"]].severity.word]
        assert rule["help"]["text"].lower().startswith(RULES[rule["id"]].summary.lower())


def test_sarif_keeps_to_what_code_scanning_takes() -> None:
    """Of more results than code scanning takes, the worst are kept, and the rest counted."""
    notices = of_report(SCENARIOS["scale-out"](), grouped=False)
    minor = msgspec.structs.replace(notices.items[0], standing=Standing.MINOR, severity=Severity.INFO)
    many = msgspec.structs.replace(notices, items=(*[minor] * MOST_RESULTS, *notices.items))
    run = json.loads(render_sarif(many))["runs"][0]
    worst = [notice for notice in notices.items if notice.standing is Standing.FAILS]
    assert len(run["results"]) == MOST_RESULTS
    assert [result["ruleId"] for result in run["results"][: len(worst)]] == [notice.rule for notice in worst]
    told = run["invocations"][0]["toolExecutionNotifications"][1]["message"]["text"]
    assert told.startswith(f"{len(notices.items)} more results")


@given(reports())
def test_fingerprints_are_those_of_the_changes(report: Report) -> None:
    """A tool knows a change again by the fingerprint that all reports and waivers have of it."""
    prints = sorted(judged.fingerprint for judged in report.verdict.changes)
    results = sarif(render(report, "sarif"))["results"]
    assert (
        sorted(r["partialFingerprints"]["primaryLocationLineHash"] for r in results if r["ruleId"] in RULES) == prints
    )


def test_a_finding_keeps_its_fingerprint_while_it_gets_worse() -> None:
    """The same finding on another day, about more shards, is the same to a tool."""
    worse = a_database(
        shards=[*broken().databases[0].shards[:5], *(a_shard(f"orders_000{i}", on="gone") for i in (5, 6, 7))]
    )
    prints = [
        {e["fingerprint"] for e in gitlab(render(a_checkup(s), "gitlab")) if e["severity"] == "critical"}
        for s in (broken(), a_snapshot(worse, minutes=60))
    ]  # fmt: skip
    assert prints[0] == prints[1]
    assert len(prints[0]) == 1


def test_gitlab_is_told_what_nobody_expected_and_no_more() -> None:
    """Expected and waived changes are no violations."""
    report = waived(SCENARIOS["planned"](), "why")
    assert {entry["check_name"] for entry in gitlab(render(report, "gitlab"))} == {"plan-not-met"}


def test_a_step_shows_ten_annotations_of_a_level() -> None:
    """More than GitHub shows are counted in the last, so that none gets lost unsaid; the verdict is always there."""
    told = annotations(render(SCENARIOS["huge"](), "github"))
    by_level = {
        level: [message for found, _, message in told if found == level] for level in ("error", "warning", "notice")
    }
    assert [len(messages) for messages in by_level.values()] == [MOST_OF_A_LEVEL, 0, MOST_OF_A_LEVEL]
    assert re.fullmatch(r"[\d,]+ more errors, not shown here", by_level["error"][-1])
    assert by_level["notice"][-1].startswith("Drift in orders-prod")


@given(reports() | hostile_reports())
def test_the_outputs_of_a_step_are_words_and_numbers(report: Report) -> None:
    """Nothing that is called whatever can set another output, or open one of several lines."""
    notices = of_report(report, grouped=False)
    lines = render(report, STEP_OUTPUTS).removesuffix("\n").split("\n")
    told = dict(line.split("=") for line in lines)
    assert list(told) == ["verdict", *notices.counts]
    assert told.pop("verdict") == report.verdict.outcome
    assert all(value.isdecimal() for value in told.values())


@pytest.mark.parametrize("fmt", CI_FORMATS)
def test_a_command_in_a_name_is_no_command(fmt: str) -> None:
    """No line that a name is part of is taken for an order by the log of a CI service."""
    report = a_report(a_snapshot(), a_snapshot(a_database("\n::error::x\n##[error]y"), minutes=1))
    lines = render(report, fmt).splitlines()
    assert not any("::error::x" in line or "##[" in line for line in lines)
