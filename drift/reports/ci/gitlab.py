"""Notices as a Code Quality report, for GitLab's merge requests. Pure.

Only what nobody expected is told: the format knows no suppression. Every entry points to `drift.toml`, where a change
is waived and a rule's severity set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from drift.policy.rules import Severity
from drift.reports.ci.notices import Standing
from drift.reports.wording.escape import json_document

if TYPE_CHECKING:
    from drift.reports.ci.notices import Notice, Notices

_SEVERITIES: Final = {
    Severity.ERROR: "critical",
    Severity.WARNING: "major",
    Severity.INFO: "minor",
    Severity.IGNORE: "info",
}
_TOLD: Final = frozenset({Standing.FAILS, Standing.MINOR, Standing.UNJUDGED})


def render(notices: Notices) -> str:
    """The notices as one JSON array, indented, ending in a newline."""
    told = [_entry(notice) for notice in notices.items if notice.standing in _TOLD]
    return json_document(told)


def _entry(notice: Notice) -> dict[str, Any]:
    return {
        "description": notice.told,
        "check_name": notice.rule,
        "fingerprint": notice.fingerprint,
        "severity": "blocker" if notice.standing is Standing.UNJUDGED else _SEVERITIES[notice.severity],
        "location": {"path": "drift.toml", "lines": {"begin": 1}},
    }
