"""plan.toml to a `Plan`: what a change of the topology is meant to do, and nothing else. Pure.

Every problem of a file is found before any is told.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import msgspec

from drift.core import strict_toml, validators
from drift.core.errors import ConfigError
from drift.core.strict_toml import Problem, Table
from drift.policy.selectors import Selector, entity_of, read_selector

_COUNT: Final = re.compile(r"([0-9]{1,9})\.\.([0-9]{1,9})?")
_HINT: Final = "`drift plan from-diff BEFORE AFTER` writes a plan to start from."


class Count(msgspec.Struct, frozen=True):
    """How many changes: at least `least`, and at most `most`, None being no limit."""

    least: int
    most: int | None


class Item(msgspec.Struct, frozen=True):
    """Changes that are expected. `place` is where the plan says so."""

    place: str
    selector: Selector
    count: Count

    @property
    def rule(self) -> str:
        """The kind of change; every item has one."""
        return self.selector.rule or ""


class Plan(msgspec.Struct, frozen=True):
    """What is expected, in the order of the file. `change` is what the change is called; `origin` names the file."""

    change: str | None
    items: tuple[Item, ...]
    origin: Path


def parse(text: str, origin: Path) -> Plan:
    """The plan in a text. `origin` is the file that it is from. Raises ConfigError, with every problem found."""
    problems: list[Problem] = []
    root = Table(strict_toml.parse(text, origin), problems)
    change = root.read("change", validators.text, None)
    items = tuple(_item(table) for table in root.array("expect"))
    root.refuse_unknown(_about_root_key)
    if problems:
        raise ConfigError(strict_toml.problem_text(problems, origin), hint=_HINT)
    return Plan(change, items, origin)


def _about_root_key(key: str) -> str | None:
    return (
        "belongs to an expected change; expected under [[expect]]" if key in {"rule", "count", "to", "from"} else None
    )


def _item(table: Table) -> Item:
    selector = read_selector(table)
    count = table.read("count", _count, None)
    if "rule" not in table.values:
        table.problem("rule", "missing; every expected change is of a rule, which `drift rules` lists")
    table.refuse_unknown(lambda _key: None)
    return Item(table.place, selector, count or count_of(selector))


def count_of(selector: Selector) -> Count:
    """What is expected where no number is given: each of the names that are listed, else at least one change."""
    names = selector.name.names if selector.name else None
    if names is None or selector.rule is None:
        return Count(1, None)
    databases = selector.database.names if selector.database else None
    is_one_database = databases is not None and len(databases) == 1
    return Count(len(names), len(names) if entity_of(selector.rule) != "shard" or is_one_database else None)


def _count(value: object) -> Count:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9:
        return Count(value, value)
    found = _COUNT.fullmatch(value) if isinstance(value, str) else None
    if found is None or (found[2] and int(found[1]) > int(found[2])):
        raise ValueError('expected a number of changes, or a range such as "1..8" or "1.."')
    return Count(int(found[1]), int(found[2]) if found[2] else None)
