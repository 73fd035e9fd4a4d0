"""The confirmation of layouts by a person, and the demand for confirmed snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.cli.app import now
from drift.core.errors import UsageError
from drift.core.references import name_problem
from drift.core.sources import source_of
from drift.reports.judging import require_confirmed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drift.cli.app import App
    from drift.core.model import Snapshot
    from drift.reports.content.report import Side

_EMPTY: Final = "[]"  # the layouts of a payload without shards


def refuse_unconfirmed(app: App, snapshots: Iterable[Side]) -> None:
    """Raise UnconfirmedError for a snapshot that nobody has confirmed, if the settings require confirmed ones."""
    if app.settings.require_confirmed.value:
        require_confirmed(snapshots)


def confirm_layout(app: App, snapshot: Snapshot, instance: str | None) -> None:
    """Keep the layout of a file as confirmed by a person, and say so. Raises UsageError where there is none to keep."""
    if not source_of(snapshot.source).needs_witness or snapshot.layout in {None, _EMPTY}:
        raise UsageError("there is no layout to confirm: the file holds documented answers, or no shards")
    name = instance or snapshot.instance.name or _only_instance(app)
    if problem := name_problem(name):
        raise UsageError(f"{name!r} can't be an instance's name: {problem}")
    with app.open_store(create=True) as store:
        store.confirm_layout(name, snapshot.layout or "", "person", now())
    app.console.note(f"confirmed for {name}: the layout above, in {app.settings.store.value}")


def _only_instance(app: App) -> str:
    names = list(app.config.instances)
    if not names and app.has_store:
        with app.open_store() as store:
            names = [each.name for each in store.instances() if each.name]
    if len(names) != 1:
        raise UsageError(
            "which instance is the layout of?", hint="Name it behind the file: `drift inspect FILE NAME --confirm`."
        )
    return names[0]
