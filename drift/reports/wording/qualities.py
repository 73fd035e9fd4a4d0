"""The qualities of a snapshot in words: whether it is to be believed, and by a confirmed layout. Pure.

This is the one place for all reports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.reports.wording import sentences, sides, times
from drift.reports.wording.escape import TEXT
from drift.reports.wording.i18n import language_scope, mark_sentence, plural, translate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drift.core.model import Confirmation, Snapshot, Suspicion
    from drift.core.read_settings import OtherSetting
    from drift.reports.content.report import Side
    from drift.reports.wording.escape import Medium

UNCONFIRMED: Final = mark_sentence("unconfirmed: neither a documented call nor a person confirmed its layout")

_BEFORE: Final = {"volatile": mark_sentence("volatile {what} before"), "reader": mark_sentence("reader {what} before")}
_AFTER: Final = {"volatile": mark_sentence("volatile {what} after"), "reader": mark_sentence("reader {what} after")}


def of_sides(found: Iterable[Side], medium: Medium) -> list[str]:
    """Say of each snapshot whether it is, or was, suspect."""
    return [
        doubt(side.suspicion, sides.side_name(side, medium), side.number, medium)
        for side in found
        if side.suspicion is not None
    ]


def unconfirmed(found: Iterable[Side], medium: Medium) -> list[str]:
    """Name each snapshot that was read by a layout which nobody has confirmed."""
    return [
        translate("{who}: {what}", who=sides.side_name(side, medium), what=translate(UNCONFIRMED))
        for side in found
        if side.unconfirmed
    ]


def other_settings(found: Iterable[OtherSetting], medium: Medium) -> list[str]:
    """Name in one line the settings that two snapshots were read with differently, if there are any."""
    named = [part for each in found for part in _setting(each, medium)]
    return [translate("Read with other settings: {what}", what=sentences.clauses(named))] if named else []


def settings_in_english(found: Iterable[OtherSetting]) -> str:
    """Say the same in plain English, for messages."""
    with language_scope("en"):
        return "".join(other_settings(found, TEXT))


def _setting(found: OtherSetting, medium: Medium) -> Iterator[str]:
    if found.setting == "layout":
        yield translate("another [layout]")
        return
    for values, sentence in ((found.before, _BEFORE[found.setting]), (found.after, _AFTER[found.setting])):
        if values:
            yield translate(sentence, what=sentences.listing([medium.name(value) for value in values]))


def of_snapshot(snapshot: Snapshot, who: str, medium: Medium) -> list[str]:
    """Say of one snapshot, called `who`, whether it is, or was, suspect."""
    return [] if snapshot.suspicion is None else [doubt(snapshot.suspicion, who, snapshot.number, medium)]


def doubt(found: Suspicion, who: str, number: int | None, medium: Medium) -> str:
    """Say why a snapshot is suspect and what to do, or who confirmed it."""
    if found.confirmed is not None:
        return _confirmed(found, found.confirmed, who, medium)
    said = _lost(found, who)
    if number is None:
        return translate("Suspect: {said}; capture again with --source both, which asks a second source", said=said)
    command = medium.literal(f"drift confirm {number}")
    return translate("Suspect: {said}; capture again, or confirm it: {command}", said=said, command=command)


def in_english(found: Suspicion, number: int | None) -> str:
    """Say it in plain English, for data and messages."""
    with language_scope("en"):
        who = "the capture" if number is None else f"snapshot {number}"
        return doubt(found, who, number, TEXT)


def _lost(found: Suspicion, who: str) -> str:
    held = plural(found.held, "shard")
    if found.is_empty:
        return translate(
            "{who} is empty, after {shards} before, which is no proof that they were removed", who=who, shards=held
        )
    return translate("{who} lacks {lost:,} of {shards} before", who=who, lost=found.lost, shards=held)


def _confirmed(found: Suspicion, confirmed: Confirmation, who: str, medium: Medium) -> str:
    said = translate(
        "{who} lacks {lost:,} of {shards} before", who=who, lost=found.lost, shards=plural(found.held, "shard")
    )
    by = [] if confirmed.by is None else [medium.name(confirmed.by)]
    when = sentences.listing([*by, times.moment(confirmed.at)])
    reason = sentences.followed(medium.name(confirmed.reason), when) if confirmed.reason else when
    return translate("Confirmed: {said}: {reason}", said=said, reason=reason)
