"""The rules: every kind of change that drift tells apart, as data. Pure.

The command line's choices, the configuration's checks and the README's table all come from `RULES`.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final, NamedTuple


class Severity(IntEnum):
    """How much a change matters. `IGNORE` takes it out of the judgement; it is still told."""

    IGNORE = 0
    INFO = 1
    WARNING = 2
    ERROR = 3

    @property
    def word(self) -> str:
        """The severity as users write and read it."""
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> Severity:
        """The severity of that word. Raises KeyError for any other word."""
        return cls[word.upper()] if word == word.lower() else cls[word]


SEVERITY_WORDS: Final = tuple(severity.word for severity in Severity)


class Rule(NamedTuple):
    """A kind of change: its id, what it means in one line, and how severe it is unless configured."""

    id: str
    summary: str
    severity: Severity


_TABLE: Final = (
    Rule("data-node-added", "a data node appeared", Severity.WARNING),
    Rule("data-node-removed", "a data node disappeared", Severity.ERROR),
    Rule("data-node-renamed", "a data node's name changed", Severity.INFO),
    Rule("data-node-endpoint-changed", "a data node's host or port changed", Severity.WARNING),
    Rule("data-node-engine-changed", "a data node's engine or engine version changed", Severity.ERROR),
    Rule("data-node-changed", "another attribute of a data node changed", Severity.INFO),
    Rule("database-added", "a database appeared", Severity.WARNING),
    Rule("database-removed", "a database disappeared", Severity.ERROR),
    Rule("database-resharded", "a database's shard mode or declared shard count changed", Severity.WARNING),
    Rule("database-status-changed", "a database's status changed", Severity.INFO),
    Rule("database-changed", "another attribute of a database changed", Severity.INFO),
    Rule("shard-added", "a shard appeared", Severity.WARNING),
    Rule("shard-removed", "a shard disappeared", Severity.ERROR),
    Rule("shard-moved", "a shard went to another data node", Severity.WARNING),
    Rule("shard-status-changed", "a shard's status changed", Severity.INFO),
    Rule("shard-changed", "a shard's index or another attribute changed", Severity.INFO),
)

RULES: Final = {rule.id: rule for rule in _TABLE}
