"""The rules: every kind of change and every broken invariant that drift tells apart, as data. Pure.

The command line's choices, the configuration's checks and the table in the documentation all come from `RULES`.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from drift.core import validators

if TYPE_CHECKING:
    from collections.abc import Iterable


class Severity(IntEnum):
    """How much a change or a finding matters. `IGNORE` takes it out of the judgement; it is still told."""

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


SEVERITY_WORDS: Final = tuple(each.word for each in Severity)
_THRESHOLDS: Final = (Severity.INFO, Severity.WARNING, Severity.ERROR)


def severity(value: object) -> Severity:
    """How much a rule matters."""
    return _severity(value, tuple(Severity))


def threshold(value: object) -> Severity:
    """The severity that fails the gate. `ignore` is none: the gate that never fails is `--report-only`."""
    return _severity(value, _THRESHOLDS)


def _severity(value: object, allowed: Iterable[Severity]) -> Severity:
    by_word = {level.word: level for level in allowed}
    if isinstance(value, Severity):
        value = value.word
    if not isinstance(value, str) or value.lower() not in by_word:
        raise ValueError(f"expected {validators.listed(list(by_word))}{validators.suggestion(value, by_word)}")
    return by_word[value.lower()]


class Rule(NamedTuple):
    """A kind of change or finding: its id, what it means in one line, and how severe it is unless configured."""

    id: str
    summary: str
    severity: Severity


_CHANGES: Final = (
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

_FINDINGS: Final = (
    Rule("shard-on-unknown-node", "a shard is on a data node that the export doesn't list", Severity.ERROR),
    Rule("shard-count-mismatch", "a database declares another number of shards than it has", Severity.ERROR),
    Rule("shard-index-gap", "a database's shard indexes have a gap", Severity.WARNING),
    Rule("shard-index-duplicate", "several shards of a database have the same index", Severity.ERROR),
    Rule("data-node-endpoint-shared", "several data nodes have the same host and port", Severity.ERROR),
    Rule("engine-versions-mixed", "a database is on data nodes of different engines or versions", Severity.WARNING),
    Rule("too-many-shards-on-node", "a data node holds more than 64 shards of one database", Severity.WARNING),
    Rule("not-running", "a database, shards or the instance are not RUNNING, or a job is", Severity.WARNING),
    Rule("data-node-empty", "a data node holds no shard; an error with no_empty_node", Severity.INFO),
    Rule("balance-skewed", "a data node holds more than max_skew times the mean", Severity.WARNING),
    Rule("balance-worsened", "with must_not_worsen: shards are spread less evenly than before", Severity.WARNING),
)

CHANGE_RULES: Final = {rule.id: rule for rule in _CHANGES}
"""What a diff finds between two snapshots."""
FINDING_RULES: Final = {rule.id: rule for rule in _FINDINGS}
"""What a check finds in one snapshot."""
RULES: Final = {**CHANGE_RULES, **FINDING_RULES}
