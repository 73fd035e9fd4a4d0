"""Say who did what: the calls that explain events, and those that could not be attributed. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from drift.reports.content.happenings import happenings
from drift.reports.wording import event_titles, sentences, sides, times
from drift.reports.wording.i18n import mark_sentence, plural_more, translate

if TYPE_CHECKING:
    from collections.abc import Callable

    from drift.compare.attribution import Attribution
    from drift.core.traces import AuditWindow, Trace
    from drift.reports.content.report import Report
    from drift.reports.wording.escape import Medium

_MOST_EVENTS: Final = 12
_MOST_TRACES: Final = 4
_KINDS: Final = {
    "console": mark_sentence("console"),
    "api": mark_sentence("API"),
    "system": mark_sentence("the service itself"),
}


class Told(NamedTuple):
    """Who did what, in words: each event with its calls, the calls that explain none, and what was not read."""

    heading: str
    events: list[tuple[str, list[str]]]
    others_heading: str
    others: list[str]
    unread: list[str]


def told(report: Report, medium: Medium, safe: Callable[[str], str]) -> Told:
    """Tell of every event and every call. Where the audit was never read, say how to have it read."""
    before, after = (sides.side_name(side, medium) for side in (report.before, report.after))
    found = report.attribution
    traced = found.causes if found else [()] * len(report.events.events)
    events = [
        (event_titles.title(each, medium), [*(call(trace, safe) for trace in traces), *_untraced(found, place, medium)])
        for place, (each, traces) in enumerate(zip(happenings(report), traced, strict=True))
    ]
    never = [] if found else [translate("The audit was not read: `audit = true` in [capture] has captures read it.")]
    return Told(
        heading=translate("Who changed what {between}", between=sides.span(before, after)),
        events=events or [(translate("Nothing changed"), [])],
        others_heading=translate("Other calls in this time"),
        others=[call(trace, safe) for trace in (found.others if found else ())],
        unread=never + [unread(window, safe) for window in (found.unread if found else ())],
    )


def lines(report: Report, medium: Medium, safe: Callable[[str], str]) -> list[str]:
    """Say for each event which calls explain it, those without any first; and when the audit was not read."""
    found = report.attribution
    if found is None or not found.causes:
        return []
    placed = list(enumerate(happenings(report)))
    placed.sort(key=lambda pair: (not _untraced(found, pair[0], medium), -pair[1].severity))
    shown = [
        translate("{who}: {what}", who=event_titles.title(each, medium), what=causes(found, place, medium, safe))
        for place, each in placed[:_MOST_EVENTS]
    ]
    hidden = [plural_more(len(placed) - _MOST_EVENTS, "event")] if len(placed) > _MOST_EVENTS else []
    return [*shown, *hidden, *(unread(window, safe) for window in found.unread)]


def causes(found: Attribution, place: int, medium: Medium, safe: Callable[[str], str]) -> str:
    """Say which calls explain the event in that place, and what of it none does."""
    traces = found.causes[place]
    hidden = len(traces) - _MOST_TRACES
    more = [plural_more(hidden, "call")] if hidden > 0 else []
    calls = (call(trace, safe) for trace in traces[:_MOST_TRACES])
    return sentences.remarks([*calls, *more, *_untraced(found, place, medium)])


def _untraced(found: Attribution | None, place: int, medium: Medium) -> list[str]:
    """Say what of an event no call explains, if anything."""
    if found is None:
        return [translate("no trace in what was read of the audit")]
    if found.causes[place]:
        names = [translate("database {name}", name=medium.name(name)) for name in found.untraced[place]]
        return [translate("no trace for {names}", names=sentences.listing(names))] if names else []
    if found.is_whole:
        return [translate("no trace: by hand on the data nodes, or a call that the audit doesn't show yet")]
    return [translate("no trace in what was read of the audit")]


def call(trace: Trace, safe: Callable[[str], str]) -> str:
    """Say who made a call, from where, when and which: `by deploy (console) at …, migrateLogicDB of orders`."""
    origin = [translate(_KINDS[trace.kind])] if trace.kind else []
    origin += [safe(trace.address)] if trace.address else []
    user = safe(trace.user) if trace.user else translate("an unknown user")
    who = translate("{user} ({origin})", user=user, origin=sentences.listing(origin)) if origin else user
    name = safe(trace.name)
    if trace.resource_name:
        name = translate("{name} of {database}", name=name, database=safe(trace.resource_name))
    return translate("by {who} at {time}, {call}", who=who, time=_time(trace.time), call=name)


def unread(window: AuditWindow, safe: Callable[[str], str]) -> str:
    """Say that the audit was not read for a time, and why."""
    said = translate(
        "The audit was not read from {since} to {until}", since=_time(window.since), until=_time(window.until)
    )
    return translate("{who}: {what}", who=said, what=safe(window.problem)) if window.problem else said


def _time(time: str) -> str:
    return times.job_time(f"{time[:19]}Z") or ""
