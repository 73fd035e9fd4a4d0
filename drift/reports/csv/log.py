"""The list of snapshots as CSV. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.reports.csv.rows import document

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_COLUMNS: Final = (
    "number", "taken_at", "instance", "label", "source", "complete", "suspect", "unconfirmed", "unchanged",
    "data_nodes", "databases", "shards", "gaps", "disagreements", "in_flight", "layout", "content_hash",
)  # fmt: skip


def render_log(entries: Iterable[Mapping[str, object]]) -> str:
    """Render snapshots, given by column; the operations in flight are counted."""
    return document(_COLUMNS, ([_value(entry, column) for column in _COLUMNS] for entry in entries))


def _value(entry: Mapping[str, object], column: str) -> object:
    value = entry[column]
    return len(value) if isinstance(value, tuple) else value
