"""The shape of the JSON of `drift who`, from which its JSON Schema is made. Pure; it encodes nothing."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, UnsetType

from drift.core.model import Gap
from drift.core.traces import AuditWindow, Trace
from drift.reports.json.shapes import Shape, Side, Tool


class Explained(Shape):
    """An event, and the calls that explain it, oldest first. `uncertain`: all came just before the first snapshot."""

    event: str
    kind: str
    title: str
    traces: list[Trace]
    uncertain: Literal[True] | UnsetType = UNSET


class Who(Shape):
    """Who did what between two snapshots. `read` is false where the audit was never read.

    `reversed`: the second snapshot is the older one, so nothing is explained.
    """

    format: Literal[1]
    tool: Tool
    before: Side
    after: Side
    read: bool
    events: list[Explained]
    others: list[Trace]
    unread: list[AuditWindow]
    reversed: Literal[True] | UnsetType = UNSET
    not_checked: list[Gap] | UnsetType = UNSET
    suspect: list[str] | UnsetType = UNSET
