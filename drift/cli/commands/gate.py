"""`drift gate`: judge what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from drift.cli.comparison import GATE, given_or, judged_code, judged_pair, plan_option, report_on, write_report
from drift.cli.completion import references
from drift.cli.node_map import node_map_option, without_node_map
from drift.cli.options import (
    command,
    common_options,
    connection_options,
    fleet_options,
    refuse_verify_all,
    settings_options,
    verify_option,
)
from drift.cli.reporting import report_options
from drift.reports.formats import REPORT_FORMATS

if TYPE_CHECKING:
    from pathlib import Path

    from drift.cli.app import App
    from drift.cli.node_map import NodeMap
    from drift.policy.plan.file import Plan
    from drift.policy.verdict import Verdict


@command("gate", short_help="Judge what changed: 1 if it is not acceptable.")
@click.argument("before", required=False, shell_complete=references)
@click.argument("after", required=False, shell_complete=references)
@fleet_options
@settings_options("fail_on", "require_confirmed", "require_trace")
@click.option("--report-only", is_flag=True, help="Judge and report, but end with 0 where drift would be 1.")
@plan_option
@verify_option("AFTER")
@node_map_option
@report_options(REPORT_FORMATS)
@connection_options
@common_options
@click.pass_obj
def gate_command(
    app: App,
    before: str | None,
    after: str | None,
    *,
    every: bool,
    report_only: bool,
    plan: Plan | None,
    verifies: bool,
    node_map: NodeMap | None,
    fmt: str,
    outputs: tuple[tuple[str, Path], ...],
) -> int:
    """Judge what changed from BEFORE to AFTER; end with 1 if it is not acceptable.

    Without AFTER, the newest stored snapshot is judged; without BEFORE, it is judged against the one before it. A
    partial or suspect snapshot on either side can't be judged: 4. With --plan, what the plan expects passes, all of it
    must have happened, and everything else is unexpected. With must_not_worsen in drift.toml, invariants that AFTER
    breaks and BEFORE didn't are judged too (`drift check`).

    With --verify, AFTER is also held against what its data nodes hold now, as `drift verify` does: what is not so
    fails, and what counts and could not be checked ends with 4.

    With --all, every instance in drift.toml is judged, as `drift diff --all` compares them. The exit code is the worst,
    in this order: 1, 70, 4, 3, 2, 0; drift on one instance is never hidden by trouble with another.

    \b
    Examples:
      drift gate
      drift gate baseline.json live
      drift gate pre-change latest --fail-on error --output markdown=report.md
      drift gate pre-change post-change --plan plan.toml
      drift gate pre-change live --verify
      drift gate --all latest live --output json=fleet.json
      drift gate --all 'baselines/{instance}.json' live --output 'markdown=reports/{instance}.md'
      drift gate baseline.json live --output junit=drift.junit.xml --output sarif=drift.sarif
      drift gate baseline.json live --format github
    """  # noqa: D301 - click's mark
    if every:
        refuse_verify_all(verifies=verifies)
        from drift.cli.compare_all import Comparison, compare_all

        references = without_node_map(given_or(before, "latest~1"), given_or(after, "latest"), node_map)
        ends = _reported if report_only else judged_code
        return compare_all(app, Comparison(GATE, references, plan, ends), fmt, outputs)
    pair = judged_pair(app, before, after, node_map)
    report = report_on(app, pair, GATE, plan, verifies=verifies)
    write_report(app, pair, report, fmt, outputs)
    return _reported(report.verdict) if report_only else report.verdict.exit_code


def _reported(verdict: Verdict) -> int:
    return 0 if verdict.exit_code == 1 else verdict.exit_code
