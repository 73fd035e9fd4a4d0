"""Changes to the one verdict: rules and severities, plans, waivers, and the invariants of one snapshot. Pure."""
