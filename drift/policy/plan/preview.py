"""What of a plan can still happen to a snapshot: how many of those that it speaks of are as it wants them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from drift.core.model import DataNode, Shard
from drift.policy.selector_index import holds
from drift.policy.selectors import entity_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drift.core.model import Record, Snapshot
    from drift.policy.known_names import KnownNames
    from drift.policy.plan.file import Item  # noqa: TC004 - a Foreseen is never decoded
    from drift.policy.selectors import Selector


class ItemPreview(msgspec.Struct, frozen=True):
    """An item before it happens: how many of its changes can, None if that can't be told, and the names that can't."""

    item: Item
    ready: int | None
    unready: tuple[str, ...]

    @property
    def is_possible(self) -> bool:
        """Whether as many changes can happen as are expected."""
        return self.ready is None or self.ready >= self.item.count.least


def foresee(item: Item, snapshot: Snapshot, world: KnownNames) -> ItemPreview:
    """What of an item can happen to the snapshot."""
    selector = item.selector
    present = [record for record in _records(item.rule, snapshot) if _is_meant(record, selector, world)]
    listed = selector.name.names if selector.name else None
    if item.rule.endswith("-added"):
        there = {word for record in present for word in _words(record)}
        free = None if listed is None else len([name for name in listed if name not in there])
        return ItemPreview(item, free, tuple(name for name in listed or () if name in there))
    able = {word for record in present if _can(record, item, world) for word in _words(record)}
    ready = sum(_can(record, item, world) for record in present)
    return ItemPreview(item, ready, tuple(name for name in listed or () if name not in able))


def _records(rule: str, snapshot: Snapshot) -> Iterable[Record]:
    match entity_of(rule):
        case "data-node":
            return snapshot.data_nodes
        case "database":
            return snapshot.databases
        case "shard":
            return (shard for database in snapshot.databases for shard in database.shards)


def _is_meant(record: Record, selector: Selector, world: KnownNames) -> bool:
    database = record.database if isinstance(record, Shard) else record.name
    if selector.database is not None and not (database and selector.database.matches(database)):
        return False
    if selector.name is None:
        return True
    if isinstance(record, DataNode):
        return record.id in world.node_ids(selector.name)
    return selector.name.matches(record.name)


def _can(record: Record, item: Item, world: KnownNames) -> bool:
    """Whether a record is now as the change wants it before, and not yet as it wants it after."""
    selector = item.selector
    if isinstance(record, Shard):
        if selector.source and record.data_node_id not in world.node_ids(selector.source):
            return False
        if item.rule == "shard-moved" and selector.target:
            return bool(world.node_ids(selector.target) - {record.data_node_id})
    if selector.was and not holds(selector.was, record):
        return False
    return not (selector.becomes and holds(selector.becomes, record))


def _words(record: Record) -> tuple[str, ...]:
    """What a record may be called."""
    return (record.id, record.name or record.id) if isinstance(record, DataNode) else (record.name,)
