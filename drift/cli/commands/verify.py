"""`drift verify`: hold what DDM says against what the data nodes have."""

from __future__ import annotations

import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from drift.cli.completion import references
from drift.cli.confirmation import refuse_unconfirmed
from drift.cli.loading import load
from drift.cli.options import command, common_options, connection_options, settings_options
from drift.cli.reporting import report_options, write_reports
from drift.cli.verifying import Depth, verified
from drift.core.errors import UsageError
from drift.core.references import parse
from drift.reports.formats import VERIFY_FORMATS
from drift.reports.renderer import render

if TYPE_CHECKING:
    from drift.cli.app import App


@command("verify", short_help="Ask the data nodes whether DDM's word is true.")
@click.argument("reference", default="live", metavar="[REF]", shell_complete=references)
@click.option("--structure", is_flag=True, help="Compare the tables of each database's shards as well.")
@click.option(
    "--deep",
    is_flag=True,
    help="As --structure, with foreign keys, checks, partitions and kinds of indexes, for which a data node opens every"
    " table.",
)
@click.option("--size", is_flag=True, help="Estimate the size of each shard and table, and judge how it is spread.")
@click.option("--script", "prints_script", is_flag=True, help="Print the SQL to run by hand on each data node.")
@click.option(
    "--from-results",
    "results",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Ask no data node: judge what that SQL printed, a file for each.",
)
@settings_options("fail_on", "require_confirmed")
@report_options(VERIFY_FORMATS)
@connection_options
@common_options
@click.pass_obj
def verify_command(
    app: App,
    reference: str,
    *,
    structure: bool,
    deep: bool,
    size: bool,
    prints_script: bool,
    results: Path | None,
    fmt: str,
    outputs: tuple[tuple[str, Path], ...],
) -> int:
    """Connect to every data node of REF, read-only, and report where its shards are not as DDM says; then end with 1.

    It finds shards that are missing, on another data node, on two, or left behind by a clean-up. What the account may
    not see, and a data node that can't be read, is not checked, never missing: that ends with 4, and the report has
    the GRANT that would show it. [verify] in drift.toml has the account; it needs the right to list databases, and
    none to read data. With --structure it also finds tables, columns and indexes that are not the same in all shards
    of a database: most shards say what is right. Where drift can't reach the data nodes, --script prints what to run
    there, and --from-results judges what it printed. With --size it estimates bytes and rows, and how they are spread
    over the data nodes.

    \b
    Examples:
      drift verify
      drift verify post-change --output markdown=verify.md
      drift verify live --structure --format json
      drift verify live --script > verify.sql
      drift verify live --from-results results/
    """  # noqa: D301 - click's mark
    if prints_script and (structure or deep or size or results or outputs or fmt != "text"):
        raise UsageError(
            "--script only prints SQL: it excludes --structure, --deep, --size, --from-results, --format and --output",
            hint="`drift verify REF --script > verify.sql` keeps it; REF is all that it takes.",
        )
    snapshot = load(app, parse(reference))
    name = reference if snapshot.number is None else str(snapshot.number)
    if prints_script:
        from drift.cli.by_hand import script

        judging = shlex.join(["drift", "verify", name, "--from-results", "RESULTS", *app.places])
        app.console.report(script(snapshot, judging))
        return 0
    depth = Depth(structure=structure or deep, deep=deep, size=size)
    report = verified(app, snapshot, name, depth, results)
    refuse_unconfirmed(app, [report.side])
    write_reports(app, partial(render, report, lang=app.language), fmt, outputs)
    return report.check.verification.exit_code
