"""Changes to what an operator would say happened. Pure. Knows no severity and no words; those are made further on.

Every change is in exactly one event. One that belongs to an event without fitting its signature is a deviation there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import msgspec

from drift.compare.diff import Change
from drift.compare.event_signatures import (
    OPERATIONS,
    Alike,
    Deviation,
    EventContext,
    Key,
    Signatures,
    declared_growth,
    grouped,
    survey,
)
from drift.core.model import Shard, SnapshotRef

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

__all__ = ["OPERATIONS", "Deviation", "Event", "EventContext", "Events", "Share", "classify"]


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """An event's part in one database, in shards.

    `moved` went to another data node, `added` appeared and `removed` disappeared, `arrived` of the added ones on a data
    node that the event adds; deviations are in none of them. The database had `before` and has `after` of them.
    `declared` is by how many more it declares to have.
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
    """What happened: one of `OPERATIONS`, or, where none explains a change, the `change` alone under its rule's id.

    `subject` is the database or the data node that the event is about, where it is about one. `sources` and `targets`
    are the ids of the data nodes from which and to which its shards went; those that were added are all among the
    targets of a scale-out. `deviations` counts what doesn't fit. `earlier` is the snapshot that was returned to. Of a
    data node that is gone, `to_added` shards moved to one that was added; the scale-out has these.
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
    """All events, and where each change is, in the order in which the changes were given.

    `places` holds for each change the place of its event in `events`, `deviations` why it doesn't fit there, or None.
    """

    events: tuple[Event, ...]
    places: tuple[int, ...]
    deviations: tuple[Deviation | None, ...]


def classify(changes: Sequence[Change], scene: EventContext) -> Events:
    """What happened. The events are the same in whatever order the changes come."""
    groups, kin = grouped(changes)
    found = survey(groups, scene)
    placed = [found.place(change) for change, _ in groups]
    tallies: dict[Key, _Tally] = defaultdict(_Tally)
    for alike, place in zip(groups, placed, strict=True):
        if place:
            tallies[place[0]].count(alike, place[1])
    order = {key: number for number, key in enumerate(sorted(tallies))}
    events = [_event(number, key, tallies[key], found) for key, number in order.items()]
    events_of = [order[place[0]] if place else None for place in placed]
    alone = sorted((n for n, group in enumerate(kin) if events_of[group] is None), key=lambda n: changes[n].sort_key)
    places = [events_of[group] or 0 for group in kin]
    for number, change in enumerate(alone, len(events)):
        places[change] = number
        events.append(_alone(number, changes[change]))
    deviations = [place[1] if place else None for place in placed]
    return Events(tuple(events), tuple(places), tuple(deviations[group] for group in kin))


class _Tally:
    """The changes of one event, counted."""

    def __init__(self) -> None:
        self.sources: set[str] = set()
        self.targets: set[str] = set()
        self.moved: Counter[str] = Counter()
        self.added: Counter[tuple[str, str]] = Counter()
        self.removed: Counter[str] = Counter()
        self.declared: Counter[str] = Counter()
        self.deviations: Counter[Deviation] = Counter()

    def count(self, alike: Alike, deviation: Deviation | None) -> None:
        change, amount = alike
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

    def shares(self, found: Signatures, own: Collection[str]) -> Iterator[Share]:
        """Each database's share, by name; `own` are the data nodes that the event adds."""
        added, arrived = Counter[str](), Counter[str]()
        for (database, node_id), shards in self.added.items():
            added[database] += shards
            arrived[database] += shards * (node_id in own)
        for name in sorted({*self.moved, *added, *self.removed, *self.declared}):
            after = found.scene.shards.get(name, 0)
            yield Share(
                database=name,
                moved=self.moved[name],
                added=added[name],
                arrived=arrived[name],
                removed=self.removed[name],
                before=after - found.net[name],
                after=after,
                declared=self.declared[name],
            )


def _alone(number: int, change: Change) -> Event:
    return Event(id=f"e{number + 1}", kind=change.rule, change=change)


def _event(number: int, key: Key, tally: _Tally, found: Signatures) -> Event:
    kind, subject = OPERATIONS[key[0]], key[1]
    match kind:
        case "returned":
            earlier = found.scene.returned
            return Event(id=f"e{number + 1}", kind=kind, subject=subject, earlier=earlier.get(None) or earlier[subject])
        case "scale-out":
            tally.targets = {*found.added}
        case "data-node-replaced":
            tally.sources, tally.targets = {subject}, {found.replaced[subject]}
        case "scale-in":
            tally.sources = {subject}
    return Event(
        id=f"e{number + 1}",
        kind=kind,
        subject=subject,
        sources=tuple(sorted(tally.sources)),
        targets=tuple(sorted(tally.targets)),
        shares=tuple(tally.shares(found, found.added if kind == "scale-out" else ())),
        deviations=_deviations(kind, subject, tally, found),
        to_added=found.to_added.get(subject, 0) if kind == "scale-in" else 0,
    )


def _deviations(kind: str, subject: str, tally: _Tally, found: Signatures) -> tuple[tuple[Deviation, int], ...]:
    """What doesn't fit, in the order of `Deviation`: the changes counted, and what is not there as it should be."""
    counts, held = tally.deviations.copy(), found.scene.balance[1]
    counts[Deviation.MISSING] = sum(max(0, more - found.net[name]) for name, more in tally.declared.items())
    if kind == "scale-out" and any(held.get(node) for node in found.added):
        counts[Deviation.EMPTY] = sum(not held.get(node) for node in found.added)
    if kind == "scale-in":
        counts[Deviation.LEFT] = held.get(subject, 0)
    return tuple((deviation, counts[deviation]) for deviation in Deviation if counts[deviation])
