"""Read plan.toml into a `Plan`: the changes that a migration is meant to make. Pure.

All problems of a file are reported together.
"""

from __future__ import annotations

import re
from itertools import starmap
from pathlib import Path
from typing import Final

import msgspec

from drift.core import strict_toml, validators
from drift.core.errors import ConfigError
from drift.core.strict_toml import Problem, Table
from drift.policy.rules import CHANGE_RULES
from drift.policy.selectors import Selector, read_selector, refuse_too_many

_COUNT: Final = re.compile(r"([0-9]{1,9})\.\.([0-9]{1,9})?")
_HINT: Final = "`drift plan from-diff BEFORE AFTER` writes a plan to start from."


class Count(msgspec.Struct, frozen=True):
    """A number of changes: at least `least`, and at most `most`; None is no limit."""

    least: int
    most: int | None


class Item(msgspec.Struct, frozen=True):
    """One expectation of a plan. `place` is its key in the file."""

    place: str
    selector: Selector
    count: Count

    @property
    def rule(self) -> str:
        """The id of the rule; every item has one."""
        return self.selector.rule or ""


class Plan(msgspec.Struct, frozen=True):
    """The expected changes, in the order of the file. `change` is the change's id; `origin` names the file."""

    change: str | None
    items: tuple[Item, ...]
    origin: Path


def parse(text: str, origin: Path) -> Plan:
    """Parse a plan. `origin` is its file. Raises ConfigError that lists every problem."""
    problems: list[Problem] = []
    root = Table(strict_toml.parse(text, origin), problems)
    change = root.read("change", validators.text, None)
    read = [(table, read_selector(table)) for table in root.array("expect")]
    is_over = refuse_too_many((selector for _, selector in read), root, "expect")
    items = () if is_over else tuple(starmap(_item, read))
    root.refuse_unknown(_about_root_key)
    if problems:
        raise ConfigError(strict_toml.problem_text(problems, origin), hint=_HINT)
    return Plan(change, items, origin)


def _about_root_key(key: str) -> str | None:
    return (
        "belongs to an expected change; expected under [[expect]]" if key in {"rule", "count", "to", "from"} else None
    )


def _item(table: Table, selector: Selector) -> Item:
    count = table.read("count", _count, None)
    if "rule" not in table.values:
        table.problem("rule", "missing; every expected change needs a rule; `drift rules` lists them")
    table.refuse_unknown(lambda _key: None)
    return Item(table.place, selector, count or count_of(selector))


def count_of(selector: Selector) -> Count:
    """Return the default count: one change for each listed name, or else at least one change."""
    names = selector.name.names if selector.name else None
    if names is None or selector.rule is None:
        return Count(1, None)
    databases = selector.database.names if selector.database else None
    is_one_database = databases is not None and len(databases) == 1
    return Count(len(names), len(names) if CHANGE_RULES[selector.rule].entity != "shard" or is_one_database else None)


def _count(value: object) -> Count:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9:
        return Count(value, value)
    match = _COUNT.fullmatch(value) if isinstance(value, str) else None
    if match is None or (match[2] and int(match[1]) > int(match[2])):
        raise ValueError('expected a number of changes, or a range such as "1..8" or "1.."')
    return Count(int(match[1]), int(match[2]) if match[2] else None)
