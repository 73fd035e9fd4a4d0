"""Find the events that no call explains. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.core.finding import Finding
from drift.core.model import DataNode, Shard

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from drift.compare.attribution import Attribution
    from drift.compare.events import Event
    from drift.core.finding import Subject

_OF_DATABASE = frozenset({"database-created", "database-dropped", "returned"})
_OF_NODE = frozenset({"data-node-replaced", "scale-in"})


def untraced(events: Sequence[Event], attribution: Attribution | None) -> tuple[Finding, ...]:
    """Find each event without a cause: one finding for each database, data node or instance and kind of event.

    Without an attribution, nothing has a cause. One that is uncertain is none.
    """
    return tuple(dict.fromkeys(_findings(events, attribution)))


def _findings(events: Sequence[Event], attribution: Attribution | None) -> Iterator[Finding]:
    for place, event in enumerate(events):
        if attribution is None or not attribution.causes[place] or place in attribution.uncertain:
            yield _finding(event, *_subject(event))
        else:
            yield from (_finding(event, "database", name) for name in attribution.untraced[place])


def _finding(event: Event, subject: Subject, name: str) -> Finding:
    return Finding(rule="change-untraced", subject=subject, name=name, found=event.kind)


def _subject(event: Event) -> tuple[Subject, str]:
    record = (event.change.after or event.change.before) if event.change else None
    if isinstance(record, DataNode):
        return "data-node", record.id
    if isinstance(record, Shard):
        return "database", record.database
    if record is not None:
        return "database", record.name
    if event.kind in _OF_NODE:
        return "data-node", event.subject
    if len(event.shares) == 1:
        return "database", event.shares[0].database
    return ("database", event.subject) if event.kind in _OF_DATABASE and event.subject else ("instance", "")
