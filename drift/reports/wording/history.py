"""The history of one entity in words. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from drift.compare.events import OPERATIONS
from drift.policy.rules import RULES
from drift.reports.content.history import History, Step, node_in
from drift.reports.content.nodes import node_order
from drift.reports.wording import change_groups, node_names, qualities, sentences, times
from drift.reports.wording.i18n import mark_sentence, plural, plural_more, translate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drift.compare.diff import Change, Edit
    from drift.compare.timeline import Traced
    from drift.core.model import SnapshotRef
    from drift.reports.wording.escape import Medium

HEAD: Final = (
    mark_sentence("From (UTC)"),
    mark_sentence("Until (UTC)"),
    mark_sentence("Snapshots"),
    mark_sentence("Label"),
    mark_sentence("Where"),
    mark_sentence("Changes"),
)
"""The columns of a history."""
_TITLES: Final = {
    "shard": mark_sentence("Shard {name} of {instance}"),
    "database": mark_sentence("Database {name} of {instance}"),
    "data-node": mark_sentence("Data node {name} of {instance}"),
}
_MOST_EDITS: Final = 6


def name(traced: Traced, medium: Medium) -> str:
    """Name an entity without ambiguity: `shard orders_0007 of database orders of orders-prod`."""
    whose = f" of database {medium.name(traced.database)}" if traced.database is not None else ""
    kind = traced.kind.replace("-", " ")
    return f"{kind} {medium.name(traced.name)}{whose} of {medium.name(traced.instance)}"


def title(traced: Traced, medium: Medium) -> str:
    """Write the title of a history."""
    text = medium.name(traced.name)
    if traced.database is not None:
        text = translate("{name} of database {database}", name=text, database=medium.name(traced.database))
    return translate(_TITLES[traced.kind], name=text, instance=medium.name(traced.instance))


def older_periods(history: History) -> str:
    """Count the periods that are left out, in words."""
    return plural(history.older, "older period")


def left_out(history: History, medium: Medium) -> list[str]:
    """Say which suspect snapshots are left out, and why."""
    return [
        qualities.doubt(found, translate("snapshot {label}", label=number), number, medium)
        for number, found in history.left_out
    ]


def cells(step: Step, history: History, medium: Medium) -> tuple[str, ...]:
    """Describe a period, by the columns of `HEAD`."""
    period = step.period
    numbers = list(dict.fromkeys((period.first.number, period.last.number)))
    return (
        _time(period.first),
        _time(step.until) if step.until else translate("still"),
        " … ".join(map(str, numbers)),
        medium.name(period.first.label) if period.first.label else "",
        _where(step, history.traced, medium),
        _what(step, history, medium),
    )


def _time(moment: SnapshotRef) -> str:
    return times.moment(moment.taken_at).removesuffix(" UTC")


def _where(step: Step, traced: Traced, medium: Medium) -> str:
    state = step.period.state
    if state is None:
        return translate("nowhere")
    held = plural(sum(state.shards.values()), "shard")
    if traced.kind == "data-node":
        return sentences.remarks((held, change_groups.record_facts(state.record, medium)))
    nodes = sorted((node_in(step, node_id) for node_id in state.shards), key=node_order)
    if traced.kind == "shard":
        return node_names.short_node(nodes[0], medium)
    shown = [node_names.count_on(state.shards[node.id], node_names.short_node(node, medium)) for node in nodes]
    hidden = len(shown) - node_names.MOST_NODES
    others = [translate("and {more}", more=plural_more(hidden, "data node"))] if hidden > 0 else []
    return translate(
        "{shards}: {where}", shards=held, where=sentences.listing([*shown[: node_names.MOST_NODES], *others])
    )


def _what(step: Step, history: History, medium: Medium) -> str:
    """List what happened by the kind of its event, last what no operation explains."""
    if not step.happened:
        return translate("first seen")
    changes: dict[str, list[Change]] = defaultdict(list)
    for change, event in step.happened:
        changes[event if event in OPERATIONS else ""].append(change)
    return sentences.remarks(
        _of_event(event, changes[event], history.traced, medium) for event in (*OPERATIONS, "") if event in changes
    )


def _of_event(event: str, changes: list[Change], traced: Traced, medium: Medium) -> str:
    counts = Counter(change.rule for change in changes)
    rules = [rule if counts[rule] == 1 else f"{counts[rule]:,} {rule}" for rule in RULES if counts[rule]]
    edits = [change_groups.edit(edit, medium) for edit in _own_edits(changes, traced)]
    shown = sentences.clauses(edits[:_MOST_EDITS] + (["…"] if len(edits) > _MOST_EDITS else []))
    text = sentences.followed(sentences.listing(rules), shown)
    return translate("{who}: {what}", who=event, what=text) if event else text


def _own_edits(changes: Iterable[Change], traced: Traced) -> Iterator[Edit]:
    """List the edits of the entity itself, except its data node."""
    for change in changes:
        if change.entity == traced.kind and change.name == traced.name:
            yield from (edit for edit in change.edits if edit.path != ("data_node_id",))
