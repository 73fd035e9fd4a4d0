"""Classify changes into events: the signature of every event, and the event of every change. Pure.

Where several signatures fit, the first of these gets the change: a return to an earlier state, a database created or
dropped as a whole, a data node replaced, a scale-out, a scale-in, a reshard, a rebalance.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import msgspec

from drift.compare.diff import Change, node_of
from drift.core.model import Database, Record, Shard, SnapshotRef

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

OPERATIONS: Final = (
    "returned",
    "scale-out",
    "reshard",
    "rebalance",
    "data-node-replaced",
    "scale-in",
    "database-created",
    "database-dropped",
)
"""The kinds of events that have a signature, in the order of events."""

_RETURNED, _SCALE_OUT, _RESHARD, _REBALANCE, _REPLACED, _SCALE_IN, _CREATED, _DROPPED = range(len(OPERATIONS))

Key: TypeAlias = tuple[int, str]
"""The identity of an event: the place of its kind in `OPERATIONS`, and its database or data node."""


class Deviation(StrEnum):
    """A way in which an event doesn't fit its signature. The first five are changes; the others are missing changes."""

    ELSEWHERE = "elsewhere"
    """A shard moved between data nodes that were there before."""
    UNCALLED = "uncalled"
    """A shard appeared although its database did not grow."""
    STRAY = "stray"
    """A shard came to a data node that is not listed."""
    VANISHED = "vanished"
    """A shard disappeared."""
    REDECLARED = "redeclared"
    """A database declares another change than more shards."""
    MISSING = "missing"
    """A shard that the database now declares has not appeared."""
    EMPTY = "empty"
    """A data node was added and no shard came to it, while shards came to others."""
    LEFT = "left"
    """A shard is still on a data node that disappeared."""


Placement: TypeAlias = tuple[Key, Deviation | None]


class ChangeGroup(NamedTuple):
    """Changes that all signatures treat alike: the first `change`, and the `amount` of changes."""

    change: Change
    amount: int


def group(changes: Iterable[Change]) -> tuple[list[ChangeGroup], list[int]]:
    """Group changes by likeness, and return for each change the number of its group.

    A hundred thousand moved shards form few groups, so classifying groups costs next to nothing.
    """
    known: dict[tuple[str | None, ...], int] = {}
    firsts: list[Change] = []
    numbers: list[int] = []
    for change in changes:
        number = known.setdefault(_likeness(change), len(firsts))
        if number == len(firsts):
            firsts.append(change)
        numbers.append(number)
    amounts = Counter(numbers)
    return [ChangeGroup(change, amounts[number]) for number, change in enumerate(firsts)], numbers


def _likeness(change: Change) -> tuple[str | None, ...]:
    source, after = node_of(change.before), change.after
    if isinstance(after, Shard):
        return change.rule, after.database, source, after.data_node_id
    return change.rule, change.database if source else change.name, source, None


class EventContext(msgspec.Struct, frozen=True, kw_only=True):
    """The facts about the two snapshots beside their changes.

    `nodes` and `balance` are of both sides: the ids of the data nodes, and the shards counted by data-node id.
    `shards` counts the shards after by database, at least for every changed database that still exists. `returned` has
    the earlier snapshot that the whole topology (under None) or a database equals again.
    """

    nodes: tuple[Collection[str], Collection[str]]
    balance: tuple[Mapping[str, int], Mapping[str, int]]
    shards: Mapping[str, int]
    nodes_checked: bool = True
    returned: Mapping[str | None, SnapshotRef] = msgspec.field(default_factory=dict)

    def existed(self, node_id: str) -> bool:
        """Return whether a data node existed before. Where nodes were not read, a shard on it is proof."""
        return node_id in self.nodes[0] or (not self.nodes_checked and bool(self.balance[0].get(node_id)))

    def is_there(self, node_id: str) -> bool:
        """Return whether a data node exists after. Where nodes were not read, it is assumed to."""
        return node_id in self.nodes[1] or not self.nodes_checked


class Signatures(msgspec.Struct, frozen=True, kw_only=True):
    """The signatures that all changes together show. `net` is the growth of each database in shards.

    `added` and `removed` data nodes take no part in a replacement; `replaced` maps a removed data node to its
    replacement, `replacing` is the inverse. `to_added` counts the shards that moved to an added data node, by their old
    data node. `grown` databases have, or declare, more shards. `scaled` databases have a shard that came to an added
    data node.
    """

    context: EventContext
    added: frozenset[str]
    removed: frozenset[str]
    replaced: Mapping[str, str]
    replacing: Mapping[str, str]
    to_added: Mapping[str, int]
    created: frozenset[str]
    dropped: frozenset[str]
    grown: frozenset[str]
    scaled: frozenset[str]
    net: Mapping[str, int]

    def place(self, change: Change) -> Placement | None:
        """Place a change: return its event and its deviation there, if any, or None where no event explains it."""
        returned = self.context.returned
        if None in returned:
            return (_RETURNED, ""), None
        database = _database(change) if returned else None
        if database in returned:
            return (_RETURNED, str(database)), None
        placer = _PLACERS.get(change.rule)
        return placer(self, change) if placer else None

    def growth_of(self, database: str) -> Key:
        """Return the event that shows the growth of a database."""
        return (_SCALE_OUT, "") if database in self.scaled else (_RESHARD, database)


def survey(changes: Iterable[ChangeGroup], context: EventContext) -> Signatures:
    """Find the signatures in changes, in whatever order they come."""
    evidence = _Evidence(changes, context)
    replaced = evidence.replaced()
    added, removed = evidence.added - set(replaced.values()), evidence.removed - replaced.keys()
    return Signatures(
        context=context,
        added=frozenset(added),
        removed=frozenset(removed),
        replaced=replaced,
        replacing={new: old for old, new in replaced.items()},
        to_added=evidence.moved_to(added),
        created=frozenset(evidence.created),
        dropped=frozenset(evidence.dropped),
        grown=frozenset(evidence.grown()),
        scaled=frozenset(database for database, nodes in evidence.reached.items() if nodes & added),
        net=evidence.net,
    )


class _Evidence:
    """Counts over all changes. A database that returned to an earlier state has its own event, and isn't counted."""

    def __init__(self, changes: Iterable[ChangeGroup], context: EventContext) -> None:
        self._context = context
        by_rule: dict[str, list[ChangeGroup]] = defaultdict(list)
        for each in changes:
            if not context.returned or _database(each.change) not in context.returned:
                by_rule[each.change.rule].append(each)
        self.added, self.removed, self.created, self.dropped = (
            {change.name for change, _ in by_rule[rule]}
            for rule in ("data-node-added", "data-node-removed", "database-added", "database-removed")
        )
        self._declared = {change.name for change, _ in by_rule["database-resharded"] if declared_growth(change)}
        self.net: Counter[str] = Counter()
        self.reached: dict[str, set[str]] = defaultdict(set)
        self._flows: Counter[tuple[str, str]] = Counter()
        self._created_on: Counter[str] = Counter()
        self._dropped_on: Counter[str] = Counter()
        self._count(by_rule)

    def _count(self, by_rule: Mapping[str, list[ChangeGroup]]) -> None:
        for rule in ("shard-added", "shard-removed", "shard-moved"):
            for change, amount in by_rule[rule]:
                self._count_shards(change.before, change.after, amount)

    def _count_shards(self, before: Record | None, after: Record | None, amount: int) -> None:
        if isinstance(after, Shard):
            self._came(after, amount)
            if isinstance(before, Shard):
                self._flows[before.data_node_id, after.data_node_id] += amount
            else:
                self.net[after.database] += amount
        elif isinstance(before, Shard):
            self.net[before.database] -= amount
            if before.database in self.dropped:
                self._dropped_on[before.data_node_id] += amount

    def _came(self, shard: Shard, amount: int) -> None:
        if shard.database in self.created:
            self._created_on[shard.data_node_id] += amount
        elif shard.data_node_id in self.added:
            self.reached[shard.database].add(shard.data_node_id)

    def replaced(self) -> dict[str, str]:
        """Map removed data nodes to the added ones that hold exactly their shards.

        Databases that were created or dropped as a whole don't count.
        """
        before, after = self._context.balance
        return {
            old: new
            for (old, new), shards in self._flows.items()
            if old in self.removed
            and new in self.added
            and shards == before.get(old, 0) - self._dropped_on[old] == after.get(new, 0) - self._created_on[new]
        }

    def moved_to(self, nodes: Collection[str]) -> Mapping[str, int]:
        """Count the shards that moved to one of these data nodes, by their old data node."""
        moved = Counter[str]()
        for (source, target), shards in self._flows.items():
            moved[source] += shards * (target in nodes)
        return moved

    def grown(self) -> set[str]:
        """Return the databases that existed before and have or declare more shards now."""
        more = {database for database, shards in self.net.items() if shards > 0}
        return (more | self._declared) - self.created - self.dropped


def _database(change: Change) -> str | None:
    """Return the database of a change; None for a data node."""
    return change.name if change.entity == "database" else change.database


def declared_growth(change: Change) -> int:
    """Return the growth in shards that a database declares; 0 where it declares none."""
    match change:
        case Change(before=Database(shard_count=int(before)), after=Database(shard_count=int(after))):
            return max(0, after - before)
    return 0


def _node_added(signatures: Signatures, change: Change) -> Placement:
    old = signatures.replacing.get(change.name)
    return ((_SCALE_OUT, "") if old is None else (_REPLACED, old)), None


def _node_removed(signatures: Signatures, change: Change) -> Placement:
    return (_REPLACED if change.name in signatures.replaced else _SCALE_IN, change.name), None


def _created(_signatures: Signatures, change: Change) -> Placement:
    return (_CREATED, change.name), None


def _dropped(_signatures: Signatures, change: Change) -> Placement:
    return (_DROPPED, change.name), None


def _resharded(signatures: Signatures, change: Change) -> Placement | None:
    if change.name not in signatures.grown:
        return None
    fits = len(change.edits) == 1 and declared_growth(change) > 0
    return signatures.growth_of(change.name), None if fits else Deviation.REDECLARED


def _added(signatures: Signatures, change: Change) -> Placement | None:
    shard = change.after
    if not isinstance(shard, Shard):
        return None
    if shard.database in signatures.created:
        return (_CREATED, shard.database), None
    if shard.data_node_id in signatures.added:
        return (_SCALE_OUT, ""), None if shard.database in signatures.grown else Deviation.UNCALLED
    if shard.database in signatures.grown:
        known = signatures.context.is_there(shard.data_node_id)
        return signatures.growth_of(shard.database), None if known else Deviation.STRAY
    return None


def _removed(signatures: Signatures, change: Change) -> Placement | None:
    shard = change.before
    if not isinstance(shard, Shard):
        return None
    if shard.database in signatures.dropped:
        return (_DROPPED, shard.database), None
    if shard.data_node_id in signatures.removed:
        return (_SCALE_IN, shard.data_node_id), Deviation.VANISHED
    if shard.database in signatures.grown:
        return signatures.growth_of(shard.database), Deviation.VANISHED
    return None


def _moved(signatures: Signatures, change: Change) -> Placement | None:
    before, after = change.before, change.after
    if not (isinstance(before, Shard) and isinstance(after, Shard)):
        return None
    source, target = before.data_node_id, after.data_node_id
    if target in signatures.added:
        return (_SCALE_OUT, ""), None
    if source in signatures.replaced:
        return (_REPLACED, source), None
    if source in signatures.removed:
        return (_SCALE_IN, source), None if signatures.context.is_there(target) else Deviation.STRAY
    known = all(signatures.context.existed(node) and signatures.context.is_there(node) for node in (source, target))
    return _moved_among(signatures, after.database) if known else None


def _moved_among(signatures: Signatures, database: str) -> Placement:
    """Place a move between data nodes that exist on both sides."""
    if database in signatures.scaled or database in signatures.grown:
        return signatures.growth_of(database), Deviation.ELSEWHERE
    return (_REBALANCE, database), None


_PLACERS: Final[Mapping[str, Callable[[Signatures, Change], Placement | None]]] = {
    "data-node-added": _node_added,
    "data-node-removed": _node_removed,
    "database-added": _created,
    "database-removed": _dropped,
    "database-resharded": _resharded,
    "shard-added": _added,
    "shard-removed": _removed,
    "shard-moved": _moved,
}
