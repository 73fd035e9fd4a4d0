"""A plan and its result in words. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift.core.model import Shard
from drift.core.name_ranges import runs
from drift.policy.plan.matching import ItemResult, PlanResult, Status
from drift.policy.verdict import Disposition
from drift.reports.content.nodes import Node
from drift.reports.content.rank import Rank
from drift.reports.wording import change_groups, node_names, sentences
from drift.reports.wording.checklist import Checklist, Line
from drift.reports.wording.i18n import mark_noun, mark_sentence, plural, plural_more, translate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from drift.compare.diff import Change
    from drift.core.patterns import Patterns
    from drift.policy.plan.file import Count
    from drift.policy.selectors import Selector
    from drift.policy.verdict import Verdict
    from drift.reports.content.report import Report, Side
    from drift.reports.wording.escape import Medium

MOST_PATTERNS: Final = 8
MOST_PLACES: Final = 8
MOST_NAMES: Final = 4
_STATUSES: Final = {
    Status.MATCHED: mark_sentence("matched"),
    Status.PARTIAL: mark_sentence("partial"),
    Status.WRONG: mark_sentence("wrong"),
    Status.MISSING: mark_sentence("missing"),
}


def checklist(report: Report, match: PlanResult, medium: Medium) -> Checklist:
    """List the items of a plan, each with its result."""
    return Checklist(_heading(match, medium), mark_noun("item"), tuple(_lines(report, match, medium)))


def _heading(match: PlanResult, medium: Medium) -> str:
    """Say whether the plan is met, as far as both sides tell: `Plan CHG-123: met, 6 of 6 items matched`."""
    plan = translate("Plan {name}", name=medium.name(match.plan.change)) if match.plan.change else translate("Plan")
    met, items = match.met, plural(len(match.results), "item")
    if not match.results:
        return translate("{plan}: expects no change", plan=plan)
    if match.is_met:
        return translate("{plan}: met, {met:,} of {items} matched", plan=plan, met=met, items=items)
    if match.is_missed:
        return translate("{plan}: not met, {met:,} of {items} matched", plan=plan, met=met, items=items)
    return translate("{plan}: not told, {met:,} of {items} matched", plan=plan, met=met, items=items)


def _lines(report: Report, match: PlanResult, medium: Medium) -> Iterator[Line]:
    """List every item, unmet ones first, then count the changes that the plan says nothing about."""
    for outcome in sorted(match.results, key=lambda outcome: outcome.status is Status.MATCHED):
        is_met = outcome.status is Status.MATCHED
        text = describe(outcome, report.after, medium)
        mark = "✔" if is_met else "?" if outcome.not_told else "✘"
        yield Line(mark, text, Rank.EXPECTED if is_met else Rank.ERROR)
    if unplanned := _unplanned(report.verdict, match):
        yield Line("✘", translate("unplanned: {changes}", changes=plural(unplanned, "change")), Rank.ERROR)


def _unplanned(verdict: Verdict, match: PlanResult) -> int:
    """Count the unexpected changes that no item names."""
    elsewhere = {change.sort_key for outcome in match.results for change in outcome.wrong}
    unexpected = (judged.change for judged in verdict.changes if judged.disposition is Disposition.UNEXPECTED)
    return sum(change.sort_key not in elsewhere for change in unexpected)


def describe(outcome: ItemResult, after: Side, medium: Medium) -> str:
    """Describe an item, and its result."""
    return translate(
        "{who}: {what}", who=item_words(outcome.item.selector, medium), what=_became(outcome, after, medium)
    )


def item_words(selector: Selector, medium: Medium) -> str:
    """Write a selector on one line: `shard-moved orders: orders_{0008..0015}, rds-1 → rds-3`."""
    named = [patterns(each, medium) for each in (selector.database, selector.name) if each]
    subject = translate("{who}: {what}", who=named[0], what=named[1]) if len(named) > 1 else "".join(named)
    parts = [f"{selector.rule} {subject}".rstrip(), _way(selector, medium), values(selector, medium)]
    return sentences.clauses(part for part in parts if part)


def count_words(count: Count) -> str:
    """Write an expected count: `8`, `1 to 8`, `at least 1` or `any number`."""
    if count.most is None:
        return translate("at least {count:,}", count=count.least) if count.least else translate("any number")
    if count.least == count.most:
        return f"{count.least:,}"
    return translate("{least:,} to {most:,}", least=count.least, most=count.most)


def patterns(named: Patterns, medium: Medium) -> str:
    """List at most `MOST_PATTERNS` patterns, and count those that are left out."""
    shown = [medium.name(text) for text in named.texts[:MOST_PATTERNS]]
    return sentences.listing(shown, len(named.texts) - len(shown))


def _way(selector: Selector, medium: Medium) -> str:
    source = patterns(selector.source, medium) if selector.source else ""
    target = patterns(selector.target, medium) if selector.target else ""
    if selector.rule == "shard-moved":
        return (
            node_names.arrow(source or translate("anywhere"), target or translate("anywhere"))
            if source or target
            else ""
        )
    return translate("on {nodes}", nodes=source or target) if source or target else ""


def values(selector: Selector, medium: Medium) -> str:
    """List the values that a selector names, before and after."""
    lines = [translate("was {values}", values=_literal(selector.was, medium))] if selector.was else []
    lines += [translate("becomes {values}", values=_literal(selector.becomes, medium))] if selector.becomes else []
    return sentences.clauses(lines)


def _literal(values: Mapping[str, Any], medium: Medium) -> str:
    return medium.literal(msgspec.json.encode(values).decode())


def _became(outcome: ItemResult, after: Side, medium: Medium) -> str:
    """Count the changes that an item found, and list the deviating ones."""
    lines = [_figures(outcome)]
    if outcome.wrong:
        where = _elsewhere(outcome.wrong, after, medium)
        lines.append(translate("{count:,} elsewhere: {where}", count=len(outcome.wrong), where=where))
    if outcome.unseen:
        lines.append(translate("not seen: {names}", names=_names(outcome.unseen, medium)))
    if outcome.not_told:
        lines.append(translate("not told: one layout has no place for it"))
    return sentences.remarks(lines)


def _figures(outcome: ItemResult) -> str:
    count, found = outcome.item.count, outcome.found
    if count.least == count.most:
        figures = translate("{found:,} of {count:,}", found=found, count=count.least)
    else:
        figures = translate("{found:,} ({count} expected)", found=found, count=count_words(count))
    return (
        figures
        if outcome.status is Status.MATCHED
        else sentences.clauses((translate(_STATUSES[outcome.status]), figures))
    )


def _elsewhere(changes: Iterable[Change], after: Side, medium: Medium) -> str:
    """List the changes that contradict an item, by their targets or new values."""
    places: dict[str, list[str]] = defaultdict(list)
    for change in changes:
        places[_place(change, after, medium)].append(change.name)
    lines = [translate("{names} {where}", names=_names(names, medium), where=place) for place, names in places.items()]
    hidden = len(lines) - MOST_PLACES
    return sentences.clauses(
        [*lines[:MOST_PLACES], translate("and to {places}", places=plural_more(hidden, "place"))]
        if hidden > 0
        else lines
    )


def _place(change: Change, after: Side, medium: Medium) -> str:
    if change.rule in {"shard-moved", "shard-added"} and isinstance(change.after, Shard):
        node = Node.of(change.after.data_node_id, after.nodes)
        return translate("on {nodes}", nodes=node_names.node(node, medium))
    return translate("({edits})", edits=change_groups.edits(change.edits, change_groups.MOST_EDITS, medium))


def _names(names: Iterable[str], medium: Medium) -> str:
    return change_groups.run_names(runs(names), MOST_NAMES, medium)
