"""Draft a plan from the intents of Terraform. Pure.

Terraform says how many shards a database has and on which data nodes, but not which shard goes where.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drift.core.patterns import Patterns
from drift.policy.plan.file import Count, Item, Plan
from drift.policy.selectors import Selector

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from drift.decode.intents import Intent, IntentChange


def from_intents(changes: Iterable[IntentChange], change: str | None, origin: Path) -> Plan:
    """Draft the plan that expects these databases to be made, changed or removed."""
    drafted = [each for intent in changes for each in _drafted(intent)]
    items = (Item(f"expect[{number}]", *each) for number, each in enumerate(drafted, start=1))
    return Plan(change, tuple(items), origin)


def _drafted(change: IntentChange) -> Iterator[tuple[Selector, Count]]:
    before, after = change.before, change.after
    if after:
        yield from _new_nodes(before, after)
    if before and after:
        yield from _changed(before, after)
    elif after:
        yield Selector(rule="database-added", name=Patterns.of_names([after.name])), Count(1, 1)
        yield from _shards("shard-added", after, after.shard_count)
    elif before:
        yield Selector(rule="database-removed", name=Patterns.of_names([before.name])), Count(1, 1)
        yield from _shards("shard-removed", before, before.shard_count)


def _new_nodes(before: Intent | None, after: Intent) -> Iterator[tuple[Selector, Count]]:
    """Expect the data nodes that the database didn't use; the instance may have had them for another."""
    new = [node for node in _ids(after) if before is None or node not in _ids(before)]
    if new:
        yield Selector(rule="data-node-added", name=Patterns.of_names(new)), Count(0, len(new))


def _changed(before: Intent, after: Intent) -> Iterator[tuple[Selector, Count]]:
    was, becomes = _values(before, after), _values(after, before)
    if was:
        yield (
            Selector(rule="database-resharded", name=Patterns.of_names([after.name]), was=was, becomes=becomes),
            Count(1, 1),
        )
    grown = after.shard_count - before.shard_count
    if grown > 0:
        yield from _shards("shard-added", after, grown)
    if grown < 0:
        yield from _shards("shard-removed", before, -grown)
    if grown or set(_ids(before)) != set(_ids(after)):
        moved = Selector(
            rule="shard-moved",
            database=Patterns.of_names([after.name]),
            source=Patterns.of_names(_ids(before)),
            target=Patterns.of_names(_ids(after)),
        )
        yield moved, Count(0, min(before.shard_count, after.shard_count))


def _values(one: Intent, other: Intent) -> dict[str, Any]:
    """Collect the values of a database that differ from the other's."""
    values: dict[str, Any] = {}
    if one.shard_mode and other.shard_mode and one.shard_mode != other.shard_mode:
        values["shard_mode"] = one.shard_mode
    if one.shard_count != other.shard_count:
        values["shard_count"] = one.shard_count
    return values


def _shards(rule: str, intent: Intent, count: int) -> Iterator[tuple[Selector, Count]]:
    nodes = Patterns.of_names(_ids(intent)) if intent.nodes else None
    is_added = rule == "shard-added"
    if count:
        yield (
            Selector(
                rule=rule,
                database=Patterns.of_names([intent.name]),
                source=None if is_added else nodes,
                target=nodes if is_added else None,
            ),
            Count(count, count),
        )


def _ids(intent: Intent) -> list[str]:
    return [node for node, _ in intent.nodes]
