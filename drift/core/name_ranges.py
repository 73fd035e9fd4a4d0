"""Group numbered names into few consecutive runs. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

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
