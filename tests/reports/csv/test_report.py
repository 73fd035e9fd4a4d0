from __future__ import annotations

import csv
import io

import pytest

from drift.policy.verdict import Outcome
from drift.reports.renderer import render
from support.scenarios import SCENARIOS


@pytest.mark.parametrize("name", SCENARIOS)
def test_only_a_report_of_nothing_has_no_row(name: str) -> None:
    """Whatever fails a gate, or can't be judged, has a row: an empty table always means that all is in sync."""
    report = SCENARIOS[name]()
    found = {row["disposition"] for row in csv.DictReader(io.StringIO(render(report, "csv"), newline=""))}
    assert found or report.verdict.outcome is Outcome.IN_SYNC
    assert report.verdict.outcome is not Outcome.DRIFT or "unexpected" in found
    assert report.verdict.outcome is not Outcome.INCONCLUSIVE or "unjudged" in found
