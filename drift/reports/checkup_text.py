"""A checkup for eyes in a terminal. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.policy import Soundness
from drift.reports import findings, words
from drift.reports.safe import TEXT, sentence, text_name
from drift.reports.table import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.invariants import Spread
    from drift.policy import JudgedFinding
    from drift.reports.checkup import Checkup
    from drift.reports.findings import Naming
    from drift.reports.safe import Medium

MOST_FINDINGS: Final = 200
MOST_RUNS: Final = 24
MOST_ROWS: Final = 100


def render(checkup: Checkup) -> str:
    """The checkup as text, ending in a newline."""
    naming = findings.Naming(checkup.side)
    lines = [f"{statement(checkup, TEXT)}", f"  {words.balance_of(checkup.side)}"]
    judged = findings.worst_first(checkup.checked.findings)
    if judged:
        lines += ["", "Findings"]
    for each in judged[:MOST_FINDINGS]:
        lines += _finding(each, naming)
    if hidden := len(judged[MOST_FINDINGS:]):
        lines.append(f"  … and {words.plural(hidden, 'more finding')}, not shown here: the JSON report has them all")
    if checkup.checked.not_checked:
        lines += ["", "Not checked", *(_gap(checkup))]
    if any(spread.total for spread in checkup.balance):
        lines += ["", *_balance(checkup.balance, naming)]
    return "\n".join([*lines, ""])


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


def _finding(judged: JudgedFinding, naming: Naming) -> Iterator[str]:
    finding = judged.finding
    yield f"  {finding.rule} ({judged.severity.word}): {findings.telling(finding, naming, TEXT)}"
    if names := findings.shards(finding, MOST_RUNS, TEXT):
        yield f"      {names}"


def _gap(checkup: Checkup) -> Iterator[str]:
    for gap in checkup.checked.not_checked[:MOST_ROWS]:
        yield f"  ? {words.gap_scope(gap, TEXT)}: {sentence(gap.reason)}"


def _balance(balance: tuple[Spread, ...], naming: Naming) -> list[str]:
    rows = [
        (
            "all databases" if spread.database is None else text_name(spread.database),
            f"{spread.total:,}",
            findings.ratio(spread.skew),
            _places(spread, naming),
        )
        for spread in balance[:MOST_ROWS]
    ]
    lines = table(("BALANCE", "SHARDS", "SKEW", "ON"), rows, right=frozenset({1, 2}))
    if hidden := balance[MOST_ROWS:]:
        lines.append(f"… and {words.plural(len(hidden), 'more database')}")
    return lines


def _places(spread: Spread, naming: Naming) -> str:
    nodes = list(spread.shards.items())
    shown = [f"{_short(node, naming)} {count:,}" for node, count in nodes[: words.MOST_NODES]]
    hidden = nodes[words.MOST_NODES :]
    return words.listing([*shown, f"and {len(hidden):,} more"] if hidden else shown)


def _short(node_id: str, naming: Naming) -> str:
    node = naming.node(node_id)
    return text_name(node.name) if node.name else words.short_node(node, TEXT)
