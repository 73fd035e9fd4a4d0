"""A Terraform state, or the JSON of `terraform show`: the schemas of a DDM instance that Terraform manages. Pure.

Source: `huaweicloud_ddm_schema` of the provider huaweicloud/huaweicloud, whose attributes are those of "Querying
Details of a Schema" (v1): `shards` are its `databases`, `data_nodes` its `used_rds`, and `db_slot` its `dbslot`. A
state holds passwords of data nodes, too: none of them is taken along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift.core.errors import PayloadError
from drift.core.sources import TERRAFORM
from drift.decode.file_kinds.kind import Inside
from drift.decode.sources.details import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drift.decode.limits import Limits

STATE: Final = "a Terraform state"
PLAN: Final = "a Terraform plan"

_TYPE: Final = "_ddm_schema"
_VERSION: Final = 4
_SECTIONS: Final = frozenset({"resources", "values", "planned_values", "resource_changes"})
_DECLARED: Final = ("name", "shard_mode", "shard_number", "status")
_NODE: Final = ("id", "name")
_SHARD: Final = ("db_slot", "name", "status", "id")
_ONE_INSTANCE: Final = "Keep the schemas of one instance: a snapshot is of one"
_NO_SCHEMA: Final = "drift reads the resources `huaweicloud_ddm_schema`; data sources list no shards"


class Schema(msgspec.Struct, frozen=True):
    """A schema as Terraform has it before or after: the instance's id, and the attributes."""

    instance_id: str | None
    attributes: dict[str, Any]


class Change(msgspec.Struct, frozen=True):
    """What Terraform plans for one schema; None where there is no such schema before or after."""

    before: Schema | None
    after: Schema | None


def state(document: object, _limits: Limits) -> Inside | None:
    """Take the answers about the schemas out of a state."""
    if not is_terraform(document):
        return None
    schemas = list(schemas_of(document))
    name = name_of(document)
    if not schemas:
        raise PayloadError(f"{name} without a `huaweicloud_ddm_schema`", place="the file", hint=_NO_SCHEMA)
    instances = sorted({schema.instance_id or "" for schema in schemas})
    if len(instances) > 1:
        listed = ", ".join(each or "none" for each in instances[:3])
        raise PayloadError(
            f"{name} with the schemas of {len(instances)} DDM instances: {listed}", place="the file", hint=_ONE_INSTANCE
        )
    answers = [_answer(schema.attributes, f"schema {number}") for number, schema in enumerate(schemas, start=1)]
    return Inside(answers, f"{name} (the schemas that Terraform manages)", TERRAFORM)


def is_terraform(document: object) -> bool:
    """Whether a document is a state, or the JSON of a state or of a plan."""
    return isinstance(document, dict) and "terraform_version" in document and not _SECTIONS.isdisjoint(document)


def name_of(document: Any) -> str:  # noqa: ANN401 - a document of Terraform
    """Name the kind of document."""
    return PLAN if "resource_changes" in document else STATE


def schemas_of(document: Any) -> Iterator[Schema]:  # noqa: ANN401 - a document of Terraform
    """List the schemas of a state, or those after a plan. Raises PayloadError for a state of another version."""
    if "resources" in document:
        version = document.get("version")
        if version != _VERSION:
            raise PayloadError(
                f"{STATE} of version {str(version)[:20]}; expected {_VERSION}",
                place="the file",
                hint="`terraform state pull` writes the state in the version of the Terraform that is installed",
            )
        yield from _in_state(document["resources"])
    else:
        values = document.get("planned_values") or document.get("values")
        yield from _in_module(_record(values).get("root_module"), depth=0)


def changes_of(document: Any) -> Iterator[Change]:  # noqa: ANN401 - a document of Terraform
    """List the schemas that a plan creates, deletes or replaces."""
    for resource in _records(document.get("resource_changes")):
        change = _record(resource.get("change"))
        actions = change.get("actions")
        if (
            _is_schema(resource)
            and isinstance(actions, list)
            and not {"create", "delete"}.isdisjoint(map(str, actions))
        ):
            before, after = change.get("before"), change.get("after")
            yield Change(_schema(before) if before else None, _schema(after) if after else None)


def _in_state(resources: object) -> Iterator[Schema]:
    for resource in _records(resources):
        if _is_schema(resource):
            for instance in _records(resource.get("instances")):
                if "deposed" not in instance:
                    yield _schema(instance.get("attributes"))


def _in_module(module: object, depth: int) -> Iterator[Schema]:
    for resource in _records(_record(module).get("resources")):
        if _is_schema(resource):
            yield _schema(resource.get("values"))
    if depth < 64:  # noqa: PLR2004 - far deeper than modules are nested
        for child in _records(_record(module).get("child_modules")):
            yield from _in_module(child, depth + 1)


def _is_schema(resource: dict[str, Any]) -> bool:
    return resource.get("mode") == "managed" and str(resource.get("type")).endswith(_TYPE)


def _schema(attributes: object) -> Schema:
    record = _record(attributes)
    instance_id = record.get("instance_id")
    return Schema(instance_id if isinstance(instance_id, str) else None, record)


def _answer(attributes: dict[str, Any], place: str) -> Answer:
    """Build the answer about a schema, of the members that are about the topology alone."""
    shards = attributes.get("shards")
    nodes = _chosen(attributes.get("data_nodes"), _NODE)
    listed = {key: attributes[key] for key in _DECLARED if attributes.get(key) is not None}
    if not isinstance(listed.get("name"), str):
        raise PayloadError("a schema without a name", place=f"the file, {place}", hint=_NO_SCHEMA)
    if not isinstance(shards, list):
        return Answer(listed={**listed, "data_nodes": nodes}, problem="the state doesn't list its shards")
    shown = {"name": listed["name"], "status": listed.get("status"), "data_nodes": nodes}
    return Answer(listed={**listed, "data_nodes": nodes}, shown={**shown, "shards": _chosen(shards, _SHARD)})


def _chosen(records: object, keys: Iterable[str]) -> list[dict[str, Any]]:
    return [{key: record[key] for key in keys if record.get(key) is not None} for record in _records(records)]


def _records(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _record(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
