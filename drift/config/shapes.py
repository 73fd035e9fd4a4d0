"""The shapes of plan.toml and drift.toml, from which their JSON Schemas are made. Pure; nothing is read with them.

What reads the files checks more: what depends on other keys, and what a value means.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from drift.config.definition import Definition, Topic
from drift.config.settings_table import SIGN_INS, TABLE
from drift.config.verify_table import TLS_MODES, VERIFY_TABLE
from drift.decode.layouts.layout import Layout
from drift.decode.limits import Limits
from drift.policy.rules import CHANGE_RULES, RULES, VERIFICATION_RULES
from drift.reports.json.shapes import ChangeRule, Fingerprint, Severity, Shape

Positive: TypeAlias = Annotated[int, msgspec.Meta(ge=1)]
Names: TypeAlias = str | Annotated[list[str], msgspec.Meta(min_length=1)]
Variable: TypeAlias = Annotated[str, msgspec.Meta(pattern="^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
Threshold: TypeAlias = Literal["info", "warning", "error"]
Language: TypeAlias = Annotated[str, msgspec.Meta(pattern="^(?:en|zh|EN|ZH)(?:[-_.].*)?$")]
Tls: TypeAlias = Literal[TLS_MODES]  # type: ignore[valid-type] # the modes are data
Port: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=65535)]
WaivedRule: TypeAlias = Literal[(*CHANGE_RULES, *VERIFICATION_RULES)]  # type: ignore[valid-type] # the rules are data
Method: TypeAlias = Literal[SIGN_INS]  # type: ignore[valid-type] # the methods are data
_SPECIAL_TYPES: dict[str, Any] = {"lang": Language, "auth": Method}


class Selector(Shape):
    """A selector of changes."""

    rule: ChangeRule | UnsetType = UNSET
    database: Names | UnsetType = UNSET
    name: Names | UnsetType = UNSET
    from_: Names | UnsetType = msgspec.field(name="from", default=UNSET)
    to: Names | UnsetType = UNSET
    was: dict[str, Any] | UnsetType = UNSET
    becomes: dict[str, Any] | UnsetType = UNSET
    was_null: str | list[str | list[str]] | UnsetType = UNSET
    becomes_null: str | list[str | list[str]] | UnsetType = UNSET


class Expect(Selector, kw_only=True):
    """Expected changes."""

    rule: ChangeRule
    count: (
        Annotated[int, msgspec.Meta(ge=0)]
        | Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,9}\.\.([0-9]{1,9})?$")]
        | UnsetType
    ) = UNSET


class Plan(Shape):
    """plan.toml: the expected changes of one change of the topology."""

    change: str | UnsetType = UNSET
    expect: list[Expect] | UnsetType = UNSET


class Waiver(Selector, kw_only=True):
    """A waiver: the waived changes, or the finding on data nodes, its reason and its last day."""

    rule: WaivedRule | UnsetType = UNSET
    fingerprint: Fingerprint | UnsetType = UNSET
    instance: str | UnsetType = UNSET
    reason: str
    expires: date


class Check(Shape):
    """Demands on a topology beyond soundness."""

    max_skew: Annotated[float, msgspec.Meta(ge=1)] | UnsetType = UNSET
    no_empty_node: bool | UnsetType = UNSET
    must_not_worsen: bool | UnsetType = UNSET


class Capture(Shape):
    """What a capture reads besides the topology."""

    audit: bool | UnsetType = UNSET


class Channel(Shape):
    """A notification channel, and what it is notified of."""

    webhook: str | UnsetType = UNSET
    secret_file: str | UnsetType = UNSET
    secret_env: Variable | UnsetType = UNSET
    url_file: str | UnsetType = UNSET
    url_env: Variable | UnsetType = UNSET
    service: Literal["wecom", "dingtalk", "feishu", "lark", "slack", "teams"] | UnsetType = UNSET
    apprise_file: str | UnsetType = UNSET
    apprise_env: Variable | UnsetType = UNSET
    instances: Annotated[list[str], msgspec.Meta(min_length=1)] | UnsetType = UNSET
    min_severity: Threshold | UnsetType = UNSET
    allow_plain_http: bool | UnsetType = UNSET
    allow_private: bool | UnsetType = UNSET
    proxy: str | UnsetType = UNSET
    ca_file: str | UnsetType = UNSET


class DataNode(Shape):
    """How to reach one data node, by its id or name."""

    host: str | UnsetType = UNSET
    port: Port | UnsetType = UNSET
    user: str | UnsetType = UNSET
    password_file: str | UnsetType = UNSET
    password_env: Variable | UnsetType = UNSET
    tls: Tls | UnsetType = UNSET
    ca_file: str | UnsetType = UNSET


def _table(name: str, keys: dict[str, Any], rename: Literal["kebab"] | None = None) -> type[msgspec.Struct]:
    """Define a table whose keys are all optional."""
    fields = [(key, kind | UnsetType, UNSET) for key, kind in keys.items()]
    return msgspec.defstruct(name, fields, rename=rename, forbid_unknown_fields=True, kw_only=True)


def _type(row: Definition) -> Any:  # noqa: ANN401 - an annotation
    usual = Literal[row.choices] if row.choices else Positive if row.kind is int else row.kind
    return _SPECIAL_TYPES.get(row.name, usual)


_connection = {row.name: _type(row) for row in TABLE if row.is_of_instance}
_run = [(row.name, _type(row) | UnsetType, UNSET) for row in TABLE if row.topic is Topic.RUN and row.name != "config"]
RunSettings = msgspec.defstruct("RunSettings", _run, bases=(Shape,))
Instance = _table("Instance", _connection)
Defaults = _table("Defaults", {key: kind for key, kind in _connection.items() if key != "instance_id"})
LimitsTable = _table("Limits", dict.fromkeys(Limits.__struct_fields__, Positive))
VerifyTable = _table("Verify", {row.key: _type(row) for row in VERIFY_TABLE if not row.is_secret})
Severities = _table("Severities", {rule.replace("-", "_"): Severity for rule in RULES}, rename="kebab")
_paths = [(fact, str | UnsetType, UNSET) for fact in Layout.__struct_fields__ if fact != "shards"]
LayoutTable = msgspec.defstruct(
    "LayoutTable",
    [("shards", str), *_paths],
    bases=(Shape,),
    namespace={"__doc__": "The path of each fact in the export."},
)


class Config(RunSettings):  # type: ignore[misc,valid-type] # its fields are those of the table
    """drift.toml."""

    volatile: list[str] | UnsetType = UNSET
    severities: Severities | UnsetType = UNSET  # type: ignore[valid-type] # its keys are the rules
    capture: Capture | UnsetType = UNSET
    check: Check | UnsetType = UNSET
    limits: LimitsTable | UnsetType = UNSET  # type: ignore[valid-type] # its keys are those of the limits
    layout: LayoutTable | list[LayoutTable] | UnsetType = UNSET  # type: ignore[valid-type] # its keys are the facts
    waivers: list[Waiver] | UnsetType = UNSET
    notify: dict[str, Channel] | UnsetType = UNSET
    verify: VerifyTable | UnsetType = UNSET  # type: ignore[valid-type] # its keys are those of the table
    data_nodes: dict[str, DataNode] | UnsetType = UNSET
    defaults: Defaults | UnsetType = UNSET  # type: ignore[valid-type] # its keys are an instance's
    instances: dict[str, Instance] | UnsetType = UNSET  # type: ignore[valid-type] # as above
