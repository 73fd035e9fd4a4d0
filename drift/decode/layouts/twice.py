"""A shard that is listed twice: the error, with both data nodes. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.core.errors import PayloadError

if TYPE_CHECKING:
    from drift.core.model import Shard
    from drift.decode.layouts.nodes import Nodes

_STOPPED_MIGRATION: Final = (
    "A migration that was stopped or failed leaves a shard on the data node that it came from and on the one that it "
    "was going to. `drift jobs` lists the migrations; finish or roll back that one, and capture again"
)
_SAME_PLACE: Final = "Capture again, or with `--source details`; a list that names a shard twice can't be judged"


def twice_listed(one: Shard, other: Shard, nodes: Nodes, place: str) -> PayloadError:
    """Build the error for a shard that is listed on two data nodes, or twice on one."""
    shard = f"the shard {one.name} of database {one.database} is listed"
    if one.data_node_id == other.data_node_id:
        return PayloadError(f"{shard} twice on data node {_named(one, nodes)}", place=place, hint=_SAME_PLACE)
    return PayloadError(
        f"{shard} on two data nodes: {_named(one, nodes)} and {_named(other, nodes)}",
        place=place,
        hint=_STOPPED_MIGRATION,
    )


def _named(shard: Shard, nodes: Nodes) -> str:
    node = nodes.by_id.get(shard.data_node_id)
    return f"{node.name} ({shard.data_node_id})" if node and node.name else shard.data_node_id
