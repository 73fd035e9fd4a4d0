from __future__ import annotations

import re
from fnmatch import fnmatchcase
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.core.name_ranges import runs
from drift.core.pattern_index import PatternIndex
from drift.core.patterns import Pattern, Patterns, literal, span
from support.strategies import texts


@pytest.mark.parametrize(
    ("pattern", "names", "others"),
    [
        ("orders_0007", ["orders_0007"], ["orders_0008", "orders_00070", "Orders_0007"]),
        ("orders_*", ["orders_0007", "orders_"], ["users_0007"]),
        ("*", ["", "a", "a\nb", "分片"], []),
        ("orders_000?", ["orders_0007", "orders_000x"], ["orders_000", "orders_00070"]),
        ("x{08..11}", ["x08", "x09", "x10", "x11"], ["x07", "x8", "x008", "x12", "x", "x0\uff18"]),
        ("x{8..11}", ["x8", "x9", "x10", "x11"], ["x08", "x7", "x12"]),
        ("x{098..101}y", ["x098y", "x099y", "x100y", "x101y"], ["x98y", "x102y", "x100"]),
        ("x{0..0}", ["x0"], ["x00", "x1"]),
        ("{1..2}-{1..10}", ["1-1", "2-10"], ["3-1", "1-11"]),
        ("{1..10}{1..10}", ["11", "110", "101", "1010"], ["00", "1"]),
        ("*{08..15}", ["a08", "15", "115"], ["a07", "8"]),
        (r"a\*\{1..2\}\\", ["a*{1..2}\\"], ["ab", "a*1\\"]),
        ("", [""], ["a"]),
        ("[ab]", ["[ab]"], ["a"]),
    ],
)
def test_a_pattern_stands_for_its_names(pattern: str, names: list[str], others: list[str]) -> None:
    """Globs, ranges and escapes mean what the documentation says."""
    found = Pattern(pattern)
    assert [name for name in names + others if found.matches(name)] == names


@given(
    st.lists(st.sampled_from(["a", "b", "1", "*", "?", "{1..2}", "{9..11}"]), max_size=7), st.text("ab129", max_size=9)
)
def test_globs_mean_what_a_shell_means(parts: list[str], name: str) -> None:
    """However many stars a pattern has, it stands for the names that a shell's globs stand for."""
    spelled = [{"{1..2}": ["1", "2"], "{9..11}": ["9", "10", "11"]}.get(part, [part]) for part in parts]
    expected = any(fnmatchcase(name, "".join(chosen)) for chosen in product(*spelled))
    assert Pattern("".join(parts)).matches(name) == expected


def test_many_stars_end_at_once() -> None:
    """A pattern with many stars that doesn't match says so, and doesn't try every way to divide the name."""
    assert not Pattern("*a" * 12 + "b").matches("a" * 80)
    assert Pattern("*a" * 12 + "*").matches("a" * 80)


@pytest.mark.parametrize(
    "pattern",
    ["{", "}", "a{", "{a,b}", "{1..}", "{..2}", "{2..1}", "{10..9}", "{08..9}", "{8..09}", "{-1..2}", "{1...2}",
     "\\", "a\\", "{0..1000000}", "{1..1000}{1..1001}", "{1..9999999999999999999}"],
)  # fmt: skip
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    """A slip in a pattern is told instead of matching nothing, and no range can fill the memory."""
    with pytest.raises(ValueError, match=r"^expected "):
        Pattern(pattern)


@given(texts, texts)
def test_a_literal_is_that_name_alone(name: str, other: str) -> None:
    """Every name has a pattern, which stands for no other name."""
    pattern = Pattern(literal(name))
    assert pattern.names == [name]
    assert pattern.matches(name)
    assert pattern.matches(other) == (name == other)


@given(st.integers(0, 99_999), st.integers(0, 300), st.integers(1, 6), st.integers(0, 110_000), st.booleans())
def test_a_range_is_its_numbers(first: int, size: int, width: int, number: int, padded: bool) -> None:  # noqa: FBT001 - hypothesis passes it
    """A range matches just the names that it lists, padded or not."""
    width = width if padded else 1
    texts_of = [f"{each:0{width}d}" for each in range(first, first + size + 1)]
    if len(texts_of[0]) < len(texts_of[-1]) and texts_of[0].startswith("0"):
        width = len(texts_of[0])
    pattern = Pattern(f"{{{texts_of[0]}..{texts_of[-1]}}}")
    assert pattern.names == texts_of
    for text in (f"{number:0{width}d}", f"{number}", f"0{number}", texts_of[-1]):
        assert pattern.matches(text) == (text in texts_of)


@given(st.lists(st.builds("{}{}".format, texts | st.just("x_"), st.integers(0, 30) | st.integers()), unique=True))
def test_runs_can_be_written_as_ranges(names: list[str]) -> None:
    """The runs of any names, each as a pattern, stand for these names and no others."""
    patterns = Patterns([span(run.first, run.last) for run in runs(names)])
    assert patterns.names is not None
    assert sorted(patterns.names) == sorted(names)


def test_patterns_are_no_regular_expressions() -> None:
    """What steers a regular expression is text in a pattern."""
    for sign in "^$.|+()[]-#&~ \n":
        assert Pattern(f"a{sign}b").matches(f"a{sign}b")
        assert re.escape(sign) not in Pattern(sign).names or re.escape(sign) == sign


@given(
    st.lists(st.lists(st.sampled_from(["a", "b", "1", "*", "?", "{1..2}"]), max_size=5).map("".join), max_size=6),
    st.text("ab12", max_size=6),
)
def test_an_index_finds_what_each_pattern_finds(texts: list[str], name: str) -> None:
    """Looked up together, patterns stand for the names that each of them stands for."""
    each = [Patterns([text]) for text in texts]
    index = PatternIndex()
    for number, patterns in enumerate(each):
        index.add(number, patterns)
    assert index.find(name) == tuple(number for number, patterns in enumerate(each) if patterns.matches(name))


@pytest.mark.parametrize("pattern", ["orders_*{:04}", "o*_{:05}", "*r*{:04}*"])
def test_many_open_patterns_are_not_tried_one_by_one(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a thousand patterns, a name is held against those alone whose literal texts it has."""
    index, tried = PatternIndex(), []
    for number in range(1000):
        index.add(number, Patterns([pattern.format(number)]))
    monkeypatch.setattr(Pattern, "matches", lambda self, _name: tried.append(self.text) or True)
    for number in range(1000):
        assert number in index.find(f"orders_{number:05}")
    assert len(tried) < 2000
