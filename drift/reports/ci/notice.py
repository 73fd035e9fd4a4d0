"""The records of notices: what CI services are told of one instance. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Literal, TypeAlias

import msgspec

from drift.policy.rules import Severity

Part: TypeAlias = Literal["topology", "plan", "invariants", "data-nodes"]


class Level(Enum):
    """The meaning of a notice for the gate."""

    FAILS = "fails"
    """It fails the gate."""
    UNJUDGED = "unjudged"
    """It could not be judged."""
    MINOR = "minor"
    """It is unexpected, but below the threshold."""
    ACCEPTED = "accepted"
    """It is expected, waived or ignored."""
    MET = "met"
    """It was planned, and it happened."""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One result. `subject` and `message` are safe to show; `reason` says why it is accepted.

    `fingerprint` stays the same from run to run; `kind` is `shard`, `database`, `data-node`, `plan` or `instance`.
    """

    part: Part
    rule: str
    severity: Severity
    level: Level
    kind: str
    subject: str
    message: str
    fingerprint: str
    reason: str = ""


class Notices(msgspec.Struct, frozen=True, kw_only=True):
    """The notices of one instance, in the report's order.

    `statement` is the verdict in a sentence, `word` in a word; `counts` are the report's totals. `parts` were judged,
    whether or not there is a notice of them.
    """

    instance: str
    name: str
    word: str
    statement: str
    command: str
    taken_at: datetime
    parts: tuple[Part, ...]
    items: tuple[Notice, ...]
    counts: Mapping[str, int]

    @property
    def is_conclusive(self) -> bool:
        """True where everything could be judged."""
        return all(notice.level is not Level.UNJUDGED for notice in self.items)
