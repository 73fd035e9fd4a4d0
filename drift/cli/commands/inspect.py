"""`drift inspect`: how a file is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from drift.cli.loading import read_file
from drift.cli.options import command, common_options

if TYPE_CHECKING:
    from drift.cli.app import App


@command("inspect", short_help="Show how a file is read.")
@click.argument("path", metavar="FILE")
@common_options
@click.pass_obj
def inspect_command(app: App, path: str) -> None:
    """Show how a payload is read: its sizes, the layout found, which member became which field, the first records.

    What it prints under [layout] can be pasted into drift.toml, and changed there. It never needs the network.

    \b
    Example:
      drift inspect response.json
    """  # noqa: D301 - click's mark
    from drift.reports.text.inspection import render, render_snapshot

    loaded = read_file(app, path)
    if loaded.content is None:
        app.console.report(render_snapshot(loaded.snapshot, received=loaded.size))
    else:
        app.console.report(render(loaded.content, received=loaded.size))
