"""The sections that all media for readers have in common, in words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.policy.verdict import Disposition
from drift.reports.wording.i18n import mark_sentence, translate

if TYPE_CHECKING:
    from drift.reports.content.outline import Section
    from drift.reports.content.report import Report
    from drift.reports.wording.checklist import Checklist
    from drift.reports.wording.escape import Medium
    from drift.reports.wording.node_pairs import PairRow

_HEADINGS: Final = {
    Disposition.UNEXPECTED: mark_sentence("Unexpected"),
    Disposition.EXPECTED: mark_sentence("Expected"),
    Disposition.WAIVED: mark_sentence("Waived"),
    Disposition.IGNORED: mark_sentence("Ignored"),
}


def heading(section: Section) -> str:
    """Name a section of changes."""
    return translate("Partly expected") if section.partly else translate(_HEADINGS[section.disposition])


def plan(report: Report, medium: Medium) -> Checklist | None:
    """List the items of the plan, if there is one."""
    if (match := report.verdict.match) is None:
        return None
    from drift.reports.wording.plan import checklist

    return checklist(report, match, medium)


def waivers(report: Report, medium: Medium) -> Checklist | None:
    """List the waivers, if there are any for the instance."""
    if (waived := report.verdict.waived) is None:
        return None
    from drift.reports.wording.waivers import checklist

    return checklist(waived, medium)


def node_pairs(report: Report, medium: Medium) -> tuple[PairRow, ...]:
    """List the data nodes that correspond to each other, where two instances are compared."""
    if not report.node_pairs:
        return ()
    from drift.reports.wording.node_pairs import pair_rows

    return tuple(pair_rows(report.node_pairs, medium))
