"""What happened, in a sentence for each event. Pure. Each takes the medium that makes outside text safe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.events import Deviation
from drift.model import DataNode, Shard
from drift.reports import words
from drift.reports.outline import Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from drift.diff import Change
    from drift.events import Share
    from drift.model import Earlier
    from drift.reports.outline import Happening
    from drift.reports.safe import Medium

MOST_NAMES: Final = 4
MOST_EDITS: Final = 4

_NOTES: Final = {
    Deviation.ELSEWHERE: "{} moved between data nodes that were there before",
    Deviation.UNCALLED: "{} appeared although the database did not grow",
    Deviation.STRAY: "{} came to a data node that is not listed",
    Deviation.VANISHED: "{} disappeared",
    Deviation.REDECLARED: "{} declares something else than more shards",
    Deviation.MISSING: "{} declared but not there",
    Deviation.EMPTY: "{} added without a shard on it",
    Deviation.LEFT: "{} still on the data node that is gone",
}
_COUNTED: Final = {Deviation.REDECLARED: "database", Deviation.EMPTY: "data node"}


def title(found: Happening, medium: Medium) -> str:
    """What happened, without what about it doesn't fit."""
    if found.event.change is not None:
        return single(found.event.change, medium)
    return _TITLES[found.event.kind](found, medium)


def notes(found: Happening) -> list[str]:
    """What about an event doesn't fit, and how often."""
    told = found.event.deviations
    return [_NOTES[why].format(words.plural(count, _COUNTED.get(why, "shard"))) for why, count in told]


def _returned(found: Happening, medium: Medium) -> str:
    event = found.event
    which = f"database {medium.name(event.subject)}" if event.subject else "the topology"
    return f"returned: {which} is again as in {_earlier(event.earlier, medium)}"


def _earlier(found: Earlier | None, medium: Medium) -> str:
    if found is None:
        return "an earlier snapshot"
    label = f" ({medium.name(found.label)})" if found.label else ""
    return f"snapshot {found.number}{label} of {words.moment(found.taken_at)}"


def _reshard(found: Happening, medium: Medium) -> str:
    return f"reshard by DDM's method 2: {words.listing(_growth(share, medium) for share in found.event.shares)}"


def _rebalance(found: Happening, medium: Medium) -> str:
    return f"rebalance: {_moved(found.event.shares, medium)} {_way(found, medium)}"


def _replaced(found: Happening, medium: Medium) -> str:
    gone, new = _nodes(found.sources, medium), _nodes(found.targets, medium)
    return f"data node replaced: {new} is new, {_moved(found.event.shares, medium)} moved to it from {gone}, now gone"


def _scale_in(found: Happening, medium: Medium) -> str:
    shares, to_added = found.event.shares, found.event.to_added
    went = [f"{_moved(shares, medium)} moved"] if any(share.moved for share in shares) else []
    went += [f"{words.plural(to_added, 'shard')} went with the scale-out"] if to_added else []
    return f"scale-in: data node {_nodes(found.sources, medium)} is gone, {words.listing(went) or 'no shard moved'}"


def _created(found: Happening, medium: Medium) -> str:
    count = words.plural(sum(share.added for share in found.event.shares), "shard")
    where = f" on {_nodes(found.targets, medium)}" if found.targets else ""
    return f"database {medium.name(found.event.subject)} created with {count}{where}"


def _dropped(found: Happening, medium: Medium) -> str:
    count = words.plural(sum(share.removed for share in found.event.shares), "shard")
    return f"database {medium.name(found.event.subject)} dropped with {count}"


def _scale_out(found: Happening, medium: Medium) -> str:
    shares = found.event.shares
    same, grown = [share for share in shares if not share.grown], [share for share in shares if share.grown]
    noun, them = ("data node", "it") if len(found.targets) == 1 else ("data nodes", "them")
    method = {(True, False): " by DDM's method 1", (False, True): " by DDM's method 3"}.get((bool(same), bool(grown)))
    by = (" by DDM's methods 1 and 3" if shares else "") if method is None else method
    first, third = (" (method 1)", " (method 3)") if same and grown else ("", "")
    parts = [f"{noun} {_nodes(found.targets, medium)} added"]
    parts += [f"{_moved(same, medium)} moved to {them}{first}"] if same else []
    parts += [
        f"{_growth(share, medium)}, {share.moved + share.arrived:,} on {them}{third}" for share in grown[:MOST_NAMES]
    ]
    parts += [f"{words.plural(len(grown) - MOST_NAMES, 'more database')} grew"] if len(grown) > MOST_NAMES else []
    return f"scale-out{by}: {words.listing(parts if shares else [*parts, 'no shard moved to ' + them])}"


def _moved(shares: Iterable[Share], medium: Medium) -> str:
    """`8 of 16 shards of orders`, or of several databases."""
    some = [share for share in shares if share.moved]
    moved, of = sum(share.moved for share in some), words.plural(sum(share.after for share in some), "shard")
    named = words.listing(medium.name(share.database) for share in some[:MOST_NAMES])
    more = f" and {len(some) - MOST_NAMES:,} more databases" if len(some) > MOST_NAMES else ""
    return f"{moved:,} of {of} of {named}{more}"


def _growth(share: Share, medium: Medium) -> str:
    name = medium.name(share.database)
    if share.after == share.before:
        return f"{name} declares {share.declared:,} more shards and has {share.after:,} as before"
    return f"{name} went from {share.before:,} to {words.plural(share.after, 'shard')}"


def _way(found: Happening, medium: Medium) -> str:
    if len(found.sources) == len(found.targets) == 1:
        return f"moved from {_nodes(found.sources, medium)} to {_nodes(found.targets, medium)}"
    return f"moved among {words.plural(len({*found.sources, *found.targets}), 'data node')}"


def _nodes(nodes: tuple[Node, ...], medium: Medium) -> str:
    shown = words.listing(words.short_node(node, medium) for node in nodes[:MOST_NAMES])
    return f"{shown} and {len(nodes) - MOST_NAMES:,} more" if len(nodes) > MOST_NAMES else shown


def single(change: Change, medium: Medium) -> str:
    """What changed in one data node, database or shard."""
    match change.record:
        case DataNode(id=node_id, name=name):
            who = f"data node {words.node(Node(node_id, name, node_id), medium)}"
        case Shard(database=database, name=name):
            who = f"shard {medium.name(name)} of {medium.name(database)}"
        case record:
            who = f"database {medium.name(record.name)}"
    if not change.edits:
        return f"{who} {'appeared' if change.before is None else 'disappeared'}"
    told = words.listing(words.edit(edit, medium) for edit in change.edits[:MOST_EDITS])
    more = f" and {len(change.edits) - MOST_EDITS:,} more edits" if len(change.edits) > MOST_EDITS else ""
    return f"{who}: {told}{more}"


_TITLES: Final[Mapping[str, Callable[[Happening, Medium], str]]] = {
    "returned": _returned,
    "scale-out": _scale_out,
    "reshard": _reshard,
    "rebalance": _rebalance,
    "data-node-replaced": _replaced,
    "scale-in": _scale_in,
    "database-created": _created,
    "database-dropped": _dropped,
}
