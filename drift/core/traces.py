"""Traces: what the cloud's audit service (CTS) says was called, by whom and when. Pure.

Times are UTC with milliseconds, `2026-05-01T02:13:00.000Z`, and so sort as they follow each other.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def stamp(time: datetime) -> str:
    """Write a time as traces have it."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """One call that the audit service has seen. Of a request and its answer, which may hold secrets, nothing is here.

    `service` is `DDM` or `RDS`, `name` the operation, `kind` says how it was called: `console`, `api` or `system`.
    `address` is where it came from. `resource_id` and `resource_name` say what it was about. `is_refused` is true for a
    call that changed nothing.
    """

    id: str
    time: str
    service: str
    name: str
    kind: str | None = None
    user: str | None = None
    address: str | None = None
    resource_id: str | None = None
    resource_name: str | None = None
    is_refused: bool = False


def in_order(traces: Iterable[Trace]) -> tuple[Trace, ...]:
    """Sort traces, oldest first."""
    return tuple(sorted(traces, key=lambda trace: (trace.time, trace.id)))


class AuditWindow(msgspec.Struct, frozen=True, kw_only=True):
    """What was read of the audit: from one time to another, or why it could not be read."""

    since: str
    until: str
    problem: str | None = None


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """The traces of some windows of time, oldest first."""

    windows: tuple[AuditWindow, ...] = ()
    traces: tuple[Trace, ...] = ()

    def joined(self, other: Audit) -> Audit:
        """Join two readings; a trace that both have is there once."""
        traces = {trace.id: trace for trace in (*self.traces, *other.traces)}
        return Audit(windows=(*self.windows, *other.windows), traces=in_order(traces.values()))

    def unread(self, since: str, until: str) -> tuple[AuditWindow, ...]:
        """List the parts of a span that no window covers, each with the reason if one is known."""
        problems = {(window.since, window.until): window.problem for window in self.windows if window.problem}
        gaps, reached = [], since
        for window in sorted((each for each in self.windows if not each.problem), key=lambda each: each.since):
            if window.since >= until:
                break
            if window.since > reached:
                gaps.append((reached, window.since))
            reached = max(reached, window.until)
        if reached < until:
            gaps.append((reached, until))
        return tuple(
            AuditWindow(since=start, until=end, problem=_first_within(problems, start, end)) for start, end in gaps
        )


def _first_within(problems: Mapping[tuple[str, str], str], start: str, end: str) -> str | None:
    return next((why for (since, until), why in problems.items() if since < end and until > start), None)
