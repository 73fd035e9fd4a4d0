"""Times and durations in words. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from drift.reports.wording.i18n import mark_sentence, translate

if TYPE_CHECKING:
    from drift.reports.content.report import Report

_UNITS: Final = (
    (mark_sentence("{count} d"), 86_400),
    (mark_sentence("{count} h"), 3_600),
    (mark_sentence("{count} min"), 60),
    (mark_sentence("{count} s"), 1),
)


def job_time(time: str | None) -> str | None:
    """Format a job's time like `moment`."""
    return time and time.replace("T", " ").replace("Z", " UTC")


def moment(when: datetime) -> str:
    """Format a time: `2026-05-01 02:00:04 UTC`."""
    return f"{when.astimezone(UTC).replace(tzinfo=None).isoformat(' ', 'seconds')} UTC"


def interval(report: Report) -> str:
    """Say how much later or earlier than the first snapshot the second was taken."""
    apart = report.after.taken_at - report.before.taken_at
    if not apart:
        return translate("at the same time")
    time = _duration(abs(apart))
    return translate("{time} later", time=time) if apart > timedelta() else translate("{time} earlier", time=time)


def age(then: datetime, now: datetime) -> str:
    """Say how long ago a time was."""
    return _duration(max(now - then, timedelta()))


def _duration(apart: timedelta) -> str:
    """Format a duration in its two largest units: `2 h 10 min`."""
    left, parts = int(apart.total_seconds()), []
    for unit, seconds in _UNITS:
        count, left = divmod(left, seconds)
        if count:
            parts.append(translate(unit, count=count))
    return " ".join(parts[:2]) or translate("less than 1 s")
