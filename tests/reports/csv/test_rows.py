from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.reports.csv.rows import document
from drift.reports.wording.escape import visible
from support.strategies import texts

cells = st.none() | st.booleans() | st.integers() | texts | texts.map(lambda text: f"=1+1{text}")


def plain(value: object) -> str:
    """What a cell says."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case _:
            return visible(str(value))


@given(st.lists(st.lists(cells, min_size=2, max_size=2)))
def test_what_is_written_is_read_back(rows: list[list[object]]) -> None:
    """Whatever is in a cell, a reader of RFC 4180 finds it there; a quote may stand before a text."""
    written = document(["a", "b"], rows)
    read = list(csv.reader(io.StringIO(written, newline=""), strict=True))
    assert written.endswith("\r\n")
    assert [[text.removeprefix("'") for text in row] for row in read] == [
        [plain(value).removeprefix("'") for value in row] for row in [["a", "b"], *rows]
    ]


@pytest.mark.parametrize("first", [*"=+-@", *"\uff1d\uff0b\uff0d\uff20"])
def test_no_text_is_a_formula(first: str) -> None:
    """A text that a spreadsheet would calculate begins with an apostrophe; a number stays a number."""
    written = document(["a", "b"], [[f"{first}cmd|' /C calc'!A0", -3]])
    ((text, number),) = list(csv.reader(io.StringIO(written, newline="")))[1:]
    assert text == f"'{first}cmd|' /C calc'!A0"
    assert number == "-3"


@pytest.mark.parametrize("first", "\t\r\n")
def test_nothing_hides_before_a_formula(first: str) -> None:
    """A tab or an end of line before it is written out, so that the text begins with a backslash."""
    ((text,),) = list(csv.reader(io.StringIO(document(["a"], [[f"{first}=1+1"]]), newline="")))[1:]
    assert text == f"\\u{ord(first):04x}=1+1"


@given(st.lists(st.integers()) | st.dictionaries(st.sampled_from(["a", "=b"]), st.booleans()))
def test_a_structure_is_json(value: object) -> None:
    """An attribute that is no plain value can be read as JSON."""
    ((text,),) = list(csv.reader(io.StringIO(document(["a"], [[value]]), newline="")))[1:]
    assert json.loads(text.removeprefix("'")) == value
