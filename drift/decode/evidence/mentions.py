"""What the texts of a document mention: data nodes, by the words of the members that they stand in. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.decode import synonyms

if TYPE_CHECKING:
    from drift.decode.layouts.nodes import Nodes

REFERENCES: Final = frozenset(synonyms.DATA_NODE_REFERENCE + synonyms.DATA_NODE_ID)
POINTERS: Final = REFERENCES | frozenset(synonyms.DATA_NODE_NAME) - {"name"}
"""The words for members that refer to data nodes by their ids or names."""


def meant(text: str, word: str, nodes: Nodes) -> str | None:
    """Return the id of the one data node that a text refers to in a member of that name."""
    if word in POINTERS:
        return nodes.hinted(text)
    return nodes.at(text) if word in synonyms.HOST else nodes.find(text)
