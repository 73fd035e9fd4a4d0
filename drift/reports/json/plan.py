"""A plan's result as JSON. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drift.compare.diff import fingerprint

if TYPE_CHECKING:
    from drift.core.patterns import Patterns
    from drift.policy.plan.matching import PlanResult
    from drift.policy.selectors import Selector


def plan_object(match: PlanResult, instance: str | None) -> dict[str, Any]:
    """Build the plan's part of the JSON report. Fingerprints are bound to `instance`."""
    return {
        "change": match.plan.change,
        "items": [
            {
                "status": outcome.status,
                **_selector(outcome.item.selector),
                "count": {"least": outcome.item.count.least, "most": outcome.item.count.most},
                "found": outcome.found,
                "wrong": [fingerprint(change, instance) for change in outcome.wrong],
                "unseen": outcome.unseen,
                **({"not_told": True} if outcome.not_told else {}),
            }
            for outcome in match.results
        ],
    }


def _selector(selector: Selector) -> dict[str, Any]:
    return {
        "rule": selector.rule,
        "database": _texts(selector.database),
        "name": _texts(selector.name),
        "from": _texts(selector.source),
        "to": _texts(selector.target),
        "was": selector.was,
        "becomes": selector.becomes,
    }


def _texts(patterns: Patterns | None) -> tuple[str, ...] | None:
    return patterns.texts if patterns else None
