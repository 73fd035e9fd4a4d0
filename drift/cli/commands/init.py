"""`drift init`: a drift.toml that explains every key."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from drift.cli.options import command, common_options
from drift.core.errors import UsageError

if TYPE_CHECKING:
    from drift.cli.app import App


@command("init", short_help="Write a drift.toml that explains every key.")
@click.argument("path", default="drift.toml", type=click.Path(path_type=Path), metavar="[PATH]")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@common_options
@click.pass_obj
def init_command(app: App, path: Path, *, force: bool) -> None:
    """Write a drift.toml that explains every key."""
    from drift.cli.output import write
    from drift.config.template import text

    if os.path.lexists(path) and not force:
        raise UsageError(f"{path} already exists", hint="--force writes over it.")
    write(path, text().encode())
    app.console.report(f"wrote {path}\n")
    app.console.note("next: name your instance in it, set DRIFT_TOKEN, then `drift snapshot`")
