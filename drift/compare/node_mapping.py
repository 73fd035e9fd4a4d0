"""Map the data nodes of one topology to those of another by the shards that each holds. Pure.

A disaster-recovery instance has the same shards on other data nodes. Nothing is guessed: two data nodes form a pair
only where each is the other's best match, for most of its shards or as the only candidate. The rest is ambiguous, and
needs a file of pairs.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from drift.compare.node_mentions import Mentions
from drift.core import strict_toml, validators
from drift.core.errors import ConfigError, JudgementError
from drift.core.model import Database, DataNode, Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from pathlib import Path

_Overlaps: TypeAlias = Counter[tuple[str, str]]

_MOST_LISTED: Final = 12


class NodePair(msgspec.Struct, frozen=True, kw_only=True):
    """A data node before and its counterpart after.

    Of the shards that both topologies have, `shared` are on both data nodes, `held_before` and `held_after` on each.
    `given` pairs come from a file and were not inferred.
    """

    before: str
    after: str
    before_name: str | None
    after_name: str | None
    shared: int
    held_before: int
    held_after: int
    given: bool


def parse(text: str, origin: Path) -> dict[str, str]:
    """Parse a file of pairs, by name or id: `[nodes]` with BEFORE = "AFTER". Raises ConfigError."""
    problems: list[strict_toml.Problem] = []
    root = strict_toml.Table(strict_toml.parse(text, origin), problems)
    nodes = root.table("nodes")
    pairs = {key: nodes.read(key, validators.text, "") for key in nodes.values}
    root.refuse_unknown(lambda _key: None)
    if problems or not pairs:
        words = (
            strict_toml.problem_text(problems, origin) if problems else f"{origin}: expected data nodes under [nodes]"
        )
        raise ConfigError(words, hint='It pairs data nodes by name or id: [nodes], then "rds-1" = "rds-dr-1".')
    return pairs


def match(before: Snapshot, after: Snapshot, given: Mapping[str, str]) -> tuple[NodePair, ...]:
    """Pair the data nodes: the `given` pairs hold, the others are inferred. Pairs are in the order of the ids before.

    Raises ConfigError for an impossible given pair, JudgementError where the shards leave more than one mapping.
    """
    places = _places(before), _places(after)
    overlaps = Counter((node, places[1][shard]) for shard, node in places[0].items() if shard in places[1])
    fixed = _resolved(given, before, after)
    pairs = fixed | _inferred(overlaps, fixed)
    pairs |= _empty(before, after, pairs)
    names = {node.id: node.name for node in before.data_nodes}, {node.id: node.name for node in after.data_nodes}
    held = Counter[str](), Counter[str]()
    for (old, new), count in overlaps.items():
        held[0][old] += count
        held[1][new] += count
    return tuple(
        NodePair(
            before=old,
            after=new,
            before_name=names[0].get(old),
            after_name=names[1].get(new),
            shared=overlaps[old, new],
            held_before=held[0][old],
            held_after=held[1][new],
            given=old in fixed,
        )
        for old, new in sorted(pairs.items())
    )


def translate(before: Snapshot, after: Snapshot, pairs: Iterable[NodePair]) -> Snapshot:
    """Translate `before` to the data nodes of `after`: with their ids, names and endpoints.

    Engine, version and attributes stay, so that they are compared; ids of data nodes inside attributes are translated.
    A data node without a counterpart keeps its id, unless another data node has that id now.
    """
    partners = {pair.before: pair.after for pair in pairs}
    taken = set(partners.values())
    records = {node.id: node for node in after.data_nodes}
    mentions = Mentions(partners, {node.id: node for node in before.data_nodes}, records)

    def translated(node_id: str) -> str:
        return partners.get(node_id) or (f"{node_id} (before)" if node_id in taken else node_id)

    return before.with_records(
        data_nodes=_translated_nodes(before, after, partners, mentions, translated),
        databases=[
            Database.of(
                database.name,
                shard_mode=database.shard_mode,
                shard_count=database.shard_count,
                status=database.status,
                attributes=mentions.translated(database.attributes),
                shards=[
                    msgspec.structs.replace(
                        shard,
                        data_node_id=translated(shard.data_node_id),
                        attributes=mentions.translated(shard.attributes),
                    )
                    for shard in database.shards
                ],
            )
            for database in before.databases
        ],
    )


def _translated_nodes(
    before: Snapshot, after: Snapshot, partners: Mapping[str, str], mentions: Mentions, translated: Callable[[str], str]
) -> list[DataNode]:
    """Translate the data nodes. Partners of which only one is listed are neither added nor removed: they are one."""
    records = {node.id: node for node in after.data_nodes}
    listed = [
        _translated_node(node, translated(node.id), records, mentions)
        for node in before.data_nodes
        if partners.get(node.id) is None or partners[node.id] in records
    ]
    known = {node.id for node in before.data_nodes}
    return [*listed, *(records[new] for old, new in partners.items() if old not in known and new in records)]


def _translated_node(node: DataNode, node_id: str, records: Mapping[str, DataNode], mentions: Mentions) -> DataNode:
    partner, attributes = records.get(node_id), mentions.translated(node.attributes)
    if partner is None:
        return msgspec.structs.replace(node, id=node_id, attributes=attributes)
    return msgspec.structs.replace(
        node, id=node_id, name=partner.name, host=partner.host, port=partner.port, attributes=attributes
    )


def _places(snapshot: Snapshot) -> dict[tuple[str, str], str]:
    return {
        (shard.database, shard.name): shard.data_node_id for database in snapshot.databases for shard in database.shards
    }


def _resolved(given: Mapping[str, str], before: Snapshot, after: Snapshot) -> dict[str, str]:
    """Resolve the given pairs to ids."""
    pairs = {_called(old, before, "before"): _called(new, after, "after") for old, new in given.items()}
    if len(pairs) < len(given) or len(set(pairs.values())) < len(given):
        raise ConfigError(
            "the file of data nodes pairs one of them twice", hint="A data node may appear once per side."
        )
    return pairs


def _called(word: str, snapshot: Snapshot, side: str) -> str:
    """Find the id of the one data node with that id or name."""
    found = {node.id for node in snapshot.data_nodes if word in {node.id, node.name}}
    if len(found) != 1:
        known = validators.suggestion(word, filter(None, (node.name for node in snapshot.data_nodes)))
        count = f"{len(found)} data nodes are" if found else "no data node is"
        raise ConfigError(f"{count} called {word!r} in the snapshot {side}{known}", hint="A data node's id is unique.")
    return found.pop()


def _inferred(overlaps: _Overlaps, fixed: Mapping[str, str]) -> dict[str, str]:
    """Infer the pairs in which each is the other's best match, with most of its shards or as the only candidate."""
    taken = set(fixed), set(fixed.values())
    open_pairs = Counter({pair: count for pair, count in overlaps.items() if not _is_taken(pair, taken)})
    held = Counter[tuple[int, str]]()
    for (old, new), count in overlaps.items():
        held[0, old] += count
        held[1, new] += count
    inferred: dict[str, str] = {}
    while found := [pair for pair in _mutual(open_pairs) if _is_clear(pair, open_pairs, held)]:
        inferred.update(found)
        taken = {old for old, _ in found}, {new for _, new in found}
        open_pairs = Counter({pair: count for pair, count in open_pairs.items() if not _is_taken(pair, taken)})
    if open_pairs:
        raise _ambiguous(open_pairs)
    return inferred


def _is_taken(pair: tuple[str, str], taken: tuple[Collection[str], Collection[str]]) -> bool:
    return pair[0] in taken[0] or pair[1] in taken[1]


def _is_clear(pair: tuple[str, str], overlaps: _Overlaps, held: Mapping[tuple[int, str], int]) -> bool:
    if 2 * overlaps[pair] > min(held[0, pair[0]], held[1, pair[1]]):
        return True
    return not any(other != pair and (other[0] == pair[0] or other[1] == pair[1]) for other in overlaps)


def _mutual(overlaps: _Overlaps) -> list[tuple[str, str]]:
    """Select the pairs that share more than either shares with any other data node."""
    best = _best(overlaps, 0), _best(overlaps, 1)
    return [pair for pair, count in overlaps.items() if count == best[0][pair[0]] == best[1][pair[1]]]


def _best(overlaps: _Overlaps, side: int) -> dict[str, int]:
    """Return the most shards that each data node of a side shares with one other; 0 where several share as many."""
    best: dict[str, int] = {}
    for pair, count in sorted(overlaps.items(), key=lambda item: item[1]):
        best[pair[side]] = 0 if best.get(pair[side]) == count else count
    return best


def _empty(before: Snapshot, after: Snapshot, pairs: Mapping[str, str]) -> dict[str, str]:
    """Pair the data nodes without shards that nothing tells apart, that share a name, or that are the only ones left.

    The others stay without a partner: no shard says which belong together.
    """
    old, new = list(_without_shards(before, pairs.keys())), list(_without_shards(after, set(pairs.values())))
    if len(old) == len(new) == 1:
        return {old[0].id: new[0].id}
    found: dict[str, str] = {}
    for likeness, is_unique in ((_all_facts, False), (_name, True), (_compared_facts, False)):
        sides = [_by(likeness, (node for node in side if node.id not in taken), is_unique=is_unique)
                 for side, taken in ((old, found.keys()), (new, set(found.values())))]  # fmt: skip
        for key in sides[0].keys() & sides[1].keys():
            found.update(zip(sides[0][key], sides[1][key], strict=False))
    return found


def _by(
    likeness: Callable[[DataNode], tuple[str, ...] | None], nodes: Iterable[DataNode], *, is_unique: bool
) -> dict[tuple[str, ...], list[str]]:
    """Group the ids of data nodes by a likeness; if it has to be unique, without those that share it."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for node in sorted(nodes, key=_all_facts):
        if (key := likeness(node)) is not None:
            groups.setdefault(key, []).append(node.id)
    return {key: ids for key, ids in groups.items() if len(ids) == 1 or not is_unique}


def _without_shards(snapshot: Snapshot, taken: Collection[str]) -> Iterator[DataNode]:
    held = set(_places(snapshot).values())
    return (node for node in snapshot.data_nodes if node.id not in held and node.id not in taken)


def _name(node: DataNode) -> tuple[str, ...] | None:
    return None if node.name is None else (node.name,)


def _compared_facts(node: DataNode) -> tuple[str, ...]:
    """Return the facts that are compared between partners, so that data nodes that share them are interchangeable."""
    return tuple(map(str, (node.engine, node.engine_version, node.attributes)))


def _all_facts(node: DataNode) -> tuple[str, ...]:
    return (*_compared_facts(node), *map(str, (node.name, node.host, node.port)))


def _ambiguous(overlaps: _Overlaps) -> JudgementError:
    ordered = sorted(overlaps.items(), key=lambda item: (item[0][0], -item[1], item[0][1]))
    listed = [f"  {old} and {new} have {count} shards in common" for (old, new), count in ordered[:_MOST_LISTED]]
    others = [f"  and {len(ordered) - _MOST_LISTED} more such pairs"] if len(ordered) > _MOST_LISTED else []
    return JudgementError(
        "\n".join(["could not pair the data nodes: their shards fit more than one way:", *listed, *others]),
        hint='Name the pairs in a file: [nodes], then "BEFORE" = "AFTER" by name or id; then --map-nodes FILE.',
    )
