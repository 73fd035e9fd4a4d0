"""Two snapshots to their changes, and changes to events: what an operator would say happened.

Pure. Knows no severity and no plan.
"""
