"""`drift history`: where one shard, database or data node was, and when."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from drift.cli.options import command, common_options
from drift.cli.reporting import report_options, write_reports
from drift.reports.formats import HISTORY_FORMATS
from drift.reports.renderer import render
from drift.store.history import history

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from drift.cli.app import App
    from drift.compare.diff import Entity
    from drift.reports.content.history import History


@command("history", short_help="Where a shard was, from when to when.")
@click.argument("entity")
@click.option("--kind", type=click.Choice(("shard", "database", "data-node")), help="What ENTITY is.")
@click.option(
    "--limit", "-n", type=click.IntRange(min=1), default=100, show_default=True, help="Only the last N periods."
)
@report_options(HISTORY_FORMATS)
@common_options
@click.pass_obj
def history_command(
    app: App, entity: str, *, kind: Entity | None, limit: int, fmt: str, outputs: Sequence[tuple[str, Path]]
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
        traced = history(store, entity, kind=kind, limit=limit)
    write_reports(app, partial(_rendered, app, traced), fmt, outputs)


def _rendered(
    app: App, content: History, fmt: str, *, colour: bool = False, width: int | None = None, room: int | None = None
) -> str:
    """As `render`; a program that reads stdout wants each row in a line."""
    return render(content, fmt, lang=app.language, colour=colour, width=width and app.console.room, room=room)
