"""What was found on the data nodes of a snapshot: a part of several reports. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from drift.compare.tables.structure import DatabaseStructure
from drift.core.shard_sizes import KnownSizes
from drift.policy.size_balance import SizeComparison
from drift.policy.verification import Verification

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from drift.core.data_nodes import NodeReading
    from drift.core.model import Snapshot


class NodeLine(msgspec.Struct, frozen=True, kw_only=True):
    """One data node: its server, the shards `claimed` there and those `found`, and its `others`, which are not judged.

    `server` is None where the data node could not be read.
    """

    node_id: str
    server: str | None = None
    is_read_only: bool = False
    may_write: bool = False
    claimed: int = 0
    found: int | None = None
    others: int | None = None


class TablesCompared(msgspec.Struct, frozen=True):
    """The tables of every database, compared shard by shard. `is_deep` includes what servers open tables for."""

    databases: tuple[DatabaseStructure, ...]
    is_deep: bool


class Measured(msgspec.Struct, frozen=True):
    """The sizes of shards and tables, and those `before`, None where the store has none.

    `at` is the time (aware UTC) of sizes that were read for another report.
    """

    sizes: SizeComparison
    before: KnownSizes | None
    at: datetime | None = None


class NodeCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The judgement of data nodes, a line for each of them, and the time of reading (aware UTC).

    `tables` and `sizes` are None where they were not asked for.
    """

    verification: Verification
    nodes: tuple[NodeLine, ...]
    at: datetime
    tables: TablesCompared | None = None
    sizes: Measured | None = None

    @property
    def read(self) -> int:
        """The number of data nodes that were read."""
        return sum(node.server is not None for node in self.nodes)


def node_lines(snapshot: Snapshot, readings: Mapping[str, NodeReading]) -> tuple[NodeLine, ...]:
    """Summarise the reading of every data node, in the order of their names."""
    claimed: dict[str, list[str]] = {node.id: [] for node in snapshot.data_nodes}
    for database in snapshot.databases:
        for shard in database.shards:
            claimed.setdefault(shard.data_node_id, []).append(shard.name)
    names = {node.id: node.name or "" for node in snapshot.data_nodes}
    ordered = sorted(claimed, key=lambda node: (node not in names, names.get(node, ""), node))
    return tuple(_line(node, claimed[node], readings.get(node)) for node in ordered)


def _line(node_id: str, names: Iterable[str], reading: NodeReading | None) -> NodeLine:
    own = set(names)
    if reading is None or reading.server is None:
        return NodeLine(node_id=node_id, claimed=len(own))
    server = reading.server
    seen = {name for name in own if server.folded(name) in reading.databases}
    closed = sum(found == "closed" for found in reading.probes.values())
    return NodeLine(
        node_id=node_id,
        server=f"{server.family} {server.version}",
        is_read_only=server.is_read_only,
        may_write=reading.rights is not None and reading.rights.may_write,
        claimed=len(own),
        found=len(seen) + closed,
        others=len(reading.databases) - len(seen),
    )
