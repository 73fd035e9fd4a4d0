"""Translate the mentions of data nodes inside attributes to their partners. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drift.compare.attributes import decoded, is_id, is_like_an_id
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
        """Return attributes in which whatever refers to a data node by its id refers to its partner."""
        if attributes == NO_ATTRIBUTES or not any(node in attributes for node in self._partners):
            return attributes
        return canonical_json(self._value(decoded(attributes), is_about_nodes=False))

    def _value(self, value: Any, *, is_about_nodes: bool) -> Any:  # noqa: ANN401 - any JSON value
        match value:
            case dict():
                return self._record(value, is_about_nodes=is_about_nodes)
            case list():
                return [self._value(item, is_about_nodes=is_about_nodes) for item in value]
            case str() if is_about_nodes or is_like_an_id(value):
                return self._partners.get(value, value)
        return value

    def _record(self, record: dict[str, Any], *, is_about_nodes: bool) -> dict[str, Any]:
        """Translate an object: ids in it, ids that are keys, and the name and address that go with an id."""
        ids = (value for key, value in record.items() if is_id(key) and type(value) is str)
        facts = self._facts_beside(next((value for value in ids if value in self._partners), ""))
        translated = {key: self._value(value, is_about_nodes=_is_about_nodes(key)) for key, value in record.items()}
        for key, value in record.items():
            for ending, (old, new) in facts.items():
                if key.casefold().endswith(ending) and value == old:
                    translated[key] = new
        if not is_about_nodes and not any(map(is_like_an_id, record)):
            return translated
        return {self._partners.get(key, key): value for key, value in translated.items()}

    def _facts_beside(self, node: str) -> dict[str, tuple[Any, Any]]:
        """Pair the name, host and port of a data node with its partner's, by the endings of members for them."""
        old, new = self._before.get(node), self._after.get(self._partners.get(node, ""))
        if old is None or new is None:
            return {}
        return {field: (getattr(old, field), getattr(new, field)) for field in ("name", "host", "port")}


def _is_about_nodes(key: str) -> bool:
    """Whether texts below a member may be ids of data nodes, whatever their shape, by the member's name."""
    word = key.casefold()
    return is_id(word) or word.endswith("ids") or "node" in word or "rds" in word
