"""The content of `drift verify`: a claim, and what was found on its data nodes. Pure."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from drift.reports.content.node_check import NodeCheck
from drift.reports.content.report import Side


class VerifyReport(msgspec.Struct, frozen=True, kw_only=True):
    """A claim, the `side`, held against data nodes. `command` reproduces it."""

    kind: ClassVar = "verification"

    side: Side
    check: NodeCheck
    command: str
    name: str = "verify"
