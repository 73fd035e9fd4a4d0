"""Where one thing was, from when to when, and what happened to it, in words. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

import msgspec

from drift.compare.event_signatures import OPERATIONS
from drift.compare.timeline import Period, Traced
from drift.core.model import DataNode, SnapshotRef
from drift.policy.rules import RULES
from drift.reports.content.outline import Node, node_order, short_length
from drift.reports.wording import sentences
from drift.reports.wording.i18n import mark_sentence, plural, plural_more, translate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.compare.diff import Change, Edit
    from drift.reports.wording.escape import Medium
HEAD: Final = (
    mark_sentence("From (UTC)"),
    mark_sentence("Until (UTC)"),
    mark_sentence("Snapshots"),
    mark_sentence("Label"),
    mark_sentence("Where"),
    mark_sentence("What happened"),
)
"""The columns of a history."""
_TITLES: Final = {
    "shard": mark_sentence("Shard {name} of {instance}"),
    "database": mark_sentence("Database {name} of {instance}"),
    "data-node": mark_sentence("Data node {name} of {instance}"),
}
_MOST_EDITS: Final = 6


class Happening(NamedTuple):
    """A change, and the kind of the event that it belongs to; where no operation explains it, that is its rule."""

    change: Change
    event: str


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A period and how it came about.

    `until` is the first snapshot that says otherwise. What `happened` began the period, nothing where the thing was in
    the first snapshot already; `nodes` are the data nodes by id as they were then.
    """

    period: Period
    until: SnapshotRef | None
    happened: tuple[Happening, ...]
    nodes: Mapping[str, DataNode]


class History(msgspec.Struct, frozen=True):
    """The last steps of one thing, oldest first, and how many older ones are left out."""

    kind: ClassVar = "history"

    traced: Traced
    steps: tuple[Step, ...]
    older: int


def name(traced: Traced, medium: Medium) -> str:
    """What is traced, so that it can't be mistaken: `shard orders_0007 of database orders of orders-prod`."""
    whose = f" of database {medium.name(traced.database)}" if traced.database is not None else ""
    kind = traced.kind.replace("-", " ")
    return f"{kind} {medium.name(traced.name)}{whose} of {medium.name(traced.instance)}"


def title(traced: Traced, medium: Medium) -> str:
    """What is traced, to stand above its history."""
    told = medium.name(traced.name)
    if traced.database is not None:
        told = translate("{name} of database {database}", name=told, database=medium.name(traced.database))
    return translate(_TITLES[traced.kind], name=told, instance=medium.name(traced.instance))


def older_periods(history: History) -> str:
    """Count the periods that are left out, in words."""
    return plural(history.older, "older period")


def cells(step: Step, history: History, medium: Medium) -> tuple[str, ...]:
    """A period in words, by the columns of `HEAD`."""
    period = step.period
    numbers = list(dict.fromkeys((period.first.number, period.last.number)))
    return (
        _time(period.first),
        _time(step.until) if step.until else translate("still so"),
        " … ".join(map(str, numbers)),
        medium.name(period.first.label) if period.first.label else "",
        _where(step, history.traced, medium),
        _what(step, history, medium),
    )


def _time(moment: SnapshotRef) -> str:
    return sentences.moment(moment.taken_at).removesuffix(" UTC")


def _where(step: Step, traced: Traced, medium: Medium) -> str:
    state = step.period.state
    if state is None:
        return translate("nowhere")
    held = plural(sum(state.shards.values()), "shard")
    if traced.kind == "data-node":
        return sentences.sayings((held, sentences.facts(state.record, medium)))
    nodes = sorted((node_in(step, node_id) for node_id in state.shards), key=node_order)
    if traced.kind == "shard":
        return sentences.short_node(nodes[0], medium)
    shown = [sentences.held_on(state.shards[node.id], sentences.short_node(node, medium)) for node in nodes]
    hidden = len(shown) - sentences.MOST_NODES
    others = [translate("and {more}", more=plural_more(hidden, "data node"))] if hidden > 0 else []
    return translate(
        "{shards}: {where}", shards=held, where=sentences.listing([*shown[: sentences.MOST_NODES], *others])
    )


def node_in(step: Step, node_id: str) -> Node:
    """A data node as it was called then."""
    node = step.nodes.get(node_id)
    length = short_length({*step.nodes, node_id})
    return Node(node_id, node.name if node else None, node_id[:length], known=node is not None)


def _what(step: Step, history: History, medium: Medium) -> str:
    if not step.happened:
        return translate("first seen")
    counts = Counter(happening.change.rule for happening in step.happened)
    rules = [rule if counts[rule] == 1 else f"{counts[rule]:,} {rule}" for rule in RULES if counts[rule]]
    edits = [sentences.edit(edit, medium) for edit in _own_edits(step, history.traced)]
    shown = sentences.clauses(edits[:_MOST_EDITS] + (["…"] if len(edits) > _MOST_EDITS else []))
    events = [event for event in OPERATIONS if any(happening.event == event for happening in step.happened)]
    told = sentences.followed(sentences.listing(rules), shown)
    return translate("{who}: {what}", who=sentences.listing(events), what=told) if events else told


def _own_edits(step: Step, traced: Traced) -> Iterator[Edit]:
    """What changed in the record itself, beyond where it is."""
    for change, _ in step.happened:
        if change.entity == traced.kind and change.name == traced.name:
            yield from (edit for edit in change.edits if edit.path != ("data_node_id",))
