from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from drift.compare.diff import diff
from drift.compare.node_mapping import match, parse, translate
from drift.core.errors import ConfigError, DriftError, JudgementError
from drift.core.model import Database, Snapshot, canonical_json
from support.builders import a_database, a_node, a_shard, a_snapshot, node_id
from support.strategies import snapshots

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from drift.core.model import DataNode

ORIGIN = Path("nodes.toml")


def on_other_nodes(snapshot: Snapshot, ids: Mapping[str, str]) -> Snapshot:
    """The same topology where each data node has another's id."""
    return Snapshot.of(
        instance=snapshot.instance,
        taken_at=snapshot.taken_at,
        source=snapshot.source,
        gaps=snapshot.gaps,
        data_nodes=[msgspec.structs.replace(node, id=ids.get(node.id, node.id)) for node in snapshot.data_nodes],
        databases=[
            Database.of(
                database.name,
                shard_mode=database.shard_mode,
                shard_count=database.shard_count,
                status=database.status,
                attributes=database.attributes,
                shards=[
                    msgspec.structs.replace(shard, data_node_id=ids.get(shard.data_node_id, shard.data_node_id))
                    for shard in database.shards
                ],
            )
            for database in snapshot.databases
        ],
    )


def changed(before: Snapshot, after: Snapshot, pairs: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
    """What differs beyond the data nodes, as rule and name."""
    learned = match(before, after, pairs or {})
    return [(change.rule, change.name) for change in diff(translate(before, after, learned), after).changes]


def spread(*nodes: str, prefix: str = "") -> Snapshot:
    """A database whose shards are on those data nodes, one after the other; each node is named with the prefix."""
    shards = [a_shard(f"orders_{index:04}", on=prefix + node) for index, node in enumerate(nodes)]
    return a_snapshot(a_database(shards=shards), nodes=sorted({prefix + node for node in nodes}))


@given(st.data(), snapshots())
def test_other_ids_alone_are_no_difference(data: st.DataObject, snapshot: Snapshot) -> None:
    """However the ids of data nodes are permuted or replaced, a topology equals itself."""
    ids = sorted({node.id for node in snapshot.data_nodes} | {
        shard.data_node_id for database in snapshot.databases for shard in database.shards
    })  # fmt: skip
    others = data.draw(st.permutations(ids)) if data.draw(st.booleans()) else [f"other {node}" for node in ids]
    after = on_other_nodes(snapshot, dict(zip(ids, others, strict=True)))
    pairs = match(snapshot, after, {})
    assert diff(translate(snapshot, after, pairs), after).changes == ()


@settings(max_examples=30)
@given(snapshots(), snapshots())
def test_no_data_node_has_two_partners(before: Snapshot, after: Snapshot) -> None:
    """Whatever two topologies are compared: either it is said that they can't be told, or the pairs are one to one."""
    try:
        pairs = match(before, after, {})
    except JudgementError:
        return
    assert len({pair.before for pair in pairs}) == len({pair.after for pair in pairs}) == len(pairs)
    assert translate(before, after, pairs).shard_count == before.shard_count


PROD = ["a", "a", "a", "a", "b", "b", "b", "b"]

# What differs, how the twin's shards are placed, and what is reported beyond the data nodes.
TABLE = [
    ("nothing", PROD, []),
    ("one shard", ["a", "a", "a", "b", "b", "b", "b", "b"], [("shard-moved", "orders_0003")]),
    (
        "a data node more",
        ["a", "a", "a", "c", "b", "b", "b", "c"],
        [("data-node-added", node_id("dr-c")), ("shard-moved", "orders_0003"), ("shard-moved", "orders_0007")],
    ),
    (
        "shards that are missing",
        PROD[:6],
        [("database-resharded", "orders"), ("shard-removed", "orders_0006"), ("shard-removed", "orders_0007")],
    ),
]


@pytest.mark.parametrize(("twin", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_only_what_differs_beyond_the_data_nodes_is_told(twin: list[str], expected: list[tuple[str, str]]) -> None:
    """A twin's data nodes have other ids, names and endpoints; everything else is compared."""
    assert changed(spread(*PROD), spread(*twin, prefix="dr-")) == expected


def test_the_engine_of_a_twin_is_compared() -> None:
    """What a data node is, apart from which one it is, counts as a difference."""
    twin = msgspec.structs.replace(
        spread(*PROD, prefix="dr-"), data_nodes=(a_node("dr-a", engine_version="5.7"), a_node("dr-b"))
    )
    assert changed(spread(*PROD), twin) == [("data-node-engine-changed", node_id("dr-a"))]


@pytest.mark.parametrize(
    "twin",
    [["a", "a", "b", "b", "a", "a", "b", "b"], ["a", "a", "c", "c", "b", "b", "b", "b"], ["c", "d", "e", "f"] * 2],
    ids=["two alike", "one split in two", "dealt out anew"],
)
def test_what_the_shards_leave_open_is_not_guessed(twin: list[str]) -> None:
    """Where shards don't tell who stands for whom, that is said, with the candidates and the way on."""
    with pytest.raises(JudgementError) as error:
        match(spread(*PROD), spread(*twin, prefix="dr-"), {})
    assert node_id("a") in error.value.message
    assert "--map-nodes FILE" in str(error.value.hint)
    assert error.value.exit_code == 4


def test_a_file_decides_what_the_shards_leave_open() -> None:
    """Given pairs hold, by name or id, and the others are learned beside them."""
    before, after = spread(*PROD), spread("a", "a", "c", "c", "b", "b", "b", "b", prefix="dr-")
    pairs = match(before, after, {"a": node_id("dr-c")})
    assert [(pair.before_name, pair.after_name, pair.shared, pair.given) for pair in pairs] == [
        (name, f"dr-{other}", shared, given_)
        for _, name, other, shared, given_ in sorted(
            [(node_id("a"), "a", "c", 2, True), (node_id("b"), "b", "b", 4, False)]
        )
    ]
    assert [rule for rule, _ in changed(before, after, {"a": "dr-c"})] == [
        "data-node-added",
        "shard-moved",
        "shard-moved",
    ]


def test_empty_data_nodes_are_paired_by_likeness() -> None:
    """Data nodes that hold nothing stand for each other, and one too many is a difference."""
    before, after = a_snapshot(nodes=["a", "b"]), a_snapshot(nodes=["dr-a", "dr-b", "dr-c"])
    assert [rule for rule, _ in changed(before, after)] == ["data-node-added"]


spares: dict[str, tuple[list[DataNode], list[DataNode], list[str]]] = {
    "other facts, other order": (
        [a_node("a", engine_version="5.7"), a_node("b", engine_version="8.0")],
        [a_node("dr-a", engine_version="8.0"), a_node("dr-b", engine_version="5.7")],
        [],
    ),
    "nothing in common": (
        [a_node("a", engine_version="5.6"), a_node("b", engine_version="5.7")],
        [a_node("dr-a", engine_version="8.0"), a_node("dr-b", engine_version="8.1")],
        ["data-node-added", "data-node-added", "data-node-removed", "data-node-removed"],
    ),
    "the only ones": ([a_node("a", engine_version="5.7")], [a_node("b")], ["data-node-engine-changed"]),
    "a name in common": (
        [replace(a_node("a", engine_version="5.7"), id="1"), replace(a_node("b"), id="2")],
        [replace(a_node("a"), id="3"), replace(a_node("b"), id="4")],
        ["data-node-engine-changed"],
    ),
}


@pytest.mark.parametrize(("before", "after", "expected"), spares.values(), ids=spares)
def test_empty_data_nodes_are_not_paired_by_chance(
    before: list[DataNode], after: list[DataNode], expected: list[str]
) -> None:
    """Without shards, only sameness makes a pair, or being the only ones."""
    sides = [replace(a_snapshot(), data_nodes=tuple(each), databases=()) for each in (before, after)]
    assert sorted(rule for rule, _ in changed(*sides)) == expected


@pytest.mark.parametrize("unlisted", [0, 1])
def test_partners_of_which_one_is_not_listed_are_one(unlisted: int) -> None:
    """Data nodes that correspond are never told as removed and added, whatever the lists say of them."""
    sides = [spread(*PROD), spread(*PROD, prefix="dr-")]
    sides[unlisted] = replace(sides[unlisted], data_nodes=())
    assert changed(*sides) == []


def test_an_id_that_another_one_has_now_is_not_mixed_up() -> None:
    """A data node that is gone is told as gone although its id stands for another one now."""
    before = spread("a", "a", "a", "b")
    after = on_other_nodes(spread("a", "a", "a"), {node_id("a"): node_id("b")})
    assert [rule for rule, _ in changed(before, after)] == ["data-node-removed", "database-resharded", "shard-removed"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[nodes]\n",
        "nodes = 3\n",
        "[nodes]\na = 3\n",
        '[nodes]\na = ""\n',
        '[nodes]\na = "x"\n[more]\n',
        "not TOML",
    ],
)
def test_a_file_of_pairs_is_read_strictly(text: str) -> None:
    """What is no list of pairs is a configuration error that names the file."""
    with pytest.raises(ConfigError, match=r"nodes\.toml"):
        parse(text, ORIGIN)


@pytest.mark.parametrize(
    "pairs", [{"nobody": "dr-a"}, {"a": "nobody"}, {"a": "dr-a", "b": "dr-a"}, {"a": "dr-a", node_id("a"): "dr-b"}]
)
def test_pairs_that_can_not_be_are_refused(pairs: dict[str, str]) -> None:
    """A data node that isn't there, or stands in two pairs, is an error of the file."""
    with pytest.raises(DriftError) as error:
        match(spread(*PROD), spread(*PROD, prefix="dr-"), pairs)
    assert error.value.exit_code == 2


def test_a_file_of_pairs() -> None:
    """Names and ids stand under [nodes]."""
    assert parse('[nodes]\n"rds-1" = "rds-dr-1"\nrds-2 = "rds-dr-2"\n', ORIGIN) == {
        "rds-1": "rds-dr-1",
        "rds-2": "rds-dr-2",
    }


mentions: dict[str, Callable[[list[str]], object]] = {
    "objects": lambda names: [{"id": node_id(name), "name": name, "host": a_node(name).host} for name in names],
    "ids": lambda names: [node_id(name) for name in names],
    "one inside others": lambda names: {"more": {"standby": node_id(names[0]), "of": [{"x": [node_id(names[1])]}]}},
    "keys": lambda names: {node_id(name): {"weight": len(name) > 9} for name in names},
}


@pytest.mark.parametrize("mention", mentions.values(), ids=mentions)
def test_mentions_inside_attributes_are_translated(mention: Callable[[list[str]], object]) -> None:
    """Attributes of a database, a shard or a data node differ only where their data nodes do."""
    sides = []
    for names in (["rds-1", "rds-2"], ["dr-1", "dr-2"]):
        told = {"about": mention(names)}
        shards = [a_shard("orders_0000", on=names[0], attributes=told), a_shard("orders_0001", on=names[1])]
        snapshot = a_snapshot(a_database(shards=shards, attributes=told), nodes=names)
        nodes = tuple(replace(node, attributes=canonical_json(told)) for node in snapshot.data_nodes)
        sides.append(replace(snapshot, data_nodes=nodes))
    assert changed(*sides) == []
    assert {change.rule for change in diff(*sides).changes} > {"database-changed", "data-node-added"}
