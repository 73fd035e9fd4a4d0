"""A report as plain text. Pure. Colour only repeats the words and the symbols + - ~ →."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.policy.verdict import Disposition, Outcome
from drift.reports.content.nodes import NodeNames
from drift.reports.content.outline import outline
from drift.reports.text.page import PAGE, Page
from drift.reports.text.style import painted
from drift.reports.wording import (
    caveats,
    change_groups,
    node_names,
    qualities,
    sections,
    sentences,
    sides,
    times,
    untold,
    verdicts,
)
from drift.reports.wording.escape import sentence
from drift.reports.wording.event_titles import notes, title
from drift.reports.wording.i18n import mark_sentence, plural, plural_more, translate

if TYPE_CHECKING:
    from drift.policy.rules import Severity
    from drift.reports.content.groups import Group
    from drift.reports.content.outline import BalanceRow, Chapter, Count, Flow, Outline, Section
    from drift.reports.content.report import Report, Side
    from drift.reports.rendering import Rendering
    from drift.reports.wording.checklist import Checklist

MOST_GROUPS: Final = 100
"""Groups of one rule that are shown; the rest is counted."""
MOST_RUNS: Final = 24
MOST_ROWS: Final = 100
_ELSEWHERE: Final = mark_sentence("… and {more} not shown; the JSON report has them all")
_MORE: Final = mark_sentence("… and {more}")

_STYLES: Final = {
    Outcome.IN_SYNC: "good",
    Outcome.EXPECTED: "good",
    Outcome.DRIFT: "bad",
    Outcome.INCONCLUSIVE: "unsure",
}


def render(report: Report, rendering: Rendering) -> str:
    """Render the report for a terminal of that width, ending in a newline."""
    page = Page(rendering.width)
    found = outline(report)
    _head(report, found, page)
    _node_pairs(report, page)
    for section in found.sections:
        _section(section, page)
    _counts(found, page)
    _flows(found, page)
    _checklist(sections.plan(report, PAGE), page)
    _checklist(sections.waivers(report, PAGE), page)
    _findings(report, page)
    _not_checked(found, page)
    _not_told(report, page)
    _node_check(report, page)
    _balance(report, found, page)
    _accepting(report, page)
    return page.text(colour=rendering.colour)


def _head(report: Report, found: Outline, page: Page) -> None:
    between = sides.span(sides.side_name(report.before, PAGE), sides.side_name(report.after, PAGE))
    text = verdicts.report_verdict(report, found, PAGE, between)
    page.line(text, style=_STYLES[report.verdict.outcome])
    page.rows([_side(translate("before"), report.before), _side(translate("after"), report.after)], "<<><<")
    doubts = caveats.suspicion(report, PAGE) + qualities.unconfirmed([report.before, report.after], PAGE)
    doubts += qualities.other_settings(report.other_settings, PAGE)
    for text in [*doubts, *caveats.operations(report, PAGE, sentence)]:
        page.line(text, indent=2)


def _node_pairs(report: Report, page: Page) -> None:
    pairs = sections.node_pairs(report, PAGE)
    if not pairs:
        return
    page.heading(translate("Corresponding data nodes"))
    page.rows([(pair.before, "=", pair.after, pair.basis) for pair in pairs[:MOST_ROWS]], "<<<<")
    if hidden := len(pairs[MOST_ROWS:]):
        page.line(translate(_MORE, more=plural_more(hidden, "pair")), indent=2)


def _side(role: str, side: Side) -> tuple[str, ...]:
    when, source = times.moment(side.taken_at), PAGE.name(side.source)
    return painted(role, "faint"), sides.side_label(side, PAGE), when, source, sides.balance_of(side)


def _counts(found: Outline, page: Page) -> None:
    if not found.counts:
        return
    page.heading(plural(found.total, "change"))
    rows = [_count(count) for count in found.counts]
    several = len(found.sections) > 1
    page.rows(rows if several else [row[:-1] for row in rows], "><<<" if several else "><<")


def _count(count: Count) -> tuple[str, ...]:
    by_disposition = zip(Disposition, count.by_disposition, strict=True)
    return f"{count.total:,}", count.rule, _severity(count.severity), sentences.numbers(by_disposition)


def _section(section: Section, page: Page) -> None:
    """Show the changes of one disposition: events with their changes below, then the changes without an operation."""
    page.heading(translate("{who}: {what}", who=sections.heading(section), what=plural(section.count, "change")))
    events = [(chapter, chapter.event) for chapter in section.chapters if chapter.event]
    for chapter, event in events[:MOST_GROUPS]:
        text = sentences.clauses((_severity(event.severity), change_groups.chapter_count(chapter)))
        mark = sentences.followed(painted(event.event.id, "name"), text)
        page.line(sentences.titled(mark, title(event, PAGE)), indent=2)
        for note in notes(event):
            page.line(note, indent=4, symbol="!")
        _blocks(chapter, page, indent=4)
    if hidden := events[MOST_GROUPS:]:
        changes = plural(sum(chapter.count for chapter, _ in hidden), "change")
        text = translate("{events} with {changes}", events=plural_more(len(hidden), "event"), changes=changes)
        page.line(translate(_ELSEWHERE, more=text), indent=2)
    for chapter in section.chapters:
        if chapter.event is None and events:
            page.line(change_groups.unexplained(chapter), indent=2)
            _blocks(chapter, page, indent=4)
        elif chapter.event is None:
            _blocks(chapter, page, indent=2)


def _blocks(chapter: Chapter, page: Page, *, indent: int) -> None:
    for block in chapter.blocks:
        heading = painted(change_groups.block_heading(block, chapter), block.severity.word)
        who = sentences.followed(block.rule, heading)
        page.line(translate("{who}: {what}", who=who, what=change_groups.block_count(block)), indent=indent)
        for group in block.groups[:MOST_GROUPS]:
            _group(group, page, indent=indent + 2)
        if hidden := sum(group.count for group in block.groups[MOST_GROUPS:]):
            page.line(translate(_ELSEWHERE, more=plural_more(hidden, "change")), indent=indent + 2)


def _group(group: Group, page: Page, *, indent: int) -> None:
    page.line(change_groups.describe(group, PAGE), indent=indent, symbol=change_groups.symbol(group))
    if group.first.entity == "shard":
        page.line(change_groups.group_names(group, MOST_RUNS, PAGE), indent=indent + 4, style="faint")


def _findings(report: Report, page: Page) -> None:
    """Broken invariants that the changes brought."""
    if not report.verdict.findings:
        return
    from drift.reports.wording import findings

    judged = findings.worst_first(report.verdict.findings)
    naming = NodeNames.of(report.after)
    page.heading(translate("New or worse: {findings}", findings=plural(len(judged), "finding")))
    for each in judged[:MOST_GROUPS]:
        who, what = (
            sentences.followed(each.finding.rule, _severity(each.severity)),
            findings.telling(each.finding, naming, PAGE),
        )
        page.line(translate("{who}: {what}", who=who, what=what), indent=2, symbol="!")
        if names := findings.shards(each.finding, MOST_RUNS, PAGE):
            page.line(names, indent=8, style="faint")
    if hidden := len(judged[MOST_GROUPS:]):
        page.line(translate(_MORE, more=plural_more(hidden, "finding")), indent=2)


def _checklist(section: Checklist | None, page: Page) -> None:
    if section is None:
        return
    page.heading(section.heading)
    for line in section.lines[:MOST_ROWS]:
        page.line(line.text, indent=2, symbol=line.symbol)
    if hidden := len(section.lines[MOST_ROWS:]):
        page.line(translate(_ELSEWHERE, more=plural_more(hidden, section.noun)), indent=2)


def _accepting(report: Report, page: Page) -> None:
    """List the commands that would accept the changes that failed the gate."""
    if not report.accepting:
        return
    page.heading(translate("To accept the unexpected changes"))
    for each in report.accepting:
        page.line(translate("{name}:", name=change_groups.acceptance(each, PAGE)), indent=2)
        page.command(each.command, indent=4)


def _flows(found: Outline, page: Page) -> None:
    """Who moved where over all databases, unless the groups say just that."""
    text = sum(len(block.groups) for block in found.blocks if block.rule == "shard-moved")
    if text <= len(found.flows):
        return
    page.heading(translate("Moves across all databases"))
    for flow in found.flows[:MOST_ROWS]:
        _flow(flow, page)
    if hidden := sum(flow.shards for flow in found.flows[MOST_ROWS:]):
        page.line(translate("… and {shards} between other data nodes", shards=plural(hidden, "shard")), indent=2)


def _flow(flow: Flow, page: Page) -> None:
    source, target = node_names.short_node(flow.source, PAGE), node_names.short_node(flow.target, PAGE)
    text = translate("{shards}: {where}", shards=plural(flow.shards, "shard"), where=node_names.arrow(source, target))
    page.line(text, indent=2, symbol="→")


def _not_checked(found: Outline, page: Page) -> None:
    if not found.not_checked:
        return
    page.heading(translate("Not checked: {parts}", parts=plural(len(found.not_checked), "part")))
    for gap in found.not_checked[:MOST_ROWS]:
        page.line(caveats.unread(gap, PAGE, sentence), indent=2, symbol="?")
    if (hidden := len(found.not_checked) - MOST_ROWS) > 0:
        page.line(translate(_MORE, more=plural_more(hidden, "part")), indent=2)


def _node_check(report: Report, page: Page) -> None:
    """Show what was found on the data nodes, where they were asked."""
    if report.node_check is None:
        return
    from drift.reports.text import verification

    verification.part(report.node_check, NodeNames.of(report.after), page)


def _not_told(report: Report, page: Page) -> None:
    """List the facts that were not compared, as one side's layout has no place for them."""
    facts = report.verdict.not_told
    if not facts:
        return
    page.heading(untold.heading(facts))
    for fact in facts[:MOST_ROWS]:
        page.line(untold.describe(fact, PAGE), indent=2, symbol="?")
    if (hidden := len(facts) - MOST_ROWS) > 0:
        page.line(translate(_MORE, more=plural_more(hidden, "fact")), indent=2)


def _balance(report: Report, found: Outline, page: Page) -> None:
    """Shards per data node; left out where nothing changed, as the head has the sums."""
    if not found.balance_matters:
        return
    page.heading(translate("Shards per data node, before → after"))
    if not (report.before.complete and report.after.complete):
        page.line(caveats.lower_bounds(), indent=2)
    page.rows([_balance_row(row, report) for row in found.balance[:MOST_ROWS]], "<>>>>")
    if hidden := found.balance[MOST_ROWS:]:
        before, after = sum(row.before or 0 for row in hidden), sum(row.after or 0 for row in hidden)
        text = translate(_MORE, more=plural_more(len(hidden), "data node"))
        page.line(translate("{who}: {what}", who=text, what=f"{before:,} → {after:,}"), indent=2)


def _balance_row(row: BalanceRow, report: Report) -> tuple[str, ...]:
    before = node_names.shards_held(row.before, report.before)
    after = node_names.shards_held(row.after, report.after)
    difference = painted(node_names.difference(row, report), "name")
    return node_names.node(row.node, PAGE), before, "→", after, difference


def _severity(severity: Severity) -> str:
    return painted(sentences.severity(severity), severity.word)
