"""Notices as annotations of a GitHub Actions run. Pure.

A run shows ten annotations of a level and step; more are counted in the tenth.
Source: "Workflow commands for GitHub Actions", GitHub Docs.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from drift.policy.rules import Severity
from drift.reports.ci.notice import Level
from drift.reports.wording.escape import workflow_data, workflow_property
from drift.reports.wording.i18n import mark_noun, plural_more, translate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from drift.reports.ci.notice import Notice, Notices

MOST_OF_A_LEVEL: Final = 10
_LEVELS: Final = {"error": mark_noun("error"), "warning": mark_noun("warning"), "notice": mark_noun("notice")}


def render(notices: Notices) -> str:
    """Render a line for each annotation, most severe first. The verdict is the last."""
    by_level: dict[str, list[Notice]] = defaultdict(list)
    for notice in notices.items:
        if level := _level(notice):
            by_level[level].append(notice)
    lines = [line for level in _LEVELS for line in _lines(level, by_level[level], notices)]
    return "".join([*lines, _command("notice", "drift", notices.statement)])


def _level(notice: Notice) -> str | None:
    match notice.level:
        case Level.FAILS | Level.UNJUDGED:
            return "error"
        case Level.MINOR:
            return "notice" if notice.severity < Severity.WARNING else "warning"
        case Level.ACCEPTED | Level.MET:
            return None


def _lines(level: str, found: Sequence[Notice], notices: Notices) -> Iterator[str]:
    room = MOST_OF_A_LEVEL - (level == "notice")  # the verdict is a notice, too
    shown = found if len(found) <= room else found[: room - 1]
    for notice in shown:
        yield _command(level, notice.rule, f"{notices.instance} {notice.message}".strip())
    if hidden := len(found) - len(shown):
        yield _command(level, "drift", translate("{more} not shown", more=plural_more(hidden, _LEVELS[level])))


def _command(level: str, title: str, message: str) -> str:
    return f"::{level} title={workflow_property(title)}::{workflow_data(message)}\n"
