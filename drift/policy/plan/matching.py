"""A plan held against the changes there are: what is matched, partial, wrong or missing. Pure.

Each change is counted for one item at the most. Where several items fit a change, they share such changes in the way
that meets as many items as can be; what is left over is unplanned.
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
from drift.policy.selector_index import SelectorIndex
from drift.policy.selectors import entity_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from drift.core.model import Snapshot
    from drift.core.patterns import Patterns
    from drift.policy.known_names import KnownNames

_NO_LIMIT: Final = 1 << 62


class Status(StrEnum):
    """What became of an expected change."""

    MATCHED = "matched"
    """As many changes as expected."""
    PARTIAL = "partial"
    """Fewer."""
    WRONG = "wrong"
    """Fewer, or open-ended, and others that led elsewhere."""
    MISSING = "missing"
    """None."""


class ItemResult(msgspec.Struct, frozen=True):
    """What became of one item: how many changes were `found`, those that led elsewhere, and the names not seen."""

    item: Item
    status: Status
    found: int
    wrong: tuple[Change, ...]
    unseen: tuple[str, ...]


class PlanResult(msgspec.Struct, frozen=True):
    """A plan held against a diff. `expecting` has the number of the item for each change of the diff, or None."""

    plan: Plan
    outcomes: tuple[ItemResult, ...]
    expecting: tuple[int | None, ...]

    @property
    def is_met(self) -> bool:
        """Whether everything that was planned has happened."""
        return all(outcome.status is Status.MATCHED for outcome in self.outcomes)

    @property
    def met(self) -> int:
        """How many items are matched."""
        return sum(outcome.status is Status.MATCHED for outcome in self.outcomes)


def match(plan: Plan, changes: Sequence[Change], world: KnownNames) -> PlanResult:
    """Hold a plan against the changes of a diff.

    Raises ConfigError where the plan speaks of a data node or a database that neither snapshot has and that the plan
    itself doesn't bring.
    """
    check(plan, world)
    finder = SelectorIndex([item.selector for item in plan.items], world)
    groups: dict[Group, list[int]] = defaultdict(list)
    nearly: dict[int, int] = {}
    for number, change in enumerate(changes):
        hits, near = finder.fits(change)
        if hits:
            groups[hits].append(number)
        elif near:
            nearly[number] = near[0]
    expecting = _dealt(plan, groups, len(changes))
    return PlanResult(plan, tuple(_outcomes(plan, changes, expecting, nearly)), tuple(expecting))


def check(plan: Plan, world: KnownNames) -> None:
    """Raise ConfigError, with every problem, where a plan speaks of what doesn't exist and isn't brought by it."""
    _refuse(plan, problems(plan, world))


def check_shards(plan: Plan, outcomes: Iterable[ItemResult], sides: Collection[Snapshot]) -> None:
    """Raise ConfigError where what is missing names shards that neither of two whole snapshots has."""
    asked = [outcome.item for outcome in outcomes if outcome.status is Status.MISSING and _needs_shards(outcome.item)]
    names = {(each.name, shard.name) for side in sides for each in side.databases for shard in each.shards}
    _refuse(plan, (problem for item in asked for problem in _unknown_shards(item, names)))


def _needs_shards(item: Item) -> bool:
    """Whether an item is about shards that are there before."""
    return item.selector.name is not None and entity_of(item.rule) == "shard" and item.rule != "shard-added"


def _unknown_shards(item: Item, names: Collection[tuple[str, str]]) -> Iterator[Problem]:
    database = item.selector.database
    known = {name for owner, name in names if database is None or database.matches(owner)}
    for pattern in item.selector.name.each if item.selector.name else ():
        if not any(map(pattern.matches, known)):
            yield Problem(f"{item.place}.name", f"no such shard{validators.suggestion(pattern.text, known)}")


def _refuse(plan: Plan, found: Iterable[Problem]) -> None:
    if told := list(found):
        raise ConfigError(
            strict_toml.problem_text(told, plan.origin),
            hint="Only what one of the two snapshots has, or what the plan itself adds, can be expected to change.",
        )


def _dealt(plan: Plan, groups: Mapping[Group, Sequence[int]], changes: int) -> list[int | None]:
    """For each change, the item that it is counted for."""
    least = [item.count.least for item in plan.items]
    most = [_NO_LIMIT if item.count.most is None else item.count.most for item in plan.items]
    sizes = {group: len(members) for group, members in groups.items()}
    expecting: list[int | None] = [None] * changes
    for group, flow in assign(sizes, (least, most), len(plan.items)).items():
        members = iter(groups[group])
        for item, amount in flow.items():
            for member in islice(members, amount):
                expecting[member] = item
    return expecting


def _outcomes(
    plan: Plan, changes: Sequence[Change], expecting: Sequence[int | None], nearly: Mapping[int, int]
) -> Iterator[ItemResult]:
    found: dict[int, list[int]] = defaultdict(list)
    wrong: dict[int, list[Change]] = defaultdict(list)
    for number, expected in enumerate(expecting):
        if expected is not None:
            found[expected].append(number)
    for number, nearest in nearly.items():
        wrong[nearest].append(changes[number])
    for number, item in enumerate(plan.items):
        seen = [changes[place] for place in found[number]]
        yield _outcome(item, seen, wrong[number])


def _outcome(item: Item, seen: Sequence[Change], elsewhere: Sequence[Change]) -> ItemResult:
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
    """The names that an item lists and no change has; data nodes may be listed by another name than their id."""
    if item.selector.name is None or item.selector.name.names is None or entity_of(item.rule) == "data-node":
        return ()
    names = {change.name for change in seen}
    return tuple(name for name in item.selector.name.names if name not in names)


def problems(plan: Plan, world: KnownNames) -> Iterator[Problem]:
    """The data nodes and databases that a plan speaks of and neither a world nor the plan itself has."""
    whole = world.joined_by(_added(plan, "data-node-added"), _added(plan, "database-added"))
    problem_with_node, problem_with_database = cache(whole.problem_with_node), cache(whole.problem_with_database)
    for item in plan.items:
        selector = item.selector
        about_itself = None if item.rule in {"data-node-added", "database-added"} else selector.name
        nodes = {"from": selector.source, "to": selector.target}
        databases = {"database": selector.database}
        match entity_of(item.rule):
            case "data-node":
                nodes["name"] = about_itself
            case "database":
                databases["name"] = about_itself
        for told, problem_with in ((nodes, problem_with_node), (databases, problem_with_database)):
            for key, patterns in told.items():
                found = (problem_with(pattern) for pattern in (patterns.each if patterns else ()))
                yield from (Problem(f"{item.place}.{key}", problem) for problem in found if problem)


def _added(plan: Plan, rule: str) -> list[Patterns | None]:
    return [item.selector.name for item in plan.items if item.rule == rule]
