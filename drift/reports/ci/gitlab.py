"""Notices as a Code Quality report, for GitLab's merge requests. Pure.

Only unexpected changes are listed: the format knows no suppression. Every entry points to `drift.toml`, where a change
is waived and a rule's severity set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift.policy.rules import Severity
from drift.reports.ci.notice import Level
from drift.reports.ci.room import ROOM, fitted
from drift.reports.wording.escape import json_document

if TYPE_CHECKING:
    from drift.reports.ci.notice import Notice, Notices
    from drift.reports.ci.room import Room

_SEVERITIES: Final = {
    Severity.ERROR: "critical",
    Severity.WARNING: "major",
    Severity.INFO: "minor",
    Severity.IGNORE: "info",
}
_TOLD: Final = frozenset({Level.FAILS, Level.MINOR, Level.UNJUDGED})


def render(notices: Notices, room: Room = ROOM) -> str:
    """Render the notices as one JSON array, indented, ending in a newline. The worst that have room are listed."""
    told = tuple(notice for notice in notices.items if notice.level in _TOLD)
    return json_document(
        [_entry(notice) for notice in fitted(msgspec.structs.replace(notices, items=told), room, _size)]
    )


def _size(notice: Notice) -> int:
    return len(json_document([_entry(notice)]).encode())


def _entry(notice: Notice) -> dict[str, Any]:
    return {
        "description": notice.message,
        "check_name": notice.rule,
        "fingerprint": notice.fingerprint,
        "severity": "blocker" if notice.level is Level.UNJUDGED else _SEVERITIES[notice.severity],
        "location": {"path": "drift.toml", "lines": {"begin": 1}},
    }
