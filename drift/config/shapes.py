"""The shapes of plan.toml and drift.toml, from which their JSON Schemas are made. Pure; nothing is read with them.

What reads the files checks more: what depends on other keys, and what a value means.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from drift.config.file import InstanceConfig
from drift.decode.limits import Limits
from drift.policy.rules import RULES
from drift.reports.json.shapes import ChangeRule, Fingerprint, Severity, Shape

Positive: TypeAlias = Annotated[int, msgspec.Meta(ge=1)]
Names: TypeAlias = str | Annotated[list[str], msgspec.Meta(min_length=1)]
Variable: TypeAlias = Annotated[str, msgspec.Meta(pattern="^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
Threshold: TypeAlias = Literal["info", "warning", "error"]
Language: TypeAlias = Annotated[str, msgspec.Meta(pattern="^(?:en|zh|EN|ZH)(?:[-_.].*)?$")]
_OTHER_TYPES: dict[str, Any] = {"allow_plain_http": bool, "session_seconds": Positive}


class Selector(Shape):
    """Which changes are meant."""

    rule: ChangeRule | UnsetType = UNSET
    database: Names | UnsetType = UNSET
    name: Names | UnsetType = UNSET
    from_: Names | UnsetType = msgspec.field(name="from", default=UNSET)
    to: Names | UnsetType = UNSET
    was: dict[str, Any] | UnsetType = UNSET
    becomes: dict[str, Any] | UnsetType = UNSET


class Expect(Selector, kw_only=True):
    """Changes that are expected."""

    rule: ChangeRule
    count: (
        Annotated[int, msgspec.Meta(ge=0)]
        | Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,9}\.\.([0-9]{1,9})?$")]
        | UnsetType
    ) = UNSET


class Plan(Shape):
    """plan.toml: what a change of the topology is meant to do."""

    change: str | UnsetType = UNSET
    expect: list[Expect] | UnsetType = UNSET


class Waiver(Selector, kw_only=True):
    """What is let pass, why, and through which day."""

    fingerprint: Fingerprint | UnsetType = UNSET
    instance: str | UnsetType = UNSET
    reason: str
    expires: date


class Check(Shape):
    """What is demanded of a topology beyond being sound."""

    max_skew: Annotated[float, msgspec.Meta(ge=1)] | UnsetType = UNSET
    no_empty_node: bool | UnsetType = UNSET
    must_not_worsen: bool | UnsetType = UNSET


class Channel(Shape):
    """Whom to tell what changes, and of what."""

    webhook: str | UnsetType = UNSET
    secret_file: str | UnsetType = UNSET
    secret_env: Variable | UnsetType = UNSET
    apprise_file: str | UnsetType = UNSET
    apprise_env: Variable | UnsetType = UNSET
    instances: Annotated[list[str], msgspec.Meta(min_length=1)] | UnsetType = UNSET
    min_severity: Threshold | UnsetType = UNSET
    allow_plain_http: bool | UnsetType = UNSET
    proxy: str | UnsetType = UNSET
    ca_file: str | UnsetType = UNSET


def _table(name: str, keys: dict[str, Any], rename: Literal["kebab"] | None = None) -> type[msgspec.Struct]:
    """A table whose keys may all be left out."""
    fields = [(key, kind | UnsetType, UNSET) for key, kind in keys.items()]
    return msgspec.defstruct(name, fields, rename=rename, forbid_unknown_fields=True, kw_only=True)


_connection = {key: _OTHER_TYPES.get(key, str) for key in InstanceConfig.__struct_fields__}
Instance = _table("Instance", _connection)
Defaults = _table("Defaults", {key: kind for key, kind in _connection.items() if key != "instance_id"})
LimitsTable = _table("Limits", dict.fromkeys(Limits.__struct_fields__, Positive))
Severities = _table("Severities", {rule.replace("-", "_"): Severity for rule in RULES}, rename="kebab")


class LayoutTable(Shape):
    """Where each fact of the export stands, as paths."""

    shards: str
    shard_name: str | UnsetType = UNSET
    data_node: str | UnsetType = UNSET
    database: str | UnsetType = UNSET
    shard_index: str | UnsetType = UNSET
    shard_status: str | UnsetType = UNSET
    databases: str | UnsetType = UNSET
    database_name: str | UnsetType = UNSET
    shard_mode: str | UnsetType = UNSET
    shard_count: str | UnsetType = UNSET
    database_status: str | UnsetType = UNSET


class Config(Shape):
    """drift.toml."""

    store: str | UnsetType = UNSET
    fail_on: Threshold | UnsetType = UNSET
    lang: Language | UnsetType = UNSET
    timeout: float | UnsetType = UNSET
    jobs: Positive | UnsetType = UNSET
    rate: float | UnsetType = UNSET
    keep_raw: bool | UnsetType = UNSET
    volatile: list[str] | UnsetType = UNSET
    severities: Severities | UnsetType = UNSET  # type: ignore[valid-type] # its keys are the rules
    check: Check | UnsetType = UNSET
    limits: LimitsTable | UnsetType = UNSET  # type: ignore[valid-type] # its keys are those of the limits
    layout: LayoutTable | list[LayoutTable] | UnsetType = UNSET
    waivers: list[Waiver] | UnsetType = UNSET
    notify: dict[str, Channel] | UnsetType = UNSET
    defaults: Defaults | UnsetType = UNSET  # type: ignore[valid-type] # its keys are an instance's
    instances: dict[str, Instance] | UnsetType = UNSET  # type: ignore[valid-type] # as above
