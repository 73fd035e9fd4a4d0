"""From changes to the one verdict: rules and severities, plans, waivers, and the invariants of one snapshot. Pure."""

__all__ = (
    "invariants",
    "known_names",
    "plan",
    "rules",
    "selectors",
    "size_balance",
    "untraced",
    "verdict",
    "verification",
    "waivers",
)
