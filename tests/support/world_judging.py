"""Holds what drift reads, and what it says changed, against the truth of worlds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import msgspec

from drift.compare.diff import diff
from drift.core.errors import PayloadError
from drift.core.model import Instance
from drift.decode.content import Options
from drift.decode.sources.export import decode_document
from support.world_layouts import a_pair, a_world
from support.worlds import World, differences

if TYPE_CHECKING:
    from drift.core.model import Snapshot

Outcome: TypeAlias = Literal["right", "refused", "wrong"]

_PLAIN: Final = Options()
_OF_PLACES: Final = frozenset(
    {"data-node-added", "data-node-removed", "database-added", "database-removed", "shard-added", "shard-removed",
     "shard-moved"}
)  # fmt: skip


def read(world: World, options: Options = _PLAIN) -> Snapshot | None:
    """Read a world; None where the reader refuses, which must name the place and the way on."""
    try:
        content = decode_document(world.response, options)
    except PayloadError as error:
        if not (error.place and error.hint):
            raise
        return None
    when = datetime(2026, 5, 1, tzinfo=UTC)
    snapshot = content.snapshot(instance=Instance(name="a"), taken_at=when, source="export")
    return msgspec.structs.replace(snapshot, read_with=options.settings_for("export"))


def is_true(snapshot: Snapshot, world: World) -> bool:
    """Whether a snapshot has the databases and shards that were written, where they were, with their facts."""
    found = {each.name: {shard.name: shard.data_node_id for shard in each.shards} for each in snapshot.databases}
    if found != world.truth:
        return False
    facts = {(each.database, each.name): (each.status, each.index) for each in world.topology.shards}
    shards = [shard for each in snapshot.databases for shard in each.shards]
    counts = {each.name: (each.mode, each.count) for each in world.topology.databases}
    told = world.told
    if not world.is_even:
        return True
    return all(
        (not told.shard_status or shard.status == facts[shard.database, shard.name][0])
        and (not told.index or shard.index == facts[shard.database, shard.name][1])
        for shard in shards
    ) and all(
        (not told.mode or each.shard_mode == counts[each.name][0])
        and (not told.count or each.shard_count == counts[each.name][1])
        for each in snapshot.databases
    )


def judged_world(seed: int, *, odd: float) -> Outcome:
    """Read one world, and hold it against the truth."""
    world = a_world(seed, odd=odd)
    snapshot = read(world)
    return "refused" if snapshot is None else "right" if is_true(snapshot, world) else "wrong"


def judged_pair(seed: int, *, odd: float) -> Outcome:
    """Compare two worlds, and hold the changes against what happened."""
    before, after = a_pair(seed, odd=odd)
    sides = read(before), read(after)
    if sides[0] is None or sides[1] is None:
        return "refused"
    told = diff(*sides)
    found = {(change.rule, change.name) for change in told.changes}
    expected = differences(before.topology, after.topology, (before.told, after.told))
    if any(untold.entity == "database" and not untold.path for untold in told.not_told):
        # What a layout seems to have no place for is not told, and said to be so.
        empty = {each.name for side in (before, after) for each in side.topology.databases if not each.shards}
        expected -= {(rule, name) for rule in ("database-added", "database-removed") for name in empty} - found
    unread = {gap.scope.removeprefix("database ") for gap in told.not_checked}
    expected = {(rule, name) for rule, name in expected if name not in unread}
    if not (before.is_even and after.is_even):
        found, expected = ({each for each in every if each[0] in _OF_PLACES} for every in (found, expected))
    return "right" if found == expected else "wrong"
