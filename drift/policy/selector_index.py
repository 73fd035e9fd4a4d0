"""Which selectors mean a change, for a hundred thousand changes at a time. Pure."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from drift.core.model import Database, DataNode, Shard, canonical_json
from drift.core.patterns import Patterns
from drift.policy.selectors import Selector, entity_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drift.compare.diff import Change
    from drift.core.model import Record
    from drift.policy.known_names import KnownNames


_Numbers: TypeAlias = tuple[int, ...]
_Fit: TypeAlias = tuple[_Numbers, _Numbers]


class SelectorIndex:
    """The selectors, ready to be asked; they are told by their numbers in the sequence.

    Selectors without a rule mean nothing here.
    """

    def __init__(self, selectors: Sequence[Selector], world: KnownNames) -> None:
        ids = cache(world.node_ids)  # a hundred thousand selectors name few data nodes between them
        self._selectors = selectors
        self._sources = [None if each.source is None else ids(each.source) for each in selectors]
        self._targets = [None if each.target is None else ids(each.target) for each in selectors]
        self._matches = cache(Patterns.matches)
        self._named: dict[str, dict[str, _Numbers]] = defaultdict(dict)
        self._open: dict[str, list[int]] = defaultdict(list)
        self._by_value = {each.rule for each in selectors if _tells_values(each)}
        self._known: dict[tuple[_Numbers, str, str | None, str | None], _Fit] = {}
        for number, selector in enumerate(selectors):
            if selector.rule is not None:
                self._enter(number, selector, selector.rule, world)

    def _enter(self, number: int, selector: Selector, rule: str, world: KnownNames) -> None:
        names = selector.name.names if selector.name else None
        if selector.name and entity_of(rule) == "data-node":
            names = tuple(world.node_ids(selector.name))
        if names is None:
            self._open[rule].append(number)
        else:
            named, alone = self._named[rule], (number,)
            for name in names:
                named[name] = (*named[name], number) if name in named else alone

    def fits(self, change: Change) -> _Fit:
        """The selectors that mean a change, and those that would if only it had led elsewhere."""
        record, rule = change.record, change.rule
        name = record.id if isinstance(record, DataNode) else record.name
        numbers = self._named[rule].get(name, ())
        if self._open[rule]:
            numbers += tuple(number for number in self._open[rule] if self._names(number, name))
        if rule in self._by_value or not isinstance(record, Shard):
            return self._tried(numbers, change)
        # What a selector says of a shard, beside its name, is the same for all that went the same way.
        source = change.before.data_node_id if isinstance(change.before, Shard) else None
        likeness = numbers, record.database, source, None if change.after is None else record.data_node_id
        known = self._known.get(likeness)
        if known is None:
            known = self._known[likeness] = self._tried(numbers, change)
        return known

    def _names(self, number: int, name: str) -> bool:
        selected = self._selectors[number].name
        return selected is None or selected.matches(name)

    def _tried(self, numbers: _Numbers, change: Change) -> _Fit:
        meant = [number for number in numbers if self._is_meant(number, change)]
        hits = [number for number in meant if self._leads(number, change)]
        return tuple(hits), tuple(number for number in meant if number not in hits)

    def _is_meant(self, number: int, change: Change) -> bool:
        """Whether a selector, whose name fits, means what changed, wherever that led."""
        selector, sources, record = self._selectors[number], self._sources[number], change.record
        database = record.database if isinstance(record, Shard) else record.name if isinstance(record, Database) else ""
        if selector.database is not None and not self._matches(selector.database, database):
            return False
        if sources is not None and not (isinstance(change.before, Shard) and change.before.data_node_id in sources):
            return False
        return selector.was is None or holds(selector.was, change.before)

    def _leads(self, number: int, change: Change) -> bool:
        """Whether a change led where a selector says, and the selector tells all of it if it tells values."""
        selector, targets = self._selectors[number], self._targets[number]
        if targets is not None and not (isinstance(change.after, Shard) and change.after.data_node_id in targets):
            return False
        if selector.becomes is not None and not holds(selector.becomes, change.after):
            return False
        return not _tells_values(selector) or all(_tells(selector, edit.path) for edit in change.edits)


def _tells_values(selector: Selector) -> bool:
    return not (selector.was is None and selector.becomes is None)


def holds(values: Mapping[str, Any], record: Record | None) -> bool:
    """Whether a record has these values; what they leave out doesn't matter."""
    return all(
        _contains(msgspec.json.decode(record.attributes), value) if field == "attributes" and record
        else _same(getattr(record, field, None), value)
        for field, value in values.items()
    )  # fmt: skip


def _contains(whole: object, part: object) -> bool:
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(
            key in whole and _contains(whole[key], value) for key, value in part.items()
        )
    return _same(whole, part)


def _same(one: object, other: object) -> bool:
    """Whether two JSON values are the same; to Python, 1 and true are."""
    return one == other and canonical_json(one) == canonical_json(other)


def _tells(selector: Selector, path: Sequence[str | int]) -> bool:
    """Whether the selector says what becomes of the value at a path."""
    return _leads_to_value(selector.was, path) or _leads_to_value(selector.becomes, path)


def _leads_to_value(values: object, path: Sequence[str | int]) -> bool:
    """Whether the path leads to a value, or into one that is told whole."""
    for step in path:
        if not isinstance(values, dict):
            return values is not None
        if step not in values:
            return False
        values = values[step]
    return values is not None
