"""Preview a plan: how many of its expected changes are still possible in a snapshot. Pure.

What is possible is counted as the gate counts what has happened: each record counts for one item at most.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import msgspec

from drift.core.model import DataNode, Shard
from drift.policy.plan.assignment import Group, assign
from drift.policy.plan.matching import limits, with_other_names
from drift.policy.rules import CHANGE_RULES
from drift.policy.selector_index import holds

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from drift.compare.diff import Entity
    from drift.core.model import Record, Snapshot
    from drift.policy.known_names import KnownNames
    from drift.policy.plan.file import Item, Plan  # noqa: TC004 - an ItemPreview is never decoded
    from drift.policy.selectors import Selector

_Key: TypeAlias = tuple[str, str, str]
"""One change that may happen: its rule, the database of a shard, and the name."""


class ItemPreview(msgspec.Struct, frozen=True):
    """An item before its changes.

    `ready` changes are possible, None if unknown. The names in `done` are so already, those in `unready` can't change.
    """

    item: Item
    ready: int | None
    done: tuple[str, ...]
    unready: tuple[str, ...]

    @property
    def is_possible(self) -> bool:
        """Whether the expected number of changes is possible."""
        return self.ready is None or self.ready >= self.item.count.least


class _Scan(NamedTuple):
    """The possible changes of an item, None if unknown; the names that are so already, and those that can't change."""

    able: tuple[_Key, ...] | None
    done: tuple[str, ...]
    unready: tuple[str, ...]


def preview(plan: Plan, snapshot: Snapshot, known_names: KnownNames) -> tuple[ItemPreview, ...]:
    """Preview each item of a plan in a snapshot, in the order of the plan."""
    known_names = with_other_names(plan, known_names)
    scans = [_scan(item, snapshot, known_names) for item in plan.items]
    shares = _shares(plan, scans)
    return tuple(
        ItemPreview(item, None if scan.able is None else share, scan.done, scan.unready)
        for item, scan, share in zip(plan.items, scans, shares, strict=True)
    )


def is_past(previews: Sequence[ItemPreview]) -> bool:
    """Return whether nothing that a plan expects can happen any more. A plan that expects nothing is never past."""
    return bool(previews) and all(each.ready == 0 for each in previews)


def _shares(plan: Plan, scans: Sequence[_Scan]) -> list[int]:
    """Return the number of possible changes that count for each item, as many items as possible being met."""
    fitting: dict[_Key, list[int]] = defaultdict(list)
    for number, scan in enumerate(scans):
        for key in scan.able or ():
            fitting[key].append(number)
    sizes: Counter[Group] = Counter(tuple(numbers) for numbers in fitting.values())
    shares = Counter[int]()
    for flow in assign([sizes], limits(plan), len(plan.items)).values():
        shares.update(flow)
    return [shares[number] for number in range(len(plan.items))]


def _scan(item: Item, snapshot: Snapshot, known_names: KnownNames) -> _Scan:
    rule = CHANGE_RULES[item.rule]
    present = [record for record in _records(rule.entity, snapshot) if _is_selected(record, item.selector, known_names)]
    done = [record for record in present if _is_so(record, item, known_names)]
    listed = item.selector.name.names if item.selector.name else None
    if rule.kind == "added":
        return _scan_absent(item, listed, present, done, known_names)
    able = [record for record in present if _can(record, item, known_names)]
    keys = tuple(_key(item, record) for record in able)
    if listed is None:
        return _Scan(keys, tuple(record.name or _identity(record) for record in done), ())
    found, ready, past = (_found(listed, records, known_names) for records in (present, able, done))
    gone = {*listed} - found if rule.kind == "removed" else set()
    return _Scan(keys, *_sorted_out(listed, ready, past | gone))


def _scan_absent(
    item: Item, listed: tuple[str, ...] | None, present: list[Record], done: list[Record], known_names: KnownNames
) -> _Scan:
    """Scan for records that are to appear: the listed ones that are not there. Open names are not known in advance."""
    if listed is None:
        return _Scan(None, (), ())
    absent = {*listed} - _found(listed, present, known_names)
    past = _found(listed, done, known_names)
    return _Scan(tuple(_absent_key(item, name) for name in absent), *_sorted_out(listed, absent, past))


def _found(listed: Iterable[str], records: Iterable[Record], known_names: KnownNames) -> set[str]:
    """Return the listed names that stand for one of these records; a data node may have several."""
    identities = {_identity(record) for record in records}
    if not any(isinstance(record, DataNode) for record in records):
        return identities.intersection(listed)
    return {name for name in listed if not identities.isdisjoint(known_names.nodes.get(name, ()))}


def _sorted_out(
    listed: tuple[str, ...], able: Collection[str], done: Collection[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the listed names that are so already, and those that can't change."""
    rest = [name for name in listed if name not in able]
    return tuple(name for name in rest if name in done), tuple(name for name in rest if name not in done)


def _key(item: Item, record: Record) -> _Key:
    return item.rule, record.database if isinstance(record, Shard) else "", _identity(record)


def _absent_key(item: Item, name: str) -> _Key:
    """Return the key of a record that may appear, in the database that its item names."""
    return item.rule, "\0".join(item.selector.database.texts) if item.selector.database else "", name


def _identity(record: Record) -> str:
    return record.id if isinstance(record, DataNode) else record.name


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


def _is_so(record: Record, item: Item, known_names: KnownNames) -> bool:
    """Return whether a record already is as it would be after the change, as far as the item says what that is."""
    selector, kind = item.selector, CHANGE_RULES[item.rule].kind
    if isinstance(record, Shard) and kind in {"added", "moved"} and selector.target:
        return record.data_node_id in known_names.node_ids(selector.target) and not _can_move(record, item, known_names)
    if kind == "added":
        return True
    return bool(selector.becomes) and holds(selector.becomes or {}, record)


def _can_move(record: Shard, item: Item, known_names: KnownNames) -> bool:
    return item.rule == "shard-moved" and _can(record, item, known_names)
