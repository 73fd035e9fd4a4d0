"""A report arranged once for every renderer: sections, counts, flows and balance. Pure; judges nothing.

Every change of the verdict is in exactly one group, or folded into the group of the database it came or went with; and
each group is in one chapter, that of its event.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import msgspec

from drift.core.model import DATA_NODES_SCOPE, DATABASES_SCOPE, Gap
from drift.policy.rules import Severity
from drift.policy.verdict import Disposition
from drift.reports.content.groups import DISPOSITION_ORDER, RULE_ORDER, Block, blocks_of, gathered
from drift.reports.content.happenings import Happening, happenings
from drift.reports.content.nodes import BothSides, Node, node_order, shards_by_node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.reports.content.groups import Kin
    from drift.reports.content.report import Report


class Chapter(msgspec.Struct, frozen=True):
    """The changes of one event, most severe first; without one, those that no operation explains."""

    event: Happening | None
    blocks: tuple[Block, ...]

    @property
    def count(self) -> int:
        """The number of changes in it."""
        return sum(block.count for block in self.blocks)

    @property
    def is_mixed(self) -> bool:
        """True where its changes have different dispositions."""
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
        """The number of changes in it."""
        return sum(chapter.count for chapter in self.chapters)

    @property
    def events(self) -> tuple[Happening, ...]:
        """The events of the section."""
        return tuple(chapter.event for chapter in self.chapters if chapter.event)


class Count(msgspec.Struct, frozen=True):
    """The changes of a rule, counted by disposition in the order of `Disposition`. `severity` is the worst of them."""

    rule: str
    severity: Severity
    by_disposition: tuple[int, ...]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.by_disposition)


class Flow(msgspec.Struct, frozen=True):
    """The number of shards that moved from one data node to another."""

    source: Node
    target: Node
    shards: int


class BalanceRow(msgspec.Struct, frozen=True):
    """A data node's shards before and after; None where the node wasn't there."""

    node: Node
    before: int | None
    after: int | None


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """The arrangement of a report for all media that people read."""

    total: int
    counts: tuple[Count, ...]
    unexpected: tuple[tuple[Severity, int], ...]
    sections: tuple[Section, ...]
    flows: tuple[Flow, ...]
    balance: tuple[BalanceRow, ...]
    not_checked: tuple[Gap, ...]
    nothing_checked: bool

    @property
    def blocks(self) -> Iterator[Block]:
        """The blocks of all chapters, in order."""
        return (block for section in self.sections for chapter in section.chapters for block in chapter.blocks)

    @property
    def balance_matters(self) -> bool:
        """True where the balance shows more than an unchanged topology."""
        return bool(self.balance) and (self.total > 0 or (bool(self.not_checked) and not self.nothing_checked))


def outline(report: Report) -> Outline:
    """Arrange a report."""
    naming, kin = BothSides(report), gathered(report)
    return Outline(
        total=len(report.verdict.changes),
        counts=_counts(kin),
        unexpected=_unexpected(kin),
        sections=_sections(report, kin, naming),
        flows=_flows(kin, naming),
        balance=_balance(report, naming),
        not_checked=report.verdict.not_checked,
        nothing_checked=_nothing_checked(report),
    )


def _counts(kin: Kin) -> tuple[Count, ...]:
    table: Counter[tuple[str, Severity, Disposition]] = Counter()
    for like, members in kin.items():
        table[like.rule, like.severity, like.disposition] += len(members)
    return tuple(
        Count(
            rule,
            max(severity for found, severity, _ in table if found == rule),
            tuple(
                sum(count for (found, _, kind), count in table.items() if (found, kind) == (rule, disposition))
                for disposition in Disposition
            ),
        )
        for rule in sorted({rule for rule, _, _ in table}, key=RULE_ORDER.__getitem__)
    )


def _unexpected(kin: Kin) -> tuple[tuple[Severity, int], ...]:
    counts: Counter[Severity] = Counter()
    for like, members in kin.items():
        if like.disposition is Disposition.UNEXPECTED:
            counts[like.severity] += len(members)
    return tuple(sorted(counts.items(), reverse=True))


def _sections(report: Report, kin: Kin, naming: BothSides) -> tuple[Section, ...]:
    operations: dict[int, Kin] = defaultdict(dict)
    single: dict[Disposition, Kin] = defaultdict(dict)
    for like, members in kin.items():
        if like.operation is None:
            single[like.disposition][like] = members
        else:
            operations[like.operation][like] = members
    events = happenings(report)
    sections: dict[tuple[Disposition, bool], list[Chapter]] = defaultdict(list)
    for place, its in sorted(operations.items()):
        sections[_disposition_of(its)].append(Chapter(events[place], blocks_of(its, naming)))
    for disposition, its in single.items():
        sections[disposition, False].append(Chapter(None, blocks_of(its, naming)))
    order = sorted(sections, key=lambda key: (DISPOSITION_ORDER[key[0]], key[1]))
    return tuple(Section(*key, tuple(sections[key])) for key in order)


def _disposition_of(kin: Kin) -> tuple[Disposition, bool]:
    """Return the disposition of an event, and whether only a part of it is unexpected."""
    present = {like.disposition for like in kin}
    first = min(present, key=DISPOSITION_ORDER.__getitem__)
    return first, first is Disposition.UNEXPECTED and len(present) > 1


def _flows(kin: Kin, naming: BothSides) -> tuple[Flow, ...]:
    """Shards moved by from and to, the largest first."""
    pairs: Counter[tuple[str, str]] = Counter()
    for like, members in kin.items():
        if like.rule == "shard-moved":
            pairs[like.source or "", like.target or ""] += len(members)
    flows = [Flow(naming.before(source), naming.after(target), count) for (source, target), count in pairs.items()]
    return tuple(sorted(flows, key=lambda flow: (-flow.shards, node_order(flow.source), node_order(flow.target))))


def _balance(report: Report, naming: BothSides) -> tuple[BalanceRow, ...]:
    before, after = shards_by_node(report.before), shards_by_node(report.after)
    rows = [
        BalanceRow(
            naming.before(node_id) if node_id in report.before.nodes and node_id not in report.after.nodes
            else naming.after(node_id),
            before.get(node_id),
            after.get(node_id),
        )
        for node_id in {*before, *after}
    ]  # fmt: skip
    return tuple(sorted(rows, key=lambda row: node_order(row.node)))


def _nothing_checked(report: Report) -> bool:
    """Return whether the gaps leave no record that was read on both sides."""
    scopes = {gap.scope for gap in report.verdict.not_checked}
    if not scopes or report.verdict.changes:
        return False
    no_nodes = DATA_NODES_SCOPE in scopes or not (report.before.nodes and report.after.nodes)
    no_shards = DATABASES_SCOPE in scopes or not (
        any(report.before.balance.values()) and any(report.after.balance.values())
    )
    return no_nodes and no_shards
