"""Who did what, as JSON, format 1. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.core.version import __version__
from drift.reports.content.happenings import happenings
from drift.reports.json.parts import FORMAT, side, uncertain
from drift.reports.json.report import PLAIN
from drift.reports.wording import caveats
from drift.reports.wording.escape import json_document
from drift.reports.wording.event_titles import title

if TYPE_CHECKING:
    from drift.reports.content.attribution import WhoReport
    from drift.reports.rendering import Rendering


def render(who: WhoReport, _rendering: Rendering) -> str:
    """Render the attribution as one JSON object, indented, ending in a newline. Its keys and order are a contract."""
    report, found = who.report, who.report.attribution
    causes = found.causes if found else [()] * len(report.events.events)
    return json_document(
        {
            "format": FORMAT,
            "tool": {"name": "ddm-drift", "version": __version__},
            "before": side(report.before),
            "after": side(report.after),
            "read": found is not None,
            "events": [
                {
                    "event": each.event.id,
                    "kind": each.event.kind,
                    "title": title(each, PLAIN),
                    "traces": traces,
                    **uncertain(found, place),
                }
                for place, (each, traces) in enumerate(zip(happenings(report), causes, strict=True))
            ],
            "others": found.others if found else (),
            "unread": found.unread if found else (),
            **({"reversed": True} if found and found.is_reversed else {}),
            **({"not_checked": report.verdict.not_checked} if report.verdict.not_checked else {}),
            **({"suspect": suspect} if (suspect := caveats.suspicion(report, PLAIN)) else {}),
        }
    )
