"""The rules: every kind of change and every invariant, one row each. Pure.

The command line's choices, the configuration's checks and the table in the documentation all come from `RULES`.

A rule about changes has its logic in `RULES_BY_ENTITY` of `compare/diff.py`; `tests/policy/test_rules.py` fails where
a rule is in only one of the two files. Its id is its entity and its kind, joined by a hyphen. Code reads `entity` and
`kind`, and never takes an id apart.

A rule about findings has its logic in `policy/invariants.py`, or in `compare/` where it is about what data nodes hold,
and its sentence in `reports/wording/findings.py`. Its id says what is wrong.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import msgspec

from drift.core import validators

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drift.compare.diff import Entity  # noqa: TC004 - a rule is never decoded

Kind: TypeAlias = Literal[
    "added",
    "removed",
    "moved",
    "renamed",
    "resharded",
    "endpoint-changed",
    "engine-changed",
    "engine-patched",
    "status-changed",
    "changed",
]


class Severity(IntEnum):
    """The importance of a change or a finding. `IGNORE` takes it out of the judgement; reports still show it."""

    IGNORE = 0
    INFO = 1
    WARNING = 2
    ERROR = 3

    @property
    def word(self) -> str:
        """The severity in users' spelling."""
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> Severity:
        """Look up the severity of a word. Raises KeyError for any other word."""
        return cls[word.upper()] if word == word.lower() else cls[word]


_THRESHOLDS: Final = (Severity.INFO, Severity.WARNING, Severity.ERROR)


def severity(value: object) -> Severity:
    """Check the severity of a rule."""
    return _severity(value, tuple(Severity))


def threshold(value: object) -> Severity:
    """Check the severity that fails the gate. `ignore` isn't one: use `--report-only` for a gate that never fails."""
    return _severity(value, _THRESHOLDS)


def _severity(value: object, allowed: Iterable[Severity]) -> Severity:
    by_word = {level.word: level for level in allowed}
    if isinstance(value, Severity):
        value = value.word
    if not isinstance(value, str) or value.lower() not in by_word:
        raise ValueError(f"expected {validators.listed(list(by_word))}{validators.suggestion(value, by_word)}")
    return by_word[value.lower()]


class Rule(msgspec.Struct, frozen=True):
    """One rule: its id, a summary of one line, and the severity unless the configuration sets another."""

    id: str
    summary: str
    severity: Severity


class ChangeRule(Rule, frozen=True):
    """A rule about changes: the entity that changed, and the kind of change."""

    entity: Entity
    kind: Kind


_CHANGES: Final = (
    ChangeRule("data-node-added", "a data node appeared", Severity.WARNING, "data-node", "added"),
    ChangeRule("data-node-removed", "a data node disappeared", Severity.ERROR, "data-node", "removed"),
    ChangeRule("data-node-renamed", "a data node's name changed", Severity.INFO, "data-node", "renamed"),
    ChangeRule(
        "data-node-endpoint-changed",
        "a data node's host or port changed",
        Severity.WARNING,
        "data-node",
        "endpoint-changed",
    ),
    ChangeRule(
        "data-node-engine-changed",
        "a data node's engine or its major version changed",
        Severity.ERROR,
        "data-node",
        "engine-changed",
    ),
    ChangeRule(
        "data-node-engine-patched",
        "the patch level of a data node's engine changed",
        Severity.INFO,
        "data-node",
        "engine-patched",
    ),
    ChangeRule("data-node-changed", "another attribute of a data node changed", Severity.INFO, "data-node", "changed"),
    ChangeRule("database-added", "a database appeared", Severity.WARNING, "database", "added"),
    ChangeRule("database-removed", "a database disappeared", Severity.ERROR, "database", "removed"),
    ChangeRule(
        "database-resharded",
        "a database's shard mode or declared shard count changed",
        Severity.WARNING,
        "database",
        "resharded",
    ),
    ChangeRule("database-status-changed", "a database's status changed", Severity.INFO, "database", "status-changed"),
    ChangeRule("database-changed", "another attribute of a database changed", Severity.INFO, "database", "changed"),
    ChangeRule("shard-added", "a shard appeared", Severity.WARNING, "shard", "added"),
    ChangeRule("shard-removed", "a shard disappeared", Severity.ERROR, "shard", "removed"),
    ChangeRule("shard-moved", "a shard went to another data node", Severity.WARNING, "shard", "moved"),
    ChangeRule("shard-status-changed", "a shard's status changed", Severity.INFO, "shard", "status-changed"),
    ChangeRule("shard-changed", "a shard's index or another attribute changed", Severity.INFO, "shard", "changed"),
)

_FINDINGS: Final = (
    Rule("shard-on-unknown-node", "a shard is on a data node that the export doesn't list", Severity.ERROR),
    Rule("shard-count-mismatch", "a database declares another number of shards than it has", Severity.ERROR),
    Rule("shard-index-gap", "a database's shard indexes have a gap", Severity.WARNING),
    Rule("shard-index-duplicate", "several shards of a database have the same index", Severity.ERROR),
    Rule("shard-in-two-databases", "two databases have the same physical shard", Severity.ERROR),
    Rule("data-node-in-two-instances", "with --all: two DDM instances have the same data node", Severity.ERROR),
    Rule("data-node-endpoint-shared", "several data nodes have the same host and port", Severity.ERROR),
    Rule("engine-versions-mixed", "a database is on data nodes of different engines or versions", Severity.WARNING),
    Rule("too-many-shards-on-node", "a data node holds more than 64 shards of one database", Severity.WARNING),
    Rule(
        "not-running",
        "the instance, a database or a shard is not RUNNING, or a migration job is still open",
        Severity.WARNING,
    ),
    Rule("data-node-empty", "a data node holds no shard; an error with no_empty_node", Severity.INFO),
    Rule("balance-skewed", "a data node holds more than max_skew times the mean", Severity.WARNING),
    Rule("balance-worsened", "with must_not_worsen: shards are spread less evenly than before", Severity.WARNING),
    Rule("change-untraced", "with require_trace: no call in the cloud's audit explains a change", Severity.WARNING),
)

_VERIFICATION: Final = (
    Rule("data-node-unreachable", "a data node could not be read, so nothing on it was checked", Severity.ERROR),
    Rule("data-node-is-another", "the server at a data node's address is not the one described", Severity.ERROR),
    Rule("shard-absent", "a shard is not on the data node that should hold it, nor on another", Severity.ERROR),
    Rule("shard-misplaced", "a shard is on another data node than the one that should hold it", Severity.ERROR),
    Rule("shard-on-two-nodes", "a shard is on its data node, and a copy of it on another", Severity.ERROR),
    Rule("shard-case", "a shard's name is written in other letters, under which DDM doesn't find it", Severity.ERROR),
    Rule("shard-unclaimed", "a data node holds what looks like a shard, and nothing claims it", Severity.WARNING),
    Rule("table-missing", "a table is in most shards of a database, and not in all", Severity.ERROR),
    Rule("table-extra", "a table is in a few shards of a database, and not in the first alone", Severity.WARNING),
    Rule("table-kind-differs", "a table of one shard is a view in another", Severity.ERROR),
    Rule("column-differs", "shards have other columns, types, defaults or nullability in one table", Severity.ERROR),
    Rule("column-order-differs", "shards have a table's columns in another order", Severity.INFO),
    Rule("index-differs", "shards have other indexes on one table", Severity.WARNING),
    Rule("charset-differs", "shards have other character sets or collations", Severity.WARNING),
    Rule("engine-differs", "shards have one table in other engines", Severity.WARNING),
    Rule("foreign-key-differs", "with --deep: shards have other foreign keys on one table", Severity.WARNING),
    Rule("check-differs", "with --deep: shards have other checks on one table", Severity.WARNING),
    Rule("partitions-differ", "with --deep: shards have one table partitioned in other ways", Severity.WARNING),
    Rule("balance-by-size", "with --size: a data node holds more bytes than max_skew times the mean", Severity.WARNING),
)

CHANGE_RULES: Final = {rule.id: rule for rule in _CHANGES}
"""The rules about differences between two snapshots."""
FINDING_RULES: Final = {rule.id: rule for rule in _FINDINGS}
"""The rules about invariants of one snapshot."""
VERIFICATION_RULES: Final = {rule.id: rule for rule in _VERIFICATION}
"""The rules about what data nodes hold."""
RULES: Final[dict[str, Rule]] = {**CHANGE_RULES, **FINDING_RULES, **VERIFICATION_RULES}
