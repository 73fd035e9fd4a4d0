"""The parts that Markdown documents share. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.policy.verdict import Disposition
from drift.reports.content.rank import Rank
from drift.reports.markdown.size_limit import Part, Piece
from drift.reports.wording import caveats, findings, sentences
from drift.reports.wording.escape import MARKDOWN, code, code_sentence, comment_word
from drift.reports.wording.i18n import mark_noun, plural, translate
from drift.reports.wording.verification import waived

if TYPE_CHECKING:
    from drift.core.model import Gap
    from drift.policy.verdict import JudgedFinding
    from drift.reports.content.nodes import NodeNames
    from drift.reports.content.report import Side

MOST_RUNS: Final = 200
MOST_ROWS: Final = 100


def marker_of(side: Side, name: str) -> str:
    """Write the hidden line that identifies the report of that name on a snapshot's instance."""
    return marker(side.owner or "", name)


def marker(instance: str, name: str) -> str:
    """Write the hidden line that identifies the report of that name on an instance."""
    return f"<!-- drift-report:{comment_word(instance)}:{comment_word(name)} -->"


def footer(command: str) -> Part:
    """Show the command that reproduces the report."""
    return Part(f"---\n\n{translate('Reproduce with {command}', command=code_sentence(command))}\n")


def findings_list(heading: str, judged: tuple[JudgedFinding, ...], naming: NodeNames) -> Part:
    """List findings, most severe first."""
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
    text = sentences.followed(findings.telling(finding, naming, MARKDOWN), names)
    reason = f" · {why}" if (why := waived(judged, code_sentence)) else ""
    mark = f" · {code(judged.fingerprint)}" if judged.fails and judged.fingerprint else ""
    return f"- **{code(finding.rule)}** · {sentences.severity(judged.severity)} · {text}{reason}{mark}\n"


def not_checked(gaps: tuple[Gap, ...]) -> Part:
    """List the parts that were not read, with the reasons."""
    return Part(
        f"### {translate('Not checked ({parts})', parts=plural(len(gaps), 'part'))}\n\n",
        tuple(Piece(f"- {_not_read(gap)}\n", Rank.TABLE, 1) for gap in gaps[:MOST_ROWS]),
        unsaid=len(gaps[MOST_ROWS:]),
        noun=mark_noun("part"),
        tail="\n",
    )


def _not_read(gap: Gap) -> str:
    return translate("{who}: {what}", who=caveats.gap_scope(gap, MARKDOWN), what=caveats.gap_reason(gap, code_sentence))


def header(left: list[str], right: list[str]) -> str:
    """Write a table's head: columns of words, then columns of numbers."""
    return row(*left, *right) + row(*("---" for _ in left), *("--:" for _ in right))


def row(*columns: str) -> str:
    """Write a table's row."""
    return f"| {' | '.join(columns)} |\n"
