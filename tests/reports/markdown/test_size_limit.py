from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from drift.policy.rules import Severity
from drift.policy.verdict import Disposition
from drift.reports.content.rank import Rank
from drift.reports.markdown.size_limit import Part, Piece, fitted

PIECES = st.lists(st.tuples(st.sampled_from(Rank), st.integers(5, 300)), max_size=12)


def a_part(place: int, given: list[tuple[Rank, int]]) -> Part:
    pieces = [Piece(f"<{place}.{i}>{'.' * size}\n", rank, 1) for i, (rank, size) in enumerate(given)]
    return Part("head\n", tuple(pieces), noun="thing", tail="tail\n")


def is_kept(place: int, index: int, text: str) -> bool:
    return f"<{place}.{index}>" in text


@given(st.lists(PIECES, max_size=4), st.integers(0, 5_000))
def test_what_is_shown_and_what_is_said_to_be_hidden_is_all(parts: list[list[tuple[Rank, int]]], limit: int) -> None:
    """In every part, the pieces shown and the count of those that aren't add up to all of them."""
    given_parts = [a_part(place, pieces) for place, pieces in enumerate(parts)]
    texts = fitted(given_parts, limit).split("head\n")[1:]
    for place, (pieces, text) in enumerate(zip(parts, texts, strict=True)):
        shown = sum(is_kept(place, index, text) for index in range(len(pieces)))
        hidden = len(pieces) - shown
        assert (f"… {hidden} more thing" in text) == (hidden > 0)


@given(st.lists(PIECES, max_size=4), st.integers(0, 5_000))
def test_what_matters_least_goes_first_and_from_the_end(parts: list[list[tuple[Rank, int]]], limit: int) -> None:
    """No piece is shown while one that matters more, or as much but stands earlier, is left out."""
    text = fitted([a_part(place, pieces) for place, pieces in enumerate(parts)], limit)
    order = sorted(
        ((-rank, place, index) for place, pieces in enumerate(parts) for index, (rank, _) in enumerate(pieces)),
    )
    kept = [is_kept(place, index, text) for _, place, index in order]
    assert kept == sorted(kept, reverse=True)


@given(st.lists(PIECES, max_size=4), st.integers(1_000, 5_000))
def test_the_limit_is_kept(parts: list[list[tuple[Rank, int]]], limit: int) -> None:
    """The text is never longer than the limit, as far as it is made of what may be left out."""
    droppable = [[(rank, size) for rank, size in pieces if rank is not Rank.ALWAYS] for pieces in parts]
    assert len(fitted([a_part(place, pieces) for place, pieces in enumerate(droppable)], limit)) <= limit


@given(st.lists(PIECES, min_size=1, max_size=4))
def test_what_just_fits_is_whole(parts: list[list[tuple[Rank, int]]]) -> None:
    """A text of exactly the limit, with what might have to be said of the rest, loses nothing, one below it a piece."""
    given_parts = [a_part(place, pieces) for place, pieces in enumerate(parts)]
    enough = sum(part.size(len) for part in given_parts)
    whole = fitted(given_parts, enough)
    assert whole.count("<") == sum(map(len, parts))
    droppable = sum(rank is not Rank.ALWAYS for pieces in parts for rank, _ in pieces)
    assert whole.count("<") - fitted(given_parts, enough - 1).count("<") == min(droppable, 1)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(5, 300)), max_size=12), st.integers(300, 3_000))
def test_what_is_folded_is_folded_while_any_of_it_is_shown(folds: list[tuple[int, int]], limit: int) -> None:
    """Each fold opens and closes once around what is kept of it, goes with the last of it, and counts in the size."""
    pieces = []
    for place, (count, length) in enumerate(folds):
        line = "." * length + "\n"
        pieces.append(Piece(f"{place}\n", Rank.ERROR, 0))
        pieces += [Piece(line, Rank.CHILDREN, 1, noun="name", fold=f"fold {place}")] * count
    text = fitted([Part("", tuple(pieces), noun="thing")], limit)
    assert len(text) <= limit
    assert text.count("<details>") == text.count("</details>") == len(set(re.findall(r"<summary>(fold \d+)<", text)))
    assert not re.search(r"</summary>\n\n\n</details>", text)
    hidden = sum(count for count, _ in folds) - len(re.findall(r"^\.+$", text, re.MULTILINE))
    assert (f"… {hidden} more name" in text) == (hidden > 0)


def test_expected_changes_matter_less_than_unexpected_information() -> None:
    """Names, then children, then what is expected, then information, then warnings, then errors."""
    ranks = [
        Rank.NAMES,
        Rank.CHILDREN,
        Rank.of(Severity.ERROR, Disposition.EXPECTED),
        Rank.of(Severity.INFO, Disposition.UNEXPECTED),
        Rank.of(Severity.WARNING, Disposition.UNEXPECTED),
        Rank.of(Severity.ERROR, Disposition.UNEXPECTED),
    ]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == len(ranks)
