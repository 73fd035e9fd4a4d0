"""Flag captures that are empty or lost most of their shards. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from drift.compare.diff import Diff
from drift.core.model import DATA_NODES_SCOPE, DATABASES_SCOPE, Gap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drift.compare.diff import Change

_EMPTY: Final = (
    "the capture after is empty where {shards} shards were before, which is no proof that they were removed; "
    "capture again, or with --source details, to settle it"
)


class Loss(msgspec.Struct, frozen=True):
    """A loss so large that the capture may be at fault: `shards` of `total`, and whole `databases` by name."""

    shards: int
    total: int
    databases: tuple[str, ...]


def without_empty_capture(changes: Diff, *, before: int, after: int, data_nodes: int) -> Diff:
    """Turn the removals of an empty capture into gaps; `before` and `after` count shards, `data_nodes` those after.

    A capture without a shard after one with shards never means a removal of everything: that part was not checked.
    """
    if not before or after:
        return changes
    entities = {"database", "shard"} if data_nodes else {"database", "shard", "data-node"}
    scopes = [DATABASES_SCOPE] if data_nodes else [DATABASES_SCOPE, DATA_NODES_SCOPE]
    gaps = {Gap(scope, _EMPTY.format(shards=f"{before:,}")) for scope in scopes}
    kept = tuple(change for change in changes.changes if change.entity not in entities)
    return Diff(kept, tuple(sorted({*changes.not_checked, *gaps})), changes.not_told)


def loss(changes: Iterable[Change], before: int) -> Loss | None:
    """Return the loss, if it is a whole database or more than half of the `before` shards."""
    gone = [change for change in changes if change.rule in {"shard-removed", "database-removed"}]
    databases = tuple(change.name for change in gone if change.entity == "database")
    shards = len(gone) - len(databases)
    return Loss(shards, before, databases) if databases or 2 * shards > before else None
