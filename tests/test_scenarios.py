"""Scenarios from end to end: each capture over HTTP into a store, each expectation judged by the gate."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from shell import drift

from drift.simulator import load_scenario, serve

HERE = Path(__file__).parent
SCENARIOS = sorted([*(HERE / "scenarios").glob("*.toml"), *(HERE.parent / "sample_configs/scenarios").glob("*.toml")])


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_scenario_leads_to_what_it_expects(path: Path, tmp_path: Path) -> None:
    """Between the captures that an expectation names lie exactly its changes, and the gate ends with its exit code."""
    expected = tomllib.loads(path.read_text("utf-8"))["expect"]
    cloud = load_scenario(path)
    (instance,) = cloud.instances.values()
    with serve(cloud) as server:
        variables = {
            "DRIFT_ENDPOINT": server.url,
            "DRIFT_PROJECT_ID": cloud.project_id,
            "DRIFT_INSTANCE_ID": instance.id,
            "DRIFT_TOKEN": cloud.issue_token(),
        }
        for _ in range(max(each["after"] for each in expected)):
            assert drift(tmp_path, "snapshot", **variables).code == 0
    for each in expected:
        ended = drift(tmp_path, "gate", str(each["before"]), str(each["after"]), "--format", "json")
        assert ended.code == each["exit_code"]
        assert json.loads(ended.out)["summary"]["by_rule"] == each["rules"]
