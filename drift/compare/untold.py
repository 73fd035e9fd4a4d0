"""Even out snapshots with different layouts: a fact that one layout has no place for is no change. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from itertools import chain
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import msgspec

from drift.compare.attributes import Path, absent, decoded, filled, paths
from drift.core.model import NO_ATTRIBUTES, Database, DataNode, Shard, Snapshot, canonical_json
from drift.core.sources import source_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Kind: TypeAlias = Literal["data-node", "database", "shard"]
_Record: TypeAlias = DataNode | Database | Shard

_BEFORE: Final = "before"
_AFTER: Final = "after"
_NO_LAYOUT: Final = "[]"
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

    `listed` are the data nodes of either side that the payload may have no records of, though its layout has them.
    """

    differing: list[tuple[_Record, _Record]]
    every: tuple[Callable[[], Iterable[_Record]], Callable[[], Iterable[_Record]]]
    listed: tuple[Callable[[], Collection[_Record]], Callable[[], Collection[_Record]]] = (list, list)


class _Places(msgspec.Struct, frozen=True):
    """The roles that each of a snapshot's layouts has a path for, and those that only some have."""

    roles: frozenset[str]
    partly: frozenset[str]


def even(before: Snapshot, after: Snapshot) -> tuple[Snapshot, Snapshot, tuple[Untold, ...]]:
    """Fill each side with the facts that only the other's layout has a place for, and count them."""
    empty = {path for side in (before, after) for path in _paths_to_empty(side)}
    places = _places(before, empty), _places(after, empty)
    if places[0] is None or places[1] is None:
        return before, after, ()
    counts: Counter[tuple[Kind, Path, str]] = Counter()
    kinds = _pairs(before, after)
    is_same = before.layout == after.layout
    old = _Filler(kinds, 0, None if is_same else places[0], counts).fill(before, after)
    new = _Filler(kinds, 1, None if is_same else places[1], counts).fill(after, before)
    return old, new, tuple(sorted(Untold(*key, count) for key, count in counts.items()))  # type: ignore[arg-type]


def needs_all(before: Snapshot, after: Snapshot) -> bool:
    """Whether other records than those that differ decide if a fact has a place in either layout."""
    for pair in chain.from_iterable(pairs.differing for pairs in _pairs(before, after).values()):
        if isinstance(pair[0], DataNode) and any((getattr(pair[0], f) is None) != (getattr(pair[1], f) is None)
                                                 for f in _LISTED):  # fmt: skip
            return True
        if pair[0].attributes != pair[1].attributes:
            one, two = (decoded(record.attributes) for record in pair)
            if any(absent(one, two)) or any(absent(two, one)):
                return True
    return False


def _layouts(snapshot: Snapshot) -> list[dict[str, str]]:
    """Return the layouts of a snapshot; none if it has none that drift wrote."""
    try:
        return msgspec.json.decode(snapshot.layout or _NO_LAYOUT, type=list[dict[str, str]])
    except msgspec.DecodeError:
        return []


def _paths_to_empty(snapshot: Snapshot) -> set[str]:
    """Return the paths to databases in a snapshot that has some without shards."""
    if all(database.shards for database in snapshot.databases):
        return set()
    return {_path_to_databases(layout) for layout in _layouts(snapshot)}


def _path_to_databases(layout: Mapping[str, str]) -> str:
    """Return the paths to databases and their names; from data nodes on, where databases stand below these."""
    databases, nodes = layout.get("databases", ""), _path_to_nodes(layout)
    is_below = len(nodes) > 1 and databases != nodes and databases.startswith(nodes)
    below = (layout.get(role, "").removeprefix(nodes) for role in ("shards", "database_name"))
    return " ".join(below) if is_below else f"{databases} {layout.get('database_name', '')}"


def _path_to_nodes(layout: Mapping[str, str]) -> str:
    """Return the path to the records with the references to data nodes."""
    data_node = layout.get("data_node", "")
    return data_node[: max(data_node.rfind("[]"), data_node.rfind("{}")) + 2]


def _places(snapshot: Snapshot, empty: Collection[str]) -> _Places | None:
    """Return the places of a snapshot's layouts; None if it has no layout that drift wrote.

    An export without any shards or databases has a place for these, and for nothing that stands in their layout.
    """
    if snapshot.layout == _NO_LAYOUT and not snapshot.databases and source_of(snapshot.source).has_undocumented:
        return _Places(frozenset({"database_name"}), frozenset())
    each = [_roles(layout, empty) for layout in _layouts(snapshot)]
    roles = frozenset.intersection(*each) if each else frozenset()
    return _Places(roles, frozenset().union(*each) - roles) if any(each) else None


def _roles(layout: Mapping[str, str], empty: Collection[str]) -> frozenset[str]:
    """Return the roles that a layout has a path for.

    One that leads to a single database, as the root or by a member above data nodes, can name no other. A member's name
    above shards may be one of several keys. A layout may leave out a database without shards, unless one was seen at
    its path: `empty` are the paths where such may have been seen, on either side.
    """
    databases, data_node = layout.get("databases"), layout.get("data_node", "")
    is_above_nodes = not data_node.startswith(layout.get("shards", ""))
    names_one = databases is not None and not {"[", "{"} & set(databases) and (databases == "$" or is_above_nodes)
    return frozenset(layout) - ({"database_name"} if names_one or _path_to_databases(layout) not in empty else set())


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
            (lambda: _without_shards(before), lambda: _without_shards(after)),
        ),
        "database": _Pairs(list(changed), (lambda: before.databases, lambda: after.databases)),
        "shard": _Pairs(shards, (lambda: _shards(before), lambda: _shards(after))),
    }


def _without_shards(snapshot: Snapshot) -> list[_Record]:
    """Return the data nodes without shards, if a layout has the shards below the data nodes' own records.

    An export may leave out such a data node there: then only the list of data nodes tells of it.
    """
    if not any(map(_has_nodes_above, _layouts(snapshot))):
        return []
    used = {shard.data_node_id for shard in _shards(snapshot)}
    return [node for node in snapshot.data_nodes if node.id not in used]


def _has_nodes_above(layout: Mapping[str, str]) -> bool:
    """Whether a layout has records of data nodes above the shards, and not inside those of databases."""
    nodes, shards, databases = _path_to_nodes(layout), layout.get("shards", ""), layout.get("databases", "")
    is_above = len(nodes) > 1 and nodes != shards and shards.startswith(nodes)
    return is_above and databases != "$" and not (databases and nodes.startswith(databases))


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
        self, kinds: Mapping[Kind, _Pairs], side: int, places: _Places | None, counts: Counter[tuple[Kind, Path, str]]
    ) -> None:
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
        attributes = self._silent_attributes(pairs)
        of_listed = self._silent_attributes_of_listed(pairs)
        for pair in pairs.differing:
            own, other = pair[self._side], pair[1 - self._side]
            missing = {field: getattr(other, field) for field in fields | {f for f in partly if getattr(own, f) is None}
                       if getattr(other, field) != getattr(own, field)}  # fmt: skip
            for field in missing:
                self._count(kind, (field,))
            silent = attributes | of_listed.get(id(own), frozenset())
            if silent and own.attributes != other.attributes:
                missing |= self._attributes(kind, own.attributes, other.attributes, silent)
            if missing:
                self._filled[kind][id(own)] = msgspec.structs.replace(own, **missing)

    def _attributes(self, kind: Kind, own: str, other: str, silent: frozenset[Path]) -> dict[str, str]:
        values = decoded(own), decoded(other)
        told = silent.intersection(absent(*values))
        for path in told:
            self._count(kind, ("attributes", *path))
        return {"attributes": canonical_json(filled(*values, told))} if told else {}

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

    def _silent_attributes(self, pairs: _Pairs) -> frozenset[Path]:
        """Return the paths that no record of this side has.

        Where the layouts are alike otherwise, every record of the other side has such a path: a member that only some
        of them have came or went with the thing that it tells.
        """
        wanted = self._absent_attributes(pairs.differing)
        if not wanted:
            return frozenset()
        for text in {record.attributes for record in pairs.every[self._side]()}:
            wanted.difference_update(() if text == NO_ATTRIBUTES else paths(decoded(text)))
        if self._places is None:
            other = 1 - self._side
            common, total = _common_paths(pairs.every[other](), pairs.listed[other]())
            wanted = {path for path in wanted & common if len(path) == 1 or total >= _FEWEST}
        return frozenset(wanted)

    def _silent_attributes_of_listed(self, pairs: _Pairs) -> dict[int, frozenset[Path]]:
        """Return the paths that every data node with a record has, by the `id` of each that may have none."""
        listed = pairs.listed[self._side]() if self._absent_attributes(pairs.differing) else ()
        if not listed:
            return {}
        common, _ = _common_paths(pairs.every[self._side](), listed)
        return {id(record): frozenset(common) for record in listed}

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
