"""The catalogue of scenarios, from end to end: captures over HTTP into a store, and what the gate makes of them.

A scenario's `[[snapshots]]` are its captures; without them, as many of its only instance as are needed. Each may name
an `instance` and a `source`, how it ends (`exit_code`), and what stderr `says`.

Each `[[expect]]` judges the snapshots `before` and `after`, under `settings` (a drift.toml), a `plan` and
`map_nodes`. It has the `verdict` and `exit_code`; the `rules` with the number of their changes; the `events`, each
with its kind, changes, how many of them deviate, and what it `says`; and, where that is the point, how many changes
are `unexpected`, the states of the `plan_items`, the new `findings`, what the reports say (`says`) and don't
(`never_says`).
"""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
import tomlkit

from drift.compare.events import OPERATIONS
from drift.simulator import load_scenario, serve
from support import paths
from support.shell import Ended, drift

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from drift.simulator import Cloud

SCENARIOS = sorted([*paths.SCENARIOS.glob("*.toml"), *(paths.SAMPLE_CONFIGS / "scenarios").glob("*.toml")])
VERDICTS = {
    "in-sync": ("Nothing changed", "No difference"),
    "expected": ("Nothing unexpected", "No drift"),
    "drift": ("Drift",),
    "inconclusive": ("Inconclusive",),
}


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_scenario_leads_to_what_it_expects(path: Path, tmp_path: Path) -> None:
    """Every capture ends as it should, and between two of them lies exactly what is expected, in every report."""
    scenario = tomllib.loads(path.read_text("utf-8"))
    expected = scenario["expect"]
    take(scenario.get("snapshots") or [{}] * max(each["after"] for each in expected), load_scenario(path), tmp_path)
    for each in expected:
        write_settings(tmp_path, each.get("settings", {}))
        ended = drift(tmp_path, *gate(each, tmp_path))
        document = json.loads((tmp_path / "report.json").read_text("utf-8"))
        assert told(document, each) == stated(each, ended.code)
        assert not list(unsaid(document, each, ended, (tmp_path / "report.md").read_text("utf-8")))


def take(snapshots: list[dict[str, Any]], cloud: Cloud, folder: Path) -> None:
    """Capture over HTTP as often as the scenario says."""
    only = next(iter(cloud.instances))
    with serve(cloud) as server:
        for each in snapshots:
            write_settings(
                folder, {"instances": {name: {"instance_id": cloud.instance(name).id} for name in cloud.instances}}
            )
            source = ["--source", each["source"]] if "source" in each else []
            ended = drift(
                folder,
                "snapshot",
                each.get("instance", only),
                *source,
                DRIFT_ENDPOINT=server.url,
                DRIFT_PROJECT_ID=cloud.project_id,
                DRIFT_TOKEN=cloud.issue_token(),
            )
            assert ended.code == each.get("exit_code", 0), ended.err
            assert each.get("says", "") in ended.err


def write_settings(folder: Path, settings: dict[str, Any]) -> None:
    (folder / "drift.toml").write_text(tomlkit.dumps(settings), "utf-8")


def gate(expected: dict[str, Any], folder: Path) -> Iterator[str]:
    """The command that judges."""
    yield from ("gate", str(expected["before"]), str(expected["after"]))
    yield from ("--output", "json=report.json", "--output", "markdown=report.md")
    if "plan" in expected:
        (folder / "plan.toml").write_text(tomlkit.dumps({"expect": expected["plan"]}), "utf-8")
        yield from ("--plan", "plan.toml")
    if "map_nodes" in expected:
        yield from ("--map-nodes", expected["map_nodes"])


def stated(expected: dict[str, Any], code: int) -> dict[str, Any]:
    """What is expected, as `told` has it."""
    assert code == expected["exit_code"]
    events = [(each["kind"], each["changes"], each.get("deviations", 0)) for each in expected["events"]]
    kept = {
        key: expected[key] for key in ("verdict", "rules", "unexpected", "plan_items", "findings") if key in expected
    }
    return {**kept, "events": events}


def told(document: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """What the JSON report says of all that is expected."""
    events = document["events"]
    listed = {mark: event["id"] for event in events for mark in event["changes"]}
    assert listed == {change["fingerprint"]: change["event"] for change in document["changes"]}
    found = {
        "verdict": document["verdict"],
        "rules": document["summary"]["by_rule"],
        "unexpected": document["summary"]["unexpected"],
        "plan_items": [item["status"] for item in (document["plan"] or {"items": []})["items"]],
        "findings": [finding["rule"] for finding in document.get("findings", ())],
    }
    kept = {key: value for key, value in found.items() if key in expected}
    return {**kept, "events": [(each["kind"], len(each["changes"]), len(each["deviations"])) for each in events]}


def unsaid(document: dict[str, Any], expected: dict[str, Any], ended: Ended, markdown: str) -> Iterator[str]:
    """What the reports for eyes should say and don't: the verdict, what is expected of them, and every operation."""
    _, _, marked = markdown.partition("**")
    for report in (" ".join(ended.out.split()), " ".join(marked.replace("`", "").split())):
        if not report.startswith(VERDICTS[expected["verdict"]]):
            yield expected["verdict"]
        operations = [event["title"] for event in document["events"] if event["kind"] in OPERATIONS]
        yield from (words for words in (*expected.get("says", ()), *operations) if words not in report)
        yield from (f"not {words}" for words in expected.get("never_says", ()) if words in report)
    for event, each in zip(document["events"], expected["events"], strict=True):
        words = [event["title"], *event.get("notes", ())]
        if not any(each.get("says", "") in line for line in words):
            yield each["says"]


def test_the_catalogue_has_every_event() -> None:
    """No kind of event that has a signature is without a scenario that leads to it."""
    scenarios = [tomllib.loads(path.read_text("utf-8")) for path in SCENARIOS]
    kinds = {event["kind"] for scenario in scenarios for each in scenario["expect"] for event in each["events"]}
    assert kinds >= set(OPERATIONS)
