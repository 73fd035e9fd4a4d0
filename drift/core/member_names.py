"""The names of members in JSON, in the one spelling in which they are compared. Pure."""

from __future__ import annotations


def plain(word: str) -> str:
    """Fold a member's name into one spelling: `data_node_id`, `dataNodeId` → `datanodeid`."""
    return word.replace("_", "").replace("-", "").casefold()
