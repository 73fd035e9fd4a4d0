"""A plan in words, alone or held against a snapshot before it happens. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.reports import planned, words
from drift.reports.ranges import runs
from drift.reports.safe import Medium, text_literal, text_name
from drift.selectors import entity_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from drift.foresight import Foreseen
    from drift.plan import Item, Plan

_TEXT: Final = Medium(text_name, text_literal)
_NOUNS: Final = {"data-node": "data node", "database": "database", "shard": "shard"}
_VERBS: Final = {
    "added": "to appear",
    "removed": "to disappear",
    "moved": "to move",
    "renamed": "to be renamed",
    "endpoint-changed": "to get another host or port",
    "engine-changed": "to get another engine or engine version",
    "resharded": "to get another shard mode or shard count",
    "status-changed": "to get another status",
    "changed": "to change in another attribute",
}


def render(plan: Plan, foreseen: Mapping[str, Foreseen], snapshot: str | None) -> str:
    """Each expected change as a sentence; below it, how much of it can happen to the snapshot.

    `foreseen` is by the items' places, and empty without a snapshot.
    """
    return "\n".join([*_lines(plan, foreseen, snapshot), ""])


def _lines(plan: Plan, foreseen: Mapping[str, Foreseen], snapshot: str | None) -> Iterator[str]:
    name = f"plan {text_name(plan.change)}" if plan.change else "the plan"
    count = words.plural(len(plan.items), "expected change")
    yield f"{name}: nothing is to change" if not plan.items else f"{name}: {count}, and nothing else"
    for number, item in enumerate(plan.items, start=1):
        yield f"  {number}. {_sentence(item)}"
        if (found := foreseen.get(item.place)) is not None:
            yield f"     {_ahead(found)}"
    if snapshot is not None and plan.items:
        possible = sum(each.is_possible for each in foreseen.values())
        yield f"{possible:,} of {len(plan.items):,} can happen to {text_name(snapshot)} as it is"


def _sentence(item: Item) -> str:
    """`4 shards of orders to move from rds-2 to rds-3: orders_{0012..0015}`."""
    selector, entity = item.selector, entity_of(item.rule)
    noun = _NOUNS[entity] if item.count.most == 1 else f"{_NOUNS[entity]}s"
    parts = [planned.count_words(item.count), noun]
    if selector.database:
        parts.append(f"of {planned.patterns(selector.database, _TEXT)}")
    parts.append(_VERBS[item.rule.removeprefix(f"{entity}-")])
    if selector.source:
        parts.append(f"from {planned.patterns(selector.source, _TEXT)}")
    if selector.target:
        parts.append(f"{'to' if selector.source or item.rule == 'shard-moved' else 'on'} "
                     f"{planned.patterns(selector.target, _TEXT)}")  # fmt: skip
    told = " ".join(parts)
    values = planned.values(selector, _TEXT)
    names = planned.patterns(selector.name, _TEXT) if selector.name else ""
    return ", ".join(part for part in (f"{told}: {names}" if names else told, values) if part)


def _ahead(found: Foreseen) -> str:
    if found.ready is None:
        return "· which ones can't be told before"
    symbol = "✔" if found.is_possible else "✘"
    wanted = planned.count_words(found.item.count)
    unready = f"; not: {words.run_names(runs(found.unready), planned.MOST_NAMES, _TEXT)}" if found.unready else ""
    return f"{symbol} {found.ready:,} can, of {wanted} expected{unready}"
