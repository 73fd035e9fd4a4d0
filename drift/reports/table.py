"""Plain tables for eyes: columns padded to their widest cell. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.reports.safe import cells

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, right: frozenset[int] = frozenset()) -> list[str]:
    """The lines of a table. `right` are the columns that are aligned to the right, as numbers are."""
    lines = [head, *rows]
    widths = [max(map(cells, column)) for column in zip(*lines, strict=True)]
    return ["  ".join(_cells(line, widths, right)).rstrip() for line in lines]


def _cells(line: Sequence[str], widths: Sequence[int], right: frozenset[int]) -> Iterable[str]:
    for index, (text, width) in enumerate(zip(line, widths, strict=True)):
        padding = " " * (width - cells(text))
        yield padding + text if index in right else text + padding
