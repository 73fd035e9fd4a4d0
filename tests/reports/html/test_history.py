from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drift.reports.content.history import node_in
from drift.reports.html import swimlanes
from drift.reports.html.report import LIMIT
from drift.reports.renderer import render
from drift.reports.wording.escape import shorten, visible
from support.builders import a_node
from support.hostile import hostile
from support.pages import foreign, named, parsed, texts
from support.reports import a_history


@pytest.mark.parametrize("kind", ["shard", "database", "data-node"])
def test_a_history_is_a_valid_page_and_reaches_for_nothing(kind: str) -> None:
    """The page has no mistake, no script, no handler, no address, and leads nowhere but into itself."""
    assert foreign(parsed(render(a_history(kind), "html"))) == []


@settings(max_examples=40)
@given(st.lists(st.dictionaries(hostile.filter(bool), st.integers(1, 9), max_size=4), min_size=1, max_size=6), hostile)
def test_no_text_becomes_a_history_s_code(held: list[dict[str, int]], name: str) -> None:
    """Whatever names are, the page's elements and attributes are ours, and every data node has its lane."""
    root = parsed(render(a_history("database", held, name=name), "html"))
    assert foreign(root) == []
    heads = [text for row in named(root, "tbody")[0] for text in texts(row, "code")[:1]]
    assert sorted(heads) == sorted(visible(shorten(each)) for each in {each for places in held for each in places})
    assert (visible(shorten(name)) or "(empty)") in texts(root, "h1")[0]


def test_a_lane_is_as_high_as_the_shards_are_many() -> None:
    """Bars stand where and as high as what they tell; equal neighbours are one, and what is nowhere has none."""
    found = a_history("database")
    nodes = {a_node(name).id: node_in(found.steps[0], a_node(name).id) for name in ("rds-1", "rds-2")}
    line = swimlanes.draw(found.steps, nodes)
    first, second = line.lanes
    assert [round(bar.height, 1) for bar in first.bars] == [20, 15, 10]
    assert [round(bar.height, 1) for bar in second.bars] == [5, 5, 10]
    assert [bar.x for bar in first.bars] == [line.edges[0], line.edges[1], line.edges[4]]
    assert first.bars[-1].x + first.bars[-1].width == pytest.approx(swimlanes.WIDTH)
    assert first.description.startswith(
        "8 shards from 2026-05-01 02:00:00 UTC to 2026-05-02 02:00:00 UTC; 6 shards from"
    )
    assert re.search("shards? since 2026-[0-9-]+ [0-9:]+ UTC$", first.description)


def test_periods_are_to_scale_but_none_is_lost() -> None:
    """Twice the time is twice the width; a period of seconds in days can be seen, and takes no more room than that."""
    line = swimlanes.draw(a_history("database").steps, {})
    widths = [end - start for start, end in zip(line.edges, [*line.edges[1:], swimlanes.WIDTH], strict=True)]
    assert all(width > swimlanes.WIDTH / 300 for width in widths)
    assert min(widths) < swimlanes.WIDTH / 100
    assert widths[3] / widths[0] == pytest.approx((300 - 25.01) / 24)


def test_a_long_history_of_many_data_nodes_keeps_its_limit() -> None:
    """A page tells the last periods and the fullest data nodes, and how many it leaves out."""
    held = [{f"rds-{node}-{'x' * 60}": 1 + (node + place) % 7 for node in range(60)} for place in range(500)]
    document = render(a_history("database", held, older=3), "html")
    assert len(document.encode()) <= LIMIT
    root = parsed(document)
    told = " ".join("".join(root.itertext()).split())
    periods = len(named(named(root, "tbody")[1], "tr"))
    assert f"{503 - periods} older periods not shown" in told
    assert "20 more data nodes not shown" in told
    assert len(named(named(root, "tbody")[0], "tr")) == swimlanes.MOST_LANES


def test_the_same_history_is_the_same_page() -> None:
    """Nothing of a page depends on when or how often it is made."""
    one = a_history("shard")
    assert render(one, "html") == render(msgspec.structs.replace(one), "html")
