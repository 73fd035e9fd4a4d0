"""`drift schema`: JSON Schemas of reports and files, for editors and validators."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from drift.cli.json_schemas import SCHEMAS, text
from drift.cli.options import command, common_options

if TYPE_CHECKING:
    from drift.cli.app import App


@command("schema", short_help="Print the JSON Schema of a report or a file.")
@click.argument("kind", type=click.Choice(tuple(SCHEMAS)), metavar="KIND")
@common_options
@click.pass_obj
def schema_command(app: App, kind: str) -> None:
    """Print a JSON Schema (2020-12) of what drift writes or reads.

    KIND says which schema: `report` (the JSON of diff, gate, check, begin and end), `notification` (the body of a
    webhook), `snapshot` (a `drift export` file), `plan` (a plan.toml), `config` (a drift.toml), `settings` (the JSON of
    `drift config`), `simulator` (the JSON of `drift simulate`), `history`, `who`, `log`, `jobs`, `instances` or
    `rules` (the JSON of the command of the same name), or `lake-diff`, `lake-history` or `lake-moved` (that of the
    question of `drift lake` of the same name).

    \b
    Examples:
      drift schema report
      drift schema config > drift.schema.json
    """  # noqa: D301 - click's mark
    app.console.report(text(kind))
