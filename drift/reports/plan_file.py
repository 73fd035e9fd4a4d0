"""A plan as the TOML file that it is read from. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift.policy.plan.file import count_of
from drift.policy.selectors import nulls
from drift.reports.wording.escape import toml_string, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drift.core.patterns import Patterns
    from drift.policy.plan.file import Count, Item, Plan

_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_WIDEST: Final = 100


def render(plan: Plan, remarks: Iterable[str]) -> str:
    """Write the file, with the remarks as comments at the top."""
    lines = [f"# {visible(remark)}".rstrip() for remark in remarks]
    if plan.change is not None:
        lines.append(f"change = {toml_string(plan.change)}")
    for item in plan.items:
        lines += ["", "[[expect]]", *_item(item)]
    return "\n".join([*lines, ""])


def toml_value(value: Any) -> str:  # noqa: ANN401 - any value that TOML has
    """Write a value on one line."""
    match value:
        case str():
            return toml_string(value)
        case list():
            return f"[{', '.join(map(toml_value, value))}]"
        case dict():
            inside = ", ".join(f"{_key(key)} = {toml_value(each)}" for key, each in value.items())
            return f"{{ {inside} }}" if inside else "{}"
        case _:
            return msgspec.json.encode(value).decode()


def _item(item: Item) -> Iterator[str]:
    selector = item.selector
    yield f"rule = {toml_string(item.rule)}"
    for key, patterns in (
        ("database", selector.database),
        ("name", selector.name),
        ("from", selector.source),
        ("to", selector.target),
    ):
        if patterns is not None:
            yield f"{key} = {_patterns(patterns)}"
    for key, values in (("was", selector.was), ("becomes", selector.becomes)):
        written, paths = nulls(values or {})
        if written:
            yield f"{key} = {toml_value(written)}"
        if paths:
            yield f"{key}_null = {toml_value(paths)}"
    if item.count != count_of(selector):
        yield f"count = {_count(item.count)}"


def _patterns(patterns: Patterns) -> str:
    texts = [toml_string(text) for text in patterns.texts]
    if len(texts) == 1:
        return texts[0]
    line = f"[{', '.join(texts)}]"
    return line if len(line) <= _WIDEST else "\n".join(["[", *(f"  {text}," for text in texts), "]"])


def _count(count: Count) -> str:
    if count.least == count.most:
        return str(count.least)
    return f'"{count.least}..{"" if count.most is None else count.most}"'


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else toml_string(key)
