"""Resolving values to the data nodes that they refer to. Pure."""

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
    """The data nodes that shards can refer to, by id, else by name, in any case.

    If the list of data nodes is missing (None) or empty, every value in the documented form of a data node's id counts.
    """

    def __init__(self, data_nodes: Iterable[DataNode] | None) -> None:
        self.listed = data_nodes is not None
        nodes = list(data_nodes or ())
        self.by_id = {node.id: node for node in nodes}
        names = Counter(_word(node.name) for node in nodes if node.name)
        self._ids = {_word(node.name): node.id for node in nodes if node.name and names[_word(node.name)] == 1}
        self._ids |= {_word(node.id): node.id for node in nodes}

    def find(self, value: Any) -> str | None:  # noqa: ANN401 - any JSON value
        """Return the id of the data node that the value refers to, or None."""
        word = _word(value)
        if self.by_id:
            return self._ids.get(word)
        return word if _ID.fullmatch(word) else None


def is_like_an_id(text: str) -> bool:
    """Whether a text has the documented form of a data node's id."""
    return bool(_ID.fullmatch(text))


def _word(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return str(value).strip().casefold() if type(value) in {str, int} else ""
