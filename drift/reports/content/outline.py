"""What a report says, arranged once for every renderer: groups, counts, flows, balance. Pure; judges nothing.

Every change of the verdict is in exactly one group, or folded into the group of the database it came or went with; and
each group in one chapter, that of its event.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from drift.compare.diff import Change, Edit
from drift.compare.events import Event
from drift.core.model import DATA_NODES_SCOPE, DATABASES_SCOPE, DataNode, Gap, Shard
from drift.policy.rules import RULES, Severity
from drift.policy.verdict import Disposition, JudgedChange

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from drift.reports.content.report import Report, Side

_RULE_ORDER: Final = {rule: place for place, rule in enumerate(RULES)}
_DISPOSITION_ORDER: Final = {disposition: place for place, disposition in enumerate(Disposition)}
_CHILDREN: Final = {"database-added": "shard-added", "database-removed": "shard-removed"}
_SHORT_IDS: Final = (8, 12, 16)
_ENCODER: Final = msgspec.json.Encoder()

_Key: TypeAlias = tuple[Disposition, Severity, str, str | None, str | None, str | None, object]
_Family: TypeAlias = tuple[Disposition, str, str]
"""The disposition and rule of shards, and the database that they came or went with."""


class Node(msgspec.Struct, frozen=True):
    """A data node as a side names it; not `known` where the side lists no such node.

    `short_id` is the start of the id, long enough to tell it from every other in the report.
    """

    id: str
    name: str | None
    short_id: str
    known: bool = True


class Held(msgspec.Struct, frozen=True):
    """How many shards a data node holds."""

    node: Node
    shards: int


class Group(msgspec.Struct, frozen=True):
    """Changes of one rule that are told in one breath; all of them differ from `first` in nothing but the name.

    `source` and `target` are where shards were and are. `children` are the shards of an added or removed database.
    """

    first: Change
    names: tuple[str, ...]
    source: Node | None
    target: Node | None
    children: tuple[Held, ...]

    @property
    def edits(self) -> tuple[Edit, ...]:
        """What changed, beyond what the nodes tell."""
        return () if self.source and self.target else self.first.edits

    @property
    def children_count(self) -> int:
        """The shards that came or went with the database."""
        return sum(held.shards for held in self.children)

    @property
    def count(self) -> int:
        """The changes told here."""
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


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """An event with its data nodes by name. `severity` is that of its worst change; `changes` are counted."""

    event: Event
    severity: Severity
    changes: int
    sources: tuple[Node, ...]
    targets: tuple[Node, ...]


class Chapter(msgspec.Struct, frozen=True):
    """The changes of one event, most severe first; without one, those that no operation explains."""

    event: Happening | None
    blocks: tuple[Block, ...]

    @property
    def count(self) -> int:
        """The changes told here."""
        return sum(block.count for block in self.blocks)

    @property
    def is_mixed(self) -> bool:
        """Whether its changes have different dispositions."""
        return len({block.disposition for block in self.blocks}) > 1

    @property
    def unexpected(self) -> int:
        """How many of its changes are unexpected."""
        return sum(block.count for block in self.blocks if block.disposition is Disposition.UNEXPECTED)


class Section(msgspec.Struct, frozen=True):
    """The events of one disposition; those that are `partly` unexpected come apart, after the unexpected ones."""

    disposition: Disposition
    partly: bool
    chapters: tuple[Chapter, ...]

    @property
    def count(self) -> int:
        """The changes told here."""
        return sum(chapter.count for chapter in self.chapters)

    @property
    def events(self) -> tuple[Happening, ...]:
        """What happened."""
        return tuple(chapter.event for chapter in self.chapters if chapter.event)


class Count(msgspec.Struct, frozen=True):
    """How often a rule applies, by disposition in `Disposition`'s order. `severity` is the worst of them."""

    rule: str
    severity: Severity
    by_disposition: tuple[int, ...]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.by_disposition)


class Flow(msgspec.Struct, frozen=True):
    """How many shards moved from one data node to another."""

    source: Node
    target: Node
    shards: int


class Standing(msgspec.Struct, frozen=True):
    """A data node's shards before and after; None where the node wasn't there."""

    node: Node
    before: int | None
    after: int | None


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """All that renderers for eyes show."""

    total: int
    counts: tuple[Count, ...]
    unexpected: tuple[tuple[Severity, int], ...]
    sections: tuple[Section, ...]
    flows: tuple[Flow, ...]
    balance: tuple[Standing, ...]
    not_checked: tuple[Gap, ...]
    nothing_checked: bool

    @property
    def blocks(self) -> Iterator[Block]:
        """The blocks of all chapters, in order."""
        return (block for section in self.sections for chapter in section.chapters for block in chapter.blocks)

    @property
    def balance_matters(self) -> bool:
        """Whether the balance says more than that nothing is known to have changed."""
        return bool(self.balance) and (self.total > 0 or (bool(self.not_checked) and not self.nothing_checked))


def outline(report: Report) -> Outline:
    """The arrangement of a report."""
    changes = report.verdict.changes
    naming = _Naming(report)
    return Outline(
        total=len(changes),
        counts=_counts(changes),
        unexpected=_unexpected(changes),
        sections=_sections(report, naming),
        flows=_flows(changes, naming),
        balance=_balance(report, naming),
        not_checked=report.verdict.not_checked,
        nothing_checked=_nothing_checked(report),
    )


def happenings(report: Report) -> tuple[Happening, ...]:
    """Every event, in order."""
    naming, told = _Naming(report), report.told
    worst, counts = [Severity.IGNORE] * len(told.events), Counter(told.places)
    for judged, place in zip(report.verdict.changes, told.places, strict=True):
        worst[place] = max(worst[place], judged.severity)
    return tuple(
        Happening(
            event=event,
            severity=worst[place],
            changes=counts[place],
            sources=tuple(map(naming.before, event.sources)),
            targets=tuple(map(naming.after, event.targets)),
        )
        for place, event in enumerate(told.events)
    )


def shards_by_node(side: Side) -> dict[str, int]:
    """The shards of every data node of a side and of every one that its shards name; sorted by id."""
    return {node_id: side.balance.get(node_id, 0) for node_id in sorted({*side.nodes, *side.balance})}


def short_length(ids: set[str]) -> int | None:
    """How much of each id it takes to tell these apart; None where it takes all."""
    return next((length for length in _SHORT_IDS if len({node_id[:length] for node_id in ids}) == len(ids)), None)


class _Naming:
    """Names the data nodes of both sides, each as its own side knew it."""

    def __init__(self, report: Report) -> None:
        self._before, self._after = report.before.nodes, report.after.nodes
        ids = {*self._before, *self._after, *report.before.balance, *report.after.balance}
        self._short = short_length(ids)

    def before(self, node_id: str) -> Node:
        return self._name(node_id, self._before)

    def after(self, node_id: str) -> Node:
        return self._name(node_id, self._after)

    def _name(self, node_id: str, nodes: Mapping[str, DataNode]) -> Node:
        node = nodes.get(node_id)
        return Node(node_id, node.name if node else None, node_id[: self._short], known=node is not None)


def _counts(changes: Iterable[JudgedChange]) -> tuple[Count, ...]:
    table = Counter((judged.change.rule, judged.severity, judged.disposition) for judged in changes)
    return tuple(
        Count(
            rule,
            max(severity for found, severity, _ in table if found == rule),
            tuple(
                sum(count for (found, _, kind), count in table.items() if (found, kind) == (rule, disposition))
                for disposition in Disposition
            ),
        )
        for rule in sorted({rule for rule, _, _ in table}, key=_RULE_ORDER.__getitem__)
    )


def _unexpected(changes: Iterable[JudgedChange]) -> tuple[tuple[Severity, int], ...]:
    counts = Counter(judged.severity for judged in changes if judged.disposition is Disposition.UNEXPECTED)
    return tuple(sorted(counts.items(), reverse=True))


def _sections(report: Report, naming: _Naming) -> tuple[Section, ...]:
    operations: dict[int, list[JudgedChange]] = defaultdict(list)
    single: dict[Disposition, list[JudgedChange]] = defaultdict(list)
    for judged, place in zip(report.verdict.changes, report.told.places, strict=True):
        if report.told.events[place].change is None:
            operations[place].append(judged)
        else:
            single[judged.disposition].append(judged)
    events = happenings(report)
    sections: dict[tuple[Disposition, bool], list[Chapter]] = defaultdict(list)
    for place, members in sorted(operations.items()):
        sections[_standing(members)].append(Chapter(events[place], _blocks(members, naming)))
    for disposition, members in single.items():
        sections[disposition, False].append(Chapter(None, _blocks(members, naming)))
    order = sorted(sections, key=lambda key: (_DISPOSITION_ORDER[key[0]], key[1]))
    return tuple(Section(*key, tuple(sections[key])) for key in order)


def _standing(members: Iterable[JudgedChange]) -> tuple[Disposition, bool]:
    """The disposition of an event, and whether only a part of it is unexpected."""
    present = {judged.disposition for judged in members}
    first = min(present, key=_DISPOSITION_ORDER.__getitem__)
    return first, first is Disposition.UNEXPECTED and len(present) > 1


def _blocks(changes: Sequence[JudgedChange], naming: _Naming) -> tuple[Block, ...]:
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
    """Changes by what they have in common, and those that are told with their database."""
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
    """What changes must share, beside rule and database, to be told together: nodes of shards, else the edits."""
    match change.rule:
        case "shard-moved" | "shard-added" | "shard-removed":
            return _place(change.before), _place(change.after), None
        case _ if change.edits and change.entity != "data-node":
            return None, None, _ENCODER.encode(change.edits)
        case _:
            return None, None, change.name


def _place(record: object) -> str | None:
    return record.data_node_id if isinstance(record, Shard) else None


def _children(folded: Iterable[JudgedChange], naming: _Naming) -> Mapping[_Family, tuple[Held, ...]]:
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


def _settled(family: _Family, node_id: str, naming: _Naming) -> Node:
    """The data node of a child, on the side where the child is."""
    return naming.after(node_id) if family[1] == "shard-added" else naming.before(node_id)


def _group(key: _Key, members: list[Change], children: Mapping[_Family, tuple[Held, ...]], naming: _Naming) -> Group:
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
    return _DISPOSITION_ORDER[disposition], -severity, _RULE_ORDER[rule]


def _group_order(group: Group) -> tuple[str, tuple[bool, str, str], tuple[bool, str, str], str]:
    return group.first.database or "", node_order(group.source), node_order(group.target), group.names[0]


def node_order(node: Node | None) -> tuple[bool, str, str]:
    """How data nodes are sorted for eyes: by name; unknown ones last."""
    return (not node.known, node.name or "", node.id) if node else (False, "", "")


def _flows(changes: Iterable[JudgedChange], naming: _Naming) -> tuple[Flow, ...]:
    """Shards moved by from and to, the largest first."""
    pairs = Counter(
        (_place(judged.change.before) or "", _place(judged.change.after) or "")
        for judged in changes
        if judged.change.rule == "shard-moved"
    )
    flows = [Flow(naming.before(source), naming.after(target), count) for (source, target), count in pairs.items()]
    return tuple(sorted(flows, key=lambda flow: (-flow.shards, node_order(flow.source), node_order(flow.target))))


def _balance(report: Report, naming: _Naming) -> tuple[Standing, ...]:
    before, after = shards_by_node(report.before), shards_by_node(report.after)
    rows = [
        Standing(
            naming.before(node_id) if node_id in report.before.nodes and node_id not in report.after.nodes
            else naming.after(node_id),
            before.get(node_id),
            after.get(node_id),
        )
        for node_id in {*before, *after}
    ]  # fmt: skip
    return tuple(sorted(rows, key=lambda row: node_order(row.node)))


def _nothing_checked(report: Report) -> bool:
    """Whether the gaps leave no record that was read on both sides."""
    scopes = {gap.scope for gap in report.verdict.not_checked}
    if not scopes or report.verdict.changes:
        return False
    no_nodes = DATA_NODES_SCOPE in scopes or not (report.before.nodes and report.after.nodes)
    no_shards = DATABASES_SCOPE in scopes or not (
        any(report.before.balance.values()) and any(report.after.balance.values())
    )
    return no_nodes and no_shards
