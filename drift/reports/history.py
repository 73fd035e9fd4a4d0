"""Where one thing was, from when to when, and what happened to it: as text, Markdown, JSON or HTML. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from drift.compare.diff import Change, record_fields
from drift.compare.event_signatures import OPERATIONS
from drift.compare.timeline import Moment, Period, Traced
from drift.core.model import DataNode
from drift.core.version import __version__
from drift.language import more, phrase, plural, say
from drift.policy.rules import RULES
from drift.reports import words
from drift.reports.json_ import FORMAT
from drift.reports.markdown_ import header, row
from drift.reports.outline import Node, node_order, short_length
from drift.reports.page import PAGE
from drift.reports.paint import painted, shown, wrapped
from drift.reports.safe import CELL, MARKDOWN, json_document
from drift.reports.table import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.compare.diff import Edit
    from drift.reports.safe import Medium

HISTORY_FORMATS: Final = ("text", "markdown", "json", "html")
HEAD: Final = (
    phrase("From (UTC)"),
    phrase("Until (UTC)"),
    phrase("Snapshots"),
    phrase("Label"),
    phrase("Where"),
    phrase("What happened"),
)
"""The columns of a history."""
_TITLES: Final = {
    "shard": phrase("Shard {name} of {instance}"),
    "database": phrase("Database {name} of {instance}"),
    "data-node": phrase("Data node {name} of {instance}"),
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
    until: Moment | None
    happened: tuple[Happening, ...]
    nodes: Mapping[str, DataNode]


class History(msgspec.Struct, frozen=True):
    """The last steps of one thing, oldest first, and how many older ones are left out."""

    traced: Traced
    steps: tuple[Step, ...]
    older: int


def render(
    history: History, fmt: str, *, colour: bool = False, width: int | None = None, room: int | None = None
) -> str:
    """The history in one of `HISTORY_FORMATS`, ending in a newline; it has no limit.

    Colour and width apply to text alone; without a width, lines are as long as they need to be.
    """
    del room
    match fmt:
        case "json":
            return json_document(_document(history))
        case "html":
            from drift.reports import history_html  # noqa: PLC0415 - only for HTML, and it needs this module

            return history_html.render(history)
        case "markdown":
            older = f"{say('{periods} not shown', periods=_older(history))}\n\n" if history.older else ""
            rows = "".join(row(*cells(step, history, CELL)) for step in history.steps)
            return f"**{title(history.traced, MARKDOWN)}**\n\n{older}{header(list(map(say, HEAD)), [])}{rows}"
        case _:
            heading = painted(title(history.traced, PAGE), "heading")
            lines = [*(wrapped(heading, width, width) if width else [heading]), ""]
            lines += [f"… {_older(history)}"] if history.older else []
            told = [cells(step, history, PAGE) for step in history.steps]
            lines += table([say(name).upper() for name in HEAD], told, width=width)
            return shown(lines, colour=colour)


def name(traced: Traced, medium: Medium) -> str:
    """What is traced, so that it can't be mistaken: `shard orders_0007 of database orders of orders-prod`."""
    whose = f" of database {medium.name(traced.database)}" if traced.database is not None else ""
    kind = traced.kind.replace("-", " ")
    return f"{kind} {medium.name(traced.name)}{whose} of {medium.name(traced.instance)}"


def title(traced: Traced, medium: Medium) -> str:
    """What is traced, to stand above its history."""
    told = medium.name(traced.name)
    if traced.database is not None:
        told = say("{name} of database {database}", name=told, database=medium.name(traced.database))
    return say(_TITLES[traced.kind], name=told, instance=medium.name(traced.instance))


def _older(history: History) -> str:
    return plural(history.older, "older period")


def cells(step: Step, history: History, medium: Medium) -> tuple[str, ...]:
    """A period in words, by the columns of `HEAD`."""
    period = step.period
    numbers = list(dict.fromkeys((period.first.number, period.last.number)))
    return (
        _time(period.first),
        _time(step.until) if step.until else say("still so"),
        " … ".join(map(str, numbers)),
        medium.name(period.first.label) if period.first.label else "",
        _where(step, history.traced, medium),
        _what(step, history, medium),
    )


def _time(moment: Moment) -> str:
    return words.moment(moment.taken_at).removesuffix(" UTC")


def _where(step: Step, traced: Traced, medium: Medium) -> str:
    state = step.period.state
    if state is None:
        return say("nowhere")
    held = plural(sum(state.shards.values()), "shard")
    if traced.kind == "data-node":
        return words.sayings((held, words.facts(state.record, medium)))
    nodes = sorted((node_in(step, node_id) for node_id in state.shards), key=node_order)
    if traced.kind == "shard":
        return words.short_node(nodes[0], medium)
    shown = [words.held_on(state.shards[node.id], words.short_node(node, medium)) for node in nodes]
    hidden = len(shown) - words.MOST_NODES
    others = [say("and {more}", more=more(hidden, "data node"))] if hidden > 0 else []
    return say("{shards}: {where}", shards=held, where=words.listing([*shown[: words.MOST_NODES], *others]))


def node_in(step: Step, node_id: str) -> Node:
    """A data node as it was called then."""
    node = step.nodes.get(node_id)
    length = short_length({*step.nodes, node_id})
    return Node(node_id, node.name if node else None, node_id[:length], known=node is not None)


def _what(step: Step, history: History, medium: Medium) -> str:
    if not step.happened:
        return say("first seen")
    counts = Counter(happening.change.rule for happening in step.happened)
    rules = [rule if counts[rule] == 1 else f"{counts[rule]:,} {rule}" for rule in RULES if counts[rule]]
    edits = [words.edit(edit, medium) for edit in _own_edits(step, history.traced)]
    shown = words.clauses(edits[:_MOST_EDITS] + (["…"] if len(edits) > _MOST_EDITS else []))
    events = [event for event in OPERATIONS if any(happening.event == event for happening in step.happened)]
    told = words.followed(words.listing(rules), shown)
    return say("{who}: {what}", who=words.listing(events), what=told) if events else told


def _own_edits(step: Step, traced: Traced) -> Iterator[Edit]:
    """What changed in the record itself, beyond where it is."""
    for change, _ in step.happened:
        if change.entity == traced.kind and change.name == traced.name:
            yield from (edit for edit in change.edits if edit.path != ("data_node_id",))


def _document(history: History) -> dict[str, Any]:
    traced = history.traced
    return {
        "format": FORMAT,
        "tool": {"name": "ddm-drift", "version": __version__},
        "instance": traced.instance,
        "entity": traced.kind,
        "database": traced.database,
        "name": traced.name,
        "older": history.older,
        "periods": [_period(step) for step in history.steps],
    }


def _period(step: Step) -> dict[str, Any]:
    state = step.period.state
    return {
        "first": _moment(step.period.first),
        "last": _moment(step.period.last),
        "until": step.until and _moment(step.until),
        "record": state and record_fields(state.record),
        "data_nodes": [
            {"data_node_id": node_id, "name": node.name if (node := step.nodes.get(node_id)) else None, "shards": count}
            for node_id, count in (state.shards if state else {}).items()
        ],
        "changes": [
            {"rule": change.rule, "event": event, "entity": change.entity, "database": change.database,
             "name": change.name, "edits": change.edits}
            for change, event in step.happened
        ],
    }  # fmt: skip


def _moment(moment: Moment) -> dict[str, Any]:
    taken_at = moment.taken_at.isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"snapshot": moment.number, "label": moment.label, "taken_at": taken_at}
