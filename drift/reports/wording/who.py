"""The words of `drift who`: each event with its calls, and what limits the answer. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from drift.reports.content.happenings import happenings
from drift.reports.wording import attribution, caveats, event_titles, sides
from drift.reports.wording.i18n import translate

if TYPE_CHECKING:
    from collections.abc import Callable

    from drift.reports.content.report import Report
    from drift.reports.wording.escape import Medium


class Told(NamedTuple):
    """Who did what, in words: each event with its calls, the calls that explain none, and what limits all this.

    `limits` say which side is suspect, what was not checked, and for which time the audit was not read.
    """

    heading: str
    events: list[tuple[str, list[str]]]
    others_heading: str
    others: list[str]
    limits: list[str]


def told(report: Report, medium: Medium, safe: Callable[[str], str]) -> Told:
    """Tell of every event and every call, and of what may be missing."""
    before, after = (sides.side_name(side, medium) for side in (report.before, report.after))
    found = report.attribution
    traced = found.causes if found else [()] * len(report.events.events)
    events = [
        (
            event_titles.title(each, medium),
            [*(attribution.call(trace, safe) for trace in traces), *attribution.untraced(found, place, medium)],
        )
        for place, (each, traces) in enumerate(zip(happenings(report), traced, strict=True))
    ]
    unchecked = [caveats.unread(gap, medium, safe) for gap in report.verdict.not_checked]
    nothing = translate("Nothing changed in what was checked") if unchecked else translate("Nothing changed")
    return Told(
        heading=translate("Who changed what {between}", between=sides.span(before, after)),
        events=events or [(nothing, [])],
        others_heading=translate("Other calls in this time"),
        others=[attribution.call(trace, safe) for trace in (found.others if found else ())],
        limits=[
            *caveats.suspicion(report, medium),
            *(translate("Not checked: {parts}", parts=each) for each in unchecked),
            *_unread(report, safe),
        ],
    )


def _unread(report: Report, safe: Callable[[str], str]) -> list[str]:
    """Say for which time the audit was not read, or why none of it explains anything."""
    found = report.attribution
    if found is None:
        if report.is_on_two_instances:
            return [translate("No call is named: these are two instances, and no call led from one to the other")]
        return [translate("The audit was not read: `audit = true` in [capture] has captures read it.")]
    if found.is_reversed:
        return [attribution.backwards()]
    return [attribution.unread(window, safe) for window in found.unread]
