"""The history of every instance in one SQLite file.

Opens the only databases of the package; prints nothing and reads no clock. Other rooms use a `Store` and the records
that it takes and returns.
"""

from __future__ import annotations

from drift.store.records import ChangeWindow, Entry, MergedStore, Outdated, Outline, Repaired, Repeat, Verified, Witness
from drift.store.store import Store

__all__ = [
    "ChangeWindow",
    "Entry",
    "MergedStore",
    "Outdated",
    "Outline",
    "Repaired",
    "Repeat",
    "Store",
    "Verified",
    "Witness",
    "history",
    "lake",
]
