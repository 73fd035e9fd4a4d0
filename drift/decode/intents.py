"""The intents of Terraform: the schemas of a DDM instance as its state or its plan wants them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift.core.errors import PayloadError
from drift.decode.file_kinds import terraform

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drift.core.model import Database

_NO_TERRAFORM: Final = "`terraform state pull` writes a state, `terraform show -json PLANFILE` a plan"
_ONE_INSTANCE: Final = "Name a snapshot of the one that you mean: `drift plan from-tfstate FILE REF`"


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """A database: its mode, its number of shards, and its data nodes as pairs of id and name."""

    name: str
    shard_mode: str | None
    shard_count: int
    nodes: tuple[tuple[str, str | None], ...]


class IntentChange(msgspec.Struct, frozen=True):
    """A database before and after; None where there is none."""

    before: Intent | None
    after: Intent | None


def of_database(database: Database) -> Intent:
    """Describe a captured database as an intent. Its data nodes are those that hold its shards."""
    nodes = dict.fromkeys(shard.data_node_id for shard in database.shards)
    return Intent(
        name=database.name,
        shard_mode=database.shard_mode,
        shard_count=len(database.shards),
        nodes=tuple((node, None) for node in nodes),
    )


def read_intents(document: Any, instance_id: str | None, there: Iterable[Intent]) -> list[IntentChange]:  # noqa: ANN401 - any JSON value
    """Read what a state or a plan means to change, for the instance of that id, where it is known.

    `there` are the databases before. A plan tells of its own what was before; a state doesn't. Raises PayloadError for
    any other document, where schemas of several instances are in it, and where none is of the instance of that id.
    """
    if not terraform.is_terraform(document):
        raise PayloadError("not a Terraform state", place="the file", hint=_NO_TERRAFORM)
    if "resource_changes" in document:
        found = [pair for change in terraform.changes_of(document) for pair in _apart(change)]
    else:
        found = [(None, schema) for schema in terraform.schemas_of(document)]
    before = {intent.name: intent for intent in there}
    changes = [_change(*pair, before) for pair in _of_one(found, instance_id)]
    return [change for change in changes if change.before != change.after]


def _apart(change: terraform.Change) -> list[tuple[terraform.Schema | None, terraform.Schema | None]]:
    """Split a replacement that gives a schema another name, or another instance: one goes, and one comes."""
    before, after = change.before, change.after
    if before and after and any(_differ(before, after, key) for key in ("name", "instance_id")):
        return [(before, None), (None, after)]
    return [(before, after)]


def _differ(before: terraform.Schema, after: terraform.Schema, key: str) -> bool:
    """Whether both tell a value, and not the same: what Terraform only knows after it is done is missing."""
    was, becomes = before.attributes.get(key), after.attributes.get(key)
    return was is not None and becomes is not None and was != becomes


def _of_one(
    found: list[tuple[terraform.Schema | None, terraform.Schema | None]], instance_id: str | None
) -> Iterator[tuple[terraform.Schema | None, terraform.Schema | None]]:
    owners = {schema.instance_id for pair in found for schema in pair if schema and schema.instance_id}
    if (len(owners) > 1 or (owners and instance_id)) and instance_id not in owners:
        raise _of_others(sorted(filter(None, owners)), instance_id)
    for pair in found:
        owner = next((schema.instance_id for schema in reversed(pair) if schema), None)
        if len(owners) < 2 or owner == instance_id:  # noqa: PLR2004 - one instance needs no choice
            yield pair


def _of_others(owners: list[str], instance_id: str | None) -> PayloadError:
    told = f"the schemas of {len(owners)} DDM instance{'s' * (len(owners) > 1)}: {', '.join(owners[:3])}"
    known = f"; the snapshot is of {instance_id}" if instance_id else ""
    return PayloadError(told + known, place="the file", hint=_ONE_INSTANCE)


def _change(before: terraform.Schema | None, after: terraform.Schema | None, there: dict[str, Intent]) -> IntentChange:
    wanted = _intent(after.attributes) if after else None
    known = _intent(before.attributes) if before else there.get(wanted.name) if wanted else None
    return IntentChange(known, wanted)


def _intent(attributes: dict[str, Any]) -> Intent:
    name, count = attributes.get("name"), attributes.get("shard_number")
    if not isinstance(name, str) or not name:
        raise PayloadError("a schema without a name", place="the file", hint=_NO_TERRAFORM)
    if type(count) is not int or not 0 <= count < 10**9:
        raise PayloadError(f"the schema {name} without a `shard_number`", place="the file", hint=_NO_TERRAFORM)
    mode = attributes.get("shard_mode")
    listed = attributes.get("data_nodes")
    nodes = [node for node in listed if isinstance(node, dict)] if isinstance(listed, list) else []
    ids = {str(node["id"]): node.get("name") for node in nodes if node.get("id")}
    return Intent(
        name=name,
        shard_mode=mode.lower() if isinstance(mode, str) else None,
        shard_count=count,
        nodes=tuple((node, each if isinstance(each, str) else None) for node, each in ids.items()),
    )
