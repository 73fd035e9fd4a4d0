"""The limits of a report in words: parts that were not read, operations in progress, sudden losses. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.compare.plausibility import loss
from drift.core.model import DATA_NODES_SCOPE, DATABASES_SCOPE
from drift.core.sources import BOTH
from drift.policy.verdict import Disposition
from drift.reports.wording import qualities, sentences, times
from drift.reports.wording.i18n import mark_sentence, plural, plural_more, translate

if TYPE_CHECKING:
    from collections.abc import Callable

    from drift.core.model import Gap, Job
    from drift.reports.content.report import Report
    from drift.reports.wording.escape import Medium

_MOST_DATABASES: Final = 12
_REASONS: Final = (
    mark_sentence("the capture before is empty, which is no proof that the shards were removed"),
    mark_sentence("the capture after is empty, which is no proof that the shards were removed"),
    mark_sentence("read under different [layout] settings, by which shards have other names or places"),
)
_SCOPES: Final = {
    DATA_NODES_SCOPE: mark_sentence("all data nodes"),
    DATABASES_SCOPE: mark_sentence("all databases and their shards"),
}


def lower_bounds() -> str:
    """Explain the marks of figures that are lower bounds or unknown."""
    return translate("Not everything was read: ≥ marks a lower bound, ? an unknown count.")


def operations(report: Report, medium: Medium, safe: Callable[[str], str]) -> list[str]:
    """Name each operation in progress on either side, each migration that ran between them, and who called for what."""
    before = [
        translate("In flight before: {what}", what=safe(operation.words)) for operation in report.before.in_flight
    ]
    after = [translate("In flight after: {what}", what=safe(operation.words)) for operation in report.after.in_flight]
    ran = (_ran(job, medium, safe) for job in report.jobs)
    return [*before, *after, *ran, *_calls(report, medium, safe)]


def _calls(report: Report, medium: Medium, safe: Callable[[str], str]) -> list[str]:
    if report.attribution is None:
        return []
    from drift.reports.wording import attribution

    return attribution.lines(report, medium, safe)


def _ran(job: Job, medium: Medium, safe: Callable[[str], str]) -> str:
    name = safe(job.name)
    return translate(
        "{name} ran between the two: {status}, {started} to {ended} (job {id})",
        name=translate("{name} of {database}", name=name, database=medium.name(job.database)) if job.database else name,
        status=safe(job.status),
        started=times.job_time(job.started) or "?",
        ended=times.job_time(job.ended) or translate("now"),
        id=safe(job.id),
    )


def suspicion(report: Report, medium: Medium) -> list[str]:
    """Say which side is, or was, suspect; else warn where whole databases disappeared unexpectedly.

    Two instances that are compared are exempt: the second may never have had what the first has. So is what two
    sources say alike.
    """
    if doubts := qualities.of_sides((report.before, report.after), medium):
        return doubts
    gone = (each.change for each in report.verdict.changes if each.disposition is Disposition.UNEXPECTED)
    lost = loss(gone, sum(report.before.balance.values()))
    witnessed = report.after.source == BOTH.name and report.after.complete
    if report.is_on_two_instances or witnessed or not lost.databases:
        return []
    things = (
        [translate("{count:,} of {all}", count=lost.shards, all=plural(lost.total, "shard"))] if lost.shards else []
    )
    things += [translate("database {name}", name=medium.name(name)) for name in lost.databases[:_MOST_DATABASES]]
    if (hidden := len(lost.databases) - _MOST_DATABASES) > 0:
        things.append(plural_more(hidden, "database"))
    return [
        translate(
            "Suspicious: {things} disappeared; capture again, or with --source details, before acting on it",
            things=sentences.listing(things),
        )
    ]


def gap_scope(gap: Gap, medium: Medium) -> str:
    """Name the part that a gap covers."""
    if gap.scope in _SCOPES:
        return translate(_SCOPES[gap.scope])
    kind, _, name = gap.scope.partition(" ")
    return translate("database {name}", name=medium.name(name)) if kind == "database" else medium.name(gap.scope)


def unread(gap: Gap, medium: Medium, safe: Callable[[str], str]) -> str:
    """Say which part was not read, and why."""
    return translate("{who}: {what}", who=gap_scope(gap, medium), what=gap_reason(gap, safe))


def gap_reason(gap: Gap, safe: Callable[[str], str]) -> str:
    """Say why a part was not read: in drift's own words, or as the service said it."""
    return translate(gap.reason) if gap.reason in _REASONS else safe(gap.reason)
