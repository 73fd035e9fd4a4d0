"""A checkup for eyes in a terminal. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.policy import Soundness
from drift.reports import findings, words
from drift.reports.page import PAGE, Page
from drift.reports.paint import painted
from drift.reports.safe import sentence

if TYPE_CHECKING:
    from drift.invariants import Spread
    from drift.reports.checkup import Checkup
    from drift.reports.findings import Naming
    from drift.reports.safe import Medium

MOST_FINDINGS: Final = 200
MOST_RUNS: Final = 24
MOST_ROWS: Final = 100


_STYLES: Final = {Soundness.SOUND: "good", Soundness.INCONCLUSIVE: "unsure", Soundness.BROKEN: "bad"}


def render(checkup: Checkup, *, colour: bool, width: int) -> str:
    """The checkup for a terminal `width` columns wide, ending in a newline; with ANSI colours if `colour`."""
    page = Page(width)
    naming = findings.Naming(checkup.side)
    page.line(statement(checkup, PAGE), style=_STYLES[checkup.checked.word])
    page.line(words.balance_of(checkup.side), indent=2)
    _findings(checkup, naming, page)
    _not_checked(checkup, page)
    _balance(checkup.balance, naming, page)
    return page.text(colour=colour)


def statement(checkup: Checkup, medium: Medium) -> str:
    """The verdict in one sentence without a full stop."""
    side, checked = checkup.side, checkup.checked
    owner = side.instance or side.instance_id
    whose = f" of {medium.name(owner)}" if owner else ""
    who = f"{words.side_name(side, medium)}{whose}, taken {words.moment(side.taken_at)}"
    failing = sum(each.fails for each in checked.findings)
    others = len(checked.findings) - failing
    match checked.word:
        case Soundness.BROKEN:
            rest = f" and {words.plural(others, 'lesser finding')}" if others else ""
            return f"Broken: {who}: {words.plural(failing, 'finding')} at or above {checked.fail_on.word}{rest}"
        case Soundness.INCONCLUSIVE:
            parts = words.plural(len(checked.not_checked), "part")
            return f"Inconclusive: {who}: {parts} not checked; in the rest, {_count(len(checked.findings))}"
        case Soundness.SOUND if others:
            return f"Sound: {who}: {_count(others)}, none at or above {checked.fail_on.word}"
        case Soundness.SOUND:
            return f"Sound: {who}: no finding"


def _count(number: int) -> str:
    return words.plural(number, "finding") if number else "no finding"


def _findings(checkup: Checkup, naming: Naming, page: Page) -> None:
    judged = findings.worst_first(checkup.checked.findings)
    if not judged:
        return
    page.heading("Findings")
    for each in judged[:MOST_FINDINGS]:
        severity = painted(each.severity.word, each.severity.word)
        page.line(f"{each.finding.rule} ({severity}): {findings.telling(each.finding, naming, PAGE)}", indent=2)
        if names := findings.shards(each.finding, MOST_RUNS, PAGE):
            page.line(names, indent=6, style="faint")
    if hidden := len(judged[MOST_FINDINGS:]):
        more = words.plural(hidden, "more finding")
        page.line(f"… and {more}, not shown here: the JSON report has them all", indent=2)


def _not_checked(checkup: Checkup, page: Page) -> None:
    if not checkup.checked.not_checked:
        return
    page.heading("Not checked")
    for gap in checkup.checked.not_checked[:MOST_ROWS]:
        page.line(f"{words.gap_scope(gap, PAGE)}: {sentence(gap.reason)}", indent=2, symbol="?")


def _balance(balance: tuple[Spread, ...], naming: Naming, page: Page) -> None:
    if not any(spread.total for spread in balance):
        return
    rows = [
        (
            "all databases" if spread.database is None else PAGE.name(spread.database),
            f"{spread.total:,}",
            findings.ratio(spread.skew),
            _places(spread, naming),
        )
        for spread in balance[:MOST_ROWS]
    ]
    page.table(("BALANCE", "SHARDS", "SKEW", "ON"), rows, right=frozenset({1, 2}))
    if hidden := balance[MOST_ROWS:]:
        page.line(f"… and {words.plural(len(hidden), 'more database')}")


def _places(spread: Spread, naming: Naming) -> str:
    nodes = list(spread.shards.items())
    shown = [f"{_short(node, naming)} {count:,}" for node, count in nodes[: words.MOST_NODES]]
    hidden = nodes[words.MOST_NODES :]
    return words.listing([*shown, f"and {len(hidden):,} more"] if hidden else shown)


def _short(node_id: str, naming: Naming) -> str:
    node = naming.node(node_id)
    return PAGE.name(node.name) if node.name else words.short_node(node, PAGE)
