from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest
from builders import a_database, a_node, a_shard, a_snapshot
from hypothesis import given, settings
from hypothesis import strategies as st
from test_reports import hostile
from test_reports_html import named, only_itself, parsed, texts

from drift.compare.timeline import Period, State, Traced
from drift.core.model import SnapshotRef
from drift.reports.content.history import History, Step, node_in
from drift.reports.html import swimlanes
from drift.reports.html.report import LIMIT
from drift.reports.renderer import render
from drift.reports.wording.escape import shorten, visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NOON = a_snapshot().taken_at
HOURS = (0, 24, 25, 25.01, 300)
HELD = ({"rds-1": 8}, {"rds-1": 6, "rds-2": 2}, {}, {"rds-2": 2}, {"rds-1": 4, "rds-2": 4})


def a_history(kind: str, held: Sequence[Mapping[str, int]] = HELD, *, name: str = "orders", older: int = 0) -> History:
    """A thing that held so many shards on those data nodes, by name, one period after the other."""
    hours = HOURS if len(held) == len(HOURS) else range(len(held))
    nodes = {node.id: node for places in held for node in map(a_node, places)}
    record = a_shard() if kind == "shard" else a_database(name) if kind == "database" else a_node(name)
    moments = [SnapshotRef(place + 1, None, NOON + timedelta(hours=hour)) for place, hour in enumerate(hours)]
    steps = tuple(
        Step(
            period=Period(
                moment, moment, State(record, {a_node(n).id: count for n, count in places.items()}) if places else None
            ),
            until=until,
            happened=(),
            nodes=nodes,
        )
        for moment, until, places in zip(moments, [*moments[1:], None], held, strict=True)
    )
    return History(Traced("orders-prod", kind, "orders" if kind == "shard" else None, name), steps, older)


@pytest.mark.parametrize("kind", ["shard", "database", "data-node"])
def test_a_history_is_a_valid_page_and_reaches_for_nothing(kind: str) -> None:
    """The page has no mistake, no script, no handler, no address, and leads nowhere but into itself."""
    only_itself(parsed(render(a_history(kind), "html")))


@settings(max_examples=40)
@given(st.lists(st.dictionaries(hostile.filter(bool), st.integers(1, 9), max_size=4), min_size=1, max_size=6), hostile)
def test_no_text_becomes_a_history_s_code(held: list[dict[str, int]], name: str) -> None:
    """Whatever names are, the page's elements and attributes are ours, and every data node has its lane."""
    root = parsed(render(a_history("database", held, name=name), "html"))
    only_itself(root)
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
    assert first.told.startswith("8 shards from 2026-05-01 02:00:00 UTC, until 2026-05-02 02:00:00 UTC; 6 shards from")
    assert first.told.endswith("still so")


def test_periods_are_to_scale_but_none_is_lost() -> None:
    """Twice the time is twice the width; a period of seconds in days can be seen."""
    line = swimlanes.draw(a_history("database").steps, {})
    widths = [end - start for start, end in zip(line.edges, [*line.edges[1:], swimlanes.WIDTH], strict=True)]
    assert all(width > swimlanes.WIDTH / 300 for width in widths)
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
