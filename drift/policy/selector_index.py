"""Find the selectors that match a change, fast enough for a hundred thousand changes. Pure."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from drift.core.model import Database, DataNode, Shard, canonical_json
from drift.core.pattern_index import PatternIndex
from drift.core.patterns import Patterns
from drift.policy.rules import CHANGE_RULES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drift.compare.diff import Change
    from drift.core.model import Record
    from drift.policy.known_names import KnownNames
    from drift.policy.selectors import Selector


_Numbers: TypeAlias = tuple[int, ...]
_Fit: TypeAlias = tuple[_Numbers, _Numbers]


class SelectorIndex:
    """An index of selectors, which it returns by their numbers in the sequence. It ignores selectors without a rule."""

    def __init__(self, selectors: Sequence[Selector], known_names: KnownNames) -> None:
        ids = cache(known_names.node_ids)  # a hundred thousand selectors name few data nodes
        self._selectors = selectors
        self._sources = [None if each.source is None else ids(each.source) for each in selectors]
        self._targets = [None if each.target is None else ids(each.target) for each in selectors]
        self._matches = cache(Patterns.matches)
        self._named: dict[str, dict[str, _Numbers]] = defaultdict(dict)
        self._open: dict[str, PatternIndex] = defaultdict(PatternIndex)
        self._by_value = {each.rule for each in selectors if _has_values(each)}
        self._known: dict[tuple[_Numbers, str, str | None, str | None], _Fit] = {}
        for number, selector in enumerate(selectors):
            if selector.rule is not None:
                self._enter(number, selector, selector.rule, known_names)

    def _enter(self, number: int, selector: Selector, rule: str, known_names: KnownNames) -> None:
        names = selector.name.names if selector.name else None
        if selector.name and CHANGE_RULES[rule].entity == "data-node":
            names = tuple(known_names.node_ids(selector.name))
        if names is None:
            self._open[rule].add(number, selector.name)
        else:
            named, alone = self._named[rule], (number,)
            for name in names:
                named[name] = (*named[name], number) if name in named else alone

    def fits(self, change: Change) -> _Fit:
        """Return the selectors that match a change, and those that match all but its result."""
        record, rule = change.record, change.rule
        name = record.id if isinstance(record, DataNode) else record.name
        numbers = self._named[rule].get(name, ())
        if self._open[rule]:
            numbers += self._open[rule].find(name)
        if rule in self._by_value or not isinstance(record, Shard):
            return self._evaluate(numbers, change)
        # A selector treats all shards alike that have the same name patterns, database, source and target.
        source = change.before.data_node_id if isinstance(change.before, Shard) else None
        likeness = numbers, record.database, source, None if change.after is None else record.data_node_id
        known = self._known.get(likeness)
        if known is None:
            known = self._known[likeness] = self._evaluate(numbers, change)
        return known

    def _evaluate(self, numbers: _Numbers, change: Change) -> _Fit:
        candidates = [number for number in numbers if self._matches_before(number, change)]
        hits = [number for number in candidates if self._leads_there(number, change)]
        return tuple(hits), tuple(number for number in candidates if number not in hits)

    def _matches_before(self, number: int, change: Change) -> bool:
        """Return whether a selector, whose name fits, matches the record before the change, whatever the result."""
        selector, sources, record = self._selectors[number], self._sources[number], change.record
        database = record.database if isinstance(record, Shard) else record.name if isinstance(record, Database) else ""
        if selector.database is not None and not self._matches(selector.database, database):
            return False
        if sources is not None and not (isinstance(change.before, Shard) and change.before.data_node_id in sources):
            return False
        return selector.was is None or holds(selector.was, change.before)

    def _leads_there(self, number: int, change: Change) -> bool:
        """Return whether the result matches, and a selector with values covers every edit."""
        selector, targets = self._selectors[number], self._targets[number]
        if targets is not None and not (isinstance(change.after, Shard) and change.after.data_node_id in targets):
            return False
        if selector.becomes is not None and not holds(selector.becomes, change.after):
            return False
        return not _has_values(selector) or all(_covers(selector, edit.path) for edit in change.edits)


def _has_values(selector: Selector) -> bool:
    return not (selector.was is None and selector.becomes is None)


def holds(values: Mapping[str, Any], record: Record | None) -> bool:
    """Return whether a record has these values; other values don't matter."""
    return all(
        _contains(msgspec.json.decode(record.attributes), value) if field == "attributes" and record
        else _same(getattr(record, field, None), value)
        for field, value in values.items()
    )  # fmt: skip


def _contains(whole: object, part: object) -> bool:
    """Return whether a JSON value has these members; a member that is None is null there, or missing."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(_contains(whole.get(key), value) for key, value in part.items())
    return _same(whole, part)


def _same(one: object, other: object) -> bool:
    """Return whether two JSON values are the same; to Python, 1 equals true."""
    return one == other and canonical_json(one) == canonical_json(other)


def _covers(selector: Selector, path: Sequence[str | int]) -> bool:
    """Return whether the selector has the value at a path."""
    return _reaches_value(selector.was, path) or _reaches_value(selector.becomes, path)


def _reaches_value(values: object, path: Sequence[str | int]) -> bool:
    """Return whether the path leads to a value, or into a value that is given as a whole."""
    if values is None:
        return False
    for step in path:
        if not isinstance(values, dict):
            return True
        if step not in values:
            return False
        values = values[step]
    return True
