"""Names that mean something to a terminal, a page, a log or a sheet, and patterns that find them at work."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import msgspec
from hypothesis import strategies as st

from drift.core.model import Database, DataNode, Gap, Instance, Shard, Snapshot, canonical_json
from support.builders import a_database, a_node, a_shard, a_snapshot, a_time
from support.strategies import shared

HOSTILE = (
    "a|b", "\\|", "`", "``x`", "<script>alert(1)</script>", "</details>", "-->", "--", "@all", "::error::x",
    "##[error]x", "\x1b[31mred\x1b[0m", "\u202egnp.exe", "\u2066x\u2069", "a\nb", "\r\n- [ ] x", "\x00", "\x7f",
    "\x9b2J", " ", "  x ", "", "![x](http://e/x.png)", "[x]: http://e", "&lt;", "&#64;", "$`1`$", "#1", "~~~", "```",
    "**x**", "\\u202e", "=1+1", "\u200b", "\U000e0041", "分片", "é", "e\u0301", "x" * 2_000, "`" * 2_000,
    "\u202e" * 2_000, "9" * 5_000, '"]', "1. x",
)  # fmt: skip

ATTACKS = (
    "<script>attacked=1</script>", "</style><script>attacked=1</script>", "</title><script>attacked=1</script>",
    "<img src=/fetched onerror=attacked=1>", "<svg onload=attacked=1>", "' onmouseover='attacked=1",
    '" onmouseover="attacked=1', "javascript:attacked=1", "<a href=javascript:attacked=1>x</a>",
    "<object data=/fetched>", "<iframe src=/fetched></iframe>", "<base href=//x.invalid>",
    "<style>@import '/fetched';</style>", "x;background:url(/fetched)", "--><script>attacked=1</script>",
    "<meta http-equiv=refresh content='0;url=/fetched'>",
    "<form action=/fetched><input autofocus onfocus=attacked=1>", "<link rel=stylesheet href=/fetched>",
    "&lt;script&gt;attacked=1&lt;/script&gt;", "]]><script>attacked=1</script>", "{{ attacked }}",
)  # fmt: skip
"""Names that run or fetch something in a page that takes them for more than names."""

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


def attacked(turn: int) -> Snapshot:
    """A snapshot in which every text is an attack on a page; at another turn, all shards lie elsewhere."""
    nodes = [
        msgspec.structs.replace(
            a_node(f"rds-{place}", host=attack, engine=attack, attributes={attack: attack}), name=attack
        )
        for place, attack in enumerate(ATTACKS)
    ]
    found = []
    for place, attack in enumerate(ATTACKS):
        texts: dict[str, Any] = {"status": f"{attack}{turn}", "attributes": {attack: f"{attack}{turn}"}}
        places = [f"rds-{(place + shard + turn) % len(ATTACKS)}" for shard in range(2)]
        shards = [a_shard(f"{attack}{i}", on=on, database=attack, **texts) for i, on in enumerate(places)]
        found.append(a_database(attack, shards=shards, **texts))
    gaps = {f"database {attack}": attack for attack in ATTACKS[:2]}
    return a_snapshot(*found, nodes=nodes, minutes=turn, label=ATTACKS[0], gaps=gaps)
