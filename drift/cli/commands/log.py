"""`drift log`: the stored snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click
import msgspec

from drift.cli.completion import instances
from drift.cli.options import command, common_options
from drift.core.references import Latest
from drift.reports.wording.i18n import language_scope, plural, translate

if TYPE_CHECKING:
    from drift.cli.app import App
    from drift.store import Entry


_NUMBERS: Final = frozenset({0, 5, 6, 7})
_LESS_NEEDED: Final = frozenset({4, 5, 6})  # the source, and the counts of data nodes and databases
_ROOM_FOR_ALL: Final = 100
_FORMATS = click.Choice(("text", "json", "csv"))


@command("log", short_help="List the stored snapshots.")
@click.argument("instance", required=False, shell_complete=instances)
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
      drift log --format csv
    """  # noqa: D301 - click's mark
    with app.open_store() as store:
        entries = store.log(instance)
        if not entries:
            store.resolve(Latest(instance=instance))  # raises, and says what is in the store instead
    shown = entries[:limit]
    if fmt == "json":
        from drift.reports.wording.escape import json_document

        app.console.report(json_document([_entry(entry) for entry in shown]))
        return
    if fmt == "csv":
        from drift.reports.csv.log import render_log

        app.console.report(render_log([_entry(entry) | {"suspect": entry.suspect} for entry in shown]))
        return
    with language_scope(app.language):
        columns = _columns(app.console.room)
        rows = [[cells[column] for column in columns] for cells in (_head(), *map(_row, shown))]
        app.console.table(rows[0], rows[1:], right=frozenset(map(columns.index, _NUMBERS.intersection(columns))))
        if len(shown) < len(entries):
            app.console.report(translate("{count:,} older", count=len(entries) - len(shown)) + "\n")


def _columns(room: int | None) -> tuple[int, ...]:
    """Choose the columns to show: a narrow terminal has no room for all of them, and `drift show` has the rest."""
    is_narrow = room is not None and room < _ROOM_FOR_ALL
    return tuple(column for column in range(len(_head())) if not (is_narrow and column in _LESS_NEEDED))


def _head() -> tuple[str, ...]:
    what = translate("NUMBER"), translate("TAKEN (UTC)"), translate("INSTANCE"), translate("LABEL"), translate("SOURCE")
    return *what, translate("NODES"), translate("DATABASES"), translate("SHARDS"), ""


def _row(entry: Entry) -> tuple[str, ...]:
    from drift.reports.wording.escape import text_name
    from drift.reports.wording.sentences import listing

    unread = entry.gaps - entry.disagreements
    remarks = [translate("partial: {count} not read", count=unread)] * bool(unread)
    disagreements = plural(entry.disagreements, "disagreement")
    remarks += [translate("inconsistent: {disagreements}", disagreements=disagreements)] * bool(entry.disagreements)
    if entry.suspicion is not None:
        remarks.append(translate("suspect") if entry.suspect else translate("confirmed"))
    remarks += [translate("layout unconfirmed")] * entry.unconfirmed
    remarks += [translate("in flight")] * bool(entry.in_flight)
    remarks += [translate("unchanged")] * entry.unchanged
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
    from drift.reports.json.parts import suspicion

    fields = msgspec.structs.asdict(entry)
    doubt = fields.pop("suspicion")
    return fields | {
        "taken_at": f"{entry.taken_at:%Y-%m-%dT%H:%M:%SZ}",
        "suspect": doubt and suspicion(doubt, entry.number),
    }
