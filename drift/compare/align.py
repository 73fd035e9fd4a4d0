"""Align two snapshots from different sources, so that only real differences remain. Pure.

The documented details have no addresses of data nodes, no data nodes without shards, and no undocumented members of the
export. A field that one source doesn't have is no difference between the snapshots.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, TypeVar

import msgspec

from drift.core.model import NO_ATTRIBUTES, Database, DataNode, Shard, Snapshot
from drift.core.sources import source_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


_R = TypeVar("_R", DataNode, Database, Shard)


def aligned(before: Snapshot, after: Snapshot) -> tuple[Snapshot, Snapshot]:
    """Fill each side with the fields that only the other's source has. Without the details, both stay as they are."""
    if source_of(before.source).lists_data_nodes and source_of(after.source).lists_data_nodes:
        return before, after
    return _filled(before, after), _filled(after, before)


def _filled(snapshot: Snapshot, other: Snapshot) -> Snapshot:
    nodes = _records(snapshot.data_nodes, {node.id: node for node in other.data_nodes})
    if source_of(other.source).lists_data_nodes and not source_of(snapshot.source).lists_data_nodes:
        nodes += _unseen(snapshot, other)
    others = {database.name: database for database in other.databases}
    databases = tuple(
        _database(database, others[database.name]) if database.name in others else database
        for database in snapshot.databases
    )
    if source_of(other.source).lists_databases and not source_of(snapshot.source).lists_databases:
        databases += _unlisted(snapshot, other)
    return msgspec.structs.replace(
        snapshot,
        data_nodes=tuple(sorted(nodes, key=attrgetter("id"))),
        databases=tuple(sorted(databases, key=attrgetter("name"))),
    )


def _unseen(snapshot: Snapshot, other: Snapshot) -> tuple[DataNode, ...]:
    """Return the other side's data nodes without shards, which the details can't show."""
    known = {node.id for node in snapshot.data_nodes}
    known |= {shard.data_node_id for database in other.databases for shard in database.shards}
    return tuple(node for node in other.data_nodes if node.id not in known)


def _unlisted(snapshot: Snapshot, other: Snapshot) -> tuple[Database, ...]:
    """Return the other side's databases that Terraform doesn't manage, which its state can't show."""
    known = {database.name for database in snapshot.databases}
    return tuple(database for database in other.databases if database.name not in known)


def _database(database: Database, other: Database) -> Database:
    if database.content_hash == other.content_hash:
        return database
    shards = {shard.name: shard for shard in other.shards}
    filled = _record(database, other)
    return filled.with_shards(_records(database.shards, shards, key="name"))


def _records(records: Iterable[_R], others: Mapping[str, _R], key: str = "id") -> tuple[_R, ...]:
    return tuple(
        _record(record, others[identity]) if (identity := getattr(record, key)) in others else record
        for record in records
    )


def _record(record: _R, other: _R) -> _R:
    """Fill a record's missing values with the other's."""
    missing = {
        field: getattr(other, field)
        for field in record.__struct_fields__
        if getattr(record, field) is None or (field == "attributes" and record.attributes == NO_ATTRIBUTES)
    }
    return msgspec.structs.replace(record, **missing) if missing else record
