"""The records that a store takes and returns beside snapshots."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

from drift.core.model import DataNode, Instance, Operation, Suspicion

Witness: TypeAlias = Literal["details", "person"]
"""A confirmation of a layout: by the documented calls, or by a person."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot as the log lists it, without its records.

    `instance` is the instance's name. `gaps`, `disagreements` (a subset of the gaps), `data_nodes`, `databases` and
    `shards` are counts; `in_flight` lists the operations in progress; `suspicion` says why the snapshot is, or was, not
    believed. `unchanged` is true if the content equals that of the instance's snapshot taken before it, `unconfirmed`
    if nobody has confirmed the layout that was read.
    """

    number: int
    label: str | None
    instance: str
    taken_at: datetime
    source: str
    complete: bool
    layout: str | None
    content_hash: str
    data_nodes: int
    databases: int
    shards: int
    gaps: int
    disagreements: int
    in_flight: tuple[Operation, ...]
    suspicion: Suspicion | None
    unchanged: bool
    unconfirmed: bool

    @property
    def suspect(self) -> bool:
        """Whether it lost too much to be believed, and nobody has confirmed it."""
        return self.suspicion is not None and self.suspicion.is_open


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot without its shards.

    `nodes` are its data nodes by id, `databases` counts the shards of each database, `balance` those of each data node.
    """

    nodes: dict[str, DataNode]
    databases: dict[str, int]
    balance: dict[str, int]


class Repeat(msgspec.Struct, frozen=True, kw_only=True):
    """A capture whose response was not read: `digest` covers its bytes and the options that they would be read with.

    With `kept`, the response that was kept has to be just that: of a file, it may be but a part, and the rest matters.
    """

    instance: Instance
    taken_at: datetime
    source: str
    digest: str
    label: str | None = None
    kept: bytes | None = None


class ChangeWindow(msgspec.Struct, frozen=True, kw_only=True):
    """An announced change of one instance, from `drift begin` to `drift end`.

    `begun` and `ended` are numbers of snapshots; `ended` is None while the change is open. `plan` is the text of its
    plan as it was when the change began, `plan_path` the path of the file that it came from.
    """

    instance: str
    name: str
    begun: int
    ended: int | None = None
    plan: str | None = None
    plan_path: str | None = None


class MergedStore(msgspec.Struct, frozen=True, kw_only=True):
    """A store that was merged into another one.

    Of its snapshots, of these `instances`, `added` were new and `known` were there already. `migrated` says that it was
    written by an older drift, so that a copy of it was brought up to date and read.
    """

    path: str
    instances: tuple[str, ...]
    added: int
    known: int
    migrated: bool


class Repaired(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of the snapshots that were rebuilt from a damaged store, and what was lost, one line each."""

    numbers: tuple[int, ...]
    lost: tuple[str, ...]


class Outdated(msgspec.Struct, frozen=True, kw_only=True):
    """The condition for removing snapshots. A snapshot has to meet each part that is given.

    `before` is a time, `keep` the number of newest snapshots that each instance keeps, `label` a pattern (`ci-*`) for
    the label. Snapshots with a label stay unless `labelled` or `label` is given.
    """

    before: datetime | None = None
    keep: int | None = None
    label: str | None = None
    labelled: bool = False


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """One verification: of which instance (by name) and content, when its data nodes were read, and what was found.

    `report` is the JSON report.
    """

    instance: str
    read_at: datetime
    content_hash: str
    verdict: str
    report: str
