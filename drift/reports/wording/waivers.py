"""Waivers in words: their changes, reasons and last days. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.reports.content.rank import Rank
from drift.reports.wording import plan, sentences
from drift.reports.wording.checklist import Checklist, Line
from drift.reports.wording.i18n import mark_noun, plural, translate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.policy.waivers import Use, Waived, Waiver
    from drift.reports.wording.escape import Medium


def checklist(waived: Waived, medium: Medium) -> Checklist:
    """List every waiver for the instance; those that have expired and are still needed come first."""
    lines = tuple(_lines(waived, medium))
    return Checklist(sentences.followed(translate("Waivers"), f"{len(lines):,}"), mark_noun("waiver"), lines)


def _lines(waived: Waived, medium: Medium) -> Iterator[Line]:
    for use in waived.lapsed:
        yield Line("✘", _lapsed(use, medium), Rank.ERROR)
    for use in waived.used:
        yield Line("✔", _use(use, medium), Rank.EXPECTED)
    for waiver in waived.unused:
        text = translate("{waiver}; matches none of these changes", waiver=_describe(waiver, medium))
        yield Line("·", text, Rank.INFO)
    for waiver in waived.untold:
        text = translate("{waiver}; not told: one layout has no place for it", waiver=_describe(waiver, medium))
        yield Line("?", text, Rank.INFO)


def _use(use: Use, medium: Medium) -> str:
    return translate("{changes}: {waiver}", changes=plural(use.changes, "change"), waiver=_describe(use.waiver, medium))


def _lapsed(use: Use, medium: Medium) -> str:
    text = _use(use, medium)
    if use.changes == 1:
        return translate("{use}; expired, so the change is unexpected again", use=text)
    return translate("{use}; expired, so the changes are unexpected again", use=text)


def _describe(waiver: Waiver, medium: Medium) -> str:
    selected = plan.item_words(waiver.selector, medium) if waiver.selector.rule else ""
    which = " ".join(part for part in (selected, waiver.fingerprint) if part)
    return translate(
        "{which}, until {day}: {reason}", which=which, day=waiver.expires, reason=medium.name(waiver.reason)
    )
