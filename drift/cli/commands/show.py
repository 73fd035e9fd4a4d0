"""`drift show`: one snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from drift.cli.completion import references
from drift.cli.loading import load
from drift.cli.options import command, common_options, connection_options
from drift.core.references import parse
from drift.reports.wording.i18n import language_scope

if TYPE_CHECKING:
    from drift.cli.app import App

_SHOWN = click.Choice(("text", "markdown", "json"))


@command("show", short_help="Show one snapshot.")
@click.argument("reference", default="latest", metavar="[REF]", shell_complete=references)
@click.option("--shards", is_flag=True, help="List the shards, not only their numbers.")
@click.option("--full", is_flag=True, help="Every data node and database, where the terminal has no room for all.")
@click.option("--format", "fmt", type=_SHOWN, default="text", show_default=True, help="json: as `drift export`.")
@connection_options
@common_options
@click.pass_obj
def show_command(app: App, reference: str, *, shards: bool, full: bool, fmt: str) -> None:
    """Show one snapshot: its data nodes, its databases, and how many shards of each database are on each data node.

    On a terminal, what it has no room for is summed up: the data nodes that hold the fewest shards, and databases
    beyond the first hundred. --full shows all of them, and so does a pipe or a file.

    \b
    Examples:
      drift show
      drift show @2026-05-01 --shards
      drift show live
      drift show --format markdown
    """  # noqa: D301 - click's mark
    snapshot = load(app, parse(reference))
    if fmt == "json":
        from drift.decode.sources.snapshot_file import dumps

        app.console.report_bytes(dumps(snapshot))
        return
    console = app.console
    with language_scope(app.language):
        if fmt == "markdown":
            from drift.reports.markdown.snapshot import render as as_markdown

            console.report(as_markdown(snapshot, shards=shards))
        else:
            from drift.reports.text.snapshot import render as as_text

            colour, width = console.uses_colour, console.room
            console.report(as_text(snapshot, shards=shards, full=full, colour=colour, width=width))
