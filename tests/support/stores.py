"""A store with a history, where drift looks for it by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from drift.core.model import Snapshot


def keep(folder: Path, *snapshots: Snapshot) -> Path:
    """Store snapshots in their order, and return the folder."""
    with Store.open(folder / "snapshots/drift.db", create=True) as store:
        for snapshot in snapshots:
            store.save(snapshot)
    return folder
