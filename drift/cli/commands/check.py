"""`drift check`: one snapshot's invariants, and how its shards are spread."""

from __future__ import annotations

import shlex
from functools import partial
from typing import TYPE_CHECKING

import click

from drift.cli.completion import references
from drift.cli.confirmation import refuse_unconfirmed
from drift.cli.loading import load
from drift.cli.options import command, common_options, connection_options, settings_options, verify_option
from drift.cli.reporting import report_options, write_reports
from drift.core.references import parse
from drift.reports.formats import CHECK_FORMATS
from drift.reports.judging import check
from drift.reports.renderer import render

if TYPE_CHECKING:
    from pathlib import Path

    from drift.cli.app import App
    from drift.core.model import Snapshot
    from drift.reports.content.check import CheckReport
    from drift.reports.content.node_check import NodeCheck


@command("check", short_help="Check one snapshot: 1 if something in it is wrong.")
@click.argument("reference", default="latest", metavar="[REF]", shell_complete=references)
@verify_option("it")
@settings_options("fail_on", "require_confirmed")
@report_options(CHECK_FORMATS)
@connection_options
@common_options
@click.pass_obj
def check_command(app: App, reference: str, *, verifies: bool, fmt: str, outputs: tuple[tuple[str, Path], ...]) -> int:
    """Check one snapshot for what must never be so; end with 1 if a finding is at or above --fail-on.

    It looks for shards on unknown data nodes, counts and indexes that don't add up, endpoints that data nodes share,
    mixed engine versions, crowded and empty data nodes, an uneven spread, and anything that isn't RUNNING, such as a
    migration in flight. `drift rules` lists the findings, [check] and [severities] in drift.toml say what they are
    worth. A partial or suspect snapshot ends with 4.

    \b
    Examples:
      drift check
      drift check live --fail-on error
      drift check pre-change --output markdown=check.md --output html=check.html
      drift check live --output junit=check.junit.xml
    """  # noqa: D301 - click's mark
    checkup = check_up(app, load(app, parse(reference)), reference, verifies=verifies)
    write_reports(app, partial(render, checkup, lang=app.language), fmt, outputs)
    return checkup.checked.exit_code


def check_up(app: App, snapshot: Snapshot, reference: str, *, verifies: bool = False) -> CheckReport:
    """Judge a snapshot, with its data nodes if it `verifies`; `reference` is the user's word for it.

    Raises UnconfirmedError as a gate does.
    """
    name = reference if snapshot.number is None else str(snapshot.number)
    command = shlex.join(["drift", "check", name, *app.places])
    nodes = _nodes(app, snapshot) if verifies else None
    with app.console.working("checking"):
        checkup = check(
            snapshot, policy=app.run.policy, demands=app.config.check, name=reference, command=command, node_check=nodes
        )
    refuse_unconfirmed(app, [checkup.side])
    return checkup


def _nodes(app: App, snapshot: Snapshot) -> NodeCheck:
    from drift.cli.verifying import checked_nodes

    return checked_nodes(app, snapshot)
