"""The majority of a database's shards, which says what is right. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    Value = TypeVar("Value", bound=Hashable)

Holders: TypeAlias = "tuple[str, ...]"


def variants(values: Iterable[tuple[str, Value]]) -> dict[Value, Holders]:
    """Group holders by what they have. What most have comes first, then what the first holder has."""
    found: defaultdict[Value, list[str]] = defaultdict(list)
    for holder, value in values:
        found[value].append(holder)
    ordered = sorted(found.items(), key=lambda each: (-len(each[1]), sorted(each[1])))
    return {value: tuple(sorted(holders)) for value, holders in ordered}


def has_majority(groups: Mapping[Value, Holders]) -> bool:
    """Return whether the first of these groups has more than half of all holders."""
    sizes = [len(holders) for holders in groups.values()]
    return bool(sizes) and 2 * sizes[0] > sum(sizes)
