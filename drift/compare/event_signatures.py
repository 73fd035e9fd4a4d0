"""Which changes belong together: the signature of every event, and where each change is placed. Pure.

Where several signatures fit, the first of these has the change: a return to what was before, a database created or
dropped as a whole, a data node replaced, a scale-out, a scale-in, a reshard, a rebalance.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import msgspec

from drift.compare.diff import Change
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
"""The kinds of events that have a signature, in the order in which events are told."""

_RETURNED, _SCALE_OUT, _RESHARD, _REBALANCE, _REPLACED, _SCALE_IN, _CREATED, _DROPPED = range(len(OPERATIONS))

Key: TypeAlias = tuple[int, str]
"""What tells events apart: the place of the kind in `OPERATIONS`, and the database or data node that it is about."""


class Deviation(StrEnum):
    """What about an event does not fit its signature. Of the first five kinds are changes, of the others is none."""

    ELSEWHERE = "elsewhere"
    """A shard moved between data nodes that were there before."""
    UNCALLED = "uncalled"
    """A shard appeared although its database did not grow."""
    STRAY = "stray"
    """A shard came to a data node that is not listed."""
    VANISHED = "vanished"
    """A shard disappeared."""
    REDECLARED = "redeclared"
    """A database says of itself something else than that it has more shards."""
    MISSING = "missing"
    """A shard that the database now declares has not appeared."""
    EMPTY = "empty"
    """A data node was added and no shard came to it, while shards came to others."""
    LEFT = "left"
    """A shard is still on a data node that is gone."""


Place: TypeAlias = tuple[Key, Deviation | None]


class Alike(NamedTuple):
    """So many changes that no signature tells apart; `change` is the first of them."""

    change: Change
    amount: int


def grouped(changes: Iterable[Change]) -> tuple[list[Alike], list[int]]:
    """The changes by likeness, and for each change the number of those that are like it.

    A hundred thousand shards that moved are few likenesses, so what is asked of a likeness costs next to nothing.
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
    return [Alike(change, amounts[number]) for number, change in enumerate(firsts)], numbers


def _likeness(change: Change) -> tuple[str | None, ...]:
    before, after = change.before, change.after
    source = before.data_node_id if isinstance(before, Shard) else None
    if isinstance(after, Shard):
        return change.rule, after.database, source, after.data_node_id
    return change.rule, change.database if source else change.name, source, None


class EventContext(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to know of the two snapshots beside their changes.

    `nodes` and `balance` are of each side: the ids of its data nodes, and its shards counted by data-node id. `shards`
    counts those after by database, at least for every database that is there then and has changed. `returned` has
    the earlier snapshot that the whole topology (under None) or a database equals again.
    """

    nodes: tuple[Collection[str], Collection[str]]
    balance: tuple[Mapping[str, int], Mapping[str, int]]
    shards: Mapping[str, int]
    nodes_checked: bool = True
    returned: Mapping[str | None, SnapshotRef] = msgspec.field(default_factory=dict)

    def existed(self, node_id: str) -> bool:
        """Whether a data node was there before. Where nodes were not read, a shard on it is proof."""
        return node_id in self.nodes[0] or (not self.nodes_checked and bool(self.balance[0].get(node_id)))

    def is_there(self, node_id: str) -> bool:
        """Whether a data node is there after; so it is taken to be where nodes were not read."""
        return node_id in self.nodes[1] or not self.nodes_checked


class Signatures(msgspec.Struct, frozen=True, kw_only=True):
    """What the changes as a whole say. `net` is by how many shards a database grew.

    `added` and `removed` data nodes are those that replace none and that none replaces; `replaced` leads from a gone
    data node to its replacement, `replacing` back. `to_added` counts the shards that moved to an added data node, by
    where they were. `grown` databases have, or declare, more shards; on those `scaled` out a shard came to an added
    data node.
    """

    scene: EventContext
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

    def place(self, change: Change) -> Place | None:
        """The event that a change belongs to, and why it doesn't fit there if so; None where no event explains it."""
        returned = self.scene.returned
        if None in returned:
            return (_RETURNED, ""), None
        database = _database(change) if returned else None
        if database in returned:
            return (_RETURNED, str(database)), None
        placer = _PLACERS.get(change.rule)
        return placer(self, change) if placer else None

    def growth_of(self, database: str) -> Key:
        """The event that a grown database is told in."""
        return (_SCALE_OUT, "") if database in self.scaled else (_RESHARD, database)


def survey(changes: Iterable[Alike], scene: EventContext) -> Signatures:
    """What the changes as a whole say, in whatever order they come."""
    found = _Found(changes, scene)
    replaced = found.replaced()
    added, removed = found.added - set(replaced.values()), found.removed - replaced.keys()
    return Signatures(
        scene=scene,
        added=frozenset(added),
        removed=frozenset(removed),
        replaced=replaced,
        replacing={new: gone for gone, new in replaced.items()},
        to_added=found.moved_to(added),
        created=frozenset(found.created),
        dropped=frozenset(found.dropped),
        grown=frozenset(found.grown()),
        scaled=frozenset(database for database, nodes in found.reached.items() if nodes & added),
        net=found.net,
    )


class _Found:
    """The changes counted. Those of a database that returned to what it was are told there, and say nothing here."""

    def __init__(self, changes: Iterable[Alike], scene: EventContext) -> None:
        self._scene = scene
        by_rule: dict[str, list[Alike]] = defaultdict(list)
        for alike in changes:
            if not scene.returned or _database(alike.change) not in scene.returned:
                by_rule[alike.change.rule].append(alike)
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

    def _count(self, by_rule: Mapping[str, list[Alike]]) -> None:
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
        """New data nodes by the gone ones whose shards they hold, all of them and no others.

        Databases that were created or dropped as a whole are left out of account.
        """
        before, after = self._scene.balance
        return {
            gone: new
            for (gone, new), shards in self._flows.items()
            if gone in self.removed
            and new in self.added
            and shards == before.get(gone, 0) - self._dropped_on[gone] == after.get(new, 0) - self._created_on[new]
        }

    def moved_to(self, nodes: Collection[str]) -> Mapping[str, int]:
        """How many shards moved to one of these data nodes, by the data node that they were on."""
        moved = Counter[str]()
        for (source, target), shards in self._flows.items():
            moved[source] += shards * (target in nodes)
        return moved

    def grown(self) -> set[str]:
        """The databases that have or declare more shards than before, and were there before."""
        more = {database for database, shards in self.net.items() if shards > 0}
        return (more | self._declared) - self.created - self.dropped


def _database(change: Change) -> str | None:
    """The database that a change is of; None for a data node."""
    return change.name if change.entity == "database" else change.database


def declared_growth(change: Change) -> int:
    """By how many more shards a database says that it has; 0 where it doesn't."""
    match change:
        case Change(before=Database(shard_count=int(before)), after=Database(shard_count=int(after))):
            return max(0, after - before)
    return 0


def _node_added(found: Signatures, change: Change) -> Place:
    gone = found.replacing.get(change.name)
    return ((_SCALE_OUT, "") if gone is None else (_REPLACED, gone)), None


def _node_removed(found: Signatures, change: Change) -> Place:
    return (_REPLACED if change.name in found.replaced else _SCALE_IN, change.name), None


def _created(_found: Signatures, change: Change) -> Place:
    return (_CREATED, change.name), None


def _dropped(_found: Signatures, change: Change) -> Place:
    return (_DROPPED, change.name), None


def _resharded(found: Signatures, change: Change) -> Place | None:
    if change.name not in found.grown:
        return None
    fits = len(change.edits) == 1 and declared_growth(change) > 0
    return found.growth_of(change.name), None if fits else Deviation.REDECLARED


def _added(found: Signatures, change: Change) -> Place | None:
    shard = change.after
    if not isinstance(shard, Shard):
        return None
    if shard.database in found.created:
        return (_CREATED, shard.database), None
    if shard.data_node_id in found.added:
        return (_SCALE_OUT, ""), None if shard.database in found.grown else Deviation.UNCALLED
    if shard.database in found.grown:
        known = found.scene.is_there(shard.data_node_id)
        return found.growth_of(shard.database), None if known else Deviation.STRAY
    return None


def _removed(found: Signatures, change: Change) -> Place | None:
    shard = change.before
    if not isinstance(shard, Shard):
        return None
    if shard.database in found.dropped:
        return (_DROPPED, shard.database), None
    if shard.data_node_id in found.removed:
        return (_SCALE_IN, shard.data_node_id), Deviation.VANISHED
    if shard.database in found.grown:
        return found.growth_of(shard.database), Deviation.VANISHED
    return None


def _moved(found: Signatures, change: Change) -> Place | None:
    before, after = change.before, change.after
    if not (isinstance(before, Shard) and isinstance(after, Shard)):
        return None
    source, target = before.data_node_id, after.data_node_id
    if target in found.added:
        return (_SCALE_OUT, ""), None
    if source in found.replaced:
        return (_REPLACED, source), None
    if source in found.removed:
        return (_SCALE_IN, source), None if found.scene.is_there(target) else Deviation.STRAY
    known = all(found.scene.existed(node) and found.scene.is_there(node) for node in (source, target))
    return _moved_among(found, after.database) if known else None


def _moved_among(found: Signatures, database: str) -> Place:
    """Of a shard that moved between data nodes which were there both times."""
    if database in found.scaled or database in found.grown:
        return found.growth_of(database), Deviation.ELSEWHERE
    return (_REBALANCE, database), None


_PLACERS: Final[Mapping[str, Callable[[Signatures, Change], Place | None]]] = {
    "data-node-added": _node_added,
    "data-node-removed": _node_removed,
    "database-added": _created,
    "database-removed": _dropped,
    "database-resharded": _resharded,
    "shard-added": _added,
    "shard-removed": _removed,
    "shard-moved": _moved,
}
