"""Draft plans from a diff, from a migration job or from another plan. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from drift.compare.diff import node_of
from drift.core.model import Database, DataNode, canonical_json
from drift.core.name_ranges import runs
from drift.core.patterns import Patterns, literal, span
from drift.policy.plan.file import Count, Item, Plan, count_of
from drift.policy.rules import CHANGE_RULES
from drift.policy.selectors import Selector

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from drift.compare.diff import Change, Edit
    from drift.core.model import Record
    from drift.decode.migration_job import Migration
    from drift.policy.known_names import KnownNames
    from drift.policy.rules import Kind

_OPPOSITES: Final[dict[Kind, Kind]] = {"added": "removed", "removed": "added"}
_IDS: Final = {(rule.entity, rule.kind): rule.id for rule in CHANGE_RULES.values()}

_FACTS: Final[dict[type, tuple[str, ...]]] = {
    DataNode: ("host", "port", "engine", "engine_version"),
    Database: ("shard_mode", "shard_count"),
}

_Likeness: TypeAlias = tuple[str, str | None, str | None, str | None, str, str]


def from_changes(
    changes: Iterable[Change],
    known_names: KnownNames,
    names: Mapping[str, str | None],
    change: str | None,
    origin: Path,
) -> Plan:
    """Draft the plan that expects exactly these changes. `names` are those of `names_before`.

    The values of edits, and the facts of what appears or disappears, are part of it, except what `unpinned` lists.
    """
    groups: dict[_Likeness, list[Change]] = defaultdict(list)
    for each in changes:
        groups[_likeness(each)].append(each)
    selectors = (_selector(members, known_names, names) for members in groups.values())
    items = (Item(f"expect[{number}]", each, count_of(each)) for number, each in enumerate(selectors, start=1))
    return Plan(change, tuple(items), origin)


def names_before(before: Iterable[DataNode], after: Iterable[DataNode]) -> dict[str, str | None]:
    """Return the names of data nodes by id: the old one of those that are renamed, as a plan is for what is there.

    One that has no name on a side has none in a plan: only its id means it on both.
    """
    old, new = ({node.id: node.name for node in nodes} for nodes in (before, after))
    return {**new, **{node_id: name if new.get(node_id, name) else None for node_id, name in old.items()}}


def from_job(job: Migration, change: str | None, origin: Path) -> Plan:
    """Draft the plan that follows from a migration job: the number of shards, and their data nodes.

    DDM moves shards to new data nodes where the number of shards stays (method 1), and may move them between all where
    it grows (methods 2 and 3). Source: "Shard Configuration", user guide.
    """
    before, after = ([node_id for node_id, _ in nodes] for nodes in (job.nodes_before, job.nodes_after))
    new = [node_id for node_id in after if node_id not in before]
    grown = job.shards_after - job.shards_before
    items = []
    if new:
        # The instance may already have had them, for another database.
        items.append((Selector(rule="data-node-added", name=Patterns.of_names(new)), Count(0, len(new))))
    if grown > 0:
        resharded = Selector(
            rule="database-resharded",
            name=Patterns.of_names([job.database]),
            was={"shard_count": job.shards_before},
            becomes={"shard_count": job.shards_after},
        )
        items.append((resharded, Count(1, 1)))
        added = Selector(
            rule="shard-added", database=Patterns.of_names([job.database]), target=Patterns.of_names(after)
        )
        items.append((added, Count(grown, grown)))
    moved = Selector(
        rule="shard-moved",
        database=Patterns.of_names([job.database]),
        source=Patterns.of_names(before),
        target=Patterns.of_names(after if grown > 0 else new or after),
    )
    items.append((moved, Count(1 if new and grown <= 0 else 0, job.shards_before)))
    numbered = enumerate(items, start=1)
    return Plan(change, tuple(Item(f"expect[{number}]", *item) for number, item in numbered), origin)


def reverse(plan: Plan) -> Plan:
    """Draft the plan that undoes another: additions become removals, moves go back, values are restored."""
    items = (msgspec.structs.replace(item, selector=_reversed(item.selector)) for item in plan.items)
    return msgspec.structs.replace(plan, items=tuple(items))


def _reversed(selector: Selector) -> Selector:
    rule = CHANGE_RULES[selector.rule or ""]
    return Selector(
        rule=_IDS[rule.entity, _OPPOSITES.get(rule.kind, rule.kind)],
        database=selector.database,
        name=selector.name,
        source=selector.target,
        target=selector.source,
        was=selector.becomes,
        becomes=selector.was,
    )


def _likeness(change: Change) -> _Likeness:
    """Return the key that all changes of one item share."""
    was, becomes = _values(change)
    source, target = node_of(change.before), node_of(change.after)
    if change.edits and change.rule != "shard-moved":
        source = target = None
    return change.rule, change.database, source, target, canonical_json(was), canonical_json(becomes)


def _selector(members: list[Change], known_names: KnownNames, names: Mapping[str, str | None]) -> Selector:
    rule, database, source, target, _, _ = _likeness(members[0])
    was, becomes = _values(members[0])

    def word(node_id: str) -> str:
        return literal(known_names.word_for(node_id, names.get(node_id)))

    if isinstance(members[0].record, DataNode):
        selected = [word(member.name) for member in members]
    else:
        selected = [span(run.first, run.last) for run in runs(member.name for member in members)]
    return Selector(
        rule=rule,
        database=None if database is None else Patterns.of_names([database]),
        name=Patterns(selected),
        source=None if source is None else Patterns([word(source)]),
        target=None if target is None else Patterns([word(target)]),
        was=was or None,
        becomes=becomes or None,
    )


def unpinned(changes: Iterable[Change]) -> list[str]:
    """List the values that a draft can't pin, because TOML has no list with a null in it: any value passes there."""
    return [
        f"{change.entity.replace('-', ' ')} {change.name}: {'.'.join(map(str, edit.path))}{side}"
        for change in changes
        if change.rule != "shard-moved"
        for edit in change.edits
        if (side := _unpinned_side(change, edit)) is not None
    ]


def _unpinned_side(change: Change, edit: Edit) -> str | None:
    """Name the side whose value a draft can't pin, with nothing where it is both; None where both are pinned."""
    path = _writable_path(edit)
    was, becomes = (_write({}, path, record) for record in (change.before, change.after))
    return {(False, False): "", (False, True): " (before)", (True, False): " (after)"}.get((was, becomes))


def _values(change: Change) -> tuple[dict[str, Any], dict[str, Any]]:
    """Collect the values before and after a change; none where one of the edits can't be written."""
    was: dict[str, Any] = {}
    becomes: dict[str, Any] = {}
    if change.rule == "shard-moved":
        return was, becomes
    if not change.edits:
        return _facts(change.before), _facts(change.after)
    for edit in change.edits:
        path = _writable_path(edit)
        written = [_write(was, path, change.before), _write(becomes, path, change.after)]
        if not any(written):
            return {}, {}
    return was, becomes


def _facts(record: Record | None) -> dict[str, Any]:
    """Collect the facts of what appears or disappears, as far as they say what it is."""
    fields = _FACTS.get(type(record), ())
    return {field: getattr(record, field) for field in fields}


def _writable_path(edit: Edit) -> list[str]:
    """Return the path to an edit, up to the first array, which is written as a whole."""
    path: list[str] = []
    for step in edit.path:
        if isinstance(step, int):
            break
        path.append(step)
    return path


def _write(values: dict[str, Any], path: list[str], record: Record | None) -> bool:
    """Copy the record's value at a path, None where there is none, into the values, if a plan can say it."""
    value: Any = {
        path[0]: msgspec.json.decode(record.attributes)
        if record and path[0] == "attributes"
        else getattr(record, path[0])
    }
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    if not _is_writable(value):
        return False
    for step in path[:-1]:
        values = values.setdefault(step, {})
    values[path[-1]] = value
    return True


def _is_writable(value: object, *, in_list: bool = False) -> bool:
    match value:
        case None:
            return not in_list
        case list():
            return all(_is_writable(each, in_list=True) for each in value)
        case dict():
            return all(_is_writable(each, in_list=in_list) for each in value.values())
        case _:
            return True
