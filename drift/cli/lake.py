"""What the commands about a lake share: where it is, writing it, asking it and showing the answer."""

from __future__ import annotations

import os
from datetime import UTC, date, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from drift.cli.app import now
from drift.cli.completion import instances
from drift.cli.options import common_options, settings_options
from drift.core import lake_address, references, validators
from drift.core.errors import BaselineError, LakeError, StoreError, UsageError
from drift.reports.wording.i18n import language_scope, mark_sentence, translate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from drift.cli.app import App
    from drift.store.lake.exporting import Outcome
    from drift.store.lake.files import Lake

    _F = TypeVar("_F", bound=Callable[..., Any])

_HEADS: Final = {
    "instance": mark_sentence("INSTANCE"),
    "snapshot_before": mark_sentence("SNAPSHOT BEFORE"),
    "snapshot_after": mark_sentence("SNAPSHOT AFTER"),
    "entity": mark_sentence("ENTITY"),
    "database": mark_sentence("DATABASE"),
    "name": mark_sentence("NAME"),
    "rule": mark_sentence("RULE"),
    "before": mark_sentence("BEFORE"),
    "after": mark_sentence("AFTER"),
    "first_snapshot": mark_sentence("FIRST SNAPSHOT"),
    "first_seen": mark_sentence("FIRST SEEN"),
    "last_snapshot": mark_sentence("LAST SNAPSHOT"),
    "last_seen": mark_sentence("LAST SEEN"),
    "is_there": mark_sentence("IS THERE"),
    "data_node_id": mark_sentence("DATA NODE ID"),
    "status": mark_sentence("STATUS"),
    "detail": mark_sentence("DETAIL"),
    "moved_from": mark_sentence("MOVED FROM"),
    "moved_to": mark_sentence("MOVED TO"),
    "seen_at": mark_sentence("SEEN AT"),
}
"""The head of each column that a question has."""

_LEFT_BEHIND: Final = timedelta(days=1)  # no file takes as long to write


def ask_options(function: _F) -> _F:
    """Add the options of a question; `names`, `fmt` and `sql` are those of `answer`."""
    for option in (
        common_options,
        click.option("--sql", is_flag=True, help="Print the SQL for DuckDB, and ask nothing."),
        click.option("--format", "fmt", type=click.Choice(("text", "json")), default="text", show_default=True,
                     help="The rows on stdout."),
        click.option("--instance", "names", multiple=True, shell_complete=instances,
                     help="Only that one; may be repeated. Its files alone are read."),
        settings_options("lake"),
    ):  # fmt: skip
        function = option(function)
    return function


def moment(_context: click.Context, _parameter: click.Parameter, text: str) -> datetime:
    """Read a time, or an age, which is that long ago."""
    try:
        return now() - validators.age(text)
    except ValueError:
        pass  # a time, then
    try:
        reference = references.parse(f"@{text.removeprefix('@')}")
    except UsageError:
        reference = None
    if not isinstance(reference, references.AsOf):
        raise click.BadParameter(f"{text!r} is no time: expected 2026-05-01, 2026-05-01T02:00Z, or an age such as 30d")
    return reference.time


def beginning(context: click.Context, parameter: click.Parameter, text: str) -> datetime:
    """Read a time as `moment` does, but a day as the end of the one before: what was seen that day is since then."""
    found = moment(context, parameter, text)
    try:
        date.fromisoformat(text.removeprefix("@"))
        return found - timedelta(days=1)
    except ValueError:
        return found  # no day alone
    except OverflowError:
        raise click.BadParameter(f"{text!r} is the first day that there is") from None


def warn_of_old_files(app: App, name: str) -> None:
    """Say that the lake of the settings, if there is one, keeps the files of an instance that the store has no more."""
    if app.settings.lake.value is not None:
        from drift.store.lake.parts import part

        app.console.warn(
            f"{app.settings.lake.value}: the lake keeps what it has of {name}: remove the folders {part(name)} there"
        )


def export_all(app: App, place: str | None, names: Sequence[str], *, replace: bool) -> None:
    """Write what is new of these instances, or of all, into the lake. One that can't be written hides no other."""
    from drift.cli.parallel import at_once

    lake = _open(app, place)
    with app.open_store() as store:
        found = [each.name for each in store.instances() if each.name]
    for name in names:
        if name not in found:
            raise BaselineError(f"the store has no instance {name!r}{validators.suggestion(name, found)}")
    if not lake.exists:
        lake.create()
    lake.remove_unfinished(now() - _LEFT_BEHIND)
    outcomes, failed = [], []
    chosen = list(dict.fromkeys(names)) or found
    # Threads wait for a bucket, and for a disk to have each file. Measured on one: 8 at once halve the time.
    with app.console.working("instances", len(chosen)) as work:
        for name, result in at_once(
            chosen, lambda name: _export(app, lake, name, replace=replace), app.settings.jobs.value
        ):
            if isinstance(result, (LakeError, StoreError)):
                app.console.error(result)
                failed.append(name)
            elif isinstance(result, Exception):
                raise result
            else:
                outcomes.append(result)
            work.advance(f"instances; {name}")
    written = outcomes.count("written")
    app.console.report(f"wrote {written:,} of {len(chosen):,} instances; {len(outcomes) - written:,} are as before\n")
    if failed:
        named = validators.listed(sorted(failed))
        raise LakeError(f"{len(failed):,} of {len(chosen):,} instances were not written: {named}")


def _export(app: App, lake: Lake, name: str, *, replace: bool) -> Outcome:
    from drift.store.lake.exporting import export

    with app.open_store() as store:
        return export(store, lake, name, replace=replace)


def answer(
    app: App,
    name: str,
    values: Mapping[str, str | datetime],
    *,
    names: Sequence[str],
    fmt: str,
    sql: bool,
) -> None:
    """Ask a question and show the rows, or show its SQL."""
    if sql:
        print_sql(app, "duckdb", name, values)
        return
    lake = _open(app, None, "duckdb")
    from drift.store.lake.asking import ask

    with app.console.working("asking the lake"):
        table = ask(lake, name, values, tuple(dict.fromkeys(names)))
    rows = table.to_pylist()
    if "entity" in values and not rows:
        raise BaselineError(
            f"{lake.place.shown}: no snapshot that is believed has a shard, database or data node"
            f" {values['entity']!r}{f' of {validators.listed(names)}' if names else ''}",
            hint="Check the spelling; `drift lake export` writes what is newer in the store.",
        )
    if fmt == "json":
        from drift.reports.wording.escape import json_document

        app.console.report(json_document([{key: _value(value) for key, value in row.items()} for row in rows]))
        return
    if rows:
        _show(app, rows)
    app.console.note(f"{len(rows):,} row{'s' * (len(rows) != 1)}")


def print_sql(app: App, engine: str, name: str, values: Mapping[str, str | datetime] | None = None) -> None:
    """Print the SQL of a question, with the values of its parameters if there are any."""
    from drift.store.lake.questions import question

    asked = question(name)
    said = [f"-- ${key} = {_text(_value(value))}\n" for key, value in (values or {}).items() if key in asked.parameters]
    app.console.report("".join(said) + (asked.for_duckdb if engine == "duckdb" else asked.sql))


def _open(app: App, place: str | None, *more: str) -> Lake:
    from drift.store.lake.extra import require

    require("pyarrow", *more)
    from drift.store.lake.files import Lake
    from drift.store.lake.places import open_place

    try:
        address = app.settings.lake.value if place is None else lake_address.lake(place)
    except ValueError as error:
        raise UsageError(f"the address of the lake: {error}") from None
    if address is None:
        raise UsageError(
            "which lake? There is no address of one",
            hint="Name it with --lake, DRIFT_LAKE or `lake` in drift.toml: a folder, or s3://BUCKET/FOLDER.",
        )
    return Lake(open_place(address, os.environ))


def _show(app: App, rows: Sequence[Mapping[str, object]]) -> None:
    from drift.reports.wording.escape import text_name

    with language_scope(app.language):
        head = [translate(_HEADS[name]) for name in rows[0]]
    app.console.table(head, [[text_name(_text(_value(value))) for value in row.values()] for row in rows])


def _value(value: object) -> object:
    from datetime import datetime

    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else value


def _text(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
