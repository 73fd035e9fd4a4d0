"""Group changes into the events that an operator would name. Pure. Knows neither severities nor wording.

Every change is in exactly one event. A change that belongs to an event without fitting its signature is a deviation.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import msgspec

from drift.compare.diff import Change
from drift.compare.event_signatures import (
    OPERATIONS,
    ChangeGroup,
    Deviation,
    EventContext,
    Key,
    Signatures,
    declared_growth,
    group,
    survey,
)
from drift.core.model import Shard, SnapshotRef

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

__all__ = ["OPERATIONS", "Deviation", "Event", "EventContext", "Events", "Share", "classify"]


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """An event's part in one database, in shards.

    `moved`, `added` and `removed` count the shards of the event; `arrived` counts the added shards on a data node that
    the event adds. Deviations are not counted. `before` and `after` are all shards of the database, and `declared` is
    the growth that it declares.
    """

    database: str
    moved: int
    added: int
    arrived: int
    removed: int
    before: int
    after: int
    declared: int

    @property
    def grown(self) -> bool:
        """Whether the database has or declares more shards than before."""
        return self.after > self.before or self.declared > 0


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An event: one of `OPERATIONS`, or, where none explains a change, the `change` alone under its rule's id.

    `subject` is the event's database or data node, if it has one. `sources` and `targets` are the ids of the data nodes
    that shards left and reached; the targets of a scale-out include every added data node. `deviations` counts the
    misfits. `earlier` is the snapshot that a return leads to. `to_added` counts the shards that moved from a removed
    data node to an added one; they are part of the scale-out.
    """

    id: str
    kind: str
    subject: str = ""
    sources: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    shares: tuple[Share, ...] = ()
    deviations: tuple[tuple[Deviation, int], ...] = ()
    earlier: SnapshotRef | None = None
    to_added: int = 0
    change: Change | None = None


class Events(msgspec.Struct, frozen=True):
    """All events, and the event of each change.

    For each change, in the given order, `places` has the index of its event in `events`, and `deviations` the way in
    which it doesn't fit there, or None.
    """

    events: tuple[Event, ...]
    places: tuple[int, ...]
    deviations: tuple[Deviation | None, ...]


def classify(changes: Sequence[Change], context: EventContext) -> Events:
    """Group changes into events. The order of the changes doesn't matter to the events."""
    groups, numbers = group(changes)
    signatures = survey(groups, context)
    placed = [signatures.place(change) for change, _ in groups]
    tallies: dict[Key, _Tally] = defaultdict(_Tally)
    for each, place in zip(groups, placed, strict=True):
        if place:
            tallies[place[0]].count(each, place[1])
    order = {key: number for number, key in enumerate(sorted(tallies))}
    events = [_event(number, key, tallies[key], signatures) for key, number in order.items()]
    events_of = [order[place[0]] if place else None for place in placed]
    alone = [place for place, number in enumerate(numbers) if events_of[number] is None] if None in events_of else []
    alone.sort(key=lambda place: changes[place].sort_key)
    places = [events_of[number] or 0 for number in numbers]
    for number, change in enumerate(alone, len(events)):
        places[change] = number
        events.append(_alone(number, changes[change]))
    deviations = [place[1] if place else None for place in placed]
    return Events(tuple(events), tuple(places), tuple([deviations[number] for number in numbers]))


class _Tally:
    """Counts over the changes of one event."""

    def __init__(self) -> None:
        self.sources: set[str] = set()
        self.targets: set[str] = set()
        self.moved: Counter[str] = Counter()
        self.added: Counter[tuple[str, str]] = Counter()
        self.removed: Counter[str] = Counter()
        self.declared: Counter[str] = Counter()
        self.deviations: Counter[Deviation] = Counter()

    def count(self, group: ChangeGroup, deviation: Deviation | None) -> None:
        change, amount = group
        before, after = change.before, change.after
        if deviation:
            self.deviations[deviation] += amount
        elif change.rule == "shard-moved" and isinstance(before, Shard) and isinstance(after, Shard):
            self.moved[after.database] += amount
            self.sources.add(before.data_node_id)
            self.targets.add(after.data_node_id)
        elif change.rule == "shard-added" and isinstance(after, Shard):
            self.added[after.database, after.data_node_id] += amount
            self.targets.add(after.data_node_id)
        elif change.rule == "shard-removed" and isinstance(before, Shard):
            self.removed[before.database] += amount
            self.sources.add(before.data_node_id)
        elif change.rule == "database-resharded":
            self.declared[change.name] = declared_growth(change)

    def shares(self, signatures: Signatures, own: Collection[str]) -> Iterator[Share]:
        """Yield each database's share, by name; `own` are the data nodes that the event adds."""
        added, arrived = Counter[str](), Counter[str]()
        for (database, node_id), shards in self.added.items():
            added[database] += shards
            arrived[database] += shards * (node_id in own)
        for name in sorted({*self.moved, *added, *self.removed, *self.declared}):
            after = signatures.context.shards.get(name, 0)
            yield Share(
                database=name,
                moved=self.moved[name],
                added=added[name],
                arrived=arrived[name],
                removed=self.removed[name],
                before=after - signatures.net[name],
                after=after,
                declared=self.declared[name],
            )


def _alone(number: int, change: Change) -> Event:
    return Event(id=f"e{number + 1}", kind=change.rule, change=change)


def _event(number: int, key: Key, tally: _Tally, signatures: Signatures) -> Event:
    kind, subject = OPERATIONS[key[0]], key[1]
    match kind:
        case "returned":
            earlier = signatures.context.returned
            return Event(id=f"e{number + 1}", kind=kind, subject=subject, earlier=earlier.get(None) or earlier[subject])
        case "scale-out":
            tally.targets = {*signatures.added}
        case "data-node-replaced":
            tally.sources, tally.targets = {subject}, {signatures.replaced[subject]}
        case "scale-in":
            tally.sources = {subject}
    return Event(
        id=f"e{number + 1}",
        kind=kind,
        subject=subject,
        sources=tuple(sorted(tally.sources)),
        targets=tuple(sorted(tally.targets)),
        shares=tuple(tally.shares(signatures, signatures.added if kind == "scale-out" else ())),
        deviations=_deviations(kind, subject, tally, signatures),
        to_added=signatures.to_added.get(subject, 0) if kind == "scale-in" else 0,
    )


def _deviations(kind: str, subject: str, tally: _Tally, signatures: Signatures) -> tuple[tuple[Deviation, int], ...]:
    """Count the deviations, in the order of `Deviation`: changes that don't fit, and changes that are missing."""
    counts, held = tally.deviations.copy(), signatures.context.balance[1]
    counts[Deviation.MISSING] = sum(max(0, more - signatures.net[name]) for name, more in tally.declared.items())
    if kind == "scale-out" and any(held.get(node) for node in signatures.added):
        counts[Deviation.EMPTY] = sum(not held.get(node) for node in signatures.added)
    if kind == "scale-in":
        counts[Deviation.LEFT] = held.get(subject, 0)
    return tuple((deviation, counts[deviation]) for deviation in Deviation if counts[deviation])
