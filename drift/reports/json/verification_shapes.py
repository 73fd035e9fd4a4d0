"""The shape of the JSON of `drift verify`, from which its JSON Schema is made. Pure; it encodes nothing."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, UnsetType

from drift.core.data_nodes import FailureKind
from drift.core.model import Gap
from drift.reports.json.shapes import Count, Finding, FindingRule, Severity, Shape, Side, Time, Tool


class VerifiedNode(Shape):
    """A data node as it was read; without a server, it was not."""

    data_node_id: str
    name: str | None
    server: str | None
    read_only: bool
    may_write: bool
    claimed: Count
    found: Count | None
    others: Count | None


class Unverified(Shape):
    """A part that was not checked, the rule that could not be judged, and the GRANT that would show it."""

    rule: FindingRule
    severity: Severity
    counts: bool
    data_node_id: str
    database: str | None
    items: list[str]
    reason: FailureKind
    detail: str
    grant: str | None


class DifferingTable(Shape):
    """A table of which some shards differ."""

    table: str
    alike: Count
    of: Count


class DatabaseTables(Shape):
    """The tables of one database, compared shard by shard.

    `single` are in the first shard alone; `numbered` have numbers of their own in each shard.
    """

    database: str
    shards: Count
    tables: Count
    alike: Count
    single: list[str]
    numbered: list[str]
    differing: list[DifferingTable]


class Tables(Shape):
    """The tables of all databases. `deep` includes foreign keys, checks, partitions and kinds of indexes."""

    deep: bool
    databases: list[DatabaseTables]


class SizeOf(Shape):
    """A size: bytes with indexes, and rows. Both are InnoDB's estimates."""

    bytes: Count
    rows: Count


class SizeOfShard(SizeOf):
    """The size of one shard."""

    database: str
    shard: str
    data_node_id: str


class SizeOfTable(SizeOf):
    """The size of one table in all shards."""

    database: str
    table: str


class SizeSpread(Shape):
    """The bytes of a database, or of all (None), on each data node, and the most over the mean."""

    database: str | None
    skew: float
    data_nodes: dict[str, Count]


class Before(Shape):
    """The sizes of each database when they were read last time."""

    read_at: Time
    databases: dict[str, Count]


class Sizes(Shape):
    """The estimated sizes of shards and tables. `oldest` is the time of the oldest estimate."""

    oldest: Time | None
    total: SizeOf
    shards: list[SizeOfShard]
    tables: list[SizeOfTable]
    balance: list[SizeSpread]
    before: Before | None


class Verification(Shape):
    """What was found on data nodes, as a part of another report."""

    verdict: Literal["sound", "broken", "inconclusive"]
    read_at: Time
    findings: list[Finding]
    moving: list[Finding]
    not_checked: list[Unverified]
    gaps: list[Gap]
    data_nodes: list[VerifiedNode]
    tables: Tables | UnsetType = UNSET
    sizes: Sizes | UnsetType = UNSET


class VerifyReport(Shape):
    """The report of `drift verify`."""

    format: Literal[1]
    tool: Tool
    verdict: Literal["sound", "broken", "inconclusive"]
    snapshot: Side
    fail_on: Severity
    read_at: Time
    findings: list[Finding]
    moving: list[Finding]
    not_checked: list[Unverified]
    gaps: list[Gap]
    data_nodes: list[VerifiedNode]
    tables: Tables | UnsetType = UNSET
    sizes: Sizes | UnsetType = UNSET
