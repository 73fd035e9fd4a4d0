"""The one rule of plausibility: a capture that is empty, or that lost most of its shards, is suspect. Pure.

The rule is applied once: to a capture as it is stored, or, where it is not stored, as it is compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from drift.core.model import DATA_NODES_SCOPE, DATABASES_SCOPE, Gap, Suspicion
from drift.core.sources import BOTH, DETAILS, EXPORT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drift.compare.diff import Change, Diff
    from drift.core.model import Snapshot

EMPTY_BEFORE: Final = "the capture before is empty, which is no proof that the shards were removed"
EMPTY_AFTER: Final = "the capture after is empty, which is no proof that the shards were removed"


class Loss(msgspec.Struct, frozen=True):
    """Whole `databases` that disappeared, by name, and how many `shards` of `total`."""

    shards: int
    total: int
    databases: tuple[str, ...]


def suspicion(
    *, lost: int, held: int, left: int, source: str, complete: bool, against: int | None = None
) -> Suspicion | None:
    """Judge a capture: `lost` of the `held` shards before are gone, and `left` are there. None means credible.

    A capture from both sources that agree is its own witness.
    """
    if 2 * lost <= held or (source == BOTH.name and complete):
        return None
    return Suspicion(lost=lost, held=held, left=left, against=against)


def says_the_same(one: Snapshot, other: Snapshot) -> bool:
    """Return whether two captures from independent sources agree: then each is a witness for the other."""
    if {one.source, other.source} != {EXPORT.name, DETAILS.name} or not (one.complete and other.complete):
        return False
    from drift.compare.diff import diff

    return not diff(one, other).changes


def without_empty_capture(changes: Diff, reason: str, *, data_nodes: int) -> Diff:
    """Turn the changes that an empty capture would mean into gaps; it lists so many data nodes.

    `reason` is `EMPTY_BEFORE` or `EMPTY_AFTER`.
    """
    entities = {"database", "shard"} if data_nodes else {"database", "shard", "data-node"}
    scopes = [DATABASES_SCOPE] if data_nodes else [DATABASES_SCOPE, DATA_NODES_SCOPE]
    gaps = {Gap(scope, reason) for scope in scopes}
    kept = tuple(change for change in changes.changes if change.entity not in entities)
    not_checked = tuple(sorted({*changes.not_checked, *gaps}))
    return msgspec.structs.replace(changes, changes=kept, not_checked=not_checked)


def loss(changes: Iterable[Change], before: int) -> Loss:
    """Count the shards and the databases that disappeared; `before` shards were there."""
    gone = [change for change in changes if change.rule in {"shard-removed", "database-removed"}]
    databases = tuple(change.name for change in gone if change.entity == "database")
    return Loss(len(gone) - len(databases), before, databases)
