"""A history as CSV: a row for each period and each data node in it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.reports.csv.rows import document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.core.model import SnapshotRef
    from drift.reports.content.history import History, Step
    from drift.reports.rendering import Rendering

_HEAD: Final = (
    "instance", "entity", "database", "name", "first_snapshot", "first_taken_at", "last_snapshot", "last_taken_at",
    "until_snapshot", "until_taken_at", "exists", "data_node_id", "data_node_name", "shards", "rules",
)  # fmt: skip


def render(history: History, _rendering: Rendering) -> str:
    """Render the periods, oldest first; where the thing was not there, or on no data node, these cells are empty."""
    traced = history.traced
    what = (traced.instance, traced.kind, traced.database, traced.name)
    return document(_HEAD, ((*what, *cells) for step in history.steps for cells in _rows(step)))


def _rows(step: Step) -> Iterator[tuple[object, ...]]:
    state, rules = step.period.state, " ".join(dict.fromkeys(change.rule for change, _ in step.happened))
    when = (*_moment(step.period.first), *_moment(step.period.last), *_moment(step.until), state is not None)
    held = state.shards if state else {}
    if not held:
        yield (*when, None, None, None, rules)
    for node_id, count in held.items():
        node = step.nodes.get(node_id)
        yield (*when, node_id, node and node.name, count, rules)


def _moment(moment: SnapshotRef | None) -> tuple[object, object]:
    return (None, None) if moment is None else (moment.number, f"{moment.taken_at:%Y-%m-%dT%H:%M:%SZ}")
