"""Changes of one rule gathered into groups that are shown together. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import msgspec

from drift.compare.diff import Change, Edit, node_of
from drift.policy.rules import RULES, Severity
from drift.policy.verdict import Disposition
from drift.reports.content.nodes import BothSides, Held, Node, node_order

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drift.reports.content.report import Report

RULE_ORDER: Final = {rule: place for place, rule in enumerate(RULES)}
DISPOSITION_ORDER: Final = {disposition: place for place, disposition in enumerate(Disposition)}
_CHILDREN: Final = {"database-added": "shard-added", "database-removed": "shard-removed"}
_ENCODER: Final = msgspec.json.Encoder()
_PLACED: Final = frozenset({"shard-moved", "shard-added", "shard-removed"})
_Family: TypeAlias = tuple[Disposition, str, str | None]
"""The disposition and rule of shards, and the database that they came or went with."""


class Likeness(NamedTuple):
    """What changes have in common that differ in nothing but the name.

    `operation` is the place of the event that explains them, if one does. Shards that came, went or moved share
    `source` and `target`, the ids of their data nodes; whatever else changed alike has the same `edits`.
    """

    operation: int | None
    disposition: Disposition
    severity: Severity
    rule: str
    database: str | None
    source: str | None
    target: str | None
    edits: object


Kin: TypeAlias = "dict[Likeness, list[Change]]"
"""Changes by their likeness, each list in the order of the diff."""


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


def gathered(report: Report) -> Kin:
    """Gather the changes of a report by likeness.

    A hundred thousand moved shards form few groups, so all that is counted or shown by group costs next to nothing.
    """
    found: dict[tuple[object, ...], list[Change]] = defaultdict(list)
    operations = [place if event.change is None else None for place, event in enumerate(report.events.events)]
    for judged, place in zip(report.verdict.changes, report.events.places, strict=True):
        change = judged.change
        key = (operations[place], judged.disposition, judged.severity, change.rule, *_likeness(change))
        found[key].append(change)
    return {Likeness._make(key): members for key, members in found.items()}


def _likeness(change: Change) -> tuple[str | None, str | None, str | None, object]:
    """Return the likeness of changes beside rule and judgement: the database and nodes of shards, else the edits."""
    if change.rule in _PLACED:
        return change.database, node_of(change.before), node_of(change.after), None
    if change.edits and change.entity != "data-node":
        return change.database, None, None, _ENCODER.encode(change.edits)
    return change.database, None, None, change.name


def blocks_of(kin: Kin, naming: BothSides) -> tuple[Block, ...]:
    """Gather changes into blocks, in the order in which they are shown."""
    groups, folded = _split(kin)
    children = _children(folded, naming)
    blocks: dict[tuple[Disposition, Severity, str], list[Group]] = defaultdict(list)
    for like, members in groups.items():
        blocks[like[1:4]].append(_group(like, members, children, naming))
    folded_counts: Counter[tuple[Disposition, Severity, str]] = Counter()
    for like, members in folded.items():
        folded_counts[like[1:4]] += len(members)
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


def _split(kin: Kin) -> tuple[Kin, Kin]:
    """Split off the changes that are listed with their database."""
    whole: set[_Family] = {
        (like.disposition, _CHILDREN[like.rule], change.name)
        for like, members in kin.items()
        if like.rule in _CHILDREN
        for change in members
    }
    groups: Kin = {}
    folded: Kin = {}
    for like, members in kin.items():
        is_folded = like.database is not None and (like.disposition, like.rule, like.database) in whole
        (folded if is_folded else groups)[like] = members
    return groups, folded


def _children(folded: Kin, naming: BothSides) -> Mapping[_Family, tuple[Held, ...]]:
    counts: dict[_Family, Counter[str]] = defaultdict(Counter)
    for like, members in folded.items():
        counts[like.disposition, like.rule, like.database][like.target or like.source or ""] += len(members)
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


def _group(
    like: Likeness, members: list[Change], children: Mapping[_Family, tuple[Held, ...]], naming: BothSides
) -> Group:
    first = members[0]
    side, field = "before" if first.after is None else "after", "id" if first.entity == "data-node" else "name"
    return Group(
        first,
        tuple(map(attrgetter(f"{side}.{field}"), members)),
        None if like.source is None else naming.before(like.source),
        None if like.target is None else naming.after(like.target),
        children.get((like.disposition, _CHILDREN.get(like.rule, ""), first.name), ()),
    )


def _block_order(block: tuple[Disposition, Severity, str]) -> tuple[int, int, int]:
    disposition, severity, rule = block
    return DISPOSITION_ORDER[disposition], -severity, RULE_ORDER[rule]


def _group_order(group: Group) -> tuple[str, tuple[bool, str, str], tuple[bool, str, str], str, str]:
    """Order groups by database, by the names of data nodes, and by the first name."""
    name = group.first.record.name or ""
    return group.first.database or "", node_order(group.source), node_order(group.target), name, group.names[0]
