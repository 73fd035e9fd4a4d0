"""Notices as annotations of a GitHub Actions run. Pure.

A run shows ten annotations of a level and step; more are counted in the tenth.
Source: "Workflow commands for GitHub Actions", GitHub Docs.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from drift.policy.rules import Severity
from drift.reports.ci.notices import Standing
from drift.reports.wording.escape import workflow_data, workflow_property
from drift.reports.wording.i18n import mark_noun, plural_more, translate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from drift.reports.ci.notices import Notice, Notices

MOST_OF_A_LEVEL: Final = 10
_LEVELS: Final = {"error": mark_noun("error"), "warning": mark_noun("warning"), "notice": mark_noun("notice")}


def render(notices: Notices) -> str:
    """A line for each annotation, the worst first; the verdict is the last."""
    by_level: dict[str, list[Notice]] = defaultdict(list)
    for notice in notices.items:
        if level := _level(notice):
            by_level[level].append(notice)
    lines = [line for level in _LEVELS for line in _lines(level, by_level[level], notices)]
    return "".join([*lines, _command("notice", "drift", notices.statement)])


def _level(notice: Notice) -> str | None:
    match notice.standing:
        case Standing.FAILS | Standing.UNJUDGED:
            return "error"
        case Standing.MINOR:
            return "notice" if notice.severity < Severity.WARNING else "warning"
        case Standing.ACCEPTED | Standing.MET:
            return None


def _lines(level: str, told: Sequence[Notice], notices: Notices) -> Iterator[str]:
    room = MOST_OF_A_LEVEL - (level == "notice")  # the verdict is a notice, too
    shown = told if len(told) <= room else told[: room - 1]
    for notice in shown:
        yield _command(level, notice.rule, f"{notices.instance} {notice.told}".strip())
    if hidden := len(told) - len(shown):
        yield _command(level, "drift", translate("{more} not shown", more=plural_more(hidden, _LEVELS[level])))


def _command(level: str, title: str, message: str) -> str:
    return f"::{level} title={workflow_property(title)}::{workflow_data(message)}\n"
