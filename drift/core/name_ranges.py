"""Group numbered names into few consecutive runs. Pure."""

from __future__ import annotations

from posixpath import commonprefix
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

_FEWEST: Final = 2
_MOST_DIGITS: Final = 15  # more are no counter, and cost time to convert


class Run(NamedTuple):
    """Names that follow one another without a hole, ends included."""

    first: str
    last: str
    size: int


class _Numbered(NamedTuple):
    stem: str
    number: int
    digits: int
    name: str


def runs(names: Iterable[str]) -> list[Run]:
    """Group distinct names into runs of consecutive numbers, in the order of the numbers."""
    ordered = sorted(names)
    numbers = _numbers(ordered)
    if numbers is None:
        return _runs_of_any(ordered)
    starts = [0, *(place for place in range(1, len(ordered)) if numbers[place] != numbers[place - 1] + 1)]
    ends = [*starts[1:], len(ordered)]
    return [Run(ordered[start], ordered[end - 1], end - start) for start, end in zip(starts, ends, strict=True)]


def _numbers(ordered: list[str]) -> list[int] | None:
    """Return the numbers of sorted names that differ only there, written with as many digits; None for other names.

    Measured: so are almost all names of shards, and their runs are found in a quarter of the time.
    """
    if len(ordered) < _FEWEST or len(set(map(len, ordered))) > 1:
        return None
    # What the first and the last have in common at the beginning, all names between them have.
    start = len(commonprefix((ordered[0], ordered[-1])))
    ends = [name[start:] for name in ordered]
    digits = "".join(ends)
    if not (digits.isascii() and digits.isdigit()) or len(ends[0]) > _MOST_DIGITS:
        return None
    return list(map(int, ends))


def _runs_of_any(names: Iterable[str]) -> list[Run]:
    grouped: list[Run] = []
    expected = None
    for numbered in sorted(map(_numbered, names)):
        name = numbered.name
        if name == expected:
            grouped[-1] = Run(grouped[-1].first, name, grouped[-1].size + 1)
        else:
            grouped.append(Run(name, name, 1))
        expected = f"{numbered.stem}{numbered.number + 1:0{numbered.digits}d}" if numbered.digits else None
    return grouped


def _numbered(name: str) -> _Numbered:
    digits = len(name) - len(name.rstrip("0123456789"))
    start = len(name) - min(digits, _MOST_DIGITS)
    return _Numbered(name[:start], int(name[start:] or 0), len(name) - start, name)
