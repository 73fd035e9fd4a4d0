"""What is waived, why and until when; which waivers have expired, and which are about nothing. In words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from drift.reports import planned, words
from drift.reports.fitting import Rank

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.reports.safe import Medium
    from drift.waivers import Use, Waived, Waiver


class Line(msgspec.Struct, frozen=True):
    """One waiver; `rank` says how much it matters."""

    symbol: str
    text: str
    rank: Rank


def lines(waived: Waived, medium: Medium) -> Iterator[Line]:
    """Every waiver for the instance, those first that have expired and are needed."""
    for use in waived.lapsed:
        yield Line("✘", f"{_use(use, medium)}; expired, so that {_is_are(use)} unexpected again", Rank.ERROR)
    for use in waived.used:
        yield Line("✔", _use(use, medium), Rank.EXPECTED)
    for waiver in waived.unused:
        yield Line("·", f"{_told(waiver, medium)}; about none of these changes", Rank.INFO)


def _use(use: Use, medium: Medium) -> str:
    return f"{words.plural(use.changes, 'change')}: {_told(use.waiver, medium)}"


def _is_are(use: Use) -> str:
    return "it is" if use.changes == 1 else "they are"


def _told(waiver: Waiver, medium: Medium) -> str:
    selected = planned.item_words(waiver.selector, medium) if waiver.selector.rule else ""
    which = " ".join(part for part in (selected, waiver.fingerprint) if part)
    return f"{which}, until {waiver.expires}: {medium.name(waiver.reason)}"
