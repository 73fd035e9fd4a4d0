from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.core.errors import PayloadError
from drift.core.strict_json import loads

_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4),
    max_leaves=20,
)


@given(_values, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_what_is_unambiguous_is_read_as_the_standard_library_reads_it(
    value: Any,  # noqa: ANN401 - any JSON value
    indent: int | str | None,
    ascii_only: bool,  # noqa: FBT001 - drawn
) -> None:
    """Any JSON without ambiguity gives the value that went in, however it is written."""
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode()
    assert loads(text, nesting=64, what="the text") == value


@given(_values, _texts, _texts)
def test_a_key_that_stands_twice_is_found_wherever_it_is(value: Any, key: str, other: str) -> None:  # noqa: ANN401 - any JSON value
    """A duplicate key is refused at any depth, next to any value, also where strings are full of colons."""
    twice = f"{{{json.dumps(key)} : {json.dumps(value)}, {json.dumps(key)}:1}}"
    text = f'[{json.dumps(value)}, {{"{{:[": [{twice}], "b": {json.dumps(":" + other)}}}]'
    with pytest.raises(PayloadError, match="more than once"):
        loads(text.encode(), nesting=64, what="the text")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (b'[{"x": [{"a": 1, "a": 2}]}]', r"the text, \[0\]\.x\[0\]: "),
        (b'{"b": ["\\ud800"]}', r"the text, b\[0\]: "),
        (b'{"odd key": {"c": -Infinity}}', r'the text, \["odd key"\]\.c: '),
        (b'{"a": 1e999}', "the text, a: "),
        (b'{"a": "', "the text: not JSON: Unterminated string starting at line 1, column 7"),
        (b'{"a": tru}', "the text: not JSON: .* line 1, column 7"),
        (b'{"a": 1}\n}', "the text: not JSON: .* line 2, column 1"),
        (b'"\xff"', "the text: not UTF-8 at byte 1"),
        ("é".encode("utf-16"), "the text: not UTF-8"),
        (b"1" * 5000, "the text: "),
    ],
)
def test_an_error_names_its_place(text: bytes, place: str) -> None:
    """What is wrong in a document is told with the path to it, what is wrong in the text with its position."""
    with pytest.raises(PayloadError, match=place):
        loads(text, nesting=64, what="the text")


@pytest.mark.parametrize("depth", [64, 65])
def test_the_deepest_level_allowed_is_the_last(depth: int) -> None:
    """As many levels as the limit are read, one more is not, also when brackets in strings confuse the count."""
    text = b"[" * (depth - 1) + b'["]["]' + b"]" * (depth - 1)
    if depth > 64:
        with pytest.raises(PayloadError, match="64 levels"):
            loads(text, nesting=64, what="the text")
    else:
        assert loads(text, nesting=64, what="the text")


def test_the_number_of_containers_is_bounded_before_they_are_parsed() -> None:
    """Objects and arrays over the bound are refused, whatever else the text holds; at the bound they are read."""
    assert loads(b"[[],{}]", nesting=64, what="the text", containers=3) == [[], {}]
    with pytest.raises(PayloadError, match="more than 3 objects and arrays"):
        loads(b"[[],{},[] no JSON", nesting=64, what="the text", containers=3)
