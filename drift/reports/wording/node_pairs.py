"""Which data node stands for which, in the words that text and Markdown share. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from drift.reports.content.nodes import Node, short_length
from drift.reports.wording import node_names
from drift.reports.wording.i18n import plural, translate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from drift.compare.node_mapping import NodePair
    from drift.reports.wording.escape import Medium


class Told(NamedTuple):
    """A pair as it is shown: the data node before, the one after, and how that is known."""

    before: str
    after: str
    basis: str


def told(pairs: tuple[NodePair, ...], medium: Medium) -> Iterator[Told]:
    """Each pair, with as much of the ids as it takes to tell them apart."""
    length = short_length({pair.before for pair in pairs} | {pair.after for pair in pairs})
    for pair in pairs:
        yield Told(
            node_names.short_node(Node(pair.before, pair.before_name, pair.before[:length]), medium),
            node_names.short_node(Node(pair.after, pair.after_name, pair.after[:length]), medium),
            _basis(pair),
        )


def as_json(pair: NodePair) -> dict[str, Any]:
    """A pair for programs."""
    fields = msgspec.structs.asdict(pair)
    return {key: value for key, value in fields.items() if key != "given"} | {"inferred": not pair.given}


def _basis(pair: NodePair) -> str:
    held = max(pair.held_before, pair.held_after)
    shards = plural(held, "shard")
    if pair.given:
        return translate("given; {shared:,} of {shards} in common", shared=pair.shared, shards=shards)
    if not held:
        return translate("inferred: neither holds a shard of both")
    return translate("inferred: {shared:,} of {shards} in common", shared=pair.shared, shards=shards)
