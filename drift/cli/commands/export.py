"""`drift export` and `drift import`: snapshots as files, out and in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from drift.cli.completion import references
from drift.cli.console import is_terminal
from drift.cli.loading import load, warn_of_doubt
from drift.cli.options import command, common_options, connection_options, file_or_stdout
from drift.cli.output import refuse_lost, write
from drift.core.references import File, parse
from drift.decode.captures import read
from drift.decode.files import receive
from drift.decode.sources import snapshot_file

if TYPE_CHECKING:
    from drift.cli.app import App
    from drift.core.model import Snapshot


@command("export", short_help="Write a snapshot as a file made for git.")
@click.argument("reference", default="latest", metavar="[REF]", shell_complete=references)
@click.option(
    "--output",
    "-o",
    "path",
    type=click.Path(path_type=Path),
    callback=file_or_stdout,
    help="The file to write, with the folders on its way; `.gz` compresses, `-` is stdout.",
)
@connection_options
@common_options
@click.pass_obj
def export_command(app: App, reference: str, path: Path | None) -> None:
    """Write a snapshot as canonical JSON made for version control.

    The same snapshot always gives the same bytes. A file that holds the same topology already is left as it is, so that
    a committed baseline changes only when the topology does.

    \b
    Examples:
      drift export latest --output baseline.json
      drift export pre-change > pre-change.json
    """  # noqa: D301 - click's mark
    found = parse(reference)
    snapshot = load(app, found)
    warn_of_doubt(app, snapshot.suspicion, snapshot.number)
    if path is None:
        app.console.report_bytes(_content(snapshot))
        if is_terminal(sys.stdout):
            app.console.note("--output FILE writes it to a file")
    elif _holds(app, path, snapshot):
        app.console.note(f"{path} holds this topology already; left as it is")
    else:
        refuse_lost(app, path, [Path(found.path)] if isinstance(found, File) else [])
        write(path, _content(snapshot))
        app.console.note(f"wrote {path}")


def _content(snapshot: Snapshot) -> bytes:
    """Write the file of a snapshot, with JSON's escapes for characters that steer a terminal or reorder a line."""
    content = snapshot_file.dumps(snapshot)
    if content.isascii() and b"\x7f" not in content:
        return content
    from drift.reports.wording.escape import json_text

    return json_text(content.decode()).encode()


def _holds(app: App, path: Path, snapshot: Snapshot) -> bool:
    from drift.core.errors import JudgementError

    try:
        there = read(receive(path, app.run.decoding), app.run.decoding) if path.is_file() else None
    except (JudgementError, OSError):
        return False
    if there is None:
        return False
    known, given = (
        (each.content_hash, each.instance, each.suspect, each.unconfirmed) for each in (there.snapshot, snapshot)
    )
    return there.response is None and known == given
