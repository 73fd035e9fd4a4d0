"""Snapshots that were read with different settings: what only the settings explain is never a change."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from drift.compare.diff import diff
from drift.compare.read_otherwise import OTHER_PLACES
from drift.compare.untold import Untold
from drift.core.model import Gap
from drift.core.read_settings import OtherSetting, ReadSettings, other_settings
from drift.decode.content import Options
from drift.decode.layouts import Layout
from drift.decode.sources.export import decode_document
from support.builders import ORDERS, a_database, a_node, a_shard, a_snapshot, a_time, node_id
from support.world_judging import read
from support.world_layouts import a_pair

if TYPE_CHECKING:
    from drift.core.model import Snapshot

WORDS = ("charset", "weight", "note", "host", "owner")


def test_only_what_happened_is_told_whatever_is_volatile() -> None:
    """Of two random worlds, one operation apart and read with random `volatile`, just the operation is told."""
    told = 0
    for seed in range(120):
        random, sides = Random(seed), a_pair(seed, odd=0.0)  # noqa: S311 - no secret
        words = [frozenset(random.sample(WORDS, random.randrange(3))) for _ in sides]
        unlike = [read(side, Options(volatile=tuple(its))) for side, its in zip(sides, words, strict=True)]
        both = [read(side, Options(volatile=tuple(words[0] | words[1]))) for side in sides]
        if unlike[0] is None or unlike[1] is None or both[0] is None or both[1] is None:
            continue
        found, expected = diff(unlike[0], unlike[1]), diff(both[0], both[1])
        rules = [[(change.rule, change.name, change.edits) for change in each.changes] for each in (found, expected)]
        assert rules[0] == rules[1], seed
        told += any(fact.by_settings for fact in found.not_told)
    assert told


def captured(status: str, phase: str, name: str = "orders_0000", layout: dict[str, str] | None = None) -> Snapshot:
    """A shard with two members that could be its status, and two that could be its name."""
    shards = [
        {"name": f"orders_{place:04}", "other": f"o_{place}", "data_node_id": node_id("rds-1"), "status": status,
         "phase": phase}
        for place in range(2)
    ]  # fmt: skip
    shards[0]["name"] = name
    options = Options(layout=(Layout.parse(layout),) if layout else ())
    nodes = [{"instance_id": node_id("rds-1"), "instance_name": "rds-1"}]
    document = {"data_nodes": nodes, "compressed_databases_info": [{"name": "orders", "shards": shards}]}
    content = decode_document(document, options)
    snapshot = content.snapshot(instance=ORDERS, taken_at=a_time(), source="export")
    return msgspec.structs.replace(snapshot, read_with=options.settings_for("export"))


def declared(status: str = "status", name: str = "name") -> dict[str, str]:
    """A `[layout]` that takes these members for a shard's status and name."""
    members = {"shard_name": name, "data_node": "data_node_id", "shard_status": status}
    paths = {fact: f"[].shards[].{member}" for fact, member in members.items()}
    return {"shards": "[].shards[]", "databases": "[]", "database_name": "[].name", "database": "[].name", **paths}


def test_another_member_as_the_status_is_no_change() -> None:
    """Where `[layout]` makes another member the status, it is not told, and what is placed as before is compared."""
    found = diff(captured("OK", "ready", layout=declared("status")), captured("OK", "ready", layout=declared("phase")))
    assert (found.changes, found.not_checked) == ((), ())
    assert Untold("shard", ("status",), "before", 2, by_settings=True) in found.not_told


def test_other_names_by_the_layout_can_not_be_compared() -> None:
    """Where `[layout]` names shards by another member, they are a part that was not checked, rather than replaced."""
    found = diff(captured("OK", "ready", layout=declared()), captured("OK", "ready", layout=declared(name="other")))
    assert (found.changes, found.not_checked) == ((), (Gap("databases", OTHER_PLACES),))


def read_by(version: int | None, snapshot: Snapshot) -> Snapshot:
    settings = None if version is None else ReadSettings(reader=version)
    return msgspec.structs.replace(snapshot, read_with=settings)


@pytest.mark.parametrize(
    ("versions", "rules"),
    [
        ((1, 2), ["shard-moved"]),
        ((2, 2), ["data-node-engine-changed", "shard-moved"]),
        ((None, 2), ["data-node-engine-changed", "shard-moved"]),
    ],
)
def test_a_newer_reader_spells_values_otherwise(versions: tuple[Any, Any], rules: list[str]) -> None:
    """What another version of the reader may spell otherwise is not told; where shards are is compared as ever."""
    sides = [
        a_snapshot(a_database(shards=[a_shard(on=place)]), nodes=[a_node("a", engine=engine), a_node("b")])
        for place, engine in (("a", "mysql"), ("b", "postgres"))
    ]
    found = diff(*(read_by(version, side) for version, side in zip(versions, sides, strict=True)))
    assert [change.rule for change in found.changes] == rules
    is_told = versions in {(2, 2), (None, 2)}
    assert ([fact.path for fact in found.not_told if fact.by_settings] == []) == is_told


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (None, ReadSettings(reader=3, volatile=("a",), layout="[]"), ()),
        (ReadSettings(reader=3), ReadSettings(reader=3, volatile=("a",), layout="[]"), ()),
        (ReadSettings(reader=2), ReadSettings(reader=3), (OtherSetting("reader", ("2",), ("3",)),)),
        (
            ReadSettings(reader=3, volatile=("a", "b"), layout="[]"),
            ReadSettings(reader=3, volatile=("b", "c"), layout='[{"shards":"[]"}]'),
            (OtherSetting("volatile", ("a",), ("c",)), OtherSetting("layout", ("[]",), ('[{"shards":"[]"}]',))),
        ),
    ],
)
def test_what_is_unknown_does_not_differ(
    before: ReadSettings | None, after: ReadSettings | None, found: tuple[OtherSetting, ...]
) -> None:
    """Only settings that are known of both sides are said to differ, each with what one side alone has."""
    assert other_settings(before, after) == found
