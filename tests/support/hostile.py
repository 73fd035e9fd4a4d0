"""Names that mean something to a terminal, a page, a log or a sheet, and patterns that find them at work."""

from __future__ import annotations

import re
from functools import cache

import msgspec
from hypothesis import strategies as st

from drift.core.model import Database, DataNode, Gap, Instance, Shard, Snapshot, canonical_json
from support.builders import a_time
from support.strategies import shared

HOSTILE = (
    "a|b", "\\|", "`", "``x`", "<script>alert(1)</script>", "</details>", "-->", "--", "@all", "::error::x",
    "##[error]x", "\x1b[31mred\x1b[0m", "\u202egnp.exe", "\u2066x\u2069", "a\nb", "\r\n- [ ] x", "\x00", "\x7f",
    "\x9b2J", " ", "  x ", "", "![x](http://e/x.png)", "[x]: http://e", "&lt;", "&#64;", "$`1`$", "#1", "~~~", "```",
    "**x**", "\\u202e", "=1+1", "\u200b", "\U000e0041", "分片", "é", "e\u0301", "x" * 2_000, "`" * 2_000,
    "\u202e" * 2_000, "9" * 5_000, '"]', "1. x",
)  # fmt: skip

hostile = st.sampled_from(HOSTILE) | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)

CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\U000e0000-\U000e0fff]")

ANSI = re.compile(r"\x1b\[[0-9;]*m")

COMMANDS = re.compile(r"::[a-zA-Z-]*[g-zG-Z-]|##(?!# |#? )", re.MULTILINE)


@cache
def hostile_snapshots() -> st.SearchStrategy[Snapshot]:
    """A snapshot in which every text there is may be anything."""
    return shared(any_hostile_snapshot())


@st.composite
def any_hostile_snapshot(draw: st.DrawFn) -> Snapshot:
    """Any such snapshot, drawn for one test alone."""
    word = st.none() | hostile
    attributes = st.dictionaries(hostile, hostile | st.lists(hostile, max_size=2), max_size=2).map(canonical_json)
    ids = draw(st.lists(hostile, max_size=3, unique=True))
    place = st.sampled_from(ids) | hostile if ids else hostile
    nodes = [
        DataNode(i, draw(word), draw(word), draw(st.none() | st.just(3306)), draw(word), draw(word), draw(attributes))
        for i in ids
    ]
    found = [
        Database.of(
            name,
            shard_mode=draw(word),
            status=draw(word),
            attributes=draw(attributes),
            shards=[
                Shard(name, shard, draw(st.none() | st.just(1)), draw(place), draw(word), draw(attributes))
                for shard in draw(st.lists(hostile, max_size=3, unique=True))
            ],
        )
        for name in draw(st.lists(hostile, max_size=2, unique=True))
    ]
    gaps = draw(st.just([]) | st.just([Gap("database " + draw(hostile), draw(hostile)), Gap(draw(hostile), "x")]))
    snapshot = Snapshot.of(
        instance=Instance(name=draw(word), instance_id=draw(word)),
        taken_at=a_time(draw(st.integers(0, 5))),
        source=draw(hostile),
        data_nodes=nodes,
        databases=found,
        gaps=gaps,
        label=draw(word),
    )
    return msgspec.structs.replace(snapshot, number=draw(st.none() | st.just(7)))
