"""Two snapshots to the changes between them. Pure. Knows no severity: what matters is judged in `policy`.

One change is one entity and one rule. Changes are sorted: data nodes, databases, shards; then identity; then rule.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypeVar

import msgspec

from drift.compare.align import aligned
from drift.core.model import Database, DataNode, Gap, Mask, Record, Shard, Snapshot, canonical_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Entity: TypeAlias = Literal["data-node", "database", "shard"]

_R = TypeVar("_R", DataNode, Database, Shard)

# The rule that covers each field of a record; `attributes` and whatever else a record has fall under the last.
_NODE_RULES: Final = {
    "data-node-renamed": ("name",),
    "data-node-endpoint-changed": ("host", "port"),
    "data-node-engine-changed": ("engine", "engine_version"),
    "data-node-changed": ("attributes",),
}
_DATABASE_RULES: Final = {
    "database-resharded": ("shard_mode", "shard_count"),
    "database-status-changed": ("status",),
    "database-changed": ("attributes",),
}
_SHARD_RULES: Final = {
    "shard-moved": ("data_node_id",),
    "shard-status-changed": ("status",),
    "shard-changed": ("index", "attributes"),
}
RULE_FIELDS: Final = _NODE_RULES | _DATABASE_RULES | _SHARD_RULES
"""The fields of a record that each rule about a change is about."""


class Edit(msgspec.Struct, frozen=True):
    """One value that changed: `path` leads to it within the record; None stands for "not there" as well as for null."""

    path: tuple[str | int, ...]
    before: Any
    after: Any


class Change(msgspec.Struct, frozen=True):
    """One entity changed in the way that one rule names.

    `before` is None for what was added, `after` for what was removed; those two have no edits.
    """

    rule: str
    entity: Entity
    before: Record | None
    after: Record | None
    edits: tuple[Edit, ...] = ()

    @property
    def record(self) -> Record:
        """The record as it is now, or as it last was."""
        record = self.before if self.after is None else self.after
        if record is None:
            raise ValueError("a change has a record on at least one side")
        return record

    @property
    def database(self) -> str | None:
        """The database of a shard, else None."""
        return self.record.database if isinstance(self.record, Shard) else None

    @property
    def name(self) -> str:
        """A shard's or a database's name, a data node's id."""
        return self.record.id if isinstance(self.record, DataNode) else self.record.name

    @property
    def sort_key(self) -> tuple[int, str, str, str]:
        """The defined order of changes."""
        match self.record:
            case Shard(database=database, name=name):
                return 2, database, name, self.rule
            case Database(name=name):
                return 1, "", name, self.rule
            case DataNode(id=node_id):
                return 0, "", node_id, self.rule


class Diff(msgspec.Struct, frozen=True):
    """All changes between two snapshots, sorted, and what could not be compared because a side did not read it."""

    changes: tuple[Change, ...]
    not_checked: tuple[Gap, ...]


def diff(before: Snapshot, after: Snapshot) -> Diff:
    """Every change from `before` to `after`.

    What lies in a gap of either snapshot is in `not_checked` and never in `changes`; what only one of two sources can
    tell is no change.
    """
    before, after = aligned(before, after)
    not_checked = tuple(sorted({*before.gaps, *after.gaps}))
    mask = Mask.of(not_checked)
    changes = chain(
        () if mask.hides_data_nodes else _diff_nodes(before.data_nodes, after.data_nodes),
        _diff_databases(_visible(before.databases, mask), _visible(after.databases, mask)),
    )
    return Diff(tuple(sorted(changes, key=lambda change: change.sort_key)), not_checked)


def fingerprint(change: Change, instance: str | None) -> str:
    """What identifies a change across runs, independent of wording: `v1:` and 12 hex digits.

    Two changes share it only if the same entity of the same instance changed from and to the same values.
    """
    if change.before is None or change.after is None:
        edits: list[list[Any]] = [[[], _fields(change.before), _fields(change.after)]]
    else:
        edits = [[list(edit.path), edit.before, edit.after] for edit in change.edits]
    return digest([change.rule, instance, [change.entity, change.database, change.name], edits])


def digest(content: object) -> str:
    """What identifies a JSON value: `v1:` and 12 hex digits."""
    import hashlib  # noqa: PLC0415 - it loads OpenSSL, and the text of a diff needs no fingerprint

    return f"v1:{hashlib.sha256(canonical_json(content).encode()).hexdigest()[:12]}"


def record_fields(record: Record) -> dict[str, Any]:
    """A record as the JSON object that reports and snapshot files show: its own fields, attributes as an object."""
    fields = {
        field: getattr(record, field) for field in record.__struct_fields__ if field not in {"shards", "content_hash"}
    }
    fields["attributes"] = msgspec.json.decode(record.attributes)
    return fields


def _fields(record: Record | None) -> dict[str, Any] | None:
    return None if record is None else record_fields(record)


def _visible(databases: Iterable[Database], mask: Mask) -> dict[str, Database]:
    return {database.name: database for database in databases if not mask.hides_database(database.name)}


def _diff_nodes(before: Iterable[DataNode], after: Iterable[DataNode]) -> Iterator[Change]:
    pairs = _pairs({node.id: node for node in before}, {node.id: node for node in after})
    return chain.from_iterable(_diff_pair("data-node", old, new, _NODE_RULES) for old, new in pairs)


def _diff_databases(before: Mapping[str, Database], after: Mapping[str, Database]) -> Iterator[Change]:
    for old, new in _pairs(before, after):
        if old is not None and new is not None and old.content_hash == new.content_hash:
            continue
        yield from _diff_pair("database", old and old.without_shards(), new and new.without_shards(), _DATABASE_RULES)
        yield from _diff_shards(old.shards if old else (), new.shards if new else ())


def _diff_shards(before: Iterable[Shard], after: Iterable[Shard]) -> Iterator[Change]:
    pairs = _pairs({shard.name: shard for shard in before}, {shard.name: shard for shard in after})
    return chain.from_iterable(_diff_pair("shard", old, new, _SHARD_RULES) for old, new in pairs)


def _pairs(before: Mapping[str, _R], after: Mapping[str, _R]) -> Iterator[tuple[_R | None, _R | None]]:
    """Both sides of every identity whose record is not the same on both."""
    for key, old in before.items():
        new = after.get(key)
        if new != old:
            yield old, new
    for key, new in after.items():
        if key not in before:
            yield None, new


def _diff_pair(
    entity: Entity, old: _R | None, new: _R | None, rules: Mapping[str, tuple[str, ...]]
) -> Iterator[Change]:
    if old is None:
        yield Change(f"{entity}-added", entity, old, new)
    elif new is None:
        yield Change(f"{entity}-removed", entity, old, new)
    else:
        for rule, fields in rules.items():
            if edits := tuple(chain.from_iterable(_edits(field, old, new) for field in fields)):
                yield Change(rule, entity, old, new, edits)


def _edits(field: str, old: Record, new: Record) -> Iterator[Edit]:
    before, after = getattr(old, field), getattr(new, field)
    if before == after:
        return
    if field == "attributes":
        yield from _attribute_edits(msgspec.json.decode(before), msgspec.json.decode(after))
    else:
        yield Edit((field,), before, after)


def _attribute_edits(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Edit]:
    # Imported here: it takes longer to load than most diffs take to make, and few diffs need it.
    from deepdiff import DeepDiff  # noqa: PLC0415

    delta = DeepDiff(before, after, view="tree", threshold_to_diff_deeper=0, ignore_private_variables=False)
    edits = [
        Edit(
            ("attributes", *level.path(output_format="list")),
            None if kind.endswith("_added") else level.t1,
            None if kind.endswith("_removed") else level.t2,
        )
        for kind, levels in delta.items()
        for level in levels
    ]
    # Should DeepDiff ever see no difference where there is one, the whole is told rather than nothing.
    yield from sorted(edits, key=_path_order) or [Edit(("attributes",), before, after)]


def _path_order(edit: Edit) -> list[tuple[bool, str | int]]:
    return [(isinstance(step, int), step) for step in edit.path]
