"""`drift who`: who changed the topology, as the cloud's audit has it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from drift.cli.comparison import Mode, open_pair, report_on
from drift.cli.completion import references
from drift.cli.options import command, common_options, connection_options
from drift.cli.reporting import report_options, write_reports
from drift.core.references import parse
from drift.reports.content.attribution import WhoReport
from drift.reports.formats import WHO_FORMATS
from drift.reports.renderer import render

if TYPE_CHECKING:
    from pathlib import Path

    from drift.cli.app import App

_MODE = Mode("who", judges_findings=False, offers_waivers=False)


@command("who", short_help="Say who changed what between two snapshots.")
@click.argument("before", shell_complete=references)
@click.argument("after", shell_complete=references)
@report_options(WHO_FORMATS)
@connection_options
@common_options
@click.pass_obj
def who_command(app: App, before: str, after: str, *, fmt: str, outputs: tuple[tuple[str, Path], ...]) -> None:
    """Say who changed what from BEFORE to AFTER, as the cloud's audit service (CTS) has it.

    Each capture reads the audit if `audit = true` is in [capture] of drift.toml; it takes the permission
    cts:trace:list. What changed without a call that explains it was done by hand on the data nodes, or the audit
    doesn't show it: not yet, or not any more after seven days. Times that were not read are named.

    \b
    Examples:
      drift who pre-change post-change
      drift who latest~1 latest --format json
      drift who baseline.json live --output markdown=who.md
    """  # noqa: D301 - click's mark
    pair = open_pair(app, (before, after), (parse(before), parse(after)))
    report = report_on(app, pair, _MODE, None)
    write_reports(app, partial(render, WhoReport(report=report), lang=app.language), fmt, outputs)
