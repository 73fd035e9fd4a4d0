r"""Names by pattern: `*` is any text, `?` any one character, `{08..15}` every number from the first to the last. Pure.

A backslash before a character makes it literal, so every possible name has a pattern that matches that name alone.
"""

from __future__ import annotations

import re
from functools import cached_property
from itertools import chain, product, takewhile
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_NAMES: Final = 1_000_000
"""The most names that one pattern's ranges may stand for."""

_PARTS: Final = re.compile(
    r"\\(?P<literal>.)|(?P<glob>[*?])|\{(?P<first>[0-9]{1,18})\.\.(?P<last>[0-9]{1,18})\}"
    r"|(?P<plain>[^\\*?{}]+)|(?P<other>.)",
    re.DOTALL,
)
_MEANINGFUL: Final = re.compile(r"[\\*?{}]")
_TAIL: Final = re.compile(r"[0-9]{0,15}\Z")
_STAR: Final = "*"


class Span(NamedTuple):
    """The numbers from `first` to `last`, written with at least `width` digits."""

    first: int
    last: int
    width: int

    @property
    def texts(self) -> list[str]:
        """Every number as it is written."""
        return [f"{number:0{self.width}d}" for number in range(self.first, self.last + 1)]

    @property
    def expression(self) -> str:
        """The regular expression of the texts."""
        highest = len(f"{self.last:0{self.width}d}")
        return _either(
            _same_length(f"{low:0{length}d}", str(high))
            for length in range(len(f"{self.first:0{self.width}d}"), highest + 1)
            for low in [max(self.first, 0 if length == self.width else 10 ** (length - 1))]
            for high in [min(self.last, 10**length - 1)]
        )


class Glob(NamedTuple):
    """`*` or `?`."""

    sign: str


Part: TypeAlias = str | Glob | Span


class Pattern:
    """One pattern, equal to others of the same text. Raises ValueError, which says what was expected."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._parts: tuple[Part, ...] = tuple(map(_part, _PARTS.finditer(text)))
        if self.size > MOST_NAMES:
            raise ValueError(f"expected ranges of at most {MOST_NAMES:,} names")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pattern) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    @property
    def size(self) -> int:
        """The number of names that its ranges stand for."""
        size = 1
        for part in self._parts:
            size *= part.last - part.first + 1 if isinstance(part, Span) else 1
        return size

    @property
    def is_open(self) -> bool:
        """Whether it has a `*` or a `?`, so that its names can't be listed."""
        return any(isinstance(part, Glob) for part in self._parts)

    @property
    def is_any(self) -> bool:
        """Whether it matches every name: it is nothing but `*`."""
        return bool(self._parts) and all(part == Glob(_STAR) for part in self._parts)

    @property
    def is_vague(self) -> bool:
        """Whether it is nothing but wildcards and punctuation, which names have anyway: `*`, `?*`, `*_*`."""
        return self.is_open and not any(_is_telling(part) for part in self._parts)

    @property
    def names(self) -> list[str]:
        """The names that it stands for. An open pattern has no such list."""
        pieces = (part.texts if isinstance(part, Span) else [str(part)] for part in self._parts)
        return ["".join(chosen) for chosen in product(*pieces)]

    @property
    def ends(self) -> tuple[str, str]:
        """The literal texts that every name begins and ends with, which may be empty."""
        return _literal(self._parts), _literal(self._parts[::-1], reverse=True)

    @property
    def longest_literal(self) -> str:
        """The longest literal text that every name contains."""
        return max((part for part in self._parts if isinstance(part, str)), key=len, default="")

    def matches(self, name: str) -> bool:
        """Return whether the pattern stands for this name."""
        return self._expression.fullmatch(name) is not None

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        first, *after_stars = _between_stars(self._parts)
        if not after_stars:
            return re.compile(first, re.DOTALL)
        *middle, last = after_stars
        # A piece between two stars is taken at its first place and never given back: no later place is better, and
        # trying them all takes a time that grows with the power of the stars.
        return re.compile(f"{first}{''.join(f'(?>.*?{piece})' for piece in middle)}.*{last}", re.DOTALL)


class Patterns:
    """One or more patterns, any of which may match; equal to others of the same texts. Raises as `Pattern` does.

    A plan may list a hundred thousand names, so whatever is a name alone stays a text until it is needed as a pattern.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = tuple(texts)
        """The patterns as they are written."""
        found = [text for text in self.texts if _MEANINGFUL.search(text)]
        self._meaningful = {text: Pattern(text) for text in found}
        self.size = len(self.texts) - len(found) + sum(self._meaningful[text].size for text in found)
        """The number of names that the ranges of all of them stand for."""
        if self.size > MOST_NAMES:
            raise ValueError(f"expected ranges of at most {MOST_NAMES:,} names")

    @classmethod
    def of_names(cls, names: Iterable[str]) -> Patterns:
        """Build the patterns that match these names alone."""
        return cls([literal(name) for name in names])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Patterns) and other.texts == self.texts

    def __hash__(self) -> int:
        return hash(self.texts)

    @cached_property
    def each(self) -> tuple[Pattern, ...]:
        """The patterns."""
        return tuple(self._meaningful.get(text) or Pattern(text) for text in self.texts)

    @cached_property
    def _plain(self) -> frozenset[str]:
        return frozenset(self.texts).difference(self._meaningful)

    @cached_property
    def names(self) -> tuple[str, ...] | None:
        """The names that they stand for, each once; None where the names can't be listed."""
        if any(pattern.is_open for pattern in self._meaningful.values()):
            return None
        listed = {text: pattern.names for text, pattern in self._meaningful.items()}
        return tuple(dict.fromkeys(chain.from_iterable(listed.get(text, (text,)) for text in self.texts)))

    @property
    def is_any(self) -> bool:
        """Whether they match every name."""
        return any(pattern.is_any for pattern in self._meaningful.values())

    @property
    def is_vague(self) -> bool:
        """Whether any of them is nothing but wildcards and punctuation."""
        return any(pattern.is_vague for pattern in self._meaningful.values())

    def matches(self, name: str) -> bool:
        """Return whether any pattern stands for this name."""
        return name in self._plain or any(pattern.matches(name) for pattern in self._meaningful.values())


def _is_telling(part: Part) -> bool:
    """Return whether a part of a pattern has a letter or a digit; a range has digits."""
    return isinstance(part, Span) or (isinstance(part, str) and any(map(str.isalnum, part)))


def _literal(parts: Sequence[Part], *, reverse: bool = False) -> str:
    """Join the literal parts up to the first other one."""
    pieces = [str(part) for part in takewhile(lambda part: type(part) is str, parts)]
    return "".join(reversed(pieces) if reverse else pieces)


def literal(name: str) -> str:
    """Escape a name into the pattern that matches it alone."""
    return _MEANINGFUL.sub(r"\\\g<0>", name)


def span(first: str, last: str) -> str:
    """Build the pattern of the names from `first` to `last`, which differ only in their final number."""
    if first == last:
        return literal(first)
    stem = first[: _tail(first)]
    return f"{literal(stem)}{{{first[len(stem) :]}..{last[len(stem) :]}}}"


def _tail(name: str) -> int:
    """Find the start of the number at the end of a name."""
    digits = _TAIL.search(name)
    return digits.start() if digits else len(name)


def _part(token: re.Match[str]) -> Part:
    match token.lastgroup:
        case "literal":
            return token["literal"]
        case "glob":
            return Glob(token["glob"])
        case "last":
            return _span(token["first"], token["last"])
        case "plain":
            return token["plain"]
        case _:
            raise ValueError(
                r"expected names, with * for any text, ? for one character, {FIRST..LAST} for numbers, "
                r"and \ before any of * ? { } \ that stands for itself"
            )


def _span(first: str, last: str) -> Span:
    padded = first.startswith("0") and len(first) > 1
    if int(first) > int(last) or len(first) > len(last) or (last.startswith("0") and len(last) != len(first)):
        raise ValueError("expected a range such as {08..15}, from the lower number to the higher, as names write them")
    return Span(int(first), int(last), len(first) if padded else 1)


def _between_stars(parts: Iterable[Part]) -> list[str]:
    """Give the regular expressions of the pieces between stars: one more than there are stars."""
    pieces = [""]
    for part in parts:
        if part == Glob(_STAR):
            pieces.append("")
        else:
            pieces[-1] += _expression(part)
    return pieces


def _expression(part: Part) -> str:
    match part:
        case Span():
            return part.expression
        case Glob():
            return "."
        case text:
            return re.escape(text)


def _same_length(first: str, last: str) -> str:
    """Build the regular expression of the numbers from `first` to `last`, which has as many digits or fewer."""
    last = last.zfill(len(first))
    if first == last:
        return first
    if first[0] == last[0]:
        return first[0] + _same_length(first[1:], last[1:])
    rest = len(first) - 1
    low, high = int(first[0]) + 1, int(last[0]) - 1
    between = [f"[{low}-{high}][0-9]{{{rest}}}"] if low <= high else []
    lowest = first[0] + _same_length(first[1:], "9" * rest)
    highest = last[0] + _same_length("0" * rest, last[1:])
    return _either([lowest, *between, highest])


def _either(choices: Iterable[str]) -> str:
    return f"(?:{'|'.join(choices)})"
