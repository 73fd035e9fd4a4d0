"""The shapes of what commands list as JSON, from which their JSON Schemas are made. Pure; it encodes nothing."""

from __future__ import annotations

from typing import Literal

from drift.core.model import Job, Operation
from drift.policy.rules import RULES
from drift.reports.json.shapes import Count, Hash, Number, Severity, Shape, Suspicion, Time


class Logged(Shape):
    """A snapshot as `drift log` lists it."""

    number: Number
    label: str | None
    instance: str
    taken_at: Time
    source: str
    complete: bool
    layout: str | None
    content_hash: Hash
    data_nodes: Count
    databases: Count
    shards: Count
    gaps: Count
    disagreements: Count
    in_flight: list[Operation]
    suspect: Suspicion | None
    unchanged: bool
    unconfirmed: bool


class Held(Shape):
    """An instance of a project as `drift instances` lists it, with its name in drift.toml."""

    name: str
    instance_id: str
    project_id: str
    status: str | None
    version: str | None
    known_as: str | None


class LakeChange(Shape):
    """A row of `drift lake diff`: a change of one instance under one rule, or a part that was not compared."""

    instance: str
    snapshot_before: Number | None
    snapshot_after: Number | None
    entity: Literal["data-node", "database", "shard", "instance"]
    database: str | None
    name: str | None
    rule: str
    before: str | None
    after: str | None


class LakePeriod(Shape):
    """A row of `drift lake history`: a period in which snapshots say the same of something."""

    instance: str
    entity: Literal["data-node", "database", "shard"]
    database: str | None
    name: str
    first_snapshot: Number
    first_seen: Time
    last_snapshot: Number
    last_seen: Time
    is_there: bool
    data_node_id: str | None
    status: str | None
    detail: str | None


class LakeMove(Shape):
    """A row of `drift lake moved`: a shard that was elsewhere in the snapshot before."""

    instance: str
    database: str
    name: str
    moved_from: str
    moved_to: str
    snapshot_before: Number
    snapshot_after: Number
    seen_at: Time


class Rule(Shape):
    """A kind of change or finding as `drift rules` lists it, with the severity in effect."""

    id: Literal[tuple(RULES)]  # type: ignore[valid-type] # the rules are data
    severity: Severity
    summary: str


class Setting(Shape):
    """A setting, its value in words, and where it is from."""

    setting: str
    value: str
    source: str


class InstanceSettings(Shape):
    """The settings of an instance, and the obstacles to capturing it."""

    name: str | None
    settings: list[Setting]
    obstacles: list[str]


class Settings(Shape):
    """The settings in effect, as `drift config` lists them."""

    settings: list[Setting]
    instances: list[InstanceSettings]


class Simulated(Shape):
    """An instance of a simulated cloud."""

    name: str
    instance_id: str


class Simulator(Shape):
    """How to connect to a simulated cloud, as `drift simulate` says on its first line."""

    url: str
    project_id: str
    region: str
    instances: list[Simulated]
    user_name: str
    password: str | None
    domain_name: str
    access_key: str
    secret_key: str


Log = list[Logged]
Jobs = list[Job]
Instances = list[Held]
Rules = list[Rule]
LakeDiff = list[LakeChange]
LakeHistory = list[LakePeriod]
LakeMoved = list[LakeMove]
