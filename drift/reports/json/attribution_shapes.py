"""The shape of the JSON of `drift who`, from which its JSON Schema is made. Pure; it encodes nothing."""

from __future__ import annotations

from typing import Literal

from drift.core.traces import AuditWindow, Trace
from drift.reports.json.shapes import Shape, Side, Tool


class Explained(Shape):
    """An event, and the calls that explain it, oldest first."""

    event: str
    kind: str
    title: str
    traces: list[Trace]


class Who(Shape):
    """Who did what between two snapshots. `read` is false where the audit was never read."""

    format: Literal[1]
    tool: Tool
    before: Side
    after: Side
    read: bool
    events: list[Explained]
    others: list[Trace]
    unread: list[AuditWindow]
