"""The page of a fleet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from drift.policy.invariants import Spread
from drift.reports.content.fleet import Capture, Fleet, Row, Status
from drift.reports.html import fleet as page_of_fleets
from drift.reports.html.report import LIMIT
from drift.reports.renderer import render
from support.builders import a_time
from support.hostile import HOSTILE
from support.pages import foreign, named, parsed

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    import pytest

captures = st.builds(
    Capture,
    st.integers(0, 5_000).map(a_time),
    st.none() | st.integers(0, 9).map(lambda shards: Spread(None, {"a": shards, "b": 3})),
)
rows = st.builds(
    Row,
    st.text(max_size=8) | st.sampled_from(HOSTILE),
    st.sampled_from(Status),
    st.sampled_from(["", "no answer", *HOSTILE]),
    changes=st.integers(0, 3),
    unexpected=st.integers(0, 3),
    capture=st.none() | captures,
)


def a_fleet(*found: Row) -> Fleet:
    return Fleet(name="gate", rows=found, command="drift gate --all", at=a_time(5_000))


def tables(page: str) -> dict[str, list[list[str]]]:
    """The cells of each of the sorted tables."""
    found = (each for each in named(parsed(page), "section") if each.attrib.get("id", "").startswith("by-"))
    return {section.attrib["id"]: [cells(row) for row in named(section, "tr")[1:]] for section in found}


def cells(row: Element) -> list[str]:
    return ["".join(cell.itertext()).strip() for cell in row]


@given(st.lists(rows, max_size=12), st.sampled_from(["en", "zh"]))
def test_any_fleet_is_a_valid_page_of_the_same_rows(found: list[Row], lang: str) -> None:
    """Whatever instances are called and whatever went wrong, each table has every instance, and is only itself."""
    page = render(a_fleet(*found), "html", lang=lang)
    assert foreign(parsed(page)) == []
    sorted_ways = tables(page)
    assert list(sorted_ways) == ["by-status", "by-name", "by-age", "by-skew"]
    assert len({tuple(sorted(map(tuple, table))) for table in sorted_ways.values()}) == 1
    assert all(len(table) == len(found) for table in sorted_ways.values())


def test_each_table_is_sorted_as_it_says() -> None:
    """The worst, the oldest and the least even come first; what isn't known is old, and comes last by skew."""
    found = (
        Row("b", Status.IN_SYNC, capture=Capture(a_time(60), Spread(None, {"1": 4, "2": 4}))),
        Row("a", Status.DRIFT, changes=3, unexpected=1, capture=Capture(a_time(50), Spread(None, {"1": 8, "2": 0}))),
        Row("D", Status.DRIFT, changes=3, unexpected=2, capture=Capture(a_time(70), Spread(None, {"1": 5, "2": 3}))),
        Row("c", Status.ERROR, "no answer", 3),
    )
    ordered = {
        order: "".join(row[0] for row in table) for order, table in tables(render(a_fleet(*found), "html")).items()
    }
    assert ordered == {"by-status": "Dacb", "by-name": "abcD", "by-age": "cabD", "by-skew": "aDbc"}


def test_a_page_has_room_for_500_instances() -> None:
    """Each of 500 instances in trouble is in every table, within 2 MB; of more than fit, the first are, and a count."""
    trouble = [
        Row(f"orders-production-{i:05}", Status.ERROR, "no complete answer within 60 s " * 4, 3) for i in range(500)
    ]
    page = render(a_fleet(*trouble), "html")
    assert len(page.encode()) <= LIMIT
    assert [len(table) for table in tables(page).values()] == [500] * 4


def test_a_page_of_too_many_instances_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more instances than there is room for, each table has its first ones, and the number of the others."""
    monkeypatch.setattr(page_of_fleets, "ROOMS", (page_of_fleets.Room(0, 0, 3, 0),))
    page = render(a_fleet(*(Row(f"shop-{i}", Status.IN_SYNC) for i in range(10))), "html")
    assert [len(table) for table in tables(page).values()] == [3] * 4
    assert page.count("7 more instances not shown") == 4
