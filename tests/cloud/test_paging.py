"""Lists of which the service gives a page at a time, in every way in which it may count them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.cloud.paging import read
from drift.core.errors import PayloadError

if TYPE_CHECKING:
    from collections.abc import Callable

# What an offset counts, by the first item of the page at it.
COUNTS: dict[str, Callable[[int, int], int]] = {
    "items": lambda offset, _: offset,
    "pages from 0": lambda offset, limit: offset * limit,
    "pages from 1": lambda offset, limit: max(0, offset - 1) * limit,
    "items, rounded down to a page": lambda offset, limit: offset // limit * limit,
}


def a_service(
    items: list[str],
    limit: int,
    start: Callable[[int, int], int] = COUNTS["items"],
    **totals: Any,  # noqa: ANN401 - any JSON value
) -> Callable[[int], dict[str, Any]]:
    """A list of which that many items are given at once, with these totals beside them."""

    def ask(offset: int) -> dict[str, Any]:
        first = start(offset, limit)
        return {"jobs": [{"id": name} for name in items[first : first + limit]], **totals}

    return ask


def names(count: int) -> list[str]:
    return [f"job-{number}" for number in range(count)]


@pytest.mark.parametrize("counted", ["items", "pages from 0", "pages from 1"])
@given(count=st.integers(0, 60), limit=st.integers(1, 20), total=st.none() | st.integers(0, 60))
def test_every_item_is_read_once(counted: str, count: int, limit: int, total: int | None) -> None:
    """Whatever an offset counts, however much a page holds and whatever is announced: no item twice, none missing."""
    items = names(count)
    listing = read(a_service(items, limit, COUNTS[counted], total=total), "jobs")
    assert [item["id"] for item in listing.items] == items
    assert listing.missing == max(0, (total or 0) - count)


@given(count=st.integers(0, 60), limit=st.integers(3, 20))
def test_an_offset_may_mean_the_page_that_it_is_in(count: int, limit: int) -> None:
    """Offsets that are rounded down to a page lead to every item, where the total tells the end."""
    start = COUNTS["items, rounded down to a page"]
    listing = read(a_service(names(count), limit, start, total=count), "jobs")
    assert ([item["id"] for item in listing.items], listing.missing) == (names(count), 0)


@pytest.mark.parametrize(
    ("totals", "missing"),
    [
        ({"total": 5}, 2),
        ({"total": "5"}, 2),
        ({"total_record": 5, "instance_num": 3}, 2),
        ({"total_count": 5}, 2),
        ({"totalCount": 5}, 2),
        ({"jobNum": 4}, 1),
        ({"count": 4}, 1),
        ({"total": 3}, 0),
        ({"total": 1}, 0),
        ({"total": None}, 0),
        ({"total": -1}, 0),
        ({"total": "many"}, 0),
        ({"total": True}, 0),
        ({"total": 5.5}, 0),
        ({"total_page": 26, "page_size": 10, "page_no": 9, "page_num": 8}, 0),
        ({}, 0),
    ],
    ids=str,
)
def test_what_is_announced_is_held_against_what_came(totals: dict[str, Any], missing: int) -> None:
    """Any member that counts the items shows how many are missing; one that counts pages, or is no number, doesn't."""
    listing = read(a_service(names(3), 10, **totals), "jobs")
    assert (len(listing.items), listing.missing) == (3, missing)
    if missing:
        with pytest.raises(PayloadError, match=f"the list of jobs: only 3 of {3 + missing} came"):
            listing.whole("jobs")


def a_changing_service(change: Callable[[list[str]], object], times: int) -> Callable[[int], dict[str, Any]]:
    """A list of nine, three at once, that changes right after its first page has been read, so often."""
    items, left = names(9), [change] * times

    def ask(offset: int) -> dict[str, Any]:
        page = a_service(items, 3, total=len(items))(offset)
        if offset == 0 and left:
            left.pop()(items)
        return page

    return ask


_CHANGES: dict[str, tuple[Callable[[list[str]], object], list[str]]] = {
    "one more at the front": (lambda items: items.insert(0, "new"), ["new", *names(9)]),
    "one more at the end": (lambda items: items.append("new"), [*names(9), "new"]),
    "one fewer at the front": (lambda items: items.pop(0), names(9)[1:]),
}


@pytest.mark.parametrize(("change", "after"), _CHANGES.values(), ids=_CHANGES.keys())
def test_a_list_that_changes_is_read_again(change: Callable[[list[str]], object], after: list[str]) -> None:
    """A list that shifts while it is read is read once more: nothing of it is left out."""
    listing = read(a_changing_service(change, 1), "jobs")
    assert ({*after} <= {item["id"] for item in listing.items}, listing.missing) == (True, 0)


@pytest.mark.parametrize("change", [change for change, _ in _CHANGES.values()][::2])
def test_a_list_that_never_rests_is_not_taken_for_whole(change: Callable[[list[str]], object]) -> None:
    """A list that shifts at each reading ends in an error, or shows that items are missing."""
    with pytest.raises(PayloadError, match=r"the list of jobs: (only|its pages repeat)"):
        read(a_changing_service(change, 9), "jobs").whole("jobs")


@pytest.mark.parametrize("count", [1, 2, 3])
def test_one_page_for_all_offsets_is_no_list(count: int) -> None:
    """A service that ignores offsets is told from a long list, unless its total shows that the page is all."""
    ignoring = lambda *_: 0  # noqa: E731 - one number for all
    with pytest.raises(PayloadError, match="its pages repeat earlier ones"):
        read(a_service(names(count), 3, ignoring), "jobs")
    assert read(a_service(names(count), 3, ignoring, total=count), "jobs").whole("jobs")


def test_items_without_a_name_are_kept_apart() -> None:
    """Two items with neither id nor name are two."""
    assert len(read(lambda offset: {"jobs": [{"a": 1}, {"a": 2}][offset:]}, "jobs").items) == 2


@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_short_list_takes_two_calls_at_most(count: int) -> None:
    """One call more than its page shows that a short list is whole."""
    asked: list[int] = []
    service = a_service(names(count), 10)
    read(lambda offset: asked.append(offset) or service(offset), "jobs")  # type: ignore[func-returns-value]
    assert len(asked) == min(count, 1) + 1
