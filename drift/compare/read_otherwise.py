"""Even out snapshots that were read with different settings: what only the settings explain is no change. Pure."""

from __future__ import annotations

import operator
from collections import Counter
from functools import cache, partial
from itertools import repeat
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeVar

import msgspec

from drift.compare.attributes import decoded, without
from drift.compare.untold import ROLES, Untold
from drift.core.model import DATABASES_SCOPE, Database, DataNode, Gap, Shard, canonical_json
from drift.core.read_settings import other_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Literal, TypeAlias

    from drift.compare.attributes import Path
    from drift.compare.untold import Kind
    from drift.core.model import Record, Snapshot

    _Counts: TypeAlias = Counter[tuple[Kind, Path, Literal["before", "after"]]]

_R = TypeVar("_R", DataNode, Database, Shard)

OTHER_PLACES: Final = "read under different [layout] settings, by which shards have other names or places"
"""The reason of the gap where the settings decide which shards there are and where."""

_PLACING: Final = ("shards", "shard_name", "data_node", "database", "databases", "database_name")
_FIELDS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "data-node": ("name", "host", "port", "engine", "engine_version", "attributes"),
    "database": ("shard_mode", "shard_count", "status", "attributes"),
    "shard": ("index", "status", "attributes"),
}


class _Change(Protocol):
    def __call__(self, record: _R, /) -> _R: ...


class Alike(NamedTuple):
    """Two snapshots as if they had been read alike, the facts that can't be compared, and the parts."""

    before: Snapshot
    after: Snapshot
    untold: tuple[Untold, ...] = ()
    gaps: tuple[Gap, ...] = ()


def alike(before: Snapshot, after: Snapshot) -> Alike:
    """Leave out of both snapshots what only one of them has, or has otherwise, because of its settings.

    Of members that one side leaves out as volatile, the rest is compared. Under another `[layout]` it is what has the
    same path on both sides; by another version of the reader, which shards there are, and where.
    """
    found = {each.setting: each for each in other_settings(before.read_with, after.read_with)}
    counts: _Counts = Counter()
    if volatile := found.get("volatile"):
        before = _without(before, frozenset(volatile.after), "after", counts)
        after = _without(after, frozenset(volatile.before), "before", counts)
    gaps: tuple[Gap, ...] = ()
    if found.keys() - {"volatile"}:
        paths = _differing_paths(before.layout, after.layout)
        if not paths.isdisjoint(_PLACING) and _places(before) != _places(after):
            gaps = (Gap(DATABASES_SCOPE, OTHER_PLACES),)
        before = _taken(before, after, _FIELDS if "reader" in found else _fields(paths), counts)
    untold = (Untold(*key, records, by_settings=True) for key, records in counts.items())
    return Alike(before, after, tuple(sorted(untold)), gaps)


def _differing_paths(before: str | None, after: str | None) -> frozenset[str]:
    """Return the facts to which the layouts of both sides have a path, and not the same."""
    one, two = _paths(before), _paths(after)
    return frozenset(fact for fact in one.keys() & two.keys() if one[fact] != two[fact])


def _paths(layout: str | None) -> dict[str, set[str]]:
    try:
        layouts = msgspec.json.decode(layout or "[]", type=list[dict[str, str]])
    except msgspec.DecodeError:
        return {}
    paths: dict[str, set[str]] = {}
    for each in layouts:
        for fact, path in each.items():
            paths.setdefault(fact, set()).add(path)
    return paths


def _fields(paths: frozenset[str]) -> Mapping[Kind, tuple[str, ...]]:
    return {kind: tuple(field for role, field in roles.items() if role in paths) for kind, roles in ROLES.items()}


def _places(snapshot: Snapshot) -> set[tuple[str, ...]]:
    shards = {(shard.database, shard.name, shard.data_node_id) for each in snapshot.databases for shard in each.shards}
    return shards | {(database.name,) for database in snapshot.databases}


def _without(
    snapshot: Snapshot,
    left_out: frozenset[str],
    silent: Literal["before", "after"],
    counts: _Counts,
) -> Snapshot:
    """Drop the members that the other side leaves out."""
    stripped = cache(partial(_stripped, left_out))

    def change(record: _R) -> _R:
        text, paths = stripped(record.attributes)
        counts.update(zip(repeat(_kind(record)), paths, repeat(silent), strict=False))
        return msgspec.structs.replace(record, attributes=text) if paths else record

    return _mapped(snapshot, change) if left_out else snapshot


def _stripped(left_out: frozenset[str], attributes: str) -> tuple[str, frozenset[Path]]:
    value, paths = without(decoded(attributes), left_out)
    return canonical_json(value), frozenset(("attributes", *path) for path in paths)


def _taken(snapshot: Snapshot, other: Snapshot, fields: Mapping[Kind, tuple[str, ...]], counts: _Counts) -> Snapshot:
    """Take these fields from the other side, for each record that both have."""
    if not any(fields.values()):
        return snapshot
    others = dict(_records(other))

    def change(record: _R) -> _R:
        kind, partner = _kind(record), others.get(_key(record), record)
        pairs = {field: (getattr(record, field), getattr(partner, field)) for field in fields[kind]}
        values = {field: theirs for field, (own, theirs) in pairs.items() if own != theirs}
        counts.update((kind, (field,), "before") for field in values)
        return msgspec.structs.replace(record, **values) if values else record

    return _mapped(snapshot, change)


def _records(snapshot: Snapshot) -> Iterator[tuple[tuple[str, ...], Record]]:
    yield from ((_key(node), node) for node in snapshot.data_nodes)
    for database in snapshot.databases:
        yield _key(database), database
        yield from ((_key(shard), shard) for shard in database.shards)


def _key(record: Record) -> tuple[str, ...]:
    if isinstance(record, Shard):
        return "shard", record.database, record.name
    return _kind(record), record.id if isinstance(record, DataNode) else record.name


def _kind(record: Record) -> Kind:
    return "shard" if isinstance(record, Shard) else "database" if isinstance(record, Database) else "data-node"


def _mapped(snapshot: Snapshot, change: _Change) -> Snapshot:
    """Replace each record by what `change` makes of it."""
    nodes = tuple(change(node) for node in snapshot.data_nodes)
    databases = tuple(_mapped_database(database, change) for database in snapshot.databases)
    return msgspec.structs.replace(snapshot, data_nodes=nodes, databases=databases)


def _mapped_database(database: Database, change: _Change) -> Database:
    record, shards = change(database), tuple(map(change, database.shards))
    is_same = record is database and all(map(operator.is_, shards, database.shards))
    return database if is_same else record.with_shards(shards)
