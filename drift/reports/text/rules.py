"""The rules and the severities in effect, in columns. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.reports.text.style import shown
from drift.reports.text.table import aligned

if TYPE_CHECKING:
    from collections.abc import Iterable


def render(rows: Iterable[tuple[str, str, str]]) -> str:
    """Render the id, the severity and the summary of each rule."""
    return shown(aligned(list(rows), right=frozenset(), width=None) or [], colour=False)
