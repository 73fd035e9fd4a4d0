"""Say who did what: the calls that explain events, and those that could not be attributed. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.reports.content.happenings import happenings
from drift.reports.wording import event_titles, sentences, times
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


def lines(report: Report, medium: Medium, safe: Callable[[str], str]) -> list[str]:
    """Say for each event which calls explain it, those without any first; and when the audit was not read."""
    found = report.attribution
    if found is None or not found.causes:
        return []
    if found.is_reversed:
        return [backwards()]
    placed = list(enumerate(happenings(report)))
    placed.sort(key=lambda pair: (not untraced(found, pair[0], medium), -pair[1].severity))
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
    return sentences.remarks([*calls, *more, *untraced(found, place, medium)])


def untraced(found: Attribution | None, place: int, medium: Medium) -> list[str]:
    """Say what of an event no call explains, or none for certain, if anything."""
    if found is None:
        return [translate("no trace in what was read of the audit")]
    if place in found.uncertain:
        return [translate("not certain: called just before the first snapshot, which may show the result already")]
    if found.causes[place]:
        names = [translate("database {name}", name=medium.name(name)) for name in found.untraced[place]]
        return [translate("no trace for {names}", names=sentences.listing(names))] if names else []
    if found.is_reversed:
        return []
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


def backwards() -> str:
    """Say why nothing is attributed from a newer snapshot to an older one."""
    return translate("No call is named: the second snapshot is the older one, so that the calls led the other way")


def unread(window: AuditWindow, safe: Callable[[str], str]) -> str:
    """Say that the audit was not read for a time, and why."""
    said = translate(
        "The audit was not read from {since} to {until}", since=_time(window.since), until=_time(window.until)
    )
    return translate("{who}: {what}", who=said, what=safe(window.problem)) if window.problem else said


def _time(time: str) -> str:
    return times.job_time(f"{time[:19]}Z") or ""
