"""Changes dealt out to the items of a plan that fit them, so that as many items as can be are met. Pure.

Which change goes where is settled by numbers alone: changes that fit the same items form a group, and a group's changes
are dealt out in their order.
"""

from __future__ import annotations

from collections import defaultdict, deque
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Group: TypeAlias = tuple[int, ...]
"""The items that fit the changes of a group."""


def assign(sizes: Mapping[Group, int], limits: Sequence[Sequence[int]], items: int) -> dict[Group, dict[int, int]]:
    """How many changes of each group go to each item.

    `sizes` says how many changes a group has. Each of the `limits` says how many changes each item may take, and is
    reached as far as can be before the next, which must be as high or higher, is looked at.
    """
    dealt = _Dealt(sizes, items)
    for limit in limits:
        for group in sizes:
            dealt.deal(group, limit)
    return dealt.flows


class _Dealt:
    """A flow from groups to items, made larger step by step; what an item holds never becomes less."""

    def __init__(self, sizes: Mapping[Group, int], items: int) -> None:
        self.flows = {group: dict.fromkeys(group, 0) for group in sizes}
        self._left = dict(sizes)
        self._held = [0] * items
        self._groups: dict[int, list[Group]] = defaultdict(list)
        for group in sizes:
            for item in group if len(group) > 1 else ():
                self._groups[item].append(group)

    def deal(self, group: Group, limit: Sequence[int]) -> None:
        """Deal out what is left of a group, as far as the limits allow."""
        while self._left[group] and (path := self._path(group, limit)):
            amount = min(self._left[group], limit[path[-1][1]] - self._held[path[-1][1]])
            for (_, given_up), (giver, _) in pairwise(path):
                amount = min(amount, self.flows[giver][given_up])
            for taker, item in path:
                self.flows[taker][item] += amount
            for (_, given_up), (giver, _) in pairwise(path):
                self.flows[giver][given_up] -= amount
            self._left[group] -= amount
            self._held[path[-1][1]] += amount

    def _path(self, group: Group, limit: Sequence[int]) -> list[tuple[Group, int]]:
        """The shortest way to an item with room: each group takes an item that the next one gives up for another."""
        came: dict[int, tuple[Group, int | None]] = dict.fromkeys(group, (group, None))
        queue = deque(group)
        while queue:
            item = queue.popleft()
            if self._held[item] < limit[item]:
                return _walked(came, item)
            for giver in self._groups[item]:
                if self.flows[giver][item]:
                    fresh = [other for other in giver if other not in came]
                    came |= dict.fromkeys(fresh, (giver, item))
                    queue.extend(fresh)
        return []


def _walked(came: Mapping[int, tuple[Group, int | None]], last: int) -> list[tuple[Group, int]]:
    """The steps that led to an item, the first one first."""
    steps: list[tuple[Group, int]] = []
    at: int | None = last
    while at is not None:
        group, before = came[at]
        steps.append((group, at))
        at = before
    return steps[::-1]
