"""What is waived, why and until when; which waivers have expired, and which are about nothing. In words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from drift.reports.content.rank import Rank
from drift.reports.wording import plan
from drift.reports.wording.i18n import plural, translate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.policy.waivers import Use, Waived, Waiver
    from drift.reports.wording.escape import Medium


class Line(msgspec.Struct, frozen=True):
    """One waiver; `rank` says how much it matters."""

    symbol: str
    text: str
    rank: Rank


def lines(waived: Waived, medium: Medium) -> Iterator[Line]:
    """Every waiver for the instance, those first that have expired and are needed."""
    for use in waived.lapsed:
        yield Line("✘", _lapsed(use, medium), Rank.ERROR)
    for use in waived.used:
        yield Line("✔", _use(use, medium), Rank.EXPECTED)
    for waiver in waived.unused:
        told = translate("{waiver}; about none of these changes", waiver=_told(waiver, medium))
        yield Line("·", told, Rank.INFO)


def _use(use: Use, medium: Medium) -> str:
    return translate("{changes}: {waiver}", changes=plural(use.changes, "change"), waiver=_told(use.waiver, medium))


def _lapsed(use: Use, medium: Medium) -> str:
    told = _use(use, medium)
    if use.changes == 1:
        return translate("{use}; expired, so that it is unexpected again", use=told)
    return translate("{use}; expired, so that they are unexpected again", use=told)


def _told(waiver: Waiver, medium: Medium) -> str:
    selected = plan.item_words(waiver.selector, medium) if waiver.selector.rule else ""
    which = " ".join(part for part in (selected, waiver.fingerprint) if part)
    return translate(
        "{which}, until {day}: {reason}", which=which, day=waiver.expires, reason=medium.name(waiver.reason)
    )
