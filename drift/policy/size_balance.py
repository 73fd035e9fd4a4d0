"""Measure how a snapshot's data are spread by size, beside the spread of shards by count. Pure.

Sizes are estimates: they say where most data are, and never that two shards are equal.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Final

import msgspec

from drift.core.data_nodes import Compared, Failure, NotChecked
from drift.core.finding import Finding
from drift.core.model import Mask
from drift.core.shard_sizes import KnownSizes, NodeSizes, ShardSize, Size, family
from drift.policy.invariants import Spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from drift.core.data_nodes import NodeReading
    from drift.core.model import Database, Snapshot

RULE: Final = "balance-by-size"
LEAST_BYTES: Final = 1 << 30
"""The size of the fullest data node from which on an uneven spread matters."""


class TableSize(msgspec.Struct, frozen=True):
    """The size of one table in all shards of its database."""

    database: str
    table: str
    bytes: int
    rows: int


class SizeComparison(msgspec.Struct, frozen=True, kw_only=True):
    """The sizes of shards and tables, and their spread over data nodes in bytes. The largest come first.

    `oldest` is the time of the oldest estimate. `spread` has only what was read as a whole.
    """

    shards: tuple[ShardSize, ...]
    tables: tuple[TableSize, ...]
    spread: tuple[Spread, ...]
    oldest: datetime | None
    compared: Compared


def compare_sizes(snapshot: Snapshot, readings: Mapping[str, NodeReading], max_skew: float) -> SizeComparison:
    """Measure the sizes, from readings by data-node id, and find what is spread less evenly than `max_skew`."""
    mask = Mask.of(snapshot.gaps)
    databases = [each for each in snapshot.databases if not mask.hides_database(each.name)]
    read = {node: each.sizes for node, each in readings.items() if isinstance(each.sizes, NodeSizes)}
    shards = tuple(_shards(databases, read))
    spread = tuple(_spreads(snapshot, databases, shards))
    findings = tuple(each for one in spread for each in _skewed(one, max_skew))
    return SizeComparison(
        shards=shards,
        tables=tuple(_tables(databases, read)),
        spread=spread,
        oldest=min((each.oldest for each in read.values() if each.oldest is not None), default=None),
        compared=Compared(findings=findings, not_checked=tuple(_unread(readings))),
    )


def of_known(snapshot: Snapshot, known: KnownSizes) -> SizeComparison:
    """Spread sizes that were read before over the data nodes of a snapshot; nothing is judged by them."""
    mask = Mask.of(snapshot.gaps)
    databases = [each for each in snapshot.databases if not mask.hides_database(each.name)]
    claimed = {(database.name, shard.name) for database in databases for shard in database.shards}
    shards = tuple(each for each in known.shards if (each.database, each.shard) in claimed)
    spread = tuple(_spreads(snapshot, databases, shards))
    return SizeComparison(shards=shards, tables=(), spread=spread, oldest=None, compared=Compared())


def _shards(databases: Iterable[Database], read: Mapping[str, NodeSizes]) -> Iterator[ShardSize]:
    for database in databases:
        for shard in database.shards:
            sizes = read.get(shard.data_node_id)
            if sizes is not None and shard.name in sizes.shards:
                size = sizes.shards[shard.name]
                yield ShardSize(database.name, shard.name, shard.data_node_id, size.bytes, size.rows)


def _tables(databases: Iterable[Database], read: Mapping[str, NodeSizes]) -> Iterator[TableSize]:
    owners = {family(shard.name): database.name for database in databases for shard in database.shards}
    totals: defaultdict[tuple[str, str], Size] = defaultdict(Size)
    for sizes in read.values():
        for (shards, table), size in sizes.tables.items():
            if shards in owners:
                totals[owners[shards], table] += size
    for (database, table), size in sorted(totals.items(), key=lambda each: (-each[1].bytes, each[0])):
        yield TableSize(database, table, size.bytes, size.rows)


def _spreads(snapshot: Snapshot, databases: Iterable[Database], shards: Iterable[ShardSize]) -> Iterator[Spread]:
    """Generate the spread in bytes of all shards and of each database, where each shard was read."""
    bytes_of = {(each.database, each.shard): each.bytes for each in shards}
    spreads = []
    for database in databases:
        held: Counter[str] = Counter(dict.fromkeys((shard.data_node_id for shard in database.shards), 0))
        known = [shard for shard in database.shards if (database.name, shard.name) in bytes_of]
        for shard in known:
            held[shard.data_node_id] += bytes_of[database.name, shard.name]
        if len(known) == len(database.shards):
            spreads.append(Spread(database.name, dict(sorted(held.items()))))
    if len(spreads) == len(snapshot.databases) and not snapshot.gaps:
        total: Counter[str] = Counter(dict.fromkeys((node.id for node in snapshot.data_nodes), 0))
        for spread in spreads:
            total.update(spread.shards)
        yield Spread(None, dict(sorted(total.items())))
    yield from spreads


def _skewed(spread: Spread, most: float) -> Iterator[Finding]:
    if spread.most >= LEAST_BYTES and spread.skew > most:
        yield Finding(
            rule=RULE,
            subject="instance" if spread.database is None else "database",
            name=spread.database or "",
            found=spread.skew,
            expected=most,
        )


def _unread(readings: Mapping[str, NodeReading]) -> Iterator[NotChecked]:
    """Report the data nodes whose sizes could not be read; placement reports those that could not be read at all."""
    for node, reading in sorted(readings.items()):
        if isinstance(reading.sizes, Failure):
            is_missing = reading.sizes.kind == "right-missing"
            yield NotChecked(
                rule=RULE, data_node_id=node, failure=reading.sizes, grant=_grant(reading) if is_missing else None
            )


def _grant(reading: NodeReading) -> str | None:
    """Return the statement that lets an account read InnoDB's statistics."""
    if reading.server is None:
        return None
    return f"GRANT SELECT ON mysql.innodb_table_stats TO {reading.server.account}"
