"""Compute the changes between two snapshots. Pure. Knows no severity: `policy` judges.

One change is one entity and one rule. Changes are sorted: data nodes, databases, shards; then identity; then rule.

`RULES_BY_ENTITY` has the logic of every rule about changes. Each rule also has a row in `policy/rules.py`, with its
summary and severity; `tests/policy/test_rules.py` fails where a rule is in only one of the two files.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypeVar

import msgspec

from drift.compare.align import aligned
from drift.compare.attributes import keyed
from drift.compare.untold import Untold, even
from drift.core.model import NO_ATTRIBUTES, Database, DataNode, Gap, Mask, Record, Shard, Snapshot, canonical_json
from drift.core.read_settings import other_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Entity: TypeAlias = Literal["data-node", "database", "shard"]

_R = TypeVar("_R", DataNode, Database, Shard)


class EntityRules(msgspec.Struct, frozen=True):
    """The rules about one entity: its appearance, its disappearance, and the fields that each other rule covers."""

    added: str
    removed: str
    fields: Mapping[str, tuple[str, ...]]


_ENGINE_CHANGED: Final = "data-node-engine-changed"
_ENGINE_PATCHED: Final = "data-node-engine-patched"
_MOVED: Final = "shard-moved"
_NODE_PATH: Final = ("data_node_id",)

RULES_BY_ENTITY: Final[Mapping[Entity, EntityRules]] = {
    "data-node": EntityRules(
        "data-node-added",
        "data-node-removed",
        {
            "data-node-renamed": ("name",),
            "data-node-endpoint-changed": ("host", "port"),
            _ENGINE_CHANGED: ("engine", "engine_version"),
            _ENGINE_PATCHED: ("engine_version",),
            "data-node-changed": ("attributes",),
        },
    ),
    "database": EntityRules(
        "database-added",
        "database-removed",
        {
            "database-resharded": ("shard_mode", "shard_count"),
            "database-status-changed": ("status",),
            "database-changed": ("attributes",),
        },
    ),
    "shard": EntityRules(
        "shard-added",
        "shard-removed",
        {
            _MOVED: _NODE_PATH,
            "shard-status-changed": ("status",),
            "shard-changed": ("index", "attributes"),
        },
    ),
}
RULE_FIELDS: Final = {rule: fields for rules in RULES_BY_ENTITY.values() for rule, fields in rules.fields.items()}
"""The fields of a record that each rule covers; rules about appearance and disappearance have none."""


MOST_ATTRIBUTE_TEXT: Final = 65_536
"""The most characters of a record's attributes that are compared value by value."""

MOST_ATTRIBUTE_VALUES: Final = 1_000
"""The most values of a record's attributes that are compared value by value."""


class Edit(msgspec.Struct, frozen=True):
    """One changed value: `path` leads to it within the record; None stands for a missing value as well as for null."""

    path: tuple[str | int, ...]
    before: Any
    after: Any


class Change(msgspec.Struct, frozen=True):
    """One change of one entity, under one rule.

    `before` is None for an added record, `after` for a removed one; these have no edits.
    """

    rule: str
    entity: Entity
    before: Record | None
    after: Record | None
    edits: tuple[Edit, ...] = ()

    @property
    def record(self) -> Record:
        """The record after the change, or else its last state."""
        record = self.before if self.after is None else self.after
        if record is None:
            raise ValueError("a change has a record on at least one side")
        return record

    @property
    def database(self) -> str | None:
        """The database of a shard, else None."""
        record = self.record
        return record.database if isinstance(record, Shard) else None

    @property
    def name(self) -> str:
        """A shard's or a database's name, a data node's id."""
        record = self.record
        return record.id if isinstance(record, DataNode) else record.name

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


def node_of(record: Record | None) -> str | None:
    """Return the data node that a shard is on; None for any other record."""
    return record.data_node_id if isinstance(record, Shard) else None


class Diff(msgspec.Struct, frozen=True):
    """All changes between two snapshots, sorted, and the gaps of either side, which were not compared.

    `not_told` counts the facts that one side's layout has no place for, or that its settings leave out, which were not
    compared either.
    """

    changes: tuple[Change, ...]
    not_checked: tuple[Gap, ...]
    not_told: tuple[Untold, ...] = ()


def diff(before: Snapshot, after: Snapshot) -> Diff:
    """Compute every change from `before` to `after`.

    The gaps of either snapshot are in `not_checked` and never in `changes`; a field that only one of two sources has is
    no change, nor is what only the settings explain that each was read with.
    """
    left_out: tuple[Untold, ...] = ()
    unlike: tuple[Gap, ...] = ()
    if other_settings(before.read_with, after.read_with):
        from drift.compare.read_otherwise import alike

        before, after, left_out, unlike = alike(before, after)
    before, after, untold = even(*aligned(before, after))
    not_checked = tuple(sorted({*before.gaps, *after.gaps, *unlike}))
    mask = Mask.of(not_checked)
    nodes = () if mask.hides_data_nodes else _diff_nodes(before.data_nodes, after.data_nodes)
    databases, shards = _diff_databases(_visible(before.databases, mask), _visible(after.databases, mask))
    return Diff((*nodes, *databases, *shards), not_checked, left_out + untold)


def fingerprint(change: Change, instance: str | None) -> str:
    """Compute the id of a change across runs, independent of wording: `v1:` and 12 hex digits.

    Two changes share it only if the same entity of the same instance changed from and to the same values.
    """
    if change.before is None or change.after is None:
        edits: list[list[Any]] = [[[], _fields(change.before), _fields(change.after)]]
    else:
        edits = [[edit.path, edit.before, edit.after] for edit in change.edits]
    return digest([change.rule, instance, [change.entity, change.database, change.name], edits])


def digest(content: object) -> str:
    """Compute the id of a JSON value: `v1:` and 12 hex digits."""
    import hashlib

    return f"v1:{hashlib.sha256(canonical_json(content).encode()).hexdigest()[:12]}"


def record_fields(record: Record) -> dict[str, Any]:
    """Return a record as the JSON object of reports and snapshot files: its own fields, attributes as an object."""
    fields = msgspec.structs.asdict(record)
    if isinstance(record, Database):
        del fields["shards"], fields["content_hash"]
    fields["attributes"] = {} if record.attributes == NO_ATTRIBUTES else msgspec.json.decode(record.attributes)
    return fields


def _fields(record: Record | None) -> dict[str, Any] | None:
    return None if record is None else record_fields(record)


def _visible(databases: Iterable[Database], mask: Mask) -> dict[str, Database]:
    return {database.name: database for database in databases if not mask.hides_database(database.name)}


def _diff_nodes(before: Iterable[DataNode], after: Iterable[DataNode]) -> list[Change]:
    pairs = _pairs({node.id: node for node in before}, {node.id: node for node in after})
    return [change for old, new in pairs for change in _diff_pair("data-node", old, new)]


def _diff_databases(before: Mapping[str, Database], after: Mapping[str, Database]) -> tuple[list[Change], list[Change]]:
    """Compute the changes of databases, and those of their shards, both in their order."""
    databases: list[Change] = []
    shards: list[Change] = []
    for old, new in _pairs(before, after):
        if old is not None and new is not None and old.content_hash == new.content_hash:
            continue
        databases += _diff_pair("database", old and old.without_shards(), new and new.without_shards())
        shards += _diff_shards(old.shards if old else (), new.shards if new else ())
    return databases, shards


def _diff_shards(before: Sequence[Shard], after: Sequence[Shard]) -> Iterator[Change]:
    """Compute the changes of a database's shards, sorted as these are."""
    pairs: Iterable[tuple[Shard | None, Shard | None]]
    if [shard.name for shard in before] == [shard.name for shard in after]:
        pairs = zip(before, after, strict=True)
    else:
        pairs = _pairs({shard.name: shard for shard in before}, {shard.name: shard for shard in after})
    for old, new in pairs:
        if old == new:
            continue
        if old and new and (old.status, old.index, old.attributes) == (new.status, new.index, new.attributes):
            # What a migration does to every shard. Measured: without going through all rules, a sixth of the time.
            yield Change(_MOVED, "shard", old, new, (Edit(_NODE_PATH, old.data_node_id, new.data_node_id),))
        else:
            yield from _diff_pair("shard", old, new)


def _pairs(before: Mapping[str, _R], after: Mapping[str, _R]) -> list[tuple[_R | None, _R | None]]:
    """Return both sides of every identity whose records differ, in the order of the identities."""
    names = before.keys() if before.keys() == after.keys() else before.keys() | after.keys()
    pairs = ((before.get(name), after.get(name)) for name in sorted(names))
    return [(old, new) for old, new in pairs if old != new]


def _diff_pair(entity: Entity, old: _R | None, new: _R | None) -> list[Change]:
    """Compute the changes of one entity, in the order of their rules."""
    rules = RULES_BY_ENTITY[entity]
    if old is None:
        return [Change(rules.added, entity, old, new)]
    if new is None:
        return [Change(rules.removed, entity, old, new)]
    other = _ENGINE_CHANGED if _is_patch(old, new) else _ENGINE_PATCHED
    return [
        Change(rule, entity, old, new, edits)
        for rule, fields in sorted(rules.fields.items())
        if rule != other and (edits := tuple(chain.from_iterable(_edits(field, old, new) for field in fields)))
    ]


def _is_patch(old: Record, new: Record) -> bool:
    """Return whether the engine of a data node and its major version are as before: only its patch level may differ."""
    if not (isinstance(old, DataNode) and isinstance(new, DataNode)) or old.release is None:
        return False
    return old.engine == new.engine and old.release == new.release


def _edits(field: str, old: Record, new: Record) -> Iterator[Edit]:
    before, after = getattr(old, field), getattr(new, field)
    if before == after:
        return
    if field == "attributes":
        is_large = not (_is_compared(before) and _is_compared(after))
        values = msgspec.json.decode(before), msgspec.json.decode(after)
        yield from [Edit(("attributes",), *values)] if is_large else _attribute_edits(*values)
    else:
        yield Edit((field,), before, after)


def _is_compared(attributes: str) -> bool:
    """Return whether attributes are compared value by value; larger ones are reported as changed whole.

    The comparison takes a time that grows with the square of the values, and recurses.
    """
    # At least as many as there are values and containers, without parsing: commas and brackets may be in texts, too.
    values = attributes.count(",") + attributes.count("[") + attributes.count("{")
    return len(attributes) <= MOST_ATTRIBUTE_TEXT and values <= MOST_ATTRIBUTE_VALUES


def _attribute_edits(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Edit]:
    # Imported here: it loads more slowly than most diffs run, and few diffs need it.
    from deepdiff import DeepDiff

    before, after = map(_exact, keyed(before, after))
    delta = DeepDiff(before, after, view="tree", threshold_to_diff_deeper=0, ignore_private_variables=False)
    edits = [
        Edit(
            ("attributes", *level.path(output_format="list")),
            None if kind.endswith("_added") else _plain(level.t1),
            None if kind.endswith("_removed") else _plain(level.t2),
        )
        for kind, levels in delta.items()
        for level in levels
    ]
    # If DeepDiff ever misses a difference, report the whole value rather than nothing.
    missed = [] if before == after else [Edit(("attributes",), _plain(before), _plain(after))]
    yield from sorted(edits, key=_path_order) or missed


def _exact(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Write what is no container as JSON: in lists, DeepDiff takes `1`, `1.0` and `true` for equal, as Python does."""
    if type(value) is dict:
        return {key: _exact(inner) for key, inner in value.items()}
    return [_exact(inner) for inner in value] if type(value) is list else canonical_json(value)


def _plain(value: Any) -> Any:  # noqa: ANN401 - what `_exact` returned, or DeepDiff's mark of what isn't there
    if type(value) is dict:
        return {key: _plain(inner) for key, inner in value.items()}
    if type(value) is list:
        return [_plain(inner) for inner in value]
    return msgspec.json.decode(value) if type(value) is str else value


def _path_order(edit: Edit) -> list[tuple[bool, str | int]]:
    return [(isinstance(step, int), step) for step in edit.path]
