from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.core.parts import Part, parse

NAMES = st.lists(st.text(min_size=1), unique=True, max_size=30)


@given(st.text(), st.integers(1, 10_000))
def test_a_name_falls_to_one_part(name: str, count: int) -> None:
    """Whatever the name and the number of parts, exactly one of them holds it."""
    assert sum(Part(number, count).holds(name) for number in range(1, min(count, 60) + 1)) <= 1
    small = count % 20 + 1
    assert sum(Part(number, small).holds(name) for number in range(1, small + 1)) == 1


@given(st.text(), st.integers(1, 40))
def test_a_name_moves_only_to_new_parts(name: str, count: int) -> None:
    """Where there is one part more, a name stays or goes to that one."""
    old = next(number for number in range(1, count + 1) if Part(number, count).holds(name))
    assert Part(old, count + 1).holds(name) or Part(count + 1, count + 1).holds(name)


def test_a_name_stays_put_for_ever() -> None:
    """The parts are the same in every version of drift: histories depend on them."""
    names = ["orders-prod", "shop-001", "shop-002", "007", "eu/shop", "订单"]
    assert [next(n for n in range(1, 17) if Part(n, 16).holds(name)) for name in names] == [9, 4, 12, 2, 12, 2]


def test_parts_are_even() -> None:
    """Of ten thousand instances no part of sixteen gets a tenth more or less than its share."""
    names = [f"shop-{number:05}" for number in range(10_000)]
    sizes = Counter(number for name in names for number in range(1, 17) if Part(number, 16).holds(name))
    assert sum(sizes.values()) == len(names)
    assert all(abs(size - 625) < 63 for size in sizes.values()), sizes


@given(st.integers(1, 10_000), st.integers(1, 10_000))
def test_a_part_reads_as_it_is_written(number: int, count: int) -> None:
    """K/N with K from 1 to N is a part."""
    part = Part(min(number, count), count)
    assert parse(str(part)) == part


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("17/16", "there is no part 17 of 16; parts are counted from 1 to 16"),
        ("0/16", "there is no part 0 of 16"),
        ("1/0", "expected from 1 to 10,000 parts"),
        ("1/10001", "expected from 1 to 10,000 parts"),
        ("3", "'3' is no part; expected K/N, such as 3/16"),
        ("-1/4", "expected K/N"),
        ("1/4\n", "expected K/N"),
        ("१/४", "expected K/N"),
        ("", "expected K/N"),
    ],
)
def test_what_is_no_part_is_refused(text: str, said: str) -> None:
    """A part that there is not, and a text that is none, are told from each other."""
    with pytest.raises(ValueError, match=said):
        parse(text)
