"""A report as Markdown for merge requests: readable raw, right on GitHub and GitLab, never over the limit. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.policy.verdict import Disposition
from drift.reports.content.nodes import NodeNames
from drift.reports.content.outline import outline
from drift.reports.content.rank import Rank
from drift.reports.markdown import verification
from drift.reports.markdown.changes import section_parts
from drift.reports.markdown.moves import moves
from drift.reports.markdown.parts import MOST_ROWS, findings_list, footer, header, marker_of, not_checked, row
from drift.reports.markdown.size_limit import Part, Piece, within
from drift.reports.wording import (
    caveats,
    change_groups,
    node_names,
    qualities,
    sections,
    sentences,
    sides,
    untold,
    verdicts,
)
from drift.reports.wording.escape import CELL, MARKDOWN, cell, code, code_sentence
from drift.reports.wording.i18n import mark_noun, translate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.compare.untold import Untold
    from drift.reports.content.nodes import Node
    from drift.reports.content.outline import BalanceRow, Count, Outline
    from drift.reports.content.report import Report
    from drift.reports.rendering import Rendering
    from drift.reports.wording.checklist import Checklist
    from drift.reports.wording.node_pairs import PairRow


def render(report: Report, rendering: Rendering) -> str:
    """Render the report as Markdown, ending in a newline; the same bytes for the same report.

    It takes at most `LIMIT` characters, or the bytes that there is room for, if what it always says fits into them.
    """
    return within(list(_parts(report, outline(report))), rendering.room)


def marker(report: Report) -> str:
    """Write the hidden line by which a bot finds its own comment again."""
    return marker_of(report.after, report.name)


def _parts(report: Report, found: Outline) -> Iterator[Part]:
    yield Part(f"{marker(report)}\n\n**{_verdict(report, found)}**\n\n")
    yield from _node_pairs(sections.node_pairs(report, CELL))
    yield from _warnings(report)
    if found.counts:
        yield Part("".join(_counts(found.counts)) + "\n")
    unexpected = [section for section in found.sections if section.disposition is Disposition.UNEXPECTED]
    others = [section for section in found.sections if section.disposition is not Disposition.UNEXPECTED]
    for section in unexpected:
        yield from section_parts(section)
    yield from _checklist(sections.plan(report, MARKDOWN))
    for section in others:
        yield from section_parts(section)
    yield from _checklist(sections.waivers(report, MARKDOWN))
    if report.verdict.findings:
        yield findings_list(translate("New or worse findings"), report.verdict.findings, NodeNames.of(report.after))
    if found.flows:
        yield from moves(found.flows)
    if found.balance_matters:
        yield _balance(report, found.balance)
    if found.not_checked:
        yield not_checked(found.not_checked)
    if report.node_check is not None:
        yield from verification.parts(report.node_check, NodeNames.of(report.after))
    if report.verdict.not_told:
        yield _not_told(report.verdict.not_told)
    yield from _accepting(report)
    yield footer(report.command)


def _not_told(facts: tuple[Untold, ...]) -> Part:
    """List the facts that were not compared, as one side's layout has no place for them."""
    return Part(
        f"### {untold.heading(facts)}\n\n",
        tuple(Piece(f"- {untold.describe(fact, MARKDOWN)}\n", Rank.TABLE, 1) for fact in facts[:MOST_ROWS]),
        unsaid=len(facts[MOST_ROWS:]),
        noun=mark_noun("fact"),
        tail="\n",
    )


def _warnings(report: Report) -> Iterator[Part]:
    """Warn of a suspicious capture and of an unconfirmed layout, and list the operations in flight."""
    doubts = caveats.suspicion(report, MARKDOWN) + qualities.unconfirmed([report.before, report.after], MARKDOWN)
    doubts += qualities.other_settings(report.other_settings, MARKDOWN)
    flights = caveats.operations(report, MARKDOWN, code_sentence)
    if doubts or flights:
        yield Part(
            "".join(f"- {text}\n" for text in doubts),
            tuple(Piece(f"- {text}\n", Rank.TABLE, 1) for text in flights[:MOST_ROWS]),
            unsaid=len(flights[MOST_ROWS:]),
            noun="operation",
            tail="\n",
        )


def _checklist(section: Checklist | None) -> Iterator[Part]:
    if section is None:
        return
    yield Part(
        f"### {section.heading}\n\n",
        tuple(Piece(f"- {line.symbol} {line.text}\n", line.rank, 1) for line in section.lines[:MOST_ROWS]),
        unsaid=len(section.lines[MOST_ROWS:]),
        noun=section.noun,
        tail="\n",
    )


def _node_pairs(pairs: tuple[PairRow, ...]) -> Iterator[Part]:
    if not pairs:
        return
    yield Part(
        f"### {translate('Corresponding data nodes')}\n\n"
        + header([translate("Before"), translate("After"), translate("Basis")], []),
        tuple(Piece(row(*pair), Rank.TABLE, 1) for pair in pairs[:MOST_ROWS]),
        unsaid=len(pairs[MOST_ROWS:]),
        noun=mark_noun("pair"),
        tail="\n",
    )


def _accepting(report: Report) -> Iterator[Part]:
    """List the commands that would accept the changes that failed the gate."""
    if report.accepting:
        parts = ((change_groups.acceptance(each, MARKDOWN), code_sentence(each.command)) for each in report.accepting)
        lines = (f"- {translate('{who}: {what}', who=who, what=what)}\n" for who, what in parts)
        yield Part(
            f"### {translate('To accept the unexpected changes')}\n\n",
            tuple(Piece(line, Rank.TABLE, 1) for line in lines),
            noun=mark_noun("command"),
            tail="\n",
        )


def _verdict(report: Report, found: Outline) -> str:
    between = sides.span(sides.dated_side(report.before, MARKDOWN), sides.dated_side(report.after, MARKDOWN))
    return verdicts.report_verdict(report, found, MARKDOWN, between)


def _balance(report: Report, balance: tuple[BalanceRow, ...]) -> Part:
    whole = report.before.complete and report.after.complete
    partial = "" if whole else f"{caveats.lower_bounds()}\n\n"
    return Part(
        f"### {translate('Shards per data node')}\n\n{partial}"
        + header(
            [translate("Data node"), translate("Id")], [translate("Before"), translate("After"), translate("Change")]
        ),
        tuple(Piece(_balance_row(standing, report), Rank.TABLE, 1) for standing in balance[:MOST_ROWS]),
        unsaid=len(balance[MOST_ROWS:]),
        noun=mark_noun("data node"),
        tail="\n",
    )


def _balance_row(balance: BalanceRow, report: Report) -> str:
    return row(
        *_name_and_id(balance.node),
        node_names.shards_held(balance.before, report.before),
        node_names.shards_held(balance.after, report.after),
        node_names.difference(balance, report),
    )


def _name_and_id(node: Node) -> tuple[str, str]:
    if not node.known:
        return translate("unknown"), cell(node.id)
    return "" if node.name is None else cell(node.name), cell(node.id)


def _counts(counts: tuple[Count, ...]) -> Iterator[str]:
    yield header([translate("Rule"), translate("Severity")], [*map(sentences.disposition, Disposition)])
    for count in counts:
        yield row(
            code(count.rule), sentences.severity(count.severity), *(f"{number:,}" for number in count.by_disposition)
        )
    sums = [sum(column) for column in zip(*(count.by_disposition for count in counts), strict=True)]
    yield row(f"**{translate('all')}**", "", *(f"**{number:,}**" for number in sums))
