"""The tables of a lake: their columns with their types, and the rows of the store that they come from.

An explicit type for each column: an empty table, or a column without a value, keeps its types.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import pyarrow as pa

from drift.store.confirmed_layouts import UNCONFIRMED
from drift.store.rows import BELIEVED

TEXT: Final = pa.string()
NUMBER: Final = pa.int64()
TRUTH: Final = pa.bool_()
TIME: Final = pa.timestamp("us", tz="UTC")
"""Microseconds with a zone, which every reader takes for the same moment; nanoseconds and INT96 are not."""


_DERIVED: Final = frozenset({"instance", "members", "seen_from", "seen_until"})


class LakeTable(NamedTuple):
    """A table: its name, its columns, and the query for an instance's rows, which gives all columns but the derived.

    Derived are `instance`, `members` (the paths of the members in `attributes`) and the times of an interval.
    """

    name: str
    schema: pa.Schema
    query: str

    @property
    def read(self) -> list[str]:
        """The columns that come from the store, in the order of the query."""
        return [name for name in self.schema.names if name not in _DERIVED]


def _table(name: str, columns: dict[str, pa.DataType], query: str) -> LakeTable:
    return LakeTable(name, pa.schema({"instance": TEXT, **columns}.items()), query)


def _intervals(name: str, columns: dict[str, pa.DataType], order: str) -> LakeTable:
    own = ", ".join(columns)
    derived = {"members": TEXT} if "attributes" in columns else {}
    ends = {"since": NUMBER, "until": NUMBER, "seen_from": TIME, "seen_until": TIME}
    query = f"SELECT {own}, since, until FROM {name} WHERE instance_id = :owner ORDER BY {order}, since"  # noqa: S608 - our own words
    return _table(name, {**columns, **derived, **ends}, query)


INSTANCE: Final = _table(
    "instance",
    {"project_id": TEXT, "ddm_instance_id": TEXT, "endpoint": TEXT},
    "SELECT project_id, ddm_instance_id, endpoint FROM instance WHERE id = :owner",
)
# `place` is the order in which the snapshots were taken, `id` the order in which they were stored. Intervals go by the
# latter, and "newest" by the former.
SNAPSHOT: Final = _table(
    "snapshot",
    {
        "id": NUMBER,
        "place": NUMBER,
        "label": TEXT,
        "taken_at": TIME,
        "source": TEXT,
        "complete": TRUTH,
        "believed": TRUTH,
        "unconfirmed": TRUTH,
        "layout": TEXT,
        "read_with": TEXT,
        "content_hash": TEXT,
        "data_node_count": NUMBER,
        "database_count": NUMBER,
        "shard_count": NUMBER,
    },
    f"""
    SELECT snapshot.id, row_number() OVER (ORDER BY taken_at, snapshot.id), label, taken_at, source, complete,
        {BELIEVED}, {UNCONFIRMED}, layout, read_with, content_hash, data_node_count, database_count, shard_count
    FROM snapshot JOIN instance ON instance.id = instance_id
    WHERE instance_id = :owner ORDER BY taken_at, snapshot.id
    """,  # noqa: S608 - conditions of our own
)
GAP: Final = _table(
    "gap",
    {"snapshot_id": NUMBER, "scope": TEXT, "reason": TEXT},
    "SELECT snapshot_id, scope, reason FROM gap JOIN snapshot ON snapshot.id = snapshot_id"
    " WHERE instance_id = :owner ORDER BY snapshot_id, scope, reason",
)
DATA_NODE: Final = _intervals(
    "data_node_version",
    {
        "node_id": TEXT,
        "name": TEXT,
        "host": TEXT,
        "port": NUMBER,
        "engine": TEXT,
        "engine_version": TEXT,
        "attributes": TEXT,
    },
    "node_id",
)
DATABASE: Final = _intervals(
    "database_version",
    {
        "name": TEXT,
        "shard_mode": TEXT,
        "shard_count": NUMBER,
        "status": TEXT,
        "attributes": TEXT,
        "content_hash": TEXT,
        "held": NUMBER,
    },
    "name",
)
SHARD: Final = _intervals(
    "shard_version",
    {
        "database": TEXT,
        "name": TEXT,
        "shard_index": NUMBER,
        "data_node_id": TEXT,
        "status": TEXT,
        "attributes": TEXT,
    },
    "database, name",
)
JOB: Final = _intervals(
    "job_version",
    {"job_id": TEXT, "name": TEXT, "database": TEXT, "status": TEXT, "started": TEXT, "ended": TEXT},
    "job_id",
)

TABLES: Final = (INSTANCE, GAP, DATA_NODE, DATABASE, SHARD, JOB, SNAPSHOT)
"""Every table, in the order in which they are written: whoever sees a snapshot has its rows."""
