"""`drift history`: where one thing was, from when to when."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from drift.cli.options import common_options
from drift.cli.reporting import report_options, write_reports
from drift.compare.diff import diff
from drift.compare.events import EventContext
from drift.compare.events import classify as tell_events
from drift.compare.timeline import concerns
from drift.core.errors import BaselineError, UsageError
from drift.core.model import Mask
from drift.reports.content.history import Happening, History, Step, name
from drift.reports.formats import HISTORY_FORMATS
from drift.reports.renderer import render
from drift.reports.wording.escape import TEXT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from drift.cli.app import App
    from drift.compare.timeline import Period, Traced
    from drift.store import Store


@click.command("history", short_help="Where a shard was, from when to when.")
@click.argument("entity")
@click.option("--kind", type=click.Choice(("shard", "database", "data-node")), help="What ENTITY is.")
@click.option(
    "--limit", "-n", type=click.IntRange(min=1), default=100, show_default=True, help="Only the last N periods."
)
@report_options(HISTORY_FORMATS)
@common_options
@click.pass_obj
def history_command(
    app: App, entity: str, *, kind: str | None, limit: int, fmt: str, outputs: Sequence[tuple[str, Path]]
) -> None:
    """Show where a shard was, from when to when, by the snapshots in the store, and what happened in between.

    ENTITY is a shard (orders_0007, or orders/orders_0007 where several databases have one of that name), a database, or
    a data node by name, id or the first eight characters of it. NAME:ENTITY picks the instance.

    \b
    Examples:
      drift history orders_0007
      drift history orders-prod:orders --format markdown --output html=orders.html
      drift history rds-orders-1 -n 5
    """  # noqa: D301 - click's mark
    with app.open_store() as store:
        traced = _meant(store, entity, kind)
        periods = store.trace(traced)
        places = range(any(period.state is None for period in periods[:1]), len(periods))  # since it appeared
        steps = tuple(_step(store, traced, periods, place) for place in places[-limit:])
    found = History(traced, steps, len(places) - len(steps))
    write_reports(app, partial(_rendered, app, found), fmt, outputs)


def _rendered(
    app: App, history: History, fmt: str, *, colour: bool = False, width: int | None = None, room: int | None = None
) -> str:
    """As `render`; a program that reads stdout wants each row in a line."""
    return render(history, fmt, lang=app.language, colour=colour, width=width and app.console.room, room=room)


def _meant(store: Store, text: str, kind: str | None) -> Traced:
    """The one thing that is called that."""
    instance, colon, rest = text.partition(":")
    found = store.find(text)
    if colon and instance in {each.name for each in store.instances()}:
        found += store.find(rest, instance)
    meant = [each for each in found if kind in {None, each.kind}]
    if not meant:
        what = "shard, database or data node" if kind is None else kind.replace("-", " ")
        raise BaselineError(
            f"the store knows no {what} {text!r}", hint="`drift show --shards` lists what the newest snapshot has."
        )
    if len(meant) > 1:
        listed = "\n".join(f"  {name(each, TEXT)}" for each in meant)
        raise UsageError(
            f"{text!r} could mean:\n{listed}",
            hint="NAME:ENTITY picks the instance, DATABASE/SHARD the database, --kind what it is, an id the data node.",
        )
    return meant[0]


def _step(store: Store, traced: Traced, periods: tuple[Period, ...], place: int) -> Step:
    period = periods[place]
    return Step(
        period=period,
        until=periods[place + 1].first if place + 1 < len(periods) else None,
        happened=_happened(store, traced, periods[place - 1].last.number, period.first.number) if place else (),
        nodes=store.nodes(period.first.number),
    )


def _happened(store: Store, traced: Traced, before: int, after: int) -> tuple[Happening, ...]:
    """The changes of what is traced, each with the event that it belongs to."""
    found = diff(*store.load_pair(before, after))
    scene = EventContext(
        nodes=(store.nodes(before), store.nodes(after)),
        balance=(store.balance(before), store.balance(after)),
        shards=store.databases(after),
        nodes_checked=not Mask.of(found.not_checked).hides_data_nodes,
    )
    told = tell_events(found.changes, scene)
    return tuple(
        Happening(change, told.events[place].kind)
        for change, place in zip(found.changes, told.places, strict=True)
        if concerns(change, traced)
    )
