"""The shape of the JSON reports, for their JSON Schema. Pure; encodes nothing. Keys with a default may be left out."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from drift.compare.events import OPERATIONS
from drift.core.model import Gap, Job, Operation
from drift.core.traces import AuditWindow, Trace
from drift.policy.rules import CHANGE_RULES, RULES

Fingerprint: TypeAlias = Annotated[str, msgspec.Meta(pattern="^v1:[0-9a-f]{12}$")]
Severity: TypeAlias = Literal["ignore", "info", "warning", "error"]
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]
Attributes: TypeAlias = dict[str, Any]
Time: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$")]
Hash: TypeAlias = Annotated[str, msgspec.Meta(pattern="^sha256:[0-9a-f]{64}$")]
Number: TypeAlias = Annotated[int, msgspec.Meta(ge=1)]
EventId: TypeAlias = Annotated[str, msgspec.Meta(pattern="^e[1-9][0-9]*$")]
ChangeRule: TypeAlias = Literal[tuple(CHANGE_RULES)]  # type: ignore[valid-type] # the rules are data
FindingRule: TypeAlias = Literal[tuple(sorted(RULES.keys() - CHANGE_RULES.keys()))]  # type: ignore[valid-type] # as above
EventKind: TypeAlias = Literal[(*OPERATIONS, *CHANGE_RULES)]  # type: ignore[valid-type] # as above


class Shape(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An object without any other key."""


class Tool(Shape):
    """The tool that made the document."""

    name: Literal["ddm-drift"]
    version: str


class Confirmation(Shape):
    """Why a suspect snapshot is believed, who said so, and when; without `by`, a second source said the same."""

    reason: str
    by: str | None
    at: Time


class Suspicion(Shape):
    """Why a snapshot is suspect: of `held` shards in the snapshot `against`, `lost` are gone, and `left` are there."""

    reason: str
    lost: Count
    held: Count
    left: Count
    against: Number | None
    confirmed: Confirmation | None


class Side(Shape):
    """Describe a snapshot without its records."""

    snapshot: Number | None
    label: str | None
    instance: str | None
    instance_id: str | None
    taken_at: Time
    source: str
    complete: bool
    content_hash: Hash
    in_flight: list[Operation] | UnsetType = UNSET
    unconfirmed: Literal[True] | UnsetType = UNSET
    suspect: Suspicion | UnsetType = UNSET


class Summary(Shape):
    """The number of changes, by disposition and by rule."""

    changes: Count
    unexpected: Count
    expected: Count
    waived: Count
    ignored: Count
    by_rule: dict[ChangeRule, Count]


class Earlier(Shape):
    """The earlier snapshot that was returned to."""

    snapshot: Number
    label: str | None
    taken_at: Time


class Event(Shape):
    """Changes that belong together, as an operator would name them."""

    id: EventId
    kind: EventKind
    title: str
    severity: Severity
    changes: list[Fingerprint]
    deviations: list[Fingerprint]
    notes: list[str] | UnsetType = UNSET
    returned_to: Earlier | UnsetType = UNSET


class DataNode(Shape):
    """A data node as the snapshot has it."""

    id: str
    name: str | None
    host: str | None
    port: int | None
    engine: str | None
    engine_version: str | None
    attributes: Attributes


class Database(Shape):
    """A database as the snapshot has it."""

    name: str
    shard_mode: str | None
    shard_count: int | None
    status: str | None
    attributes: Attributes


class Shard(Shape):
    """A shard as the snapshot has it."""

    database: str
    name: str
    index: int | None
    data_node_id: str
    status: str | None
    attributes: Attributes


class Edit(Shape):
    """One value that changed, and where in the record it is."""

    path: list[str | int]
    before: Any
    after: Any


class Waiver(Shape):
    """The reason why a change is accepted, and the last day."""

    reason: str
    expires: date


class Change(Shape):
    """One entity changed in the way that one rule names."""

    rule: ChangeRule
    severity: Severity
    disposition: Literal["unexpected", "expected", "waived", "ignored"]
    fingerprint: Fingerprint
    entity: Literal["data-node", "database", "shard"]
    database: str | None
    name: str
    before: Any
    after: Any
    edits: list[Edit]
    event: EventId
    item: Count | UnsetType = UNSET
    waiver: Waiver | UnsetType = UNSET


class Range(Shape):
    """The expected number of changes; without `most`, any number from `least` on."""

    least: Count
    most: Count | None


class Item(Shape):
    """The result of one item of a plan."""

    status: Literal["matched", "partial", "wrong", "missing"]
    rule: ChangeRule | None
    database: list[str] | None
    name: list[str] | None
    from_: list[str] | None = msgspec.field(name="from")
    to: list[str] | None
    was: dict[str, Any] | None
    becomes: dict[str, Any] | None
    count: Range
    found: Count
    wrong: list[Fingerprint]
    unseen: list[str]
    not_told: Literal[True] | UnsetType = UNSET


class Plan(Shape):
    """A plan and its result."""

    change: str | None
    items: list[Item]


class Held(Shape):
    """The shards of a data node."""

    data_node_id: str
    name: str | None
    shards: Count


class Balance(Shape):
    """The balance of the shards on either side."""

    before: list[Held]
    after: list[Held]


class Variant(Shape):
    """One of several values of which none has a majority, and the shards that have it."""

    value: str | None
    items: list[str]


class Finding(Shape):
    """Describe a broken invariant."""

    rule: FindingRule
    severity: Severity
    fails: bool
    subject: Literal["instance", "data-node", "database"]
    name: str
    data_node_id: str | None
    found: float | str | None
    expected: float | str | None
    items: list[str]
    aspect: str | UnsetType = UNSET
    table: str | UnsetType | None = UNSET
    part: str | UnsetType | None = UNSET
    compared: Count | UnsetType = UNSET
    variants: list[Variant] | UnsetType = UNSET
    fingerprint: Fingerprint | UnsetType = UNSET
    waiver: Waiver | UnsetType = UNSET


class NodePair(Shape):
    """Data nodes of two instances that stand for each other."""

    before: str
    after: str
    before_name: str | None
    after_name: str | None
    shared: Count
    held_before: Count
    held_after: Count
    inferred: bool


class Traced(Shape):
    """The calls that explain an event, oldest first. `uncertain`: all of them came just before the first snapshot."""

    event: str
    traces: list[Trace]
    uncertain: Literal[True] | UnsetType = UNSET


class Audit(Shape):
    """Who did what: the calls that explain each event, those that explain none, and what was not read.

    `reversed`: the second snapshot is the older one, so nothing is explained.
    """

    events: list[Traced]
    others: list[Trace]
    unread: list[AuditWindow]
    reversed: Literal[True] | UnsetType = UNSET


class Untold(Shape):
    """A fact that was not compared, as the layout of the silent side has no place for it.

    `path` leads to it within the records; it is empty for databases without shards themselves. With `by_settings`, the
    two sides were read with other settings, and the fact is left out or read from elsewhere.
    """

    entity: Literal["data-node", "database", "shard"]
    path: list[str]
    silent: Literal["before", "after"]
    records: Count
    by_settings: Literal[True] | UnsetType = UNSET


class OtherSetting(Shape):
    """A setting that the two snapshots were read with differently: the values that only one side has."""

    setting: Literal["reader", "volatile", "layout"]
    before: list[str]
    after: list[str]


class Report(Shape):
    """The report of `drift diff` and `drift gate`."""

    format: Literal[1]
    tool: Tool
    verdict: Literal["in-sync", "expected", "drift", "inconclusive"]
    before: Side
    after: Side
    summary: Summary
    events: list[Event]
    changes: list[Change]
    plan: Plan | None
    not_checked: list[Gap]
    balance: Balance
    jobs: list[Job] | UnsetType = UNSET
    suspect: list[str] | UnsetType = UNSET
    findings: list[Finding] | UnsetType = UNSET
    node_pairs: list[NodePair] | UnsetType = UNSET
    other_settings: list[OtherSetting] | UnsetType = UNSET
    not_told: list[Untold] | UnsetType = UNSET
    audit: Audit | UnsetType = UNSET
    verification: Any = UNSET


class Spread(Shape):
    """The balance of the shards of a database, or of all of them."""

    database: str | None
    shards: Count
    skew: float
    by_data_node: list[Held]


class Checkup(Shape):
    """The report of `drift check`."""

    format: Literal[1]
    tool: Tool
    verdict: Literal["sound", "broken", "inconclusive"]
    snapshot: Side
    fail_on: Severity
    findings: list[Finding]
    not_checked: list[Gap]
    balance: list[Spread]
    sizes: Any = UNSET
    verification: Any = UNSET
