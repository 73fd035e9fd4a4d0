"""A section of lines with a mark before each, as plans and waivers have it. Pure."""

from __future__ import annotations

import msgspec

from drift.reports.content.rank import Rank


class Line(msgspec.Struct, frozen=True):
    """A line behind its mark; `rank` says how much it matters."""

    symbol: str
    text: str
    rank: Rank


class Checklist(msgspec.Struct, frozen=True):
    """A section of lines. Each line is one of `noun`."""

    heading: str
    noun: str
    lines: tuple[Line, ...]
