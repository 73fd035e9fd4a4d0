"""Tables of plain text: columns as wide as their widest cell, or narrowed to the terminal. Pure."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from drift.reports.text.style import measure, painted, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

GAP: Final = 2
_HANG: Final = 2
NARROWEST: Final = 12
"""Columns of text that a cell has at least; numbers have all that they need."""
LONG: Final = 5 * NARROWEST
"""A cell with more would be a thread of many lines in so little room, and has twice of it."""


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    right: frozenset[int] = frozenset(),
    width: int | None = None,
) -> list[str]:
    """Lay out a table. `right` are the columns that are aligned to the right, as numbers are.

    With a `width`, no line is wider: cells go on in the next line, and where there isn't even room for that, each row
    is a list of what it has under which head.
    """
    lines = [[painted(name, "heading") for name in head], *rows]
    laid_out = aligned(lines, right=right, width=width)
    return list(_records(head, lines[1:], width or 0)) if laid_out is None else laid_out


def aligned(rows: Sequence[Sequence[str]], *, right: frozenset[int], width: int | None) -> list[str] | None:
    """Align rows in columns within a width; return None where that is impossible."""
    widths = [max(map(measure, column)) for column in zip(*rows, strict=True)]
    if width is not None and not _narrow(widths, right, width):
        return None
    return [line for row in rows for line in _lines(row, widths, right)]


def _narrow(widths: list[int], right: frozenset[int], width: int) -> bool:
    """Narrow the widest columns until the excess is gone; return whether that was possible."""
    excess = sum(widths) + GAP * (len(widths) - 1) - width
    least = [each if index in right else _least(each) for index, each in enumerate(widths)]
    while excess > 0:
        widest = max(
            (index for index, each in enumerate(widths) if each > least[index]), key=widths.__getitem__, default=None
        )
        if widest is None:
            return False
        widths[widest] -= 1
        excess -= 1
    return True


def _least(width: int) -> int:
    return min(width, NARROWEST if width <= LONG else 2 * NARROWEST)


def _lines(row: Sequence[str], widths: Sequence[int], right: frozenset[int]) -> Iterator[str]:
    for line in zip_longest(*map(_folded, row, widths), fillvalue=""):
        yield (" " * GAP).join(_cells(line, widths, right)).rstrip()


def _folded(cell: str, width: int) -> list[str]:
    """Wrap a cell into as many lines as it needs, all but the first indented."""
    first, *rest = wrapped(cell, width, width - _HANG)
    return [first, *(" " * _HANG + line for line in rest)]


def _cells(line: Sequence[str], widths: Sequence[int], right: frozenset[int]) -> Iterable[str]:
    for index, (text, width) in enumerate(zip(line, widths, strict=True)):
        padding = " " * (width - measure(text))
        yield padding + text if index in right else text + padding


def _records(head: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    indent = max(map(measure, head)) + GAP
    for place, row in enumerate(rows):
        if place:
            yield ""
        for name, cell in zip(head, row, strict=True):
            if cell:
                first, *rest = wrapped(cell, width - indent, width - indent)
                yield painted(name, "heading") + " " * (indent - measure(name)) + first
                yield from (" " * indent + line for line in rest)
