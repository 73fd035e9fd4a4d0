"""Changes of one rule gathered into groups that are shown together. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from drift.compare.diff import Change, Edit
from drift.core.model import Shard
from drift.policy.rules import RULES, Severity
from drift.policy.verdict import Disposition, JudgedChange

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

from drift.reports.content.nodes import BothSides, Held, Node, node_order

RULE_ORDER: Final = {rule: place for place, rule in enumerate(RULES)}
DISPOSITION_ORDER: Final = {disposition: place for place, disposition in enumerate(Disposition)}
_CHILDREN: Final = {"database-added": "shard-added", "database-removed": "shard-removed"}
_ENCODER: Final = msgspec.json.Encoder()
_Key: TypeAlias = tuple[Disposition, Severity, str, str | None, str | None, str | None, object]
_Family: TypeAlias = tuple[Disposition, str, str]
"""The disposition and rule of shards, and the database that they came or went with."""


class Group(msgspec.Struct, frozen=True):
    """Changes of one rule that are shown together. They differ from `first` in nothing but the name.

    `source` and `target` are where shards were and are. `children` are the shards of an added or removed database.
    """

    first: Change
    names: tuple[str, ...]
    source: Node | None
    target: Node | None
    children: tuple[Held, ...]

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The edits, except a move between the data nodes."""
        return () if self.source and self.target else self.first.edits

    @property
    def children_count(self) -> int:
        """The shards that came or went with the database."""
        return sum(held.shards for held in self.children)

    @property
    def count(self) -> int:
        """The number of changes in it."""
        return len(self.names) + self.children_count


class Block(msgspec.Struct, frozen=True):
    """The changes of one rule, severity and disposition: `groups`, and how many are `folded` into their database's."""

    rule: str
    severity: Severity
    disposition: Disposition
    groups: tuple[Group, ...]
    folded: int

    @property
    def count(self) -> int:
        """The changes of this rule, folded ones included."""
        return self.folded + sum(len(group.names) for group in self.groups)


def blocks_of(changes: Sequence[JudgedChange], naming: BothSides) -> tuple[Block, ...]:
    """Gather changes into blocks, in the order in which they are shown."""
    groups, folded = _gathered(changes)
    children = _children(folded, naming)
    blocks: dict[tuple[Disposition, Severity, str], list[Group]] = defaultdict(list)
    for key, members in groups.items():
        blocks[key[:3]].append(_group(key, members, children, naming))
    folded_counts = Counter((judged.disposition, judged.severity, judged.change.rule) for judged in folded)
    return tuple(
        Block(
            rule,
            severity,
            disposition,
            tuple(sorted(blocks[disposition, severity, rule], key=_group_order)),
            folded_counts[disposition, severity, rule],
        )
        for disposition, severity, rule in sorted({*blocks, *folded_counts}, key=_block_order)
    )


def _gathered(changes: Sequence[JudgedChange]) -> tuple[dict[_Key, list[Change]], list[JudgedChange]]:
    """Group changes by what they have in common, and split off those that are listed with their database."""
    whole: set[_Family] = {
        (judged.disposition, _CHILDREN[judged.change.rule], judged.change.name)
        for judged in changes
        if judged.change.rule in _CHILDREN
    }
    groups: dict[_Key, list[Change]] = defaultdict(list)
    folded = []
    for judged in changes:
        change = judged.change
        database = change.database
        if whole and database is not None and (judged.disposition, change.rule, database) in whole:
            folded.append(judged)
        else:
            groups[(judged.disposition, judged.severity, change.rule, database, *_likeness(change))].append(change)
    return groups, folded


def _likeness(change: Change) -> tuple[str | None, str | None, object]:
    """Return the likeness of grouped changes beside rule and database: the nodes of shards, else the edits."""
    match change.rule:
        case "shard-moved" | "shard-added" | "shard-removed":
            return node_id_of(change.before), node_id_of(change.after), None
        case _ if change.edits and change.entity != "data-node":
            return None, None, _ENCODER.encode(change.edits)
        case _:
            return None, None, change.name


def node_id_of(record: object) -> str | None:
    """Return the data node of a shard, None for any other record."""
    return record.data_node_id if isinstance(record, Shard) else None


def _children(folded: Iterable[JudgedChange], naming: BothSides) -> Mapping[_Family, tuple[Held, ...]]:
    counts: dict[_Family, Counter[str]] = defaultdict(Counter)
    for judged in folded:
        shard = judged.change.record
        if isinstance(shard, Shard):
            counts[judged.disposition, judged.change.rule, shard.database][shard.data_node_id] += 1
    return {
        family: tuple(
            sorted(
                (Held(_settled(family, node_id, naming), count) for node_id, count in placed.items()),
                key=lambda held: node_order(held.node),
            )
        )
        for family, placed in counts.items()
    }


def _settled(family: _Family, node_id: str, naming: BothSides) -> Node:
    """Name the data node of a child, on the side where the child exists."""
    return naming.after(node_id) if family[1] == "shard-added" else naming.before(node_id)


def _group(key: _Key, members: list[Change], children: Mapping[_Family, tuple[Held, ...]], naming: BothSides) -> Group:
    disposition, _, rule, _, source, target, _ = key
    first = members[0]
    return Group(
        first,
        tuple(change.name for change in members),
        None if source is None else naming.before(source),
        None if target is None else naming.after(target),
        children.get((disposition, _CHILDREN.get(rule, ""), first.name), ()),
    )


def _block_order(block: tuple[Disposition, Severity, str]) -> tuple[int, int, int]:
    disposition, severity, rule = block
    return DISPOSITION_ORDER[disposition], -severity, RULE_ORDER[rule]


def _group_order(group: Group) -> tuple[str, tuple[bool, str, str], tuple[bool, str, str], str, str]:
    """Order groups by database, by the names of data nodes, and by the first name."""
    name = group.first.record.name or ""
    return group.first.database or "", node_order(group.source), node_order(group.target), name, group.names[0]
