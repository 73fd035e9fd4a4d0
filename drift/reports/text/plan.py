"""A plan as plain text, alone or with a preview in a snapshot. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.core.name_ranges import runs
from drift.policy.rules import CHANGE_RULES
from drift.reports.wording import change_groups, plan, sentences
from drift.reports.wording.escape import Medium, text_literal, text_name
from drift.reports.wording.i18n import mark_sentence, plural, translate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from drift.policy.plan.file import Item, Plan
    from drift.policy.plan.preview import ItemPreview

_TEXT: Final = Medium(text_name, text_literal)
_ONE: Final = {
    "data-node": mark_sentence("{count} data node"),
    "database": mark_sentence("{count} database"),
    "shard": mark_sentence("{count} shard"),
}
_SEVERAL: Final = {
    "data-node": mark_sentence("{count} data nodes"),
    "database": mark_sentence("{count} databases"),
    "shard": mark_sentence("{count} shards"),
}
_VERBS: Final = {
    "added": mark_sentence("{who} to appear"),
    "removed": mark_sentence("{who} to disappear"),
    "moved": mark_sentence("{who} to move"),
    "renamed": mark_sentence("{who} to be renamed"),
    "endpoint-changed": mark_sentence("{who} to change host or port"),
    "engine-changed": mark_sentence("{who} to change engine or major version"),
    "engine-patched": mark_sentence("{who} to change the engine's patch level"),
    "resharded": mark_sentence("{who} to change shard mode or shard count"),
    "status-changed": mark_sentence("{who} to change status"),
    "changed": mark_sentence("{who} to change another attribute"),
}


def render(plan: Plan, previews: Sequence[ItemPreview], snapshot: str | None) -> str:
    """Render each expected change as a sentence, and how much of it is possible in the snapshot.

    `previews` are in the order of the items, and empty without a snapshot.
    """
    return "\n".join([*_lines(plan, previews, snapshot), ""])


def _lines(plan: Plan, previews: Sequence[ItemPreview], snapshot: str | None) -> Iterator[str]:
    name = translate("plan {name}", name=text_name(plan.change)) if plan.change else translate("the plan")
    if plan.items:
        yield translate(
            "{plan}: {changes}, and nothing else", plan=name, changes=plural(len(plan.items), "expected change")
        )
    else:
        yield translate("{plan}: no changes expected", plan=name)
    for number, item in enumerate(plan.items, start=1):
        yield f"  {number}. {_sentence(item)}"
        if previews:
            yield f"     {_ahead(previews[number - 1])}"
    if snapshot is not None and plan.items:
        possible = sum(each.is_possible for each in previews)
        total, name = len(plan.items), text_name(snapshot)
        yield translate(
            "{count:,} of {total:,} are possible in {name} as it is now", count=possible, total=total, name=name
        )


def _sentence(item: Item) -> str:
    """`4 shards of orders to move from rds-2 to rds-3: orders_{0012..0015}`."""
    selector, rule = item.selector, CHANGE_RULES[item.rule]
    nouns = _ONE if item.count.most == 1 else _SEVERAL
    who = translate(nouns[rule.entity], count=plan.count_words(item.count))
    if selector.database:
        who = translate("{who} of {databases}", who=who, databases=plan.patterns(selector.database, _TEXT))
    text = _way(translate(_VERBS[rule.kind], who=who), item)
    if selector.name:
        text = translate("{who}: {what}", who=text, what=plan.patterns(selector.name, _TEXT))
    return sentences.clauses(part for part in (text, plan.values(selector, _TEXT)) if part)


def _way(what: str, item: Item) -> str:
    """Add from where to where."""
    source = plan.patterns(item.selector.source, _TEXT) if item.selector.source else ""
    target = plan.patterns(item.selector.target, _TEXT) if item.selector.target else ""
    if source and target:
        return translate("{what} from {source} to {target}", what=what, source=source, target=target)
    if source:
        return translate("{what} from {source}", what=what, source=source)
    if target and item.rule == "shard-moved":
        return translate("{what} to {target}", what=what, target=target)
    return translate("{what} on {target}", what=what, target=target) if target else what


def _ahead(found: ItemPreview) -> str:
    if found.ready is None:
        return translate("· the matching names are not known in advance")
    symbol, wanted = "✔" if found.is_possible else "✘", plan.count_words(found.item.count)
    lines = [translate("{ready:,} possible, {count} expected", ready=found.ready, count=wanted)]
    if found.done:
        lines.append(translate("already so: {names}", names=_names(found.done)))
    if found.unready:
        lines.append(translate("not possible: {names}", names=_names(found.unready)))
    return f"{symbol} {sentences.remarks(lines)}"


def _names(names: tuple[str, ...]) -> str:
    return change_groups.run_names(runs(names), plan.MOST_NAMES, _TEXT)
