"""The arguments of renderers: a content, and the limits of the medium. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

import msgspec

if TYPE_CHECKING:
    from drift.reports.content.attribution import WhoReport
    from drift.reports.content.check import CheckReport
    from drift.reports.content.failure import Failure
    from drift.reports.content.fleet import Fleet
    from drift.reports.content.history import History
    from drift.reports.content.report import Report
    from drift.reports.content.verification import VerifyReport

    Content: TypeAlias = Report | CheckReport | VerifyReport | History | WhoReport | Failure | Fleet


class Rendering(msgspec.Struct, frozen=True):
    """The limits of a medium: whether text has colour, its `width` in columns, and the bytes that Markdown may take.

    Without a width, lines are as long as they need to be; without a number of bytes, Markdown keeps to a comment's.
    """

    colour: bool = False
    width: int | None = 100
    room: int | None = None


class Renderer(Protocol):
    """Renders one content in the format that is asked for."""

    def __call__(self, fmt: str, *, colour: bool = False, width: int | None = 100, room: int | None = None) -> str:
        """Return the text of the report."""
