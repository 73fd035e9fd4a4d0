"""One `Report`, many renderers. Pure: a renderer is a function `Report -> str` that arranges and never judges.

`FORMATS` and `CHECKUP_FORMATS` are the one list of formats; the command line's choices come from them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from drift.language import speaking

if TYPE_CHECKING:
    from drift.core.validators import Language
    from drift.reports.checkup import Checkup
    from drift.reports.failure import Failure
    from drift.reports.notices import Notices
    from drift.reports.report import Report

TOOL_FORMATS: Final = ("junit", "sarif", "github", "gitlab")
"""What other tools read. These tell of a failure, too."""
FORMATS: Final = ("text", "markdown", "json", "html", *TOOL_FORMATS)
CHECKUP_FORMATS: Final = ("text", "markdown", "json", "html", *TOOL_FORMATS)
ONE_INSTANCE_FORMATS: Final = (*TOOL_FORMATS, "html")
"""The formats in which reports can't be put one after another."""
SHOW_EVERY_SHARD: Final = frozenset({"html"})
"""The formats that show the placements of all shards."""
OUTPUTS: Final = "github-output"
"""The outputs of a step of GitHub Actions: nothing that one would ask for as a report."""


def render(
    report: Report, fmt: str, *, lang: Language = "en", colour: bool = False, width: int = 100, room: int | None = None
) -> str:
    """The report in one of `FORMATS` or as `OUTPUTS`, ending in a newline.

    JSON is the same in every language. Colour and width apply to text alone, and to Markdown `room`, the most bytes
    that it may take where it may take another number than a comment.
    """
    with speaking("en" if fmt == "json" else lang):
        if _is_for_tools(fmt):
            from drift.reports.notices import of_report  # noqa: PLC0415 - only for other tools

            return _of_notices(of_report(report, grouped=fmt == "github"), fmt)
        return _rendered(report, fmt, f"{fmt}_", colour=colour, width=width, room=room)


def render_checkup(
    checkup: Checkup,
    fmt: str,
    *,
    lang: Language = "en",
    colour: bool = False,
    width: int = 100,
    room: int | None = None,
) -> str:
    """The checkup in one of `CHECKUP_FORMATS` or as `OUTPUTS`, ending in a newline; the rest is as in `render`."""
    with speaking("en" if fmt == "json" else lang):
        if _is_for_tools(fmt):
            from drift.reports.notices import of_checkup  # noqa: PLC0415 - only for other tools

            return _of_notices(of_checkup(checkup), fmt)
        return _rendered(checkup, fmt, f"checkup_{fmt}", colour=colour, width=width, room=room)


def render_failure(
    failure: Failure,
    fmt: str,
    *,
    lang: Language = "en",
    colour: bool = False,
    width: int = 100,
    room: int | None = None,
) -> str:
    """Why there is no report, in one of `TOOL_FORMATS`, as `OUTPUTS` or as Markdown, ending in a newline."""
    del colour, width, room
    with speaking(lang):
        if fmt == "markdown":
            from drift.reports.failure import as_markdown  # noqa: PLC0415 - only for a step's summary

            return as_markdown(failure)
        from drift.reports.notices import of_failure  # noqa: PLC0415 - only for other tools

        return _of_notices(of_failure(failure), fmt)


def _rendered(told: Report | Checkup, fmt: str, module: str, *, colour: bool, width: int, room: int | None) -> str:
    renderer = import_module(f"drift.reports.{module}")
    if fmt == "text":
        return str(renderer.render(told, colour=colour, width=width))
    return str(renderer.render(told) if room is None else renderer.render_within(told, room))


def _is_for_tools(fmt: str) -> bool:
    return fmt in TOOL_FORMATS or fmt == OUTPUTS


def _of_notices(notices: Notices, fmt: str) -> str:
    return str(import_module(f"drift.reports.{fmt.replace('-', '_')}_").render(notices))
