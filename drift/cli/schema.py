"""`drift schema`: what drift writes and reads, for editors and validators."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from drift.cli.options import common_options
from drift.schema import SCHEMAS, text

if TYPE_CHECKING:
    from drift.cli.app import App


@click.command("schema", short_help="Print the JSON Schema of a report or a file.")
@click.argument("kind", type=click.Choice(tuple(SCHEMAS)))
@common_options
@click.pass_obj
def schema_command(app: App, kind: str) -> None:
    """Print a JSON Schema (2020-12).

    It is of the JSON report, of what a webhook gets, of a `drift export` file, of a plan.toml or of a drift.toml.

    \b
    Examples:
      drift schema report
      drift schema config > drift.schema.json
    """  # noqa: D301 - click's mark
    app.console.report(text(kind))
