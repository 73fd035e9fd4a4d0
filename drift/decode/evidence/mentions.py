"""What the texts of a document mention: data nodes, by the words of the members that they stand in. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from drift.decode import synonyms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.decode.layouts.nodes import Nodes

REFERENCES: Final = frozenset(synonyms.DATA_NODE_REFERENCE + synonyms.DATA_NODE_ID)
POINTERS: Final = REFERENCES | frozenset(synonyms.DATA_NODE_NAME) - {"name"}
"""The words for members that refer to data nodes by their ids or names."""


def meant(text: str, word: str, nodes: Nodes) -> str | None:
    """Return the id of the one data node that a text refers to in a member of that name."""
    if word in POINTERS:
        return nodes.hinted(text)
    return nodes.at(text) if word in synonyms.HOST else nodes.find(text)


def items_below(value: Any, key: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any JSON value
    """Yield every member's name below a value, with its text or its own name; texts in arrays have their array's."""
    match value:
        case dict():
            for name, inner in value.items():
                yield name, name
                yield from items_below(inner, name)
        case list():
            for inner in value:
                yield from items_below(inner, key)
        case str():
            yield key, value


def texts_below(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    """Return every text in a value, and every name of a member."""
    return (text for _, text in items_below(value))
