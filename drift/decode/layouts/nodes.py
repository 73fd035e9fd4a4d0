"""Finds the data node that a value refers to. Pure."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drift.core.model import DataNode

# "32 hex digits, then a suffix": DDM API reference, the shape of all ids. A DDM instance's own ends in `in09`.
_ID: Final = re.compile(r"[0-9a-f]{32}in(?!09)\d{2}", re.IGNORECASE)


class Nodes:
    """The data nodes that shards can refer to.

    Evidence is an id exactly as it is listed. Without a list (None), or with nothing in it, it is whatever has the
    documented shape of a data node's id. `by_name`: a person has said where the references stand, so that a name that
    one data node alone has, in any case, refers to it as well.
    """

    def __init__(self, data_nodes: Iterable[DataNode] | None, *, by_name: bool = False) -> None:
        self.listed = data_nodes is not None
        self.by_name = by_name
        self._nodes = list(data_nodes or ())
        self.by_id = {node.id: node for node in self._nodes}
        ids = _unique((_word(node.id), node.id) for node in self._nodes)
        names = _unique((_word(node.name), node.id) for node in self._nodes if node.name)
        self._words = names | ids
        others = {node.name: node.id for node in self._nodes if node.name in self.by_id}
        self.namesakes = {name for name, node in others.items() if name != node}
        self._at = _unique((_word(node.host), node.id) for node in self._nodes if node.host)
        self._called: dict[str, set[str]] = {}
        for node in self._nodes:
            for word in filter(None, map(_word, (node.id, node.name, node.host))):
                self._called.setdefault(word, set()).add(node.id)
        self._are_documented = any(map(is_like_an_id, self.by_id))

    def find(self, value: Any) -> str | None:  # noqa: ANN401 - any JSON value
        """Return the id of the data node that the value refers to, or None."""
        word = str(value) if type(value) in {str, int} else ""
        if not self.by_id:
            return word if _ID.fullmatch(word) else None
        if word in self.by_id:
            return word
        return self._words.get(_word(word)) if self.by_name else None

    def hinted(self, value: Any) -> str | None:  # noqa: ANN401 - any JSON value
        """Return the id of the one data node whose id or name, in any case, is the value."""
        return self.find(value) or self._words.get(_word(value))

    def named(self, value: Any) -> frozenset[str]:  # noqa: ANN401 - any JSON value
        """Return the ids of all data nodes whose id, name or address is the value, in any case."""
        return frozenset(self._called.get(_word(value), ()))

    def at(self, value: Any) -> str | None:  # noqa: ANN401 - any JSON value
        """Return the id of the one data node whose address is the value, with or without a port."""
        word = _word(value)
        return self._at.get(word) or self._at.get(word.rpartition(":")[0])

    def may_be_unlisted(self, value: str) -> bool:
        """Whether a value that is no listed id may be that of another data node: it has their documented shape."""
        return is_like_an_id(value) or not self._are_documented

    def loosely(self) -> Nodes:
        """Return the same data nodes, to be found by their names as well."""
        return Nodes(self._nodes if self.listed else None, by_name=True)


def is_like_an_id(text: str) -> bool:
    """Whether a text has the documented shape of a data node's id."""
    return bool(_ID.fullmatch(text))


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the words that lead to one data node alone."""
    every = list(pairs)
    counts = Counter(word for word, _ in every)
    return {word: node for word, node in every if counts[word] == 1}


def _word(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return str(value).strip().casefold() if type(value) in {str, int} else ""
