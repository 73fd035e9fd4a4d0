"""The instances of a project, as the service lists them. Pure.

Source: "Querying DDM Instances", DDM API reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from drift.core import validators
from drift.core.errors import PayloadError

if TYPE_CHECKING:
    from collections.abc import Iterable


class ListedInstance(msgspec.Struct, frozen=True, kw_only=True):
    """An instance of a project. `name` is the cloud's and need not be unique; `version` is that of the engine."""

    name: str
    instance_id: str
    project_id: str
    status: str | None
    version: str | None


def listed_instances(listed: Iterable[dict[str, Any]], project_id: str) -> tuple[ListedInstance, ...]:
    """Read the instances in the service's list, by name. Raises PayloadError for one without an id."""
    instances = [_instance(each, project_id, f"instances[{number}]") for number, each in enumerate(listed)]
    return tuple(sorted(instances, key=lambda instance: (instance.name, instance.instance_id)))


def _instance(listed: dict[str, Any], project_id: str, place: str) -> ListedInstance:
    try:
        instance_id = validators.identifier(listed.get("id"))
    except ValueError as exc:
        raise PayloadError("expected an instance with an id", place=place) from exc
    return ListedInstance(
        name=_text(listed.get("name")) or instance_id,
        instance_id=instance_id,
        project_id=project_id,
        status=_text(listed.get("status")),
        version=_text(listed.get("engine_version")),
    )


def _text(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    return value if isinstance(value, str) and value else None
