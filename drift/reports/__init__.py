"""One `Report`, many renderers. Pure: a renderer is a function `Report -> str` that arranges and never judges.

`FORMATS` is the one list of formats; the command line's choices come from it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from drift.reports.report import Report

FORMATS: Final = ("text", "markdown", "json")


def render(report: Report, fmt: str, *, colour: bool = False, width: int = 100) -> str:
    """The report in one of `FORMATS`, ending in a newline. Colour and width apply to text alone."""
    renderer = import_module(f"drift.reports.{fmt}_")
    if fmt == "text":
        return str(renderer.render(report, colour=colour, width=width))
    return str(renderer.render(report))
