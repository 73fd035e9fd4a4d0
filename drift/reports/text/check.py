"""A check as plain text. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.reports.content.nodes import NodeNames
from drift.reports.text import sizes, verification
from drift.reports.text.page import PAGE, Page
from drift.reports.wording import caveats, findings, node_names, qualities, sentences, sides, verdicts
from drift.reports.wording.escape import sentence
from drift.reports.wording.i18n import plural_more, translate

if TYPE_CHECKING:
    from drift.policy.invariants import Spread
    from drift.reports.content.check import CheckReport
    from drift.reports.content.nodes import Node
    from drift.reports.rendering import Rendering

MOST_ROWS: Final = 100


def render(check: CheckReport, rendering: Rendering) -> str:
    """Render the check for a terminal of that width, ending in a newline."""
    page = Page(rendering.width)
    naming = NodeNames.of(check.side)
    page.line(verdicts.check_verdict(check, PAGE), style=verification.STYLES[check.checked.status])
    page.line(sides.balance_of(check.side), indent=2)
    for text in qualities.of_sides((check.side,), PAGE) + qualities.unconfirmed((check.side,), PAGE):
        page.line(text, indent=2)
    verification.findings_list(translate("Findings"), check.checked.findings, naming, page)
    _not_checked(check, page)
    verification.part(check.node_check, naming, page)
    _balance(check.balance, naming, page)
    if check.sizes is not None:
        sizes.write(check.sizes, page)
    return page.text(colour=rendering.colour)


def _not_checked(check: CheckReport, page: Page) -> None:
    if not check.checked.not_checked:
        return
    page.heading(translate("Not checked"))
    for gap in check.checked.not_checked[:MOST_ROWS]:
        page.line(caveats.unread(gap, PAGE, sentence), indent=2, symbol="?")
    if hidden := len(check.checked.not_checked[MOST_ROWS:]):
        page.line(translate("… and {more}", more=plural_more(hidden, "part")), indent=2)


def _balance(balance: tuple[Spread, ...], naming: NodeNames, page: Page) -> None:
    if not any(spread.total for spread in balance):
        return
    rows = [
        (
            translate("all databases") if spread.database is None else PAGE.name(spread.database),
            f"{spread.total:,}",
            findings.ratio(spread.skew),
            _places(spread, naming),
        )
        for spread in balance[:MOST_ROWS]
    ]
    page.table(
        (translate("BALANCE"), translate("SHARDS"), translate("SKEW"), translate("ON")), rows, right=frozenset({1, 2})
    )
    if hidden := balance[MOST_ROWS:]:
        page.line(translate("… and {more}", more=plural_more(len(hidden), "database")))


def _places(spread: Spread, naming: NodeNames) -> str:
    held = findings.fullest_first(spread, naming)
    shown = [f"{_short(each.node)} {each.shards:,}" for each in held[: node_names.MOST_NODES]]
    return sentences.listing(shown, len(held) - len(shown))


def _short(node: Node) -> str:
    return PAGE.name(node.name) if node.name else node_names.short_node(node, PAGE)
