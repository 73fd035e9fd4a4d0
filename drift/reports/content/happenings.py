"""The events of a report, with the data nodes by name. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from drift.compare.events import Event
from drift.policy.rules import Severity
from drift.reports.content.nodes import BothSides, Node, node_order

if TYPE_CHECKING:
    from drift.reports.content.report import Report


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """An event with its data nodes by name. `severity` is that of its worst change; `changes` are counted."""

    event: Event
    severity: Severity
    changes: int
    sources: tuple[Node, ...]
    targets: tuple[Node, ...]


def happenings(report: Report) -> tuple[Happening, ...]:
    """List every event, in order."""
    names, events = BothSides(report), report.events
    worst, counts = [Severity.IGNORE] * len(events.events), Counter(events.places)
    severities = [judged.severity for judged in report.verdict.changes]
    for place, severity in set(zip(events.places, severities, strict=True)):
        worst[place] = max(worst[place], severity)
    return tuple(
        Happening(
            event=event,
            severity=worst[place],
            changes=counts[place],
            sources=tuple(sorted(map(names.before, event.sources), key=node_order)),
            targets=tuple(sorted(map(names.after, event.targets), key=node_order)),
        )
        for place, event in enumerate(events.events)
    )
