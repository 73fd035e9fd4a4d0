"""An index of open patterns, by the literal texts that they begin and end with. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.core.patterns import Pattern, Patterns


class PatternIndex:
    """Patterns by number. Only those whose literal texts a name has are held against it: there may be thousands."""

    def __init__(self) -> None:
        self._lengths: dict[tuple[int, int], dict[tuple[str, str], list[tuple[str, int, Pattern]]]] = {}
        self._of_any_name: list[int] = []

    def __bool__(self) -> bool:
        return bool(self._lengths or self._of_any_name)

    def add(self, number: int, patterns: Patterns | None) -> None:
        """Add patterns under a number; None matches every name."""
        if patterns is None or patterns.is_any:
            self._of_any_name.append(number)
            return
        for pattern in patterns.each:
            ends = pattern.ends
            by_ends = self._lengths.setdefault((len(ends[0]), len(ends[1])), defaultdict(list))
            by_ends[ends].append((pattern.longest_literal, number, pattern))

    def find(self, name: str) -> tuple[int, ...]:
        """Return the numbers of all patterns that stand for the name, sorted."""
        return tuple(sorted({*self._of_any_name, *self._matching(name)}))

    def _matching(self, name: str) -> Iterator[int]:
        for (first, last), by_ends in self._lengths.items():
            for literal, number, pattern in by_ends.get((name[:first], name[len(name) - last :]), ()):
                if literal in name and pattern.matches(name):
                    yield number
