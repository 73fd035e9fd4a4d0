"""The sizes of shards and tables as JSON. Pure. The store reads `shards` again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drift.core.shard_sizes import by_database, total
from drift.reports.json.parts import moment

if TYPE_CHECKING:
    from drift.core.shard_sizes import KnownSizes
    from drift.reports.content.node_check import Measured


def sizes(measured: Measured) -> dict[str, Any]:
    """Describe the size of each shard and table, and the spread over data nodes."""
    found = measured.sizes
    return {
        "oldest": None if found.oldest is None else moment(found.oldest),
        "total": total(found.shards),
        "shards": found.shards,
        "tables": found.tables,
        "balance": [
            {"database": each.database, "skew": each.skew, "data_nodes": dict(each.shards)} for each in found.spread
        ],
        "before": None if measured.before is None else _before(measured.before),
    }


def _before(before: KnownSizes) -> dict[str, Any]:
    databases = {name: size.bytes for name, size in by_database(before.shards).items()}
    return {"read_at": moment(before.at), "databases": databases}
