"""Data nodes as reports name and sort them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from drift.core.model import DataNode
    from drift.reports.content.report import Report, Side

_SHORT_IDS: Final = (8, 12, 16)


class Node(msgspec.Struct, frozen=True):
    """A data node as a side names it; not `known` where the side lists no such node.

    `short_id` is the start of the id, long enough to distinguish it from every other in the report.
    """

    id: str
    name: str | None
    short_id: str
    known: bool = True

    @classmethod
    def of(cls, node_id: str, nodes: Mapping[str, DataNode], length: int | None = None) -> Node:
        """Look up a data node by its id, and shorten the id to `length` characters."""
        node = nodes.get(node_id)
        return cls(node_id, node.name if node else None, node_id[:length], known=node is not None)


class Held(msgspec.Struct, frozen=True):
    """The number of shards on a data node."""

    node: Node
    shards: int


class NodeNames:
    """Names the data nodes of one side. `ids` are those that a short id must distinguish."""

    def __init__(self, nodes: Mapping[str, DataNode], ids: Iterable[str]) -> None:
        self._nodes = nodes
        self._short = short_length(set(ids))

    @classmethod
    def of(cls, side: Side) -> NodeNames:
        """Name the data nodes of a side, where nothing is shown of the other one."""
        return cls(side.nodes, {*side.nodes, *side.balance})

    def node(self, node_id: str) -> Node:
        """Return the data node of that id."""
        return Node.of(node_id, self._nodes, self._short)


class BothSides:
    """Names the data nodes of both sides, each as its own side knew it."""

    def __init__(self, report: Report) -> None:
        before, after = report.before, report.after
        ids = {*before.nodes, *after.nodes, *before.balance, *after.balance}
        self.before = NodeNames(before.nodes, ids).node
        self.after = NodeNames(after.nodes, ids).node


def shards_by_node(side: Side) -> dict[str, int]:
    """Count the shards of every data node that a side lists or that its shards name; sorted by id."""
    return {node_id: side.balance.get(node_id, 0) for node_id in sorted({*side.nodes, *side.balance})}


def short_length(ids: set[str]) -> int | None:
    """Return how many characters of each id distinguish them all; None where only whole ids do."""
    return next((length for length in _SHORT_IDS if len({node_id[:length] for node_id in ids}) == len(ids)), None)


def node_order(node: Node | None) -> tuple[bool, str, str]:
    """Return the sort key that orders data nodes by name, unknown ones last."""
    return (not node.known, node.name or "", node.id) if node else (False, "", "")
