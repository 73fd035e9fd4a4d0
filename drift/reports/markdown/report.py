"""A report as Markdown for merge requests: readable raw, right on GitHub and GitLab, never over the limit. Pure."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from drift.policy.verdict import Disposition
from drift.reports.content.nodes import NodeNames
from drift.reports.content.outline import outline
from drift.reports.content.rank import Rank
from drift.reports.markdown.size_limit import Part, Piece, within
from drift.reports.wording import caveats, change_groups, findings, node_names, sentences, sides, verdicts
from drift.reports.wording.escape import CELL, MARKDOWN, cell, code, code_sentence, comment_word, mermaid
from drift.reports.wording.event_titles import notes, title
from drift.reports.wording.i18n import mark_noun, mark_sentence, plural, translate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.core.model import Gap
    from drift.policy.verdict import JudgedFinding
    from drift.reports.content.groups import Block, Group
    from drift.reports.content.happenings import Happening
    from drift.reports.content.nodes import Node
    from drift.reports.content.outline import BalanceRow, Chapter, Count, Flow, Outline, Section
    from drift.reports.content.report import Report, Side
    from drift.reports.rendering import Rendering

MOST_GROUPS: Final = 400
MOST_RUNS: Final = 200
MOST_ROWS: Final = 100
WIDEST_MATRIX: Final = 8
MOST_FLOWS: Final = 24
"""Arrows of the picture, and rows of the table where it has one for each arrow; every change names its own anyhow."""
MOST_NAMES_IN_LINE: Final = 3

_HEADINGS: Final = {
    Disposition.UNEXPECTED: mark_sentence("Unexpected"),
    Disposition.EXPECTED: mark_sentence("Expected"),
    Disposition.WAIVED: mark_sentence("Waived"),
    Disposition.IGNORED: mark_sentence("Ignored"),
}


def render(report: Report, rendering: Rendering) -> str:
    """Render the report as Markdown, ending in a newline; the same bytes for the same report.

    It takes at most `LIMIT` characters, or the bytes that there is room for, if what it always says fits into them.
    """
    return within(list(_parts(report, outline(report))), rendering.room)


def marker(report: Report) -> str:
    """The hidden line by which a bot finds its own comment again."""
    return marker_of(report.after, report.name)


def marker_of(side: Side, name: str) -> str:
    """The hidden line of the report of that name on a side's instance."""
    instance = side.instance or side.instance_id or ""
    return f"<!-- drift-report:{comment_word(instance)}:{comment_word(name)} -->"


def footer(command: str) -> Part:
    """How to make the report again."""
    return Part(f"---\n\n{translate('Reproduce with {command}', command=code_sentence(command))}\n")


def _parts(report: Report, found: Outline) -> Iterator[Part]:
    yield Part(f"{marker(report)}\n\n**{_verdict(report, found)}**\n\n")
    if report.node_pairs:
        yield _partners(report)
    yield from _warnings(report)
    if found.counts:
        yield Part("".join(_counts(found.counts)) + "\n")
    unexpected = [section for section in found.sections if section.disposition is Disposition.UNEXPECTED]
    others = [section for section in found.sections if section.disposition is not Disposition.UNEXPECTED]
    for section in unexpected:
        yield from _section(section)
    yield from _plan(report)
    for section in others:
        yield from _section(section)
    yield from _waived(report)
    if report.verdict.findings:
        yield listed(translate("New or worse findings"), report.verdict.findings, NodeNames.of(report.after))
    if found.flows:
        yield from _moves(found.flows)
    if found.balance_matters:
        yield _balance(report, found.balance)
    if found.not_checked:
        yield not_checked(found.not_checked)
    yield from _accepting(report)
    yield footer(report.command)


def _warnings(report: Report) -> Iterator[Part]:
    """Why not to believe a capture, and what was under way."""
    suspect = "".join(f"- {told}\n" for told in caveats.suspicion(report, MARKDOWN))
    flights = caveats.operations(report, MARKDOWN, code_sentence)
    if suspect or flights:
        yield Part(
            suspect,
            tuple(Piece(f"- {told}\n", Rank.TABLE, 1) for told in flights[:MOST_ROWS]),
            unsaid=len(flights[MOST_ROWS:]),
            noun="operation",
            tail="\n",
        )


def _section(section: Section) -> Iterator[Part]:
    """What happened that has this disposition: events with their changes folded, then what no operation explains."""
    heading = translate("Partly expected") if section.partly else translate(_HEADINGS[section.disposition])
    events = [(chapter, chapter.event) for chapter in section.chapters if chapter.event]
    yield Part(
        f"### {sentences.followed(heading, f'{section.count:,}')}\n\n",
        tuple(chain.from_iterable(_event(*each, section.disposition) for each in events[:MOST_GROUPS])),
        unsaid=sum(chapter.count for chapter, _ in events[MOST_GROUPS:])
        + sum(_unsaid(block) for chapter, _ in events[:MOST_GROUPS] for block in chapter.blocks),
        noun=mark_noun("change"),
    )
    for chapter in section.chapters:
        if chapter.event is None:
            if events:
                yield Part(f"{translate('{name}:', name=change_groups.unexplained(chapter))}\n\n")
            for block in chapter.blocks:
                yield from _block(block, chapter)


def _event(chapter: Chapter, event: Happening, disposition: Disposition) -> Iterator[Piece]:
    """What happened, with the changes folded beneath."""
    told = change_groups.chapter_count(chapter)
    head = f"**{event.event.id}** · {sentences.severity(event.severity)} · {told} · {title(event, MARKDOWN)}\n\n"
    odd = "".join(f"- ! {note}\n" for note in notes(event))
    yield Piece(head + (f"{odd}\n" if odd else ""), Rank.of(event.severity, disposition), 0)
    for place, block in enumerate(chapter.blocks):
        gap, end = "\n" if place else "", "\n" if block.groups else ""
        yield Piece(f"{gap}{_heading(block, chapter)}\n{end}", Rank.CHILDREN, 0, fold=told)
        for group in block.groups[:MOST_GROUPS]:
            yield Piece(_telling(group), Rank.CHILDREN, group.count, fold=told)
            if _is_folded(group):
                names = f"  - {change_groups.group_names(group, MOST_RUNS, MARKDOWN)}\n"
                yield Piece(names, Rank.NAMES, len(group.names), noun=mark_noun("name"), fold=told)


def _unsaid(block: Block) -> int:
    """The changes of a block that are too many to tell."""
    return sum(group.count for group in block.groups[MOST_GROUPS:])


def _heading(block: Block, chapter: Chapter) -> str:
    return (
        f"**{code(block.rule)}** · {change_groups.block_heading(block, chapter)} · {change_groups.block_count(block)}"
    )


def _plan(report: Report) -> Iterator[Part]:
    """What became of each item of the plan, those first that are not met."""
    if (match := report.verdict.match) is None:
        return
    from drift.reports.wording import plan  # noqa: PLC0415 - only with a plan

    told = list(plan.lines(report, match, MARKDOWN))
    yield Part(
        f"### {plan.heading(match, MARKDOWN)}\n\n",
        tuple(Piece(f"- {line.symbol} {line.text}\n", line.rank, 1) for line in told[:MOST_ROWS]),
        unsaid=len(told[MOST_ROWS:]),
        noun=mark_noun("item"),
        tail="\n",
    )


def _waived(report: Report) -> Iterator[Part]:
    """Each waiver with its reason and its last day."""
    if (waived := report.verdict.waived) is None:
        return
    from drift.reports.wording.waivers import lines  # noqa: PLC0415 - only with waivers

    told = list(lines(waived, MARKDOWN))
    yield Part(
        f"### {translate('Waivers ({count:,})', count=len(told))}\n\n",
        tuple(Piece(f"- {line.symbol} {line.text}\n", line.rank, 1) for line in told[:MOST_ROWS]),
        unsaid=len(told[MOST_ROWS:]),
        noun=mark_noun("waiver"),
        tail="\n",
    )


def _partners(report: Report) -> Part:
    """Which data node stands for which, where two instances are compared."""
    from drift.reports.wording import node_pairs  # noqa: PLC0415 - only for two instances

    rows = [Piece(row(*pair), Rank.TABLE, 1) for pair in node_pairs.told(report.node_pairs, CELL)]
    return Part(
        f"### {translate('Data nodes that stand for each other')}\n\n"
        + header([translate("Before"), translate("After"), translate("How that is known")], []),
        tuple(rows[:MOST_ROWS]),
        unsaid=len(rows[MOST_ROWS:]),
        noun=mark_noun("pair"),
        tail="\n",
    )


def _accepting(report: Report) -> Iterator[Part]:
    """The commands that would accept what failed the gate."""
    if report.accepting:
        told = ((change_groups.acceptance(each, MARKDOWN), code_sentence(each.command)) for each in report.accepting)
        lines = (f"- {translate('{who}: {what}', who=who, what=what)}\n" for who, what in told)
        yield Part(
            f"### {translate('To accept what is unexpected')}\n\n",
            tuple(Piece(line, Rank.TABLE, 1) for line in lines),
            noun=mark_noun("command"),
            tail="\n",
        )


def _verdict(report: Report, found: Outline) -> str:
    between = sides.span(sides.dated_side(report.before, MARKDOWN), sides.dated_side(report.after, MARKDOWN))
    return verdicts.report_verdict(report, found, MARKDOWN, between)


def _block(block: Block, chapter: Chapter) -> Iterator[Part]:
    """A rule's changes, a line for each group, and the names of their shards folded beneath."""
    rank = Rank.of(block.severity, block.disposition)
    shown = block.groups[:MOST_GROUPS]
    yield Part(
        f"{_heading(block, chapter)}\n\n",
        tuple(Piece(_telling(group), rank, group.count) for group in shown),
        unsaid=_unsaid(block),
        noun=mark_noun("change"),
        tail="\n" if shown else "",
    )
    if any(_is_folded(group) for group in shown):
        yield _children([group for group in shown if _is_folded(group)])


def _is_folded(group: Group) -> bool:
    return group.first.entity == "shard" and len(group.names) > MOST_NAMES_IN_LINE


def _telling(group: Group) -> str:
    few = group.first.entity == "shard" and not _is_folded(group)
    shards = change_groups.group_names(group, MOST_NAMES_IN_LINE, MARKDOWN) if few else ""
    return (
        f"- {code(change_groups.symbol(group))} {sentences.followed(change_groups.describe(group, MARKDOWN), shards)}\n"
    )


def _children(groups: list[Group]) -> Part:
    fold = translate("{shards} by name", shards=plural(sum(len(group.names) for group in groups), "shard"))
    return Part(
        "",
        tuple(Piece(_names(group), Rank.NAMES, len(group.names), fold=fold) for group in groups),
        noun=mark_noun("name"),
    )


def _names(group: Group) -> str:
    told = translate(
        "{who}: {what}",
        who=change_groups.describe(group, MARKDOWN),
        what=change_groups.group_names(group, MOST_RUNS, MARKDOWN),
    )
    return f"- {told}\n"


def listed(heading: str, judged: tuple[JudgedFinding, ...], naming: NodeNames) -> Part:
    """Findings as a list, most severe first."""
    return Part(
        f"### {sentences.followed(heading, f'{len(judged):,}')}\n\n",
        tuple(
            Piece(_finding(each, naming), Rank.of(each.severity, Disposition.UNEXPECTED), 1)
            for each in findings.worst_first(judged)
        ),
        noun=mark_noun("finding"),
        tail="\n",
    )


def _finding(judged: JudgedFinding, naming: NodeNames) -> str:
    finding = judged.finding
    names = findings.shards(finding, MOST_RUNS, MARKDOWN)
    told = sentences.followed(findings.telling(finding, naming, MARKDOWN), names)
    return f"- **{code(finding.rule)}** · {sentences.severity(judged.severity)} · {told}\n"


def _moves(flows: tuple[Flow, ...]) -> Iterator[Part]:
    shards = sum(flow.shards for flow in flows)
    yield Part(f"### {translate('Who moved where ({shards})', shards=plural(shards, 'shard'))}\n\n")
    yield _matrix(flows) if len({flow.target for flow in flows}) <= WIDEST_MATRIX else _pairs(flows)
    yield _picture(flows[:MOST_FLOWS], sum(flow.shards for flow in flows[MOST_FLOWS:]))


def _matrix(flows: tuple[Flow, ...]) -> Part:
    """A column for each destination, in the order of the largest flows."""
    moved = {(flow.source, flow.target): flow.shards for flow in flows}
    sources = list(dict.fromkeys(flow.source for flow in flows))
    targets = list(dict.fromkeys(flow.target for flow in flows))
    rows = [(source, [moved.get((source, target), 0) for target in targets]) for source in sources]
    return Part(
        header(
            [translate("From → to")], [*(node_names.short_node(target, CELL) for target in targets), translate("Total")]
        ),
        tuple(
            Piece(
                row(
                    node_names.short_node(source, CELL),
                    *(f"{shards:,}" if shards else "" for shards in counts),
                    f"{sum(counts):,}",
                ),
                Rank.TABLE,
                sum(counts),
            )
            for source, counts in rows[:MOST_ROWS]
        ),
        unsaid=sum(sum(counts) for _, counts in rows[MOST_ROWS:]),
        noun=mark_noun("moved shard"),
        tail="\n",
    )


def _pairs(flows: tuple[Flow, ...]) -> Part:
    """From, to and count, where a matrix would be too wide to read."""
    return Part(
        header([translate("From"), translate("To")], [translate("Shards")]),
        tuple(
            Piece(
                row(
                    node_names.short_node(flow.source, CELL),
                    node_names.short_node(flow.target, CELL),
                    f"{flow.shards:,}",
                ),
                Rank.TABLE,
                flow.shards,
            )
            for flow in flows[:MOST_FLOWS]
        ),
        unsaid=sum(flow.shards for flow in flows[MOST_FLOWS:]),
        noun=mark_noun("moved shard"),
        tail="\n",
    )


def _picture(flows: tuple[Flow, ...], others: int) -> Part:
    """The largest flows as a Mermaid graph."""
    places = {node: f"n{place}" for place, node in enumerate(dict.fromkeys(chain.from_iterable(map(_ends, flows))))}
    lines = ["```mermaid", "flowchart LR"]
    lines += [f'  {place}["{_label(node)}"]' for node, place in places.items()]
    lines += [f'  {places[f.source]} -->|"{plural(f.shards, "shard")}"| {places[f.target]}' for f in flows]
    lines += ["```", ""]
    shards = sum(flow.shards for flow in flows)
    return Part(
        "", (Piece("\n".join(lines), Rank.PICTURE, shards),), unsaid=others, noun=mark_noun("moved shard"), tail="\n"
    )


def _balance(report: Report, balance: tuple[BalanceRow, ...]) -> Part:
    whole = report.before.complete and report.after.complete
    partial = "" if whole else f"{caveats.lower_bounds()}\n\n"
    return Part(
        f"### {translate('Shards per data node')}\n\n{partial}"
        + header(
            [translate("Data node"), translate("Id")], [translate("Before"), translate("After"), translate("Change")]
        ),
        tuple(Piece(_standing(standing, report), Rank.TABLE, 1) for standing in balance[:MOST_ROWS]),
        unsaid=len(balance[MOST_ROWS:]),
        noun=mark_noun("data node"),
        tail="\n",
    )


def _standing(standing: BalanceRow, report: Report) -> str:
    return row(
        *_name_and_id(standing.node),
        node_names.shards_held(standing.before, report.before),
        node_names.shards_held(standing.after, report.after),
        node_names.difference(standing, report),
    )


def _name_and_id(node: Node) -> tuple[str, str]:
    if not node.known:
        return translate("unknown"), cell(node.id)
    return "" if node.name is None else cell(node.name), cell(node.id)


def not_checked(gaps: tuple[Gap, ...]) -> Part:
    """What was not read, and why."""
    return Part(
        f"### {translate('Not checked ({parts})', parts=plural(len(gaps), 'part'))}\n\n",
        tuple(Piece(f"- {_not_read(gap)}\n", Rank.TABLE, 1) for gap in gaps[:MOST_ROWS]),
        unsaid=len(gaps[MOST_ROWS:]),
        noun=mark_noun("part"),
        tail="\n",
    )


def _not_read(gap: Gap) -> str:
    return translate("{who}: {what}", who=caveats.gap_scope(gap, MARKDOWN), what=code_sentence(gap.reason))


def _counts(counts: tuple[Count, ...]) -> Iterator[str]:
    yield header([translate("Rule"), translate("Severity")], [*map(sentences.disposition, Disposition)])
    for count in counts:
        yield row(
            code(count.rule), sentences.severity(count.severity), *(f"{number:,}" for number in count.by_disposition)
        )
    sums = [sum(column) for column in zip(*(count.by_disposition for count in counts), strict=True)]
    yield row(f"**{translate('all')}**", "", *(f"**{number:,}**" for number in sums))


def header(left: list[str], right: list[str]) -> str:
    """A table's head: columns of words, then columns of numbers."""
    return row(*left, *right) + row(*("---" for _ in left), *("--:" for _ in right))


def row(*columns: str) -> str:
    """A table's row."""
    return f"| {' | '.join(columns)} |\n"


def _ends(flow: Flow) -> tuple[Node, Node]:
    return flow.source, flow.target


def _label(node: Node) -> str:
    """A node's name in the picture, with the start of its id."""
    return mermaid(node.short_id) if node.name is None else f"{mermaid(node.name)}<br>{mermaid(node.short_id)}"
