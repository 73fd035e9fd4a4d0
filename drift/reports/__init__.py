"""One `Report`, many renderers. Pure: a renderer is a function `Report -> str` that arranges and never judges.

`FORMATS` and `CHECKUP_FORMATS` are the one list of formats; the command line's choices come from them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from drift.reports.checkup import Checkup
    from drift.reports.report import Report

FORMATS: Final = ("text", "markdown", "json")
CHECKUP_FORMATS: Final = ("text", "markdown", "json")


def render(report: Report, fmt: str, *, colour: bool = False, width: int = 100) -> str:
    """The report in one of `FORMATS`, ending in a newline. Colour and width apply to text alone."""
    renderer = import_module(f"drift.reports.{fmt}_")
    if fmt == "text":
        return str(renderer.render(report, colour=colour, width=width))
    return str(renderer.render(report))


def render_checkup(checkup: Checkup, fmt: str, *, colour: bool = False, width: int = 100) -> str:
    """The checkup in one of `CHECKUP_FORMATS`, ending in a newline; it has neither colours nor a width."""
    del colour, width
    return str(import_module(f"drift.reports.checkup_{fmt}").render(checkup))
