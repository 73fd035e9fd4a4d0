"""Assign changes to the items of a plan so that as many items as possible are met: a maximum flow. Pure.

Only numbers matter: changes that fit the same items form a group, and a group's changes are assigned in their order.
"""

from __future__ import annotations

from collections import defaultdict, deque
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Group: TypeAlias = tuple[int, ...]
"""The items that fit the changes of a group."""


def assign(
    rounds: Sequence[Mapping[Group, int]], limits: Sequence[Sequence[int]], items: int
) -> dict[Group, dict[int, int]]:
    """Return the number of changes of each group that each item gets.

    Each of the `rounds` has the groups' numbers of changes; those of an earlier one come first where not all get an
    item. Each of the `limits` has the most changes for each item. The flow grows as far as one limit allows before the
    next one applies, which must be as high or higher.
    """
    flow = _Flow(dict.fromkeys(group for sizes in rounds for group in sizes), items)
    left = [dict(sizes) for sizes in rounds]
    for limit in limits:
        for sizes in left:
            for group, size in sizes.items():
                sizes[group] = flow.extend(group, size, limit)
    return flow.amounts


class _Flow:
    """A flow from groups to items that grows step by step; the amount at an item never shrinks."""

    def __init__(self, groups: Iterable[Group], items: int) -> None:
        self.amounts = {group: dict.fromkeys(group, 0) for group in groups}
        self._held = [0] * items
        self._groups: dict[int, list[Group]] = defaultdict(list)
        for group in self.amounts:
            for item in group if len(group) > 1 else ():
                self._groups[item].append(group)

    def extend(self, group: Group, left: int, limit: Sequence[int]) -> int:
        """Assign the rest of a group, as far as the limits allow; return what is left then."""
        while left and (path := self._path(group, limit)):
            amount = min(left, limit[path[-1][1]] - self._held[path[-1][1]])
            for (_, given_up), (giver, _) in pairwise(path):
                amount = min(amount, self.amounts[giver][given_up])
            for taker, item in path:
                self.amounts[taker][item] += amount
            for (_, given_up), (giver, _) in pairwise(path):
                self.amounts[giver][given_up] -= amount
            left -= amount
            self._held[path[-1][1]] += amount
        return left

    def _path(self, group: Group, limit: Sequence[int]) -> list[tuple[Group, int]]:
        """Find the shortest augmenting path: each group takes an item that the next group gives up for another."""
        came: dict[int, tuple[Group, int | None]] = dict.fromkeys(group, (group, None))
        queue = deque(group)
        while queue:
            item = queue.popleft()
            if self._held[item] < limit[item]:
                return _walked(came, item)
            for giver in self._groups[item]:
                if self.amounts[giver][item]:
                    fresh = [other for other in giver if other not in came]
                    came |= dict.fromkeys(fresh, (giver, item))
                    queue.extend(fresh)
        return []


def _walked(came: Mapping[int, tuple[Group, int | None]], last: int) -> list[tuple[Group, int]]:
    """Trace the steps that led to an item, the first one first."""
    steps: list[tuple[Group, int]] = []
    at: int | None = last
    while at is not None:
        group, before = came[at]
        steps.append((group, at))
        at = before
    return steps[::-1]
