"""The placement of every shard before and after, for maps of shards. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.core.model import Database, Mask, Shard, Snapshot


class Place(NamedTuple):
    """A shard's name, and the ids of the data nodes that it was and is on; None where it isn't there."""

    shard: str
    before: str | None
    after: str | None

    @property
    def moved(self) -> bool:
        """True where the shard exists on both sides, on different data nodes."""
        return self.before != self.after and None not in {self.before, self.after}


class Placement(msgspec.Struct, frozen=True):
    """The places of one database's shards, in the order of the shards' indexes and names.

    Of one that was not `checked`, on one side at least, nothing is known to have come, gone or moved.
    """

    database: str
    places: tuple[Place, ...]
    checked: bool

    @property
    def changed(self) -> bool:
        """True where a shard was added, removed or moved."""
        return self.checked and any(place.before != place.after for place in self.places)


def placements(before: Snapshot, after: Snapshot, mask: Mask) -> tuple[Placement, ...]:
    """List the placements of every database of two whole snapshots, by name. `mask` hides unchecked ones."""
    return tuple(_placements(before, after, mask))


def _placements(before: Snapshot, after: Snapshot, mask: Mask) -> Iterator[Placement]:
    sides = [{database.name: database for database in snapshot.databases} for snapshot in (before, after)]
    for name in sorted({*sides[0], *sides[1]}):
        was, now = (_shards(side.get(name)) for side in sides)
        everyone = sorted((was | now).values(), key=_order)
        yield Placement(
            name,
            tuple(Place(each.name, _node(was.get(each.name)), _node(now.get(each.name))) for each in everyone),
            not mask.hides_database(name),
        )


def _shards(database: Database | None) -> dict[str, Shard]:
    return {shard.name: shard for shard in database.shards} if database else {}


def _node(shard: Shard | None) -> str | None:
    return shard.data_node_id if shard else None


def _order(shard: Shard) -> tuple[bool, int, str]:
    return shard.index is None, shard.index or 0, shard.name
