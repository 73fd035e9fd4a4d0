"""A plan in words, alone or held against a snapshot before it happens. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.core.name_ranges import runs
from drift.policy.selectors import entity_of
from drift.reports.wording import plan, sentences
from drift.reports.wording.escape import Medium, text_literal, text_name
from drift.reports.wording.i18n import phrase, plural, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from drift.policy.plan.file import Item, Plan
    from drift.policy.plan.preview import Foreseen

_TEXT: Final = Medium(text_name, text_literal)
_ONE: Final = {
    "data-node": phrase("{count} data node"),
    "database": phrase("{count} database"),
    "shard": phrase("{count} shard"),
}
_SEVERAL: Final = {
    "data-node": phrase("{count} data nodes"),
    "database": phrase("{count} databases"),
    "shard": phrase("{count} shards"),
}
_VERBS: Final = {
    "added": phrase("{who} to appear"),
    "removed": phrase("{who} to disappear"),
    "moved": phrase("{who} to move"),
    "renamed": phrase("{who} to be renamed"),
    "endpoint-changed": phrase("{who} to get another host or port"),
    "engine-changed": phrase("{who} to get another engine or engine version"),
    "resharded": phrase("{who} to get another shard mode or shard count"),
    "status-changed": phrase("{who} to get another status"),
    "changed": phrase("{who} to change in another attribute"),
}


def render(plan: Plan, foreseen: Mapping[str, Foreseen], snapshot: str | None) -> str:
    """Each expected change as a sentence; below it, how much of it can happen to the snapshot.

    `foreseen` is by the items' places, and empty without a snapshot.
    """
    return "\n".join([*_lines(plan, foreseen, snapshot), ""])


def _lines(plan: Plan, foreseen: Mapping[str, Foreseen], snapshot: str | None) -> Iterator[str]:
    name = say("plan {name}", name=text_name(plan.change)) if plan.change else say("the plan")
    if plan.items:
        yield say("{plan}: {changes}, and nothing else", plan=name, changes=plural(len(plan.items), "expected change"))
    else:
        yield say("{plan}: nothing is to change", plan=name)
    for number, item in enumerate(plan.items, start=1):
        yield f"  {number}. {_sentence(item)}"
        if (found := foreseen.get(item.place)) is not None:
            yield f"     {_ahead(found)}"
    if snapshot is not None and plan.items:
        possible = sum(each.is_possible for each in foreseen.values())
        total, name = len(plan.items), text_name(snapshot)
        yield say("{count:,} of {total:,} can happen to {name} as it is", count=possible, total=total, name=name)


def _sentence(item: Item) -> str:
    """`4 shards of orders to move from rds-2 to rds-3: orders_{0012..0015}`."""
    selector, entity = item.selector, entity_of(item.rule)
    nouns = _ONE if item.count.most == 1 else _SEVERAL
    who = say(nouns[entity], count=plan.count_words(item.count))
    if selector.database:
        who = say("{who} of {databases}", who=who, databases=plan.patterns(selector.database, _TEXT))
    told = _way(say(_VERBS[item.rule.removeprefix(f"{entity}-")], who=who), item)
    if selector.name:
        told = say("{who}: {what}", who=told, what=plan.patterns(selector.name, _TEXT))
    return sentences.clauses(part for part in (told, plan.values(selector, _TEXT)) if part)


def _way(told: str, item: Item) -> str:
    """What is to happen, and from where to where."""
    source = plan.patterns(item.selector.source, _TEXT) if item.selector.source else ""
    target = plan.patterns(item.selector.target, _TEXT) if item.selector.target else ""
    if source and target:
        return say("{what} from {source} to {target}", what=told, source=source, target=target)
    if source:
        return say("{what} from {source}", what=told, source=source)
    if target and item.rule == "shard-moved":
        return say("{what} to {target}", what=told, target=target)
    return say("{what} on {target}", what=told, target=target) if target else told


def _ahead(found: Foreseen) -> str:
    if found.ready is None:
        return say("· which ones can't be told before")
    symbol, wanted = "✔" if found.is_possible else "✘", plan.count_words(found.item.count)
    told = [say("{ready:,} can, of {count} expected", ready=found.ready, count=wanted)]
    if found.unready:
        names = sentences.run_names(runs(found.unready), plan.MOST_NAMES, _TEXT)
        told.append(say("not: {names}", names=names))
    return f"{symbol} {sentences.sayings(told)}"
