"""How much a line of a report matters where not all of them have room. Pure."""

from __future__ import annotations

from enum import IntEnum

from drift.policy.rules import Severity
from drift.policy.verdict import Disposition


class Rank(IntEnum):
    """The order in which lines are left out, lowest first. Within a rank, the last lines of a document go first."""

    NAMES = 0
    CHILDREN = 1
    EXPECTED = 2
    INFO = 3
    PICTURE = 4
    TABLE = 5
    WARNING = 6
    ERROR = 7
    ALWAYS = 8

    @classmethod
    def of(cls, severity: Severity, disposition: Disposition) -> Rank:
        """Return the rank of a change."""
        if disposition is not Disposition.UNEXPECTED:
            return cls.EXPECTED
        return {Severity.ERROR: cls.ERROR, Severity.WARNING: cls.WARNING}.get(severity, cls.INFO)
