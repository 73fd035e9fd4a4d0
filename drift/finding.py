"""Which selectors mean a change, for a hundred thousand changes at a time. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec

from drift.model import Database, DataNode, Shard, canonical_json
from drift.selectors import Selector, entity_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drift.diff import Change
    from drift.model import Record
    from drift.patterns import Patterns
    from drift.world import World


class Finder:
    """The selectors, ready to be asked; they are told by their numbers in the sequence.

    Selectors without a rule mean nothing here.
    """

    def __init__(self, selectors: Sequence[Selector], world: World) -> None:
        self._selectors = selectors
        self._sources = [_ids(selector.source, world) for selector in selectors]
        self._targets = [_ids(selector.target, world) for selector in selectors]
        self._named: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._open: dict[str, list[int]] = defaultdict(list)
        self._in_database: dict[tuple[int, str | None], bool] = {}
        for number, selector in enumerate(selectors):
            if selector.rule is not None:
                self._enter(number, selector, selector.rule, world)

    def _enter(self, number: int, selector: Selector, rule: str, world: World) -> None:
        names = selector.name.names if selector.name else None
        if selector.name and entity_of(rule) == "data-node":
            names = tuple(world.node_ids(selector.name))
        if names is None:
            self._open[rule].append(number)
        else:
            for name in names:
                self._named[rule, name].append(number)

    def fits(self, change: Change) -> tuple[list[int], list[int]]:
        """The selectors that mean a change, and those that would if only it had led elsewhere."""
        record = change.record
        name = record.id if isinstance(record, DataNode) else record.name
        hits: list[int] = []
        near: list[int] = []
        for number in self._named.get((change.rule, name), ()):
            self._try(number, change, record, hits, near)
        for number in self._open.get(change.rule, ()):
            selected = self._selectors[number].name
            if selected is None or selected.matches(name):
                self._try(number, change, record, hits, near)
        return hits, near

    def _try(self, number: int, change: Change, record: Record, hits: list[int], near: list[int]) -> None:
        selector = self._selectors[number]
        if selector.database is not None and not self._is_in(number, selector.database, record):
            return
        sources, targets = self._sources[number], self._targets[number]
        if sources is not None and not (isinstance(change.before, Shard) and change.before.data_node_id in sources):
            return
        if selector.was is not None and not holds(selector.was, change.before):
            return
        leads = targets is None or (isinstance(change.after, Shard) and change.after.data_node_id in targets)
        if leads and selector.becomes is not None:
            leads = holds(selector.becomes, change.after)
        if leads and not (selector.was is None and selector.becomes is None):
            leads = all(_tells(selector, edit.path) for edit in change.edits)
        (hits if leads else near).append(number)

    def _is_in(self, number: int, database: Patterns, record: Record) -> bool:
        name = record.database if isinstance(record, Shard) else record.name if isinstance(record, Database) else None
        found = self._in_database.get((number, name))
        if found is None:
            found = self._in_database[number, name] = name is not None and database.matches(name)
        return found


def _ids(patterns: Patterns | None, world: World) -> frozenset[str] | None:
    return None if patterns is None else world.node_ids(patterns)


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
