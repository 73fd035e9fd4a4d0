"""Many numbered names as few runs. Pure."""

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
    """The runs in which distinct names follow one another, in the order of their numbers."""
    found: list[Run] = []
    expected = None
    for numbered in sorted(map(_numbered, names)):
        name = numbered.name
        if name == expected:
            found[-1] = Run(found[-1].first, name, found[-1].size + 1)
        else:
            found.append(Run(name, name, 1))
        expected = f"{numbered.stem}{numbered.number + 1:0{numbered.digits}d}" if numbered.digits else None
    return found


def _numbered(name: str) -> _Numbered:
    digits = len(name) - len(name.rstrip("0123456789"))
    start = len(name) - min(digits, _MOST_DIGITS)
    return _Numbered(name[:start], int(name[start:] or 0), len(name) - start, name)
