"""The formats that other tools read, read by such tools or held against their published schemas."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.core.model import Suspicion
from drift.policy.rules import RULES, Severity
from drift.policy.verdict import Policy
from drift.reports.ci import gitlab as gitlab_format
from drift.reports.ci import junit as junit_format
from drift.reports.ci.github import MOST_OF_A_LEVEL
from drift.reports.ci.notice import Level
from drift.reports.ci.notices import notices_of
from drift.reports.ci.room import Room, worst_first
from drift.reports.ci.sarif import MOST_RESULTS
from drift.reports.ci.sarif import render as render_sarif
from drift.reports.formats import CI_FORMATS, STEP_OUTPUTS
from drift.reports.renderer import render
from drift.reports.wording.escape import visible
from support.builders import a_database, a_node, a_shard, a_snapshot
from support.ci_reports import READERS, annotations, gitlab, junit, outcomes, sarif
from support.hostile import CONTROLS, HOSTILE
from support.reports import a_checkup, a_failure, a_report, broken, hostile_reports, reports, waived
from support.scenarios import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drift.reports.ci.notice import Notices
    from drift.reports.content.report import Report


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
    shown = notices_of(report, grouped=False).items[0]
    assert outcomes(junit(render(report, "junit")), "topology") == {
        f"data-node-added {shown.subject}".strip(): ("failure", shown.message)
    }
    (result,) = sarif(render(report, "sarif"))["results"]
    assert result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == shown.subject
    assert result["message"]["text"].replace("{{", "{").replace("}}", "}").replace("\\u005d", "]") == shown.message
    assert [entry["description"] for entry in gitlab(render(report, "gitlab"))] == [shown.message]
    assert len(name) > 100 or visible(name).replace('"', "\\u0022") in shown.message.replace('"', "\\u0022")
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
    reasons = {n.fingerprint: n.reason for n in notices_of(report, grouped=False).items if n.level is Level.ACCEPTED}
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


@pytest.mark.parametrize("name", ["orders-prod", "drift.toml", "../drift.toml", "/etc/passwd", "a b%2Fc", "中文", ".."])
def test_sarif_points_to_no_file_of_the_repository(tmp_path: Path, name: str) -> None:
    """GitHub's action calculates no fingerprint that could be inconsistent: there is no file to take a line of."""
    (tmp_path / "drift.toml").touch()
    report = SCENARIOS["everything"]()
    report = msgspec.structs.replace(report, after=msgspec.structs.replace(report.after, instance=name))
    for result in sarif(render(report, "sarif"))["results"]:
        place = result["locations"][0]["physicalLocation"]
        uri = unquote(place["artifactLocation"]["uri"])
        assert uri.startswith("ddm/")
        assert "://" not in uri
        assert (tmp_path / uri).is_file() is False
        assert place["region"] == {"startLine": 1}
        assert result["partialFingerprints"]["primaryLocationLineHash"] == result["partialFingerprints"]["drift/v1"]


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
    notices = notices_of(SCENARIOS["scale-out"](), grouped=False)
    minor = msgspec.structs.replace(notices.items[0], level=Level.MINOR, severity=Severity.INFO)
    many = msgspec.structs.replace(notices, items=(*[minor] * MOST_RESULTS, *notices.items))
    run = json.loads(render_sarif(many))["runs"][0]
    worst = [notice for notice in notices.items if notice.level is Level.FAILS]
    assert len(run["results"]) == MOST_RESULTS
    assert [result["ruleId"] for result in run["results"][: len(worst)]] == [notice.rule for notice in worst]
    told = run["invocations"][0]["toolExecutionNotifications"][1]["message"]["text"]
    assert told.startswith(f"{len(notices.items)} more results")


@pytest.mark.parametrize(("fmt", "written"), [("junit", junit_format.render), ("gitlab", gitlab_format.render)])
@pytest.mark.parametrize("room", [Room(notices=3), Room(bytes=3_000)])
def test_gitlab_takes_a_file_however_much_there_is_to_tell(
    fmt: str, written: Callable[[Notices, Room], str], room: Room
) -> None:
    """Of more notices than a file has room for, the worst are shown; the rest are counted, with the way to them."""
    notices = notices_of(SCENARIOS["everything"](), grouped=False)
    items = tuple(notice for notice in notices.items if notice.level is not Level.ACCEPTED)
    text = written(msgspec.structs.replace(notices, items=items), room)
    worst = [notice.fingerprint for notice in worst_first(items)]
    shown = [fingerprint for fingerprint in worst if fingerprint in text]
    assert shown == worst[: len(shown)]
    assert len(shown) == 3 if room.notices == 3 else len(text) < room.bytes + 2_000
    assert f"{len(worst) - len(shown)} more results not shown" in text
    assert f"`{notices.command} --format json` shows all results" in text
    READERS[fmt](text)


def test_what_a_file_has_no_room_for_fails_as_its_worst() -> None:
    """A part of which nothing is shown has a case that says what the worst of it does."""
    found = junit(junit_format.render(notices_of(SCENARIOS["planned"](), grouped=False), Room(notices=1)))
    told = {name: kind for part in ("topology", "plan") for name, (kind, _) in outcomes(found, part).items()}
    assert [kind for name, kind in told.items() if name.startswith("not-shown")] == ["failure", "failure"]


@given(reports())
def test_fingerprints_are_those_of_the_changes(report: Report) -> None:
    """A tool knows a change again by the fingerprint that all reports and waivers have of it."""
    prints = sorted(judged.fingerprint for judged in report.verdict.changes)
    results = sarif(render(report, "sarif"))["results"]
    assert (
        sorted(r["partialFingerprints"]["primaryLocationLineHash"] for r in results if r["ruleId"] in RULES) == prints
    )


def test_each_suspect_snapshot_has_its_own_fingerprint() -> None:
    """A tool that keeps one result for a fingerprint shows both sides that are suspect."""
    report = a_report(a_snapshot(), a_snapshot(minutes=60))
    doubt = Suspicion(lost=3, held=4, left=1)
    before, after = (msgspec.structs.replace(side, suspicion=doubt) for side in (report.before, report.after))
    told = notices_of(msgspec.structs.replace(report, before=before, after=after), grouped=False).items
    assert len({notice.fingerprint for notice in told}) == len(told) == 2


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
    assert re.fullmatch(r"[\d,]+ more errors not shown", by_level["error"][-1])
    assert by_level["notice"][-1].startswith("Drift in orders-prod")


@given(reports() | hostile_reports())
def test_the_outputs_of_a_step_are_words_and_numbers(report: Report) -> None:
    """Nothing that is called whatever can set another output, or open one of several lines."""
    notices = notices_of(report, grouped=False)
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
