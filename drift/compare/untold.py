"""Even out snapshots with different layouts: a fact that one layout has no place for is no change. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from itertools import chain
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import msgspec

from drift.compare.attributes import ELEMENT, Path, absent, decoded, filled, paths
from drift.compare.layout_places import Places, paths_to_empty, places_of, ways_to_nodes, without_records
from drift.compare.used_nodes import with_unused
from drift.core import data_node_words
from drift.core.member_names import plain
from drift.core.model import NO_ATTRIBUTES, Database, DataNode, Shard, Snapshot, canonical_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Kind: TypeAlias = Literal["data-node", "database", "shard"]
_Record: TypeAlias = DataNode | Database | Shard

_BEFORE: Final = "before"
_AFTER: Final = "after"
ROLES: Final[Mapping[Kind, Mapping[str, str]]] = {
    "data-node": {},
    "database": {"shard_mode": "shard_mode", "shard_count": "shard_count", "database_status": "status"},
    "shard": {"shard_status": "status", "shard_index": "index"},
}
"""The field of a record that each path of a layout leads to."""
_LISTED: Final = ("name", "host", "port", "engine", "engine_version")
_FEWEST: Final = 2  # records that show that a nested member is a place of the layout rather than one thing's name


class Untold(msgspec.Struct, frozen=True, order=True, omit_defaults=True):
    """A fact that was not compared: `records` of one kind have it, and the `silent` side has no place for it.

    With `by_settings`, it has no place because of the settings that the side was read with, or another value.

    `path` leads to it within the record, with `[]` for each element of an array. An empty path stands for the records
    themselves: databases without shards, which a layout can't name that names databases by their shards alone.
    """

    entity: Kind
    path: tuple[str, ...]
    silent: Literal["before", "after"]
    records: int
    by_settings: bool = False


class _Pairs(msgspec.Struct, frozen=True):
    """The pairs of records of one kind that differ, and every record of that kind on either side.

    `unsure` are those of either side that the payload may have no such record of, or not all of it, though its layout
    has: data nodes without shards and, as to the data nodes that it uses, a database without shards.
    """

    differing: list[tuple[_Record, _Record]]
    every: tuple[Callable[[], Iterable[_Record]], Callable[[], Iterable[_Record]]]
    unsure: tuple[Callable[[], Collection[_Record]], Callable[[], Collection[_Record]]] = (list, list)


def even(before: Snapshot, after: Snapshot) -> tuple[Snapshot, Snapshot, tuple[Untold, ...]]:
    """Fill each side with the facts that only the other's layout has a place for, and count them."""
    empty = {path for side in (before, after) for path in paths_to_empty(side)}
    places = places_of(before, empty), places_of(after, empty)
    if places[0] is None or places[1] is None:
        return before, after, ()
    counts: Counter[tuple[Kind, Path, str]] = Counter()
    kinds = _pairs(before, after)
    is_same = before.layout == after.layout
    ways = ways_to_nodes(before, after)
    old = _Filler(kinds, 0, None if is_same else places[0], ways, counts).fill(before, after)
    new = _Filler(kinds, 1, None if is_same else places[1], ways, counts).fill(after, before)
    return old, new, tuple(sorted(Untold(*key, count) for key, count in counts.items()))  # type: ignore[arg-type]


def needs_all(before: Snapshot, after: Snapshot) -> bool:
    """Whether other records than those that differ decide if a fact has a place in either layout."""
    for pair in chain.from_iterable(pairs.differing for pairs in _pairs(before, after).values()):
        if isinstance(pair[0], DataNode) and any((getattr(pair[0], f) is None) != (getattr(pair[1], f) is None)
                                                 for f in _LISTED):  # fmt: skip
            return True
        if pair[0].attributes != pair[1].attributes:
            if isinstance(pair[0], Database) and ways_to_nodes(before, after):
                return True
            one, two = (decoded(record.attributes) for record in pair)
            if any(absent(one, two)) or any(absent(two, one)):
                return True
    return False


def _pairs(before: Snapshot, after: Snapshot) -> dict[Kind, _Pairs]:
    databases = {database.name: database for database in after.databases}
    both = [(old, databases[old.name]) for old in before.databases if old.name in databases]
    changed = [(old, new) for old, new in both if old.content_hash != new.content_hash]
    nodes = {node.id: node for node in after.data_nodes}
    shards: list[tuple[_Record, _Record]] = []
    if before.layout != after.layout or _texts(old for old, _ in changed) != _texts(new for _, new in changed):
        shards = [pair for old, new in changed for pair in _differing(old.shards, new.shards)]
    return {
        "data-node": _Pairs(
            [(node, nodes[node.id]) for node in before.data_nodes if nodes.get(node.id, node) != node],
            (lambda: before.data_nodes, lambda: after.data_nodes),
            (lambda: without_records(before), lambda: without_records(after)),
        ),
        "database": _Pairs(
            list(changed),
            (lambda: before.databases, lambda: after.databases),
            (lambda: _without_shards(before), lambda: _without_shards(after)),
        ),
        "shard": _Pairs(shards, (lambda: _shards(before), lambda: _shards(after))),
    }


def _without_shards(snapshot: Snapshot) -> list[Database]:
    return [database for database in snapshot.databases if not database.shards]


def _texts(databases: Iterable[Database]) -> set[str]:
    """Return all attributes of shards. Where they and the layouts are alike, so are the places."""
    return {shard.attributes for database in databases for shard in database.shards}


def _differing(before: Iterable[Shard], after: Iterable[Shard]) -> Iterator[tuple[Shard, Shard]]:
    others = {shard.name: shard for shard in after}
    return ((shard, others[shard.name]) for shard in before if others.get(shard.name, shard) != shard)


def _shards(snapshot: Snapshot) -> Iterator[Shard]:
    return chain.from_iterable(database.shards for database in snapshot.databases)


class _Filler:
    """Fills one side's records with the facts that its layout has no place for. Without `places`, layouts are alike."""

    def __init__(
        self,
        kinds: Mapping[Kind, _Pairs],
        side: int,
        places: Places | None,
        ways: frozenset[Path],
        counts: Counter[tuple[Kind, Path, str]],
    ) -> None:
        self._ways = ways
        self._kinds = kinds
        self._side = side
        self._places = places
        self._counts = counts
        self._filled: dict[Kind, dict[int, _Record]] = {kind: {} for kind in kinds}

    def fill(self, snapshot: Snapshot, other: Snapshot) -> Snapshot:
        """Return the snapshot of this side, evened out with the other side."""
        for kind in self._kinds:
            self._fill_kind(kind)
        unnamed = self._unnamed_databases(snapshot, other)
        if not unnamed and not any(self._filled.values()):
            return snapshot
        nodes = self._filled["data-node"]
        databases = [*map(self._database, snapshot.databases), *unnamed]
        return msgspec.structs.replace(
            snapshot,
            data_nodes=tuple(nodes.get(id(node), node) for node in snapshot.data_nodes),
            databases=tuple(sorted(databases, key=lambda database: database.name)),
        )

    def _database(self, database: Database) -> Database:
        shards = self._filled["shard"]
        record = self._filled["database"].get(id(database), database)
        if record is database and shards.keys().isdisjoint(map(id, database.shards)):
            return database
        return record.with_shards([shards.get(id(shard), shard) for shard in database.shards])  # type: ignore[misc, union-attr]

    def _unnamed_databases(self, snapshot: Snapshot, other: Snapshot) -> list[Database]:
        """Return the other side's databases without shards, if this side's layout can't name such."""
        if self._places is None or "database_name" in self._places.roles | self._places.partly:
            return []
        known = {database.name for database in snapshot.databases}
        missing = [database for database in other.databases if not database.shards and database.name not in known]
        self._count("database", (), len(missing))
        return missing

    def _fill_kind(self, kind: Kind) -> None:
        pairs = self._kinds[kind]
        if not pairs.differing:
            return
        fields, partly = self._silent_fields(kind)
        attributes = self._silent_attributes(kind, pairs)
        of_unsure = self._silent_attributes_of_unsure(kind, pairs)
        for pair in pairs.differing:
            own, other = pair[self._side], pair[1 - self._side]
            missing = {field: getattr(other, field) for field in fields | {f for f in partly if getattr(own, f) is None}
                       if getattr(other, field) != getattr(own, field)}  # fmt: skip
            for field in missing:
                self._count(kind, (field,))
            missing |= self._attributes(kind, own, other, attributes | of_unsure.get(id(own), frozenset()))
            if missing:
                self._filled[kind][id(own)] = msgspec.structs.replace(own, **missing)

    def _attributes(self, kind: Kind, own: _Record, other: _Record, silent: frozenset[Path]) -> dict[str, str]:
        """Return the attributes of a record with those that this side has no place for, if there are any."""
        if own.attributes == other.attributes:
            return {}
        values = decoded(own.attributes), decoded(other.attributes)
        told = silent.intersection(absent(*values)) if silent else frozenset()
        for path in told:
            self._count(kind, ("attributes", *path))
        before = own.attributes
        if told:
            own = msgspec.structs.replace(own, attributes=canonical_json(filled(*values, told)))
        for way in self._ways:
            if isinstance(own, Database) and isinstance(other, Database):
                text = with_unused(own, other, way)
                self._count(kind, ("attributes", *way, ELEMENT), int(text != own.attributes))
                own = msgspec.structs.replace(own, attributes=text)
        return {"attributes": own.attributes} if own.attributes != before else {}

    def _count(self, kind: Kind, path: Path, records: int = 1) -> None:
        if records:
            self._counts[kind, path, (_BEFORE, _AFTER)[self._side]] += records

    def _silent_fields(self, kind: Kind) -> tuple[frozenset[str], frozenset[str]]:
        """Return the fields that no record of this side has a place for, and those that some records have none for."""
        if kind == "data-node":
            return frozenset(field for field in _LISTED if self._is_silent_in_list(field)), frozenset()
        if self._places is None:
            return frozenset(), frozenset()
        roles = ROLES[kind].items()
        somewhere = self._places.roles | self._places.partly
        silent = frozenset(field for role, field in roles if role not in somewhere)
        return silent, frozenset(field for role, field in roles if role in self._places.partly)

    def _is_silent_in_list(self, field: str) -> bool:
        """Whether no listed data node has a field that every data node on the other side has."""
        every = self._kinds["data-node"].every
        own, others = ([getattr(node, field) for node in every[side]()] for side in (self._side, 1 - self._side))
        return all(value is None for value in own) and None not in others

    def _silent_attributes(self, kind: Kind, pairs: _Pairs) -> frozenset[Path]:
        """Return the paths that no record of this side has, and those to what is left out where it repeats the list.

        Where the layouts are alike otherwise, every record of the other side has such a path: a member that only some
        of them have came or went with the thing that it tells.
        """
        wanted = self._absent_attributes(pairs.differing)
        if not wanted:
            return frozenset()
        repeating = {path for path in wanted if self._may_repeat(kind, path)}
        for text in {record.attributes for record in pairs.every[self._side]()}:
            wanted.difference_update(() if text == NO_ATTRIBUTES else paths(decoded(text)))
        if self._places is None:
            other = 1 - self._side
            common, total = _common_paths(pairs.every[other](), ())
            if unsure := pairs.unsure[other]():
                sure, _ = _common_paths(pairs.every[other](), unsure)
                common |= {path for path in sure if self._is_of_nodes(kind, path)}
            wanted = {path for path in wanted & common if len(path) == 1 or total >= _FEWEST}
        return frozenset(wanted | repeating)

    def _silent_attributes_of_unsure(self, kind: Kind, pairs: _Pairs) -> dict[int, frozenset[Path]]:
        """Return the paths that every record has that is whole for sure, by the `id` of each other one."""
        unsure = pairs.unsure[self._side]() if self._absent_attributes(pairs.differing) else ()
        if not unsure:
            return {}
        common, _ = _common_paths(pairs.every[self._side](), unsure)
        return dict.fromkeys(map(id, unsure), frozenset(path for path in common if self._is_of_nodes(kind, path)))

    def _is_of_nodes(self, kind: Kind, path: Path) -> bool:
        """Whether an attribute is one of a data node, in whose record or in that of a database that uses it."""
        return kind == "data-node" or any(path[: len(way)] == way for way in self._ways)

    def _may_repeat(self, kind: Kind, path: Path) -> bool:
        """Whether an attribute may say what the list of data nodes does: readers keep it only where it differs."""
        is_own = len(path) == 1 if kind == "shard" else self._is_of_nodes(kind, path)
        return is_own and plain(path[-1]) in data_node_words.LISTED

    def _absent_attributes(self, differing: Iterable[tuple[_Record, _Record]]) -> set[Path]:
        """Return the paths that records of this side lack, and their counterparts have."""
        texts = {(pair[self._side].attributes, pair[1 - self._side].attributes) for pair in differing}
        return {path for one, two in texts if one != two for path in absent(decoded(one), decoded(two))}


def _common_paths(every: Iterable[_Record], left_out: Collection[_Record]) -> tuple[set[Path], int]:
    """Return the paths in the attributes of all records, and their number; those left out count if they are alone."""
    others = set(map(id, left_out))
    records = list(every)
    texts = Counter(record.attributes for record in [r for r in records if id(r) not in others] or records)
    found = [set(paths(decoded(text))) for text in texts]
    return set.intersection(*found) if found else set(), texts.total()
