"""What an item's entity was before it changed, kept so that only what is as it was before counts as resolved. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift.compare.diff import digest, record_fields
from drift.core.model import canonical_json
from drift.notify.transitions import TransitionKind
from drift.policy.invariants import check

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drift.compare.diff import Change
    from drift.core.finding import Finding
    from drift.core.model import Record, Snapshot
    from drift.notify.transitions import Item, OpenItems
    from drift.policy.invariants import Demands

FINDING: Final = "finding"
"""The origin of a finding: it was not there."""
_ABSENT: Final = "absent"


def origin_of(change: Change) -> str:
    """Keep what an entity was before a change: absent, its values, or a digest of a whole record."""
    if change.before is None:
        return _ABSENT
    if not change.edits:
        return digest(record_fields(change.before))
    return canonical_json([[list(edit.path), edit.before] for edit in change.edits])


def finding_key(finding: Finding) -> str:
    """Compute the identity of a finding's item, which stays when the instance gets another name."""
    return digest([FINDING, *finding.key])


def endings(items: Iterable[Item], found: OpenItems, now: Snapshot, demands: Demands) -> dict[str, TransitionKind]:
    """Say of items that a judgement no longer has how they ended, by their keys; resolved ones are left out.

    `found` has what is open in the same snapshot, `now`.
    """
    gone = [item for item in items if item.origin and not _is_as_before(item, now)]
    open_entities = {_entity(item) for item in found.items}
    broken = set(map(finding_key, check(now, demands))) if gone else set()
    kinds = {}
    for item in gone:
        if item.origin == FINDING and item.key not in broken:
            continue
        if item.origin == FINDING:
            kinds[item.key] = TransitionKind.ACCEPTED if demands.must_not_worsen else TransitionKind.IGNORED
        else:
            is_told = _entity(item) in open_entities
            kinds[item.key] = TransitionKind.SUPERSEDED if is_told else TransitionKind.ACCEPTED
    return kinds


def _entity(item: Item) -> tuple[str, str | None, str]:
    return item.entity, item.database, item.name


def _is_as_before(item: Item, now: Snapshot) -> bool:
    """Report whether an entity has the values again that it had before the change. A finding is looked up apart."""
    if item.origin == FINDING:
        return False
    record = _record(item, now)
    if record is None or item.origin == _ABSENT:
        return record is None and item.origin == _ABSENT
    fields = record_fields(record)
    if not item.origin.startswith("["):
        return digest(fields) == item.origin
    return all(_value(fields, path) == value for path, value in msgspec.json.decode(item.origin))


def _record(item: Item, now: Snapshot) -> Record | None:
    if item.entity == "data-node":
        return next((node for node in now.data_nodes if node.id == item.name), None)
    name = item.database if item.entity == "shard" else item.name
    database = next((each for each in now.databases if each.name == name), None)
    if database is None or item.entity == "database":
        return database
    return next((shard for shard in database.shards if shard.name == item.name), None)


def _value(fields: Any, path: list[str | int]) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value at a path; None where there is none, as in an edit."""
    for step in path:
        match fields, step:
            case dict(), str():
                fields = fields.get(step)
            case list(), int() if 0 <= step < len(fields):
                fields = fields[step]
            case _:
                return None
    return fields
