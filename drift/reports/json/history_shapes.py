"""The shape of a history as JSON, from which its JSON Schema is made. Pure; nothing is encoded from it."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import UNSET, UnsetType

from drift.reports.json.shapes import ChangeRule, Count, Edit, EventKind, Held, Number, Shape, Suspicion, Time, Tool


class Moment(Shape):
    """A snapshot in which the entity was seen."""

    snapshot: Number
    label: str | None
    taken_at: Time


class Happening(Shape):
    """A change that began a period."""

    rule: ChangeRule
    event: EventKind
    entity: Literal["data-node", "database", "shard"]
    database: str | None
    name: str
    edits: list[Edit]


class Period(Shape):
    """A time in which the entity did not change. Where it did not exist, there is no record."""

    first: Moment
    last: Moment
    until: Moment | None
    record: Any
    data_nodes: list[Held]
    changes: list[Happening]


class LeftOut(Shape):
    """A suspect snapshot, which a history does not regard."""

    snapshot: Number
    suspect: Suspicion


class KnownSize(Shape):
    """The size that was estimated at a time."""

    read_at: Time
    bytes: Count
    rows: Count


class History(Shape):
    """The report of `drift history`."""

    format: Literal[1]
    tool: Tool
    instance: str
    entity: Literal["data-node", "database", "shard"]
    database: str | None
    name: str
    older: Count
    periods: list[Period]
    sizes: list[KnownSize] | UnsetType = UNSET
    left_out: list[LeftOut] | UnsetType = UNSET
