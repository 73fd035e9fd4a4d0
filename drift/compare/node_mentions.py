"""Translate the mentions of data nodes inside attributes to their partners. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from drift.core.model import NO_ATTRIBUTES, canonical_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drift.core.model import DataNode


class Mentions:
    """The ids of data nodes with their partners, and the names that go with them."""

    def __init__(
        self, partners: Mapping[str, str], before: Mapping[str, DataNode], after: Mapping[str, DataNode]
    ) -> None:
        self._partners = partners
        self._before = before
        self._after = after

    def translated(self, attributes: str) -> str:
        """Return attributes in which every member called `…id` that refers to a data node refers to its partner."""
        if attributes == NO_ATTRIBUTES or not any(node in attributes for node in self._partners):
            return attributes
        return canonical_json(self._value(msgspec.json.decode(attributes)))

    def _value(self, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        match value:
            case dict():
                return self._record({key: self._value(inner) for key, inner in value.items()})
            case list():
                items = [self._value(item) for item in value]
                # A list of data nodes has no order of its own: it was sorted by their ids.
                return sorted(items, key=_sort_key) if items != value and all(map(_identity, items)) else items
        return value

    def _record(self, record: dict[str, Any]) -> dict[str, Any]:
        nodes = {key: value for key, value in record.items() if _is_id(key) and value in self._partners}
        if not nodes:
            return record
        node = next(iter(nodes.values()))
        old, new = self._before.get(node), self._after.get(self._partners[node])
        named = {key: new.name for key, value in record.items() if old and new and key == "name" and value == old.name}
        return {**record, **{key: self._partners[value] for key, value in nodes.items()}, **named}


def _is_id(key: str) -> bool:
    return key.casefold().endswith("id")


def _identity(item: Any) -> str | None:  # noqa: ANN401 - any JSON value
    if not isinstance(item, dict):
        return None
    return next((value for key, value in item.items() if _is_id(key) and isinstance(value, str)), None)


def _sort_key(item: Any) -> tuple[str, str]:  # noqa: ANN401 - any JSON value
    return _identity(item) or "", canonical_json(item)
