"""`drift inspect`: how a file is read."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from drift.cli.completion import instances
from drift.cli.confirmation import confirm_layout
from drift.cli.loading import read, receive_file
from drift.cli.options import command, common_options
from drift.cli.streams import STREAM
from drift.core.errors import PayloadError, UsageError

if TYPE_CHECKING:
    from drift.cli.app import App
    from drift.decode.captures import Received


@command("inspect", short_help="Show how a file is read.")
@click.argument("path", metavar="FILE")
@click.argument("instance", required=False, shell_complete=instances)
@click.option("--confirm", is_flag=True, help="Keep the layout that is shown as confirmed for INSTANCE.")
@click.option(
    "--anonymize",
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="Write the same structure to OUT, with every name, id, address and text replaced; read nothing.",
)
@common_options
@click.pass_obj
def inspect_command(app: App, path: str, instance: str | None, *, confirm: bool, anonymize: Path | None) -> None:
    """Show how a payload is read: its sizes, the layout found, the evidence for it, and the first records.

    It shows which member became which field, and each other reading that was considered, with the reason why it was not
    taken. What it prints under [layout] can be pasted into drift.toml, and changed there. If the file can't be read, it
    shows the structure of what is in it, and ends with 4. It never needs the network.

    With --confirm, a person vouches for the layout that is shown: the store keeps it as confirmed for INSTANCE, and
    snapshots of it in that layout are no longer unconfirmed. INSTANCE may be left out where there is only one, or where
    the file names it. Live captures confirm their layouts by themselves; `drift confirm` is about suspect snapshots.

    With --anonymize, a file that drift can't read can be handed to somebody who mends that: the copy reads, or fails,
    as the original does, and holds nothing of it but the documented words, small numbers and the structure.

    \b
    Examples:
      drift inspect response.json
      drift inspect response.json orders-prod --confirm
      drift inspect response.json --anonymize layout.json
    """  # noqa: D301 - click's mark
    from drift.decode.captures import in_file
    from drift.reports.text.inspection import render, render_snapshot

    if confirm and anonymize is not None:
        raise UsageError("--confirm and --anonymize exclude each other")
    received = receive_file(app, path)
    if anonymize is not None:
        try:
            _anonymize(app, received, Path(path), anonymize)
        except PayloadError as error:
            raise in_file(error, Path(path)) from error
        return
    try:
        loaded = read(app, received, explains=True)
    except PayloadError:
        _show_structure(app, received)
        raise
    if loaded.content is None:
        app.console.report(render_snapshot(loaded.snapshot, received=loaded.size))
    else:
        app.console.report(render(loaded.content, received=loaded.size))
    if confirm:
        confirm_layout(app, loaded.snapshot, instance)


def _anonymize(app: App, received: Received, original: Path, path: Path) -> None:
    from drift.cli.output import refuse_lost, write
    from drift.decode.structure import anonymized

    refuse_lost(app, path, [original])
    content = anonymized(received.data, app.run.decoding.limits)
    if str(path) == STREAM:
        app.console.report_bytes(content)
        return
    write(path, content)
    app.console.note(f"wrote {path}; look through it before you hand it on")


def _show_structure(app: App, received: Received) -> None:
    """Show what is in a file that can't be read, as far as it is JSON."""
    from drift.decode.structure import structure
    from drift.reports.text.inspection import render_structure

    with suppress(PayloadError):
        found = structure(received.data, app.run.decoding.limits)
        app.console.report(render_structure(found, received=len(received.data)))
