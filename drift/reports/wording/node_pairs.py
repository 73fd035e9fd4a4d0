"""The data nodes of two instances that correspond to each other, in words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from drift.reports.content.nodes import Node, short_length
from drift.reports.wording import node_names
from drift.reports.wording.i18n import plural, translate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.compare.node_mapping import NodePair
    from drift.reports.wording.escape import Medium


class PairRow(NamedTuple):
    """A pair as it is shown: the data node before, the one after, and how drift knows it."""

    before: str
    after: str
    basis: str


def pair_rows(pairs: tuple[NodePair, ...], medium: Medium) -> Iterator[PairRow]:
    """Name each pair, in the order of the names before, with as much of the ids as distinguishes them."""
    length = short_length({pair.before for pair in pairs} | {pair.after for pair in pairs})
    for pair in sorted(pairs, key=lambda pair: (pair.before_name or "", pair.before)):
        yield PairRow(
            node_names.short_node(Node(pair.before, pair.before_name, pair.before[:length]), medium),
            node_names.short_node(Node(pair.after, pair.after_name, pair.after[:length]), medium),
            _basis(pair),
        )


def _basis(pair: NodePair) -> str:
    held = max(pair.held_before, pair.held_after)
    shards = plural(held, "shard")
    if pair.given:
        return translate("given; {shared:,} of {shards} in common", shared=pair.shared, shards=shards)
    if not held:
        return translate("inferred: neither holds a shard that both instances have")
    return translate("inferred: {shared:,} of {shards} in common", shared=pair.shared, shards=shards)
