"""The titles of events. Pure. Each function takes the medium that makes outside text safe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.compare.events import Deviation
from drift.core.model import DataNode, Shard
from drift.reports.content.nodes import Node
from drift.reports.wording import change_groups, node_names, sentences, times
from drift.reports.wording.i18n import mark_noun, mark_sentence, plural, plural_more, translate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from drift.compare.diff import Change
    from drift.compare.events import Share
    from drift.core.model import SnapshotRef
    from drift.reports.content.happenings import Happening
    from drift.reports.wording.escape import Medium

MOST_NAMES: Final = 4
MOST_EDITS: Final = 4

_NOTES: Final = {
    Deviation.ELSEWHERE: mark_sentence("{what} moved between data nodes that existed before"),
    Deviation.UNCALLED: mark_sentence("{what} appeared although the database did not grow"),
    Deviation.STRAY: mark_sentence("{what} went to a data node that is not listed"),
    Deviation.VANISHED: mark_sentence("{what} disappeared"),
    Deviation.REDECLARED: mark_sentence("{what} declares a change other than more shards"),
    Deviation.MISSING: mark_sentence("{what} declared but missing"),
    Deviation.EMPTY: mark_sentence("{what} added without any shard"),
    Deviation.LEFT: mark_sentence("{what} still on the data node that disappeared"),
}
_COUNTED: Final = {Deviation.REDECLARED: mark_noun("database"), Deviation.EMPTY: mark_noun("data node")}


def title(found: Happening, medium: Medium) -> str:
    """Say what happened in an event, without its deviations."""
    if found.event.change is not None:
        return single(found.event.change, medium)
    return _TITLES[found.event.kind](found, medium)


def notes(found: Happening) -> list[str]:
    """Count the deviations of an event, by kind."""
    text = found.event.deviations
    return [translate(_NOTES[why], what=plural(count, _COUNTED.get(why, mark_noun("shard")))) for why, count in text]


def _returned(found: Happening, medium: Medium) -> str:
    event = found.event
    which = _database(event.subject, medium) if event.subject else translate("the topology")
    return translate(
        "returned: {which} is the same as in {snapshot} again", which=which, snapshot=_earlier(event.earlier, medium)
    )


def _database(name: str, medium: Medium) -> str:
    return translate("database {name}", name=medium.name(name))


def _earlier(found: SnapshotRef | None, medium: Medium) -> str:
    if found is None:
        return translate("an earlier snapshot")
    label = sentences.followed(f"{found.number}", medium.name(found.label) if found.label else "")
    return translate(
        "{snapshot} of {time}",
        snapshot=translate("snapshot {label}", label=label),
        time=times.moment(found.taken_at),
    )


def _reshard(found: Happening, medium: Medium) -> str:
    growth = sentences.clauses(_growth(share, medium) for share in found.event.shares)
    return translate("reshard by DDM's method 2: {growth}", growth=growth)


def _rebalance(found: Happening, medium: Medium) -> str:
    shards = _moved(found.event.shares, medium)
    if len(found.sources) == len(found.targets) == 1:
        source, target = _nodes(found.sources, medium), _nodes(found.targets, medium)
        return translate(
            "rebalance: {shards} moved from {source} to {target}", shards=shards, source=source, target=target
        )
    nodes = plural(len({*found.sources, *found.targets}), "data node")
    return translate("rebalance: {shards} moved among {nodes}", shards=shards, nodes=nodes)


def _replaced(found: Happening, medium: Medium) -> str:
    return translate(
        "data node replaced: {new} appeared, {shards} moved to it from {gone}, which disappeared",
        new=_nodes(found.targets, medium),
        shards=_moved(found.event.shares, medium),
        gone=_nodes(found.sources, medium),
    )


def _scale_in(found: Happening, medium: Medium) -> str:
    gone, shares, to_added = _nodes(found.sources, medium), found.event.shares, found.event.to_added
    parts = [translate("data node {gone} disappeared", gone=gone)]
    if any(share.moved for share in shares):
        parts.append(translate("{shards} moved", shards=_moved(shares, medium)))
    if to_added:
        parts.append(translate("{shards} moved with the scale-out", shards=plural(to_added, "shard")))
    return translate(
        "scale-in: {what}", what=sentences.clauses(parts if len(parts) > 1 else [*parts, translate("no shard moved")])
    )


def _created(found: Happening, medium: Medium) -> str:
    name, shards = medium.name(found.event.subject), plural(sum(share.added for share in found.event.shares), "shard")
    if not found.targets:
        return translate("database {name} created with {shards}", name=name, shards=shards)
    nodes = _nodes(found.targets, medium)
    return translate("database {name} created with {shards} on {nodes}", name=name, shards=shards, nodes=nodes)


def _dropped(found: Happening, medium: Medium) -> str:
    shards = plural(sum(share.removed for share in found.event.shares), "shard")
    return translate("database {name} dropped with {shards}", name=medium.name(found.event.subject), shards=shards)


def _scale_out(found: Happening, medium: Medium) -> str:
    shares = found.event.shares
    same, grown = [share for share in shares if not share.grown], [share for share in shares if share.grown]
    is_one, nodes = len(found.targets) == 1, _nodes(found.targets, medium)
    first, third = (translate("method 1"), translate("method 3")) if same and grown else ("", "")
    parts = [
        translate("data node {nodes} added", nodes=nodes)
        if is_one
        else translate("data nodes {nodes} added", nodes=nodes)
    ]
    if not shares:
        parts.append(translate("no shard moved to it") if is_one else translate("no shard moved to them"))
    if same:
        moved = _moved(same, medium)
        text = (
            translate("{shards} moved to it", shards=moved)
            if is_one
            else translate("{shards} moved to them", shards=moved)
        )
        parts.append(sentences.followed(text, first))
    for share in grown[:MOST_NAMES]:
        count = share.moved + share.arrived
        there = translate("{count:,} on it", count=count) if is_one else translate("{count:,} on them", count=count)
        parts += [_growth(share, medium), sentences.followed(there, third)]
    if (hidden := len(grown) - MOST_NAMES) > 0:
        parts.append(translate("{databases} grew", databases=plural_more(hidden, "database")))
    return translate(_METHODS[bool(same), bool(grown)], what=sentences.clauses(parts))


def _moved(shares: Iterable[Share], medium: Medium) -> str:
    """Count the shards that moved: `8 of 16 shards of orders`, or of several databases."""
    some = [share for share in shares if share.moved]
    databases = sentences.listing(medium.name(share.database) for share in some[:MOST_NAMES])
    if (hidden := len(some) - MOST_NAMES) > 0:
        databases = translate("{told} and {more}", told=databases, more=plural_more(hidden, "database"))
    return translate(
        "{count:,} of {shards} of {databases}",
        count=sum(share.moved for share in some),
        shards=plural(sum(share.after for share in some), "shard"),
        databases=databases,
    )


def _growth(share: Share, medium: Medium) -> str:
    name = medium.name(share.database)
    if share.after == share.before:
        return translate(
            "{name} declares {more:,} more shards, but still has {count:,}",
            name=name,
            more=share.declared,
            count=share.after,
        )
    shards = plural(share.after, "shard")
    if share.after < share.before:
        return translate(
            "{name} declares {more:,} more shards, but shrank from {count:,} to {shards}",
            name=name,
            more=share.declared,
            count=share.before,
            shards=shards,
        )
    return translate("{name} grew from {count:,} to {shards}", name=name, count=share.before, shards=shards)


def _nodes(nodes: tuple[Node, ...], medium: Medium) -> str:
    shown = sentences.listing(node_names.short_node(node, medium) for node in nodes[:MOST_NAMES])
    hidden = len(nodes) - MOST_NAMES
    return translate("{nodes} and {hidden:,} more", nodes=shown, hidden=hidden) if hidden > 0 else shown


def single(change: Change, medium: Medium, node: Node | None = None) -> str:
    """Say what changed in one data node, database or shard; a `node` names the data node with its short id."""
    match change.record:
        case DataNode(id=node_id, name=name):
            shown = (
                node_names.short_node(node, medium) if node else node_names.node(Node(node_id, name, node_id), medium)
            )
            who = translate("data node {name}", name=shown)
        case Shard(database=database, name=name):
            who = translate("shard {name} of {database}", name=medium.name(name), database=medium.name(database))
        case record:
            who = _database(record.name, medium)
    if not change.edits:
        return (
            translate("{what} appeared", what=who)
            if change.before is None
            else translate("{what} disappeared", what=who)
        )
    return translate("{who}: {what}", who=who, what=change_groups.edits(change.edits, MOST_EDITS, medium))


_METHODS: Final = {
    (False, False): mark_sentence("scale-out: {what}"),
    (True, False): mark_sentence("scale-out by DDM's method 1: {what}"),
    (False, True): mark_sentence("scale-out by DDM's method 3: {what}"),
    (True, True): mark_sentence("scale-out by DDM's methods 1 and 3: {what}"),
}
"""By whether databases kept their shards, and whether any got more."""

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
