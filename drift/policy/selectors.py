"""Select changes by rule, names, data nodes and values. Pure.

Plans and waivers share these keys, so one module reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from functools import cache, lru_cache
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift.compare.diff import RULE_FIELDS
from drift.core import validators
from drift.core.model import Database, DataNode, Shard
from drift.core.patterns import Patterns
from drift.core.strict_toml import MOST_LEVELS
from drift.policy.rules import CHANGE_RULES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drift.compare.diff import Entity
    from drift.compare.untold import Untold
    from drift.core.strict_toml import Table

MOST_NAMES_TOGETHER: Final = 4_000_000
"""The most names that the ranges of all items of a plan, or of all waivers, may stand for."""

SELECTOR_KEYS: Final = ("database", "name", "from", "to", "was", "was_null", "becomes", "becomes_null")
"""The keys of a selector beside its rule."""

_RECORD_FIELDS: Final[dict[Entity, tuple[str, ...]]] = {
    "data-node": tuple(field for field in DataNode.__struct_fields__ if field != "id"),
    "database": tuple(field for field in Database.__struct_fields__ if field not in {"name", "shards", "content_hash"}),
    "shard": tuple(field for field in Shard.__struct_fields__ if field not in {"database", "name", "data_node_id"}),
}


class Selector(msgspec.Struct, frozen=True, kw_only=True):
    """The conditions that a change must meet; None is no condition.

    `name` is a shard's or a database's name, or a data node's id or name. `database` is a shard's database, or the
    database itself. `source` and `target` (`from` and `to`) are a shard's data nodes before and after, by id or name.
    `was` and `becomes` are values of the record before and after; None is null, or a member that is missing.
    """

    rule: str | None = None
    database: Patterns | None = None
    name: Patterns | None = None
    source: Patterns | None = None
    target: Patterns | None = None
    was: Mapping[str, Any] | None = None
    becomes: Mapping[str, Any] | None = None


def is_untold(selector: Selector, not_told: Iterable[Untold]) -> bool:
    """Whether a selector is about facts that were not compared, as one side's layout has no place for them."""
    if selector.rule is None:
        return any(True for _ in not_told)
    rule = CHANGE_RULES[selector.rule]
    fields = set(RULE_FIELDS.get(selector.rule, ()))
    named = fields.intersection({*(selector.was or ()), *(selector.becomes or ())}) or fields
    return any(
        each.entity == rule.entity and (each.path[0] in named if each.path else rule.kind in {"added", "removed"})
        for each in not_told
    )


def refuse_too_many(selectors: Iterable[Selector], root: Table, key: str) -> bool:
    """Note a problem, and return True, if the ranges of all selectors under a key stand for too many names."""
    patterns = ((each.database, each.name, each.source, each.target) for each in selectors)
    is_over = sum(given.size for each in patterns for given in each if given) > MOST_NAMES_TOGETHER
    if is_over:
        root.problem(key, f"expected ranges of at most {MOST_NAMES_TOGETHER:,} names together")
    return is_over


def read_selector(table: Table) -> Selector:
    """Read a selector from the keys of a table, and note a problem for each key that makes no sense."""
    rule = table.read("rule", rule_id, None)
    selector = Selector(
        rule=rule,
        database=table.read("database", patterns, None),
        name=table.read("name", patterns, None),
        source=table.read("from", patterns, None),
        target=table.read("to", patterns, None),
        was=_record_values(table, "was"),
        becomes=_record_values(table, "becomes"),
    )
    if rule is not None:
        for key, why in _misplaced(rule).items():
            if key in table.values:
                table.problem(key, why)
        for key, values in (("was", selector.was), ("becomes", selector.becomes)):
            _check_fields(table, key, values or {}, rule)
    return selector


def _record_values(table: Table, key: str) -> dict[str, Any] | None:
    """Read the values under a key, and the nulls under the key that belongs to it."""
    values, paths = table.read(key, _values, None), table.read(f"{key}_null", _paths, None)
    if paths is None:
        return values
    try:
        return _with_nulls(values or {}, paths)
    except ValueError as exc:
        table.problem(f"{key}_null", str(exc))
        return values


def _paths(value: object) -> list[list[str]]:
    """Check paths to values that are null: a field's name, or a list of names that leads into the attributes."""
    given = value if isinstance(value, list) else [value]
    paths: list[list[Any]] = [each if isinstance(each, list) else [each] for each in given]
    if not paths or not all(path and all(isinstance(step, str) for step in path) for path in paths):
        raise ValueError('expected fields that are null, such as ["shard_count", ["attributes", "zone"]]')
    if any(len(path) > MOST_LEVELS for path in paths):
        raise ValueError(f"expected at most {MOST_LEVELS} names in a list that leads to a null")
    return paths


def _with_nulls(values: dict[str, Any], paths: list[list[str]]) -> dict[str, Any]:
    """Add a None at each path; TOML has no null. Raises ValueError where something else is at, or on the way to, it."""
    added = deepcopy(values)
    for path in paths:
        inner: Any = added
        for step in path[:-1]:
            inner = inner.setdefault(step, {}) if isinstance(inner, dict) else None
        if not isinstance(inner, dict) or path[-1] in inner:
            raise ValueError(f"{'.'.join(path)} has another value, or stands there twice")
        inner[path[-1]] = None
    return added


def nulls(values: Mapping[str, Any]) -> tuple[dict[str, Any], list[str | list[str]]]:
    """Split values into those that TOML can write and the paths to those that are null."""
    written: dict[str, Any] = {}
    paths: list[str | list[str]] = []
    for key, value in values.items():
        if value is None:
            paths.append(key)
        elif isinstance(value, dict):
            inner, deeper = nulls(value)
            paths += [[key, path] if isinstance(path, str) else [key, *path] for path in deeper]
            if inner or not value:
                written[key] = inner
        else:
            written[key] = value
    return written, paths


def rule_id(value: object) -> str:
    """Check the id of a rule about changes."""
    if not isinstance(value, str) or value not in CHANGE_RULES:
        raise ValueError(f"unknown rule{validators.suggestion(value, CHANGE_RULES) or '; `drift rules` lists them'}")
    return value


def patterns(value: object) -> Patterns:
    """Check one pattern or a list of patterns."""
    if isinstance(value, str):
        return _one_pattern(value)
    given = value if isinstance(value, list) else [value]
    texts = [text for text in given if isinstance(text, str)]
    if not texts or len(texts) < len(given):
        raise ValueError("expected a name, or a list of names, in quotes")
    return Patterns(texts)


@lru_cache(maxsize=1024)
def _one_pattern(text: str) -> Patterns:
    """Parse a pattern; a hundred thousand items name few data nodes and databases."""
    return Patterns((text,))


def fields_of(rule: str) -> tuple[str, ...]:
    """Return the fields that `was` and `becomes` may have under a rule."""
    return () if rule == "shard-moved" else RULE_FIELDS.get(rule, _RECORD_FIELDS[CHANGE_RULES[rule].entity])


@cache
def _misplaced(rule: str) -> dict[str, str]:
    """Explain each key that means nothing under a rule."""
    entity, kind = CHANGE_RULES[rule].entity, CHANGE_RULES[rule].kind
    wrong = {}
    if entity == "data-node":
        wrong["database"] = "a data node is in no database; expected with rules about databases and shards"
    if rule not in {"shard-moved", "shard-removed"}:
        wrong["from"] = "says where a shard was; expected with shard-moved and shard-removed"
    if rule not in {"shard-moved", "shard-added"}:
        wrong["to"] = "says where a shard is; expected with shard-moved and shard-added"
    if rule == "shard-moved":
        wrong |= dict.fromkeys(
            ("was", "becomes", "was_null", "becomes_null"),
            "gives values; expected from and to, with data nodes by name or id",
        )
    if kind == "added":
        wrong |= dict.fromkeys(("was", "was_null"), "an added record has no values before; expected becomes")
    if kind == "removed":
        wrong |= dict.fromkeys(("becomes", "becomes_null"), "a removed record has no values after; expected was")
    return wrong


def _values(value: object) -> dict[str, Any]:
    if not isinstance(value, dict) or not value:
        raise ValueError("expected values of the record, such as { shard_count = 16 }")
    if not _is_json(value):
        raise ValueError("expected JSON values: texts, numbers, true and false, arrays, tables")
    return value


def _is_json(value: object) -> bool:
    """Return whether JSON has such a value; TOML also has times, infinity and NaN."""
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
            table.problem(key, f"unknown field for this rule{advice}")
