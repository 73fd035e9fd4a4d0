"""A verification as plain text. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.policy.verdict import CheckStatus
from drift.reports.content.nodes import NodeNames
from drift.reports.text import sizes, tables
from drift.reports.text.page import PAGE, Page
from drift.reports.text.style import painted
from drift.reports.wording import caveats, findings, node_names, qualities, sentences
from drift.reports.wording import verification as words
from drift.reports.wording.escape import sentence
from drift.reports.wording.i18n import plural_more, translate

if TYPE_CHECKING:
    from drift.policy.verdict import JudgedFinding
    from drift.policy.verification import Verification
    from drift.reports.content.node_check import NodeCheck, NodeLine
    from drift.reports.content.verification import VerifyReport
    from drift.reports.rendering import Rendering

MOST_FINDINGS: Final = 200
MOST_PARTS: Final = 100
MOST_RUNS: Final = 24
MOST_NODES: Final = 64

STYLES: Final = {CheckStatus.SOUND: "good", CheckStatus.INCONCLUSIVE: "unsure", CheckStatus.BROKEN: "bad"}


def render(report: VerifyReport, rendering: Rendering) -> str:
    """Render the verification for a terminal of that width, ending in a newline."""
    page = Page(rendering.width)
    page.line(words.verdict(report, PAGE), style=STYLES[report.check.verification.status])
    page.line(words.held_against(report.check), indent=2)
    for text in qualities.of_sides((report.side,), PAGE) + qualities.unconfirmed((report.side,), PAGE):
        page.line(text, indent=2)
    sections(report.check, NodeNames.of(report.side), page)
    return page.text(colour=rendering.colour)


def part(check: NodeCheck | None, naming: NodeNames, page: Page) -> None:
    """Add what was found on data nodes to a report on something else."""
    if check is None:
        return
    page.heading(translate("Data nodes"))
    page.line(words.held_against(check), indent=2)
    sections(check, naming, page)


def sections(check: NodeCheck, naming: NodeNames, page: Page) -> None:
    """Add what was found, what is in flight, what was not checked, and the data nodes."""
    findings_list(translate("Findings on data nodes"), check.verification.findings, naming, page)
    _moving(check.verification, naming, page)
    _not_checked(check.verification, naming, page)
    if check.tables is not None:
        tables.write(check.tables, page)
    if check.sizes is not None:
        sizes.write(check.sizes, page)
    _nodes(check.nodes, naming, page)


def findings_list(heading: str, found: tuple[JudgedFinding, ...], naming: NodeNames, page: Page) -> None:
    """List findings, most severe first."""
    judged = findings.worst_first(found)
    if not judged:
        return
    page.heading(heading)
    for each in judged[:MOST_FINDINGS]:
        who = words.heading(each, painted(sentences.severity(each.severity), each.severity.word))
        what = findings.telling(each.finding, naming, PAGE)
        page.line(translate("{who}: {what}", who=who, what=what), indent=2)
        if names := findings.shards(each.finding, MOST_RUNS, PAGE):
            page.line(names, indent=6, style="faint")
        if each.fails and each.fingerprint:
            page.line(each.fingerprint, indent=6, style="faint")
    if hidden := len(judged[MOST_FINDINGS:]):
        text = translate("… and {more} not shown; the JSON report has them all", more=plural_more(hidden, "finding"))
        page.line(text, indent=2)


def _moving(found: Verification, naming: NodeNames, page: Page) -> None:
    moving = found.moving
    if not moving:
        return
    page.heading(translate("In flight, so not judged"))
    for each in moving[:MOST_PARTS]:
        page.line(words.moving(each, naming, PAGE), indent=2, symbol="→")
    _hidden(len(moving) - MOST_PARTS, page)


def _not_checked(found: Verification, naming: NodeNames, page: Page) -> None:
    if not found.not_checked and not found.gaps:
        return
    page.heading(translate("Not checked on data nodes"))
    for gap in found.gaps[:MOST_PARTS]:
        page.line(caveats.unread(gap, PAGE, sentence), indent=2, symbol="?")
    for each in found.not_checked[:MOST_PARTS]:
        page.line(words.unchecked(each.part, naming, PAGE), indent=2, symbol="?")
        if names := words.shards(each.part, MOST_RUNS, PAGE):
            page.line(names, indent=6, style="faint")
        if each.part.grant:
            page.command(f"{each.part.grant};", indent=6)
    _hidden(len(found.not_checked) - MOST_PARTS, page)


def _hidden(count: int, page: Page) -> None:
    if count > 0:
        page.line(translate("… and {more}", more=plural_more(count, "part")), indent=2)


def _nodes(nodes: tuple[NodeLine, ...], naming: NodeNames, page: Page) -> None:
    rows = [
        (
            node_names.short_node(naming.node(node.node_id), PAGE),
            words.server(node, PAGE),
            f"{node.claimed:,}",
            "" if node.found is None else f"{node.found:,}",
            "" if node.others is None else f"{node.others:,}",
        )
        for node in nodes[:MOST_NODES]
    ]
    head = (
        translate("DATA NODE"),
        translate("SERVER"),
        translate("CLAIMED"),
        translate("FOUND"),
        translate("OTHER DATABASES"),
    )
    page.table(head, rows, right=frozenset({2, 3, 4}))
    if hidden := len(nodes[MOST_NODES:]):
        page.line(translate("… and {more}", more=plural_more(hidden, "data node")))
