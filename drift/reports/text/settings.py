"""The settings in effect, in columns. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.reports.text.style import shown
from drift.reports.text.table import aligned

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def render(general: Sequence[Sequence[str]], instances: Mapping[str, Sequence[Sequence[str]]]) -> str:
    """Render each setting, its value and its source: those for all, and those of each instance under its name."""
    rows = [*general, *(row for own in instances.values() for row in own)]
    lines = iter(aligned(rows, right=frozenset(), width=None) or [])
    text = [next(lines) for _ in general]
    for name, own in instances.items():
        text += ["", f"{name}:", *(next(lines) for _ in own)]
    return shown(text, colour=False)
