"""`drift check`: one snapshot's invariants, and how its shards are spread."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from drift.cli.checking import check_up
from drift.cli.completion import references
from drift.cli.loading import load
from drift.cli.options import (
    command,
    common_options,
    connection_options,
    fleet_options,
    refuse_verify_all,
    settings_options,
    verify_option,
)
from drift.cli.reporting import report_options, write_reports
from drift.core.references import parse
from drift.reports.formats import CHECK_FORMATS
from drift.reports.renderer import render

if TYPE_CHECKING:
    from pathlib import Path

    from drift.cli.app import App


@command("check", short_help="Check one snapshot: 1 if something in it is wrong.")
@click.argument("reference", default="latest", metavar="[REF]", shell_complete=references)
@fleet_options
@verify_option("it")
@settings_options("fail_on", "require_confirmed")
@report_options(CHECK_FORMATS)
@connection_options
@common_options
@click.pass_obj
def check_command(
    app: App, reference: str, *, every: bool, verifies: bool, fmt: str, outputs: tuple[tuple[str, Path], ...]
) -> int:
    """Check one snapshot for what must never be so; end with 1 if a finding is at or above --fail-on.

    It looks for shards on unknown data nodes, counts and indexes that don't add up, endpoints that data nodes share,
    mixed engine versions, crowded and empty data nodes, an uneven spread, and anything that isn't RUNNING, such as a
    migration in flight. `drift rules` lists the findings, [check] and [severities] in drift.toml say what they are
    worth. A partial or suspect snapshot ends with 4.

    With --all, a snapshot of every instance in drift.toml is checked, as `drift gate --all` judges them.

    \b
    Examples:
      drift check
      drift check live --fail-on error
      drift check pre-change --output markdown=check.md --output html=check.html
      drift check live --output junit=check.junit.xml
      drift check --all --output html=fleet.html
    """  # noqa: D301 - click's mark
    if every:
        refuse_verify_all(verifies=verifies)
        from drift.cli.check_all import check_all

        return check_all(app, reference, fmt, outputs)
    checkup = check_up(app, load(app, parse(reference)), reference, verifies=verifies)
    write_reports(app, partial(render, checkup, lang=app.language), fmt, outputs)
    return checkup.checked.exit_code
