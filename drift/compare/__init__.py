"""From two snapshots to their changes, and from changes to events, such as a scale-out.

Pure. Knows no severity and no plan.
"""

__all__ = (
    "attributes",
    "attribution",
    "diff",
    "events",
    "node_mapping",
    "placement",
    "plausibility",
    "read_otherwise",
    "tables",
    "timeline",
    "untold",
)
