"""`drift log`, `drift show` and `drift inspect`: look at the history, at a snapshot, at a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from drift.cli.options import common_options, connection_options
from drift.core.references import Latest, parse
from drift.reports.wording.i18n import plural, say, speaking

if TYPE_CHECKING:
    from drift.cli.app import App
    from drift.store import Entry

_SHOWN = click.Choice(("text", "markdown", "json"))
_FORMATS = click.Choice(("text", "json"))


@click.command("log", short_help="List the stored snapshots.")
@click.argument("instance", required=False)
@click.option("--limit", "-n", type=click.IntRange(min=1), metavar="N", help="Only the newest N.")
@click.option("--format", "fmt", type=_FORMATS, default="text", show_default=True)
@common_options
@click.pass_obj
def log_command(app: App, instance: str | None, limit: int | None, fmt: str) -> None:
    """List the stored snapshots, newest first; those of INSTANCE only, if given.

    \b
    Examples:
      drift log
      drift log orders-prod -n 5
    """  # noqa: D301 - click's mark
    with app.open_store() as store:
        entries = store.log(instance)
        if not entries:
            store.resolve(Latest(instance=instance))  # raises, and says what is in the store instead
    shown = entries[:limit]
    if fmt == "json":
        from drift.reports.wording.escape import json_document  # noqa: PLC0415 - only for JSON

        app.console.report(json_document([_entry(entry) for entry in shown]))
        return
    with speaking(app.language):
        head = (
            *(say("NUMBER"), say("TAKEN (UTC)"), say("INSTANCE"), say("LABEL"), say("SOURCE")),
            *(say("NODES"), say("DATABASES"), say("SHARDS"), ""),
        )
        app.console.table(head, [_row(entry) for entry in shown], right=frozenset({0, 5, 6, 7}))
        if len(shown) < len(entries):
            app.console.report(say("{count:,} older", count=len(entries) - len(shown)) + "\n")


def _row(entry: Entry) -> tuple[str, ...]:
    from drift.reports.wording.escape import text_name  # noqa: PLC0415 - only for text
    from drift.reports.wording.sentences import listing  # noqa: PLC0415 - as above

    unread = entry.gaps - entry.disagreements
    remarks = [say("partial: {count} not read", count=unread)] * bool(unread)
    disagreements = plural(entry.disagreements, "disagreement")
    remarks += [say("inconsistent: {disagreements}", disagreements=disagreements)] * bool(entry.disagreements)
    remarks += [say("in flight")] * bool(entry.in_flight)
    remarks += [say("unchanged")] * entry.unchanged
    return (
        str(entry.number),
        f"{entry.taken_at:%Y-%m-%d %H:%M:%S}",
        text_name(entry.instance),
        text_name(entry.label) if entry.label else "",
        entry.source,
        f"{entry.data_nodes:,}",
        f"{entry.databases:,}",
        f"{entry.shards:,}",
        listing(remarks),
    )


def _entry(entry: Entry) -> dict[str, object]:
    fields = msgspec.structs.asdict(entry)
    return fields | {"taken_at": f"{entry.taken_at:%Y-%m-%dT%H:%M:%SZ}"}


@click.command("show", short_help="Show one snapshot.")
@click.argument("reference", default="latest", metavar="[REF]")
@click.option("--shards", is_flag=True, help="List the shards, not only their numbers.")
@click.option("--full", is_flag=True, help="Every data node and database, where the terminal has no room for all.")
@click.option("--format", "fmt", type=_SHOWN, default="text", show_default=True, help="json: as `drift export`.")
@connection_options
@common_options
@click.pass_obj
def show_command(app: App, reference: str, *, shards: bool, full: bool, fmt: str) -> None:
    """Show one snapshot: its data nodes, its databases, and how many shards of which are where.

    On a terminal, what it has no room for is summed up: the data nodes that hold the fewest shards, and databases
    beyond the first hundred. --full shows all of them, and so does a pipe or a file.

    \b
    Examples:
      drift show
      drift show @2026-05-01 --shards
      drift show live
      drift show --format markdown
    """  # noqa: D301 - click's mark
    snapshot = app.load(parse(reference))
    if fmt == "json":
        from drift.decode.sources.snapshot_file import dumps  # noqa: PLC0415 - only for JSON

        app.console.report_bytes(dumps(snapshot))
        return
    console = app.console
    with speaking(app.language):
        if fmt == "markdown":
            from drift.reports.markdown.snapshot import render as as_markdown  # noqa: PLC0415 - only for Markdown

            console.report(as_markdown(snapshot, shards=shards))
        else:
            from drift.reports.text.snapshot import render as as_text  # noqa: PLC0415 - only for a terminal

            colour, width = console.uses_colour, console.room
            console.report(as_text(snapshot, shards=shards, full=full, colour=colour, width=width))


@click.command("inspect", short_help="Show how a file is read.")
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
    from drift.reports.text.inspection import render, render_snapshot  # noqa: PLC0415 - only here

    loaded = app.read_file(path)
    if loaded.content is None:
        app.console.report(render_snapshot(loaded.snapshot, received=loaded.size))
    else:
        app.console.report(render(loaded.content, received=loaded.size))
