"""The two snapshots of a report in words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.reports.wording import sentences, times
from drift.reports.wording.i18n import plural, translate

if TYPE_CHECKING:
    from drift.reports.content.report import Report, Side
    from drift.reports.wording.escape import Medium


def span(before: str, after: str) -> str:
    """Join the names of two snapshots: `between snapshot 12 and snapshot 13`."""
    return translate("between {before} and {after}", before=before, after=after)


def dated_side(side: Side, medium: Medium) -> str:
    """Name a snapshot with the time at which it was taken."""
    return translate("{snapshot} of {time}", snapshot=side_name(side, medium), time=times.moment(side.taken_at))


def full_name(side: Side, medium: Medium) -> str:
    """Name a snapshot with its instance, as far as it is known, and the time at which it was taken."""
    name, owner = side_name(side, medium), side.owner
    name = translate("{snapshot} of {instance}", snapshot=name, instance=medium.name(owner)) if owner else name
    return translate("{snapshot}, taken {time}", snapshot=name, time=times.moment(side.taken_at))


def instance(report: Report, medium: Medium) -> str:
    """Name the instance, or both where they differ."""
    before, after = _instance(report.before, medium), _instance(report.after, medium)
    return before if before == after else translate("{one} and {other}", one=before, other=after)


def side_name(side: Side, medium: Medium) -> str:
    """Name a snapshot, `snapshot 12 (pre-CHG-123)`; one that is not in a store has the user's reference."""
    label = side_label(side, medium)
    return label if side.number is None else translate("snapshot {label}", label=label)


def side_label(side: Side, medium: Medium) -> str:
    """Name a snapshot by number and label, or by the user's reference."""
    if side.number is None:
        return medium.name(side.reference)
    return sentences.followed(f"{side.number}", "" if side.label is None else medium.name(side.label))


def balance_of(side: Side) -> str:
    """Count the shards and data nodes of a snapshot."""
    held = sentences.listing((plural(sum(side.balance.values()), "shard"), plural(len(side.nodes), "data node")))
    return held if side.complete else translate("partial: {held}", held=held)


def _instance(side: Side, medium: Medium) -> str:
    return medium.name(side.owner or side.reference)
