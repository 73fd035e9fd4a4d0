"""`drift diff`: show what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from drift.cli.comparison import DIFF, judged_code, open_references, plan_option, report_on, write_report
from drift.cli.completion import references
from drift.cli.node_map import node_map_option, without_node_map
from drift.cli.options import command, common_options, connection_options, fleet_options
from drift.cli.reporting import report_options
from drift.core.references import parse
from drift.reports.formats import REPORT_FORMATS

if TYPE_CHECKING:
    from pathlib import Path

    from drift.cli.app import App
    from drift.cli.node_map import NodeMap
    from drift.policy.plan.file import Plan
    from drift.policy.verdict import Verdict


@command("diff", short_help="Show what changed between two snapshots.")
@click.argument("before", shell_complete=references)
@click.argument("after", shell_complete=references)
@fleet_options
@click.option("--exit-code", is_flag=True, help="Use the exit code that `drift gate` has for the changes alone.")
@plan_option
@node_map_option
@report_options(REPORT_FORMATS)
@connection_options
@common_options
@click.pass_obj
def diff_command(
    app: App,
    before: str,
    after: str,
    *,
    every: bool,
    exit_code: bool,
    plan: Plan | None,
    node_map: NodeMap | None,
    fmt: str,
    outputs: tuple[tuple[str, Path], ...],
) -> int:
    """Show what changed from BEFORE to AFTER.

    BEFORE and AFTER are references: a number, a label, latest, latest~2, @2026-05-01T02:00Z, live, or a path to an API
    response or a `drift export` file. NAME:REF, such as orders-prod:latest, is REF of the instance of that name. With
    --map-nodes, two instances with the same shards on other data nodes can be compared: the report has only differences
    beyond the data nodes.

    With --all, every instance in drift.toml is compared with itself: each has its own latest, live and labels, and
    {instance} in the path of a file or an --output is its name. Without {instance}, one report covers them all. The
    exit code is the worst: 70, 4, 3, 2, 0; with --exit-code 1 comes first, so that drift is never hidden.

    \b
    Examples:
      drift diff latest~1 latest
      drift diff before.json after.json --format markdown
      drift diff pre-change live --output json=report.json
      drift diff 12 13 --output html=report.html
      drift diff prod:latest dr:latest --map-nodes auto
      drift diff latest live --all --output markdown=fleet.md
    """  # noqa: D301 - click's mark
    if every:
        from drift.cli.compare_all import Comparison, compare_all

        ends = judged_code if exit_code else _always_0
        return compare_all(app, Comparison(DIFF, without_node_map(before, after, node_map), plan, ends), fmt, outputs)
    pair = open_references(app, (before, after), (parse(before), parse(after)), node_map)
    report = report_on(app, pair, DIFF, plan)
    write_report(app, pair, report, fmt, outputs)
    return report.verdict.exit_code if exit_code else 0


def _always_0(_verdict: Verdict) -> int:
    return 0
