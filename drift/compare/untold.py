"""Even out snapshots with different layouts: a fact that one layout has no place for is no change. Pure."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from drift.core.model import NO_ATTRIBUTES, Database, DataNode, Shard, Snapshot, canonical_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_R = TypeVar("_R", DataNode, Database, Shard)

_ROLES: Final = {
    "shard": {"shard_status": "status", "shard_index": "index"},
    "database": {"shard_mode": "shard_mode", "shard_count": "shard_count", "database_status": "status"},
    "data node": {},
}
_EMPTY: Final = "[]"


class Untold(msgspec.Struct, frozen=True):
    """The facts that are not compared, as `shard status`, each with the number of records that have them."""

    counts: dict[str, int]

    @property
    def text(self) -> str:
        """Return the facts and counts in words."""
        return ", ".join(f"{fact} ({count})" for fact, count in sorted(self.counts.items()))


def even(before: Snapshot, after: Snapshot) -> tuple[Snapshot, Snapshot, Untold]:
    """Fill each side with the facts that only the other's layout has a place for, and count them."""
    counts: Counter[str] = Counter()
    if before.layout == after.layout or not (_paths(before) and _paths(after)):
        return before, after, Untold(counts)
    return _filled(before, after, counts), _filled(after, before, counts), Untold(dict(counts))


def _paths(snapshot: Snapshot) -> frozenset[str]:
    """Return the roles that a snapshot's layout has a path for; none if it has no layout that drift wrote."""
    try:
        layouts = msgspec.json.decode(snapshot.layout or _EMPTY, type=list[dict[str, str]])
    except msgspec.DecodeError:
        return frozenset()
    return frozenset(chain.from_iterable(layouts))


def _filled(snapshot: Snapshot, other: Snapshot, counts: Counter[str]) -> Snapshot:
    paths = _paths(snapshot)
    nodes = _Filler("data node", snapshot.data_nodes, paths, counts)
    databases = _Filler("database", snapshot.databases, paths, counts)
    shards = _Filler("shard", _shards(snapshot), paths, counts)
    others = {database.name: database for database in other.databases}
    listed = {node.id: node for node in other.data_nodes}
    return msgspec.structs.replace(
        snapshot,
        data_nodes=tuple(nodes.fill(node, listed.get(node.id)) for node in snapshot.data_nodes),
        databases=tuple(_database(each, others.get(each.name), databases, shards) for each in snapshot.databases),
    )


def _shards(snapshot: Snapshot) -> Iterable[Shard]:
    return chain.from_iterable(database.shards for database in snapshot.databases)


def _database(database: Database, other: Database | None, databases: _Filler, shards: _Filler) -> Database:
    if other is None or other.content_hash == database.content_hash:
        return database
    filled = databases.fill(database, other)
    others = {shard.name: shard for shard in other.shards}
    return filled.with_shards([shards.fill(shard, others.get(shard.name)) for shard in database.shards])


class _Filler:
    """Fills records of one kind with the facts that their side's layout has no place for."""

    def __init__(
        self, kind: str, records: Iterable[DataNode | Database | Shard], paths: frozenset[str], counts: Counter[str]
    ) -> None:
        self._kind = kind
        self._fields = [field for role, field in _ROLES[kind].items() if role not in paths]
        texts = {record.attributes for record in records}
        self._members = frozenset(chain.from_iterable(map(_members, texts)))
        self._counts = counts

    def fill(self, record: _R, other: _R | None) -> _R:
        """Fill a record from the other side's record of the same identity."""
        if other is None:
            return record
        missing: dict[str, Any] = {
            field: getattr(other, field) for field in self._fields if getattr(other, field) != getattr(record, field)
        }
        self._counts.update(f"{self._kind} {field.replace('_', ' ')}" for field in missing)
        if record.attributes != other.attributes:
            missing["attributes"] = self._attributes(_members(record.attributes), _members(other.attributes))
        return msgspec.structs.replace(record, **missing) if missing else record

    def _attributes(self, own: Mapping[str, Any], others: Mapping[str, Any]) -> str:
        added = {member: value for member, value in others.items() if member not in self._members}
        self._counts.update(f"{self._kind} attribute {member}" for member in added)
        return canonical_json({**own, **added}) if own or added else NO_ATTRIBUTES


def _members(attributes: str) -> dict[str, Any]:
    return {} if attributes == NO_ATTRIBUTES else msgspec.json.decode(attributes, type=dict[str, Any])
