"""Preview a plan: how many of its expected changes are still possible in a snapshot. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from drift.core.model import DataNode, Shard
from drift.policy.rules import CHANGE_RULES
from drift.policy.selector_index import holds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drift.compare.diff import Entity
    from drift.core.model import Record, Snapshot
    from drift.policy.known_names import KnownNames
    from drift.policy.plan.file import Item  # noqa: TC004 - an ItemPreview is never decoded
    from drift.policy.selectors import Selector


class ItemPreview(msgspec.Struct, frozen=True):
    """An item before its changes. `ready` changes are possible, None if unknown; the `unready` names can't change."""

    item: Item
    ready: int | None
    unready: tuple[str, ...]

    @property
    def is_possible(self) -> bool:
        """Whether the expected number of changes is possible."""
        return self.ready is None or self.ready >= self.item.count.least


def preview(item: Item, snapshot: Snapshot, known_names: KnownNames) -> ItemPreview:
    """Preview one item in a snapshot."""
    selector, rule = item.selector, CHANGE_RULES[item.rule]
    present = [record for record in _records(rule.entity, snapshot) if _is_selected(record, selector, known_names)]
    listed = selector.name.names if selector.name else None
    if rule.kind == "added":
        there = {word for record in present for word in _words(record)}
        free = None if listed is None else len([name for name in listed if name not in there])
        return ItemPreview(item, free, tuple(name for name in listed or () if name in there))
    able = {word for record in present if _can(record, item, known_names) for word in _words(record)}
    ready = sum(_can(record, item, known_names) for record in present)
    return ItemPreview(item, ready, tuple(name for name in listed or () if name not in able))


def _records(entity: Entity, snapshot: Snapshot) -> Iterable[Record]:
    match entity:
        case "data-node":
            return snapshot.data_nodes
        case "database":
            return snapshot.databases
        case "shard":
            return (shard for database in snapshot.databases for shard in database.shards)


def _is_selected(record: Record, selector: Selector, known_names: KnownNames) -> bool:
    database = record.database if isinstance(record, Shard) else record.name
    if selector.database is not None and not (database and selector.database.matches(database)):
        return False
    if selector.name is None:
        return True
    if isinstance(record, DataNode):
        return record.id in known_names.node_ids(selector.name)
    return selector.name.matches(record.name)


def _can(record: Record, item: Item, known_names: KnownNames) -> bool:
    """Return whether a record has the change's values before, and not yet its values after."""
    selector = item.selector
    if isinstance(record, Shard):
        if selector.source and record.data_node_id not in known_names.node_ids(selector.source):
            return False
        if item.rule == "shard-moved" and selector.target:
            return bool(known_names.node_ids(selector.target) - {record.data_node_id})
    if selector.was and not holds(selector.was, record):
        return False
    return not (selector.becomes and holds(selector.becomes, record))


def _words(record: Record) -> tuple[str, ...]:
    """Return the words that a plan may use for a record."""
    return (record.id, record.name or record.id) if isinstance(record, DataNode) else (record.name,)
