"""The history of every instance in one SQLite file. The only package that opens a database; it prints nothing."""

from __future__ import annotations

from drift.store.reading import Entry
from drift.store.store import Store
from drift.store.writing import Repeat

__all__ = ["Entry", "Repeat", "Store"]
