"""Match a plan against the changes of a diff: each item is matched, partial, wrong or missing. Pure.

Each change counts for one item at most. Where several items fit a change, the assignment meets as many items as
possible; the remaining changes are unplanned. Those that a waiver accepts are left to it first.
"""

from __future__ import annotations

from collections import defaultdict
from enum import StrEnum
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Final

import msgspec

from drift.compare.diff import Change
from drift.core import strict_toml, validators
from drift.core.errors import ConfigError
from drift.core.strict_toml import Problem
from drift.policy.plan.assignment import Group, assign
from drift.policy.plan.file import Item, Plan
from drift.policy.rules import CHANGE_RULES
from drift.policy.selector_index import SelectorIndex
from drift.policy.selectors import is_untold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from drift.compare.untold import Untold
    from drift.core.model import Snapshot
    from drift.core.patterns import Patterns
    from drift.policy.known_names import KnownNames
    from drift.policy.selectors import Selector

_NO_LIMIT: Final = 1 << 62


class Status(StrEnum):
    """The status of an expected change."""

    MATCHED = "matched"
    """As many changes as expected."""
    PARTIAL = "partial"
    """Fewer."""
    WRONG = "wrong"
    """Fewer or an open number, and others with another result."""
    MISSING = "missing"
    """None."""


class ItemResult(msgspec.Struct, frozen=True):
    """The result of one item: the number `found`, the changes with another result, and the names not seen.

    `not_told`: it is not met, and one side's layout has no place for what it is about, so that nobody can know.
    """

    item: Item
    status: Status
    found: int
    wrong: tuple[Change, ...]
    unseen: tuple[str, ...]
    not_told: bool = False


class PlanResult(msgspec.Struct, frozen=True):
    """The result of a plan. `expecting` has the number of the item for each change of the diff, or None."""

    plan: Plan
    results: tuple[ItemResult, ...]
    expecting: tuple[int | None, ...]

    @property
    def is_met(self) -> bool:
        """Whether every planned change has happened."""
        return all(result.status is Status.MATCHED for result in self.results)

    @property
    def is_missed(self) -> bool:
        """Whether a planned change has not happened although both sides would tell of it."""
        return any(result.status is not Status.MATCHED and not result.not_told for result in self.results)

    @property
    def is_untold(self) -> bool:
        """Whether one side can't tell of a planned change."""
        return any(result.not_told for result in self.results)

    @property
    def met(self) -> int:
        """The number of matched items."""
        return sum(result.status is Status.MATCHED for result in self.results)


def match(
    plan: Plan,
    changes: Sequence[Change],
    known_names: KnownNames,
    not_told: Sequence[Untold] = (),
    waived: Collection[int] = frozenset(),
) -> PlanResult:
    """Match a plan against the changes of a diff, in which the facts `not_told` were not compared.

    A waiver accepts the changes with the numbers in `waived`. They count for the plan where they are needed.

    Raises ConfigError where the plan names a data node or a database that neither a snapshot has nor the plan adds.
    """
    check(plan, known_names)
    known_names = with_other_names(plan, known_names)
    index = SelectorIndex([item.selector for item in plan.items], known_names)
    groups: dict[Group, list[int]] = defaultdict(list)
    nearly: dict[int, int] = {}
    # The changes of a group are assigned in their order: those that a waiver accepts come last.
    for number, change in sorted(enumerate(changes), key=lambda each: each[0] in waived):
        hits, near = index.fits(change)
        if hits:
            groups[hits].append(number)
        elif near:
            nearly[number] = near[0]
    expecting = _assigned(plan, groups, len(changes), waived)
    results = (_told(result, not_told) for result in _results(plan, changes, expecting, nearly, waived))
    return PlanResult(plan, tuple(results), tuple(expecting))


def _told(result: ItemResult, not_told: Sequence[Untold]) -> ItemResult:
    """Mark an item that found too little, and may have more among the facts that one side can't tell."""
    is_short = result.status is not Status.MATCHED
    return msgspec.structs.replace(result, not_told=is_short and is_untold(result.item.selector, not_told))


def check(plan: Plan, known_names: KnownNames) -> None:
    """Raise ConfigError, with every problem, where a plan uses a name that neither exists nor is added by it."""
    _refuse(plan, name_problems(plan, known_names))


def check_shards(plan: Plan, results: Iterable[ItemResult], sides: Collection[Snapshot]) -> None:
    """Raise ConfigError where a missing item names shards that neither of two whole snapshots has."""
    items = [result.item for result in results if result.status is Status.MISSING and _needs_shards(result.item)]
    names = {(each.name, shard.name) for side in sides for each in side.databases for shard in each.shards}
    _refuse(plan, (problem for item in items for problem in _unknown_shards(item, names)))


def _needs_shards(item: Item) -> bool:
    """Return whether an item names shards that must exist before the change."""
    rule = CHANGE_RULES[item.rule]
    return item.selector.name is not None and rule.entity == "shard" and rule.kind != "added"


def _unknown_shards(item: Item, names: Collection[tuple[str, str]]) -> Iterator[Problem]:
    database = item.selector.database
    known = {name for owner, name in names if database is None or database.matches(owner)}
    for pattern in item.selector.name.each if item.selector.name else ():
        if not any(map(pattern.matches, known)):
            yield Problem(f"{item.place}.name", f"no such shard{validators.suggestion(pattern.text, known)}")


def _refuse(plan: Plan, problems: Iterable[Problem]) -> None:
    if listed := list(problems):
        raise ConfigError(
            strict_toml.problem_text(listed, plan.origin),
            hint="Only records of one of the two snapshots, or records that the plan adds, can be expected to change.",
        )


def limits(plan: Plan) -> tuple[list[int], list[int]]:
    """Return the least and the most changes for each item, as `assign` takes them."""
    least = [item.count.least for item in plan.items]
    return least, [_NO_LIMIT if item.count.most is None else item.count.most for item in plan.items]


def _assigned(
    plan: Plan, groups: Mapping[Group, Sequence[int]], changes: int, waived: Collection[int]
) -> list[int | None]:
    """Return, for each change, the item that it counts for."""
    spare = {group: sum(member in waived for member in members) for group, members in groups.items()}
    sizes = {group: len(members) - spare[group] for group, members in groups.items()}
    expecting: list[int | None] = [None] * changes
    for group, flow in assign([sizes, spare], limits(plan), len(plan.items)).items():
        members = iter(groups[group])
        for item, amount in flow.items():
            for member in islice(members, amount):
                expecting[member] = item
    return expecting


def _results(
    plan: Plan,
    changes: Sequence[Change],
    expecting: Sequence[int | None],
    nearly: Mapping[int, int],
    waived: Collection[int],
) -> Iterator[ItemResult]:
    found: dict[int, list[int]] = defaultdict(list)
    wrong: dict[int, list[Change]] = defaultdict(list)
    for number, expected in enumerate(expecting):
        if expected is not None:
            found[expected].append(number)
    for number, nearest in sorted(nearly.items()):
        is_met = len(found[nearest]) >= plan.items[nearest].count.least
        if not (is_met and number in waived):  # another result that is accepted takes nothing from what has happened
            wrong[nearest].append(changes[number])
    for number, item in enumerate(plan.items):
        seen = [changes[place] for place in found[number]]
        yield _result(item, seen, wrong[number])


def _result(item: Item, seen: Sequence[Change], elsewhere: Sequence[Change]) -> ItemResult:
    count, found = item.count, len(seen)
    room = len(elsewhere) if count.most is None else count.most - found
    wrong = tuple(elsewhere[:room])
    if wrong:
        status = Status.WRONG
    elif found >= count.least:
        status = Status.MATCHED
    else:
        status = Status.PARTIAL if found else Status.MISSING
    return ItemResult(item, status, found, wrong, _unseen(item, [*seen, *wrong]) if found < count.least else ())


def _unseen(item: Item, seen: Sequence[Change]) -> tuple[str, ...]:
    """Return the listed names that no change has. Data nodes may be listed by name, so they are left out."""
    if item.selector.name is None or item.selector.name.names is None or CHANGE_RULES[item.rule].entity == "data-node":
        return ()
    names = {change.name for change in seen}
    return tuple(name for name in item.selector.name.names if name not in names)


def name_problems(plan: Plan, known_names: KnownNames) -> Iterator[Problem]:
    """Yield a problem for each data node and database that is neither known nor added by the plan."""
    known = with_other_names(plan, known_names)
    known = known.joined_by(_names_of(plan, "data-node-added"), _names_of(plan, "database-added"))
    problem_with_node, problem_with_database = cache(known.problem_with_node), cache(known.problem_with_database)
    for item in plan.items:
        selector = item.selector
        about_itself = None if item.rule in {"data-node-added", "database-added"} else selector.name
        nodes = {"from": selector.source, "to": selector.target}
        databases = {"database": selector.database}
        match CHANGE_RULES[item.rule].entity:
            case "data-node":
                nodes["name"] = about_itself
            case "database":
                databases["name"] = about_itself
        for keys, problem_with in ((nodes, problem_with_node), (databases, problem_with_database)):
            for key, patterns in keys.items():
                problems = (problem_with(pattern) for pattern in (patterns.each if patterns else ()))
                yield from (Problem(f"{item.place}.{key}", problem) for problem in problems if problem)


def with_other_names(plan: Plan, known_names: KnownNames) -> KnownNames:
    """Let a data node that the plan renames go by both names, as it has one of them before and the other after it."""
    renamed = (item.selector for item in plan.items if item.rule == "data-node-renamed")
    return known_names.with_aliases(map(_both_names, renamed))


def _both_names(selector: Selector) -> set[str]:
    """Return the words for the one data node that is renamed; none where the item is for several."""
    words = selector.name.names if selector.name else ()
    if words is None or len(words) > 1:
        return set()
    values = ((each or {}).get("name") for each in (selector.was, selector.becomes))
    return {*words, *(name for name in values if isinstance(name, str))}


def with_removed(plan: Plan, known_names: KnownNames) -> KnownNames:
    """Add the names that the plan removes: a snapshot after it has them no more."""
    return known_names.joined_by(_names_of(plan, "data-node-removed"), _names_of(plan, "database-removed"))


def _names_of(plan: Plan, rule: str) -> list[Patterns | None]:
    return [item.selector.name for item in plan.items if item.rule == rule]
