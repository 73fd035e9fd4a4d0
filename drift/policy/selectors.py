"""Which changes someone speaks of: by rule, names, data nodes and values. Pure.

Plans and waivers select with the same keys, so they are read here, once.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift.compare.diff import RULE_FIELDS, Entity
from drift.core import validators
from drift.core.model import Database, DataNode, Shard
from drift.core.patterns import Patterns
from drift.policy.rules import CHANGE_RULES

if TYPE_CHECKING:
    from drift.core.strict_toml import Table

_RECORD_FIELDS: Final[dict[Entity, tuple[str, ...]]] = {
    "data-node": tuple(field for field in DataNode.__struct_fields__ if field != "id"),
    "database": tuple(field for field in Database.__struct_fields__ if field not in {"name", "shards", "content_hash"}),
    "shard": tuple(field for field in Shard.__struct_fields__ if field not in {"database", "name", "data_node_id"}),
}


class Selector(msgspec.Struct, frozen=True, kw_only=True):
    """What a change must be like to be meant; None is what doesn't matter.

    `name` is a shard's or a database's name, a data node's id or name; `database` the one that a shard is of or that a
    database is. `source` and `target` (`from` and `to`) are the data nodes, by id or name, where a shard was and is.
    `was` and `becomes` are values of the record before and after.
    """

    rule: str | None = None
    database: Patterns | None = None
    name: Patterns | None = None
    source: Patterns | None = None
    target: Patterns | None = None
    was: Mapping[str, Any] | None = None
    becomes: Mapping[str, Any] | None = None


@cache
def entity_of(rule: str) -> Entity:
    """What a rule is about."""
    return next(entity for entity in _RECORD_FIELDS if rule.startswith(entity))


def read_selector(table: Table) -> Selector:
    """The selector among the keys of a table, with a problem for each key that can't be meant."""
    rule = table.read("rule", rule_id, None)
    selector = Selector(
        rule=rule,
        database=table.read("database", patterns, None),
        name=table.read("name", patterns, None),
        source=table.read("from", patterns, None),
        target=table.read("to", patterns, None),
        was=table.read("was", _values, None),
        becomes=table.read("becomes", _values, None),
    )
    if rule is not None:
        for key, why in _misplaced(rule).items():
            if key in table.values:
                table.problem(key, why)
        for key, values in (("was", selector.was), ("becomes", selector.becomes)):
            _check_fields(table, key, values or {}, rule)
    return selector


def rule_id(value: object) -> str:
    """The id of a rule."""
    if not isinstance(value, str) or value not in CHANGE_RULES:
        raise ValueError(f"unknown rule{validators.suggestion(value, CHANGE_RULES) or '; `drift rules` lists them'}")
    return value


def patterns(value: object) -> Patterns:
    """One pattern, or a list of them."""
    given = value if isinstance(value, list) else [value]
    texts = [text for text in given if isinstance(text, str)]
    if not texts or len(texts) < len(given):
        raise ValueError("expected a name, or a list of names, in quotes")
    return Patterns(texts)


def fields_of(rule: str) -> tuple[str, ...]:
    """The fields that `was` and `becomes` may speak of under a rule."""
    return () if rule == "shard-moved" else RULE_FIELDS.get(rule, _RECORD_FIELDS[entity_of(rule)])


def _misplaced(rule: str) -> dict[str, str]:
    """The keys that mean nothing under a rule, and why."""
    wrong = {}
    if entity_of(rule) == "data-node":
        wrong["database"] = "a data node is in no database; expected with rules about databases and shards"
    if rule not in {"shard-moved", "shard-removed"}:
        wrong["from"] = "says where a shard was; expected with shard-moved and shard-removed"
    if rule not in {"shard-moved", "shard-added"}:
        wrong["to"] = "says where a shard is; expected with shard-moved and shard-added"
    if rule == "shard-moved":
        wrong |= dict.fromkeys(("was", "becomes"), "says values; expected from and to, with data nodes by name or id")
    if rule.endswith("-added"):
        wrong["was"] = "what was added wasn't there before; expected becomes"
    if rule.endswith("-removed"):
        wrong["becomes"] = "what was removed isn't there afterwards; expected was"
    return wrong


def _values(value: object) -> dict[str, Any]:
    if not isinstance(value, dict) or not value:
        raise ValueError("expected values of the record, such as { shard_count = 16 }")
    if not _is_json(value):
        raise ValueError("expected values that JSON has: texts, numbers, true and false, arrays, tables")
    return value


def _is_json(value: object) -> bool:
    """Whether JSON has this value; TOML also has times, infinity and what is no number."""
    match value:
        case str() | int():
            return True
        case float():
            return isfinite(value)
        case list():
            return all(map(_is_json, value))
        case dict():
            return all(map(_is_json, value.values()))
        case _:
            return False


def _check_fields(table: Table, key: str, values: Mapping[str, Any], rule: str) -> None:
    known = fields_of(rule)
    for field in values:
        if known and field not in known:
            advice = validators.suggestion(field, known) or f"; expected {validators.listed(known)}"
            table.problem(key, f"unknown field under this rule{advice}")
