"""A checkup for eyes in a terminal. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.language import more, plural, say
from drift.policy.verdict import Soundness
from drift.reports import findings, words
from drift.reports.page import PAGE, Page
from drift.reports.paint import painted
from drift.reports.safe import sentence

if TYPE_CHECKING:
    from drift.policy.invariants import Spread
    from drift.reports.checkup import Checkup
    from drift.reports.findings import Naming
    from drift.reports.outline import Node
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
    who = words.side_name(side, medium)
    who = say("{snapshot} of {instance}", snapshot=who, instance=medium.name(owner)) if owner else who
    who = say("{snapshot}, taken {time}", snapshot=who, time=words.moment(side.taken_at))
    threshold = words.severity(checked.fail_on)
    failing = sum(each.fails for each in checked.findings)
    others = len(checked.findings) - failing
    match checked.word:
        case Soundness.BROKEN:
            found = say("{findings} at or above {threshold}", findings=_count(failing), threshold=threshold)
            if others:
                found = say("{told} and {more}", told=found, more=plural(others, "lesser finding"))
            return say("Broken: {who}: {found}", who=who, found=found)
        case Soundness.INCONCLUSIVE:
            parts, found = plural(len(checked.not_checked), "part"), _count(len(checked.findings))
            return say(
                "Inconclusive: {who}: {parts} not checked; in the rest, {found}", who=who, parts=parts, found=found
            )
        case Soundness.SOUND if others:
            found = say("{findings}, none at or above {threshold}", findings=_count(others), threshold=threshold)
            return say("Sound: {who}: {found}", who=who, found=found)
        case Soundness.SOUND:
            return say("Sound: {who}: {found}", who=who, found=_count(0))


def _count(number: int) -> str:
    return plural(number, "finding") if number else say("no finding")


def _findings(checkup: Checkup, naming: Naming, page: Page) -> None:
    judged = findings.worst_first(checkup.checked.findings)
    if not judged:
        return
    page.heading(say("Findings"))
    for each in judged[:MOST_FINDINGS]:
        severity = painted(words.severity(each.severity), each.severity.word)
        who, what = words.followed(each.finding.rule, severity), findings.telling(each.finding, naming, PAGE)
        page.line(say("{who}: {what}", who=who, what=what), indent=2)
        if names := findings.shards(each.finding, MOST_RUNS, PAGE):
            page.line(names, indent=6, style="faint")
    if hidden := len(judged[MOST_FINDINGS:]):
        told = say("… and {more}, not shown here: the JSON report has them all", more=more(hidden, "finding"))
        page.line(told, indent=2)


def _not_checked(checkup: Checkup, page: Page) -> None:
    if not checkup.checked.not_checked:
        return
    page.heading(say("Not checked"))
    for gap in checkup.checked.not_checked[:MOST_ROWS]:
        page.line(words.unread(gap, PAGE, sentence), indent=2, symbol="?")


def _balance(balance: tuple[Spread, ...], naming: Naming, page: Page) -> None:
    if not any(spread.total for spread in balance):
        return
    rows = [
        (
            say("all databases") if spread.database is None else PAGE.name(spread.database),
            f"{spread.total:,}",
            findings.ratio(spread.skew),
            _places(spread, naming),
        )
        for spread in balance[:MOST_ROWS]
    ]
    page.table((say("BALANCE"), say("SHARDS"), say("SKEW"), say("ON")), rows, right=frozenset({1, 2}))
    if hidden := balance[MOST_ROWS:]:
        page.line(say("… and {more}", more=more(len(hidden), "database")))


def _places(spread: Spread, naming: Naming) -> str:
    held = findings.fullest_first(spread, naming)
    shown = [f"{_short(each.node)} {each.shards:,}" for each in held[: words.MOST_NODES]]
    hidden = held[words.MOST_NODES :]
    return words.listing([*shown, say("and {hidden:,} more", hidden=len(hidden))] if hidden else shown)


def _short(node: Node) -> str:
    return PAGE.name(node.name) if node.name else words.short_node(node, PAGE)
