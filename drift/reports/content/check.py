"""The content of `drift check`: one judged snapshot, and the balance of its shards. Pure."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from drift.core.model import Snapshot
from drift.policy.invariants import Spread
from drift.policy.verdict import CheckResult
from drift.reports.content.node_check import Measured, NodeCheck
from drift.reports.content.report import Side


class CheckReport(msgspec.Struct, frozen=True, kw_only=True):
    """A judged snapshot, with its records, and with the verification of its data nodes if there is one.

    `sizes` are those that were read last, which are shown and not judged. `command` reproduces it; `name` distinguishes
    reports on one instance.
    """

    kind: ClassVar = "check"

    side: Side
    snapshot: Snapshot
    checked: CheckResult
    balance: tuple[Spread, ...]
    command: str
    name: str = "check"
    node_check: NodeCheck | None = None
    sizes: Measured | None = None
