"""The rules and the severities in effect, as a table. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def render(rows: Iterable[tuple[str, str, str]]) -> str:
    """Render the id, the severity and the summary of each rule."""
    lines = [f"| `{rule}` | {severity} | {summary} |" for rule, severity, summary in rows]
    return "\n".join(["| rule | severity | when |", "|---|---|---|", *lines, ""])
