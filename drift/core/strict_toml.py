"""Read TOML strictly: every unknown key is a problem, and all problems are collected before any is reported. Pure.

No message repeats a value of the file, because a secret in the wrong place is still a secret.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from drift.core import validators
from drift.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

MOST_LEVELS: Final = 64
"""The most levels of tables and arrays, and the most steps of a dotted key."""

MOST_KEYS: Final = 1_000_000
"""The most keys of a file."""

_T = TypeVar("_T")

_WRONG_FILE: Final = "Check that it is the file that you mean."
# Texts and comments, in which no sign is one of structure.
# A text without an end is taken up to the end of the line or file, so that no part of it is read twice.
_TEXTS: Final = (
    r"""(?s)\"{3}(?:\\.|[^\\])*?(?:\"{3}|\Z)|'{3}.*?(?:'{3}|\Z)"""
    r"""|"[^"\\\n]*(?:\\.[^"\\\n]*)*"?|'[^'\n]*'?|\#[^\n]*"""
)
_BRACKETS: Final = r"[\[\]{}]"
_LEVEL: Final = {"[": 1, "{": 1, "]": -1, "}": -1}
_DOTTED: Final = rf"(?:\.[^.=,\n\[\]{{}}]*){{{MOST_LEVELS}}}"


class Problem(msgspec.Struct, frozen=True):
    """A problem in a file: the dotted key, and an explanation."""

    place: str
    words: str


class Table:
    """A table of the file while it is read. All tables of a file collect their problems in one list."""

    def __init__(self, values: Mapping[str, Any], problems: list[Problem], place: str = "") -> None:
        self.values = values
        self.problems = problems
        self.place = place
        self._known: list[str] = []

    def read(self, key: str, check: Callable[[object], _T], default: _T) -> _T:
        """Return the checked value of a key; the default where the key is missing or, with a problem, wrong.

        A check returns the value in its one form, or raises ValueError that says what it expected.
        """
        self._known.append(key)
        if key not in self.values:
            return default
        try:
            return check(self.values[key])
        except ValueError as exc:
            self.problem(key, str(exc))
            return default

    def table(self, key: str) -> Table:
        """Return the table under a key, or an empty one where the key is missing."""
        return Table(self.read(key, _table, {}), self.problems, self._at(key))

    def tables(self) -> Iterator[tuple[str, Table]]:
        """Yield every key of a table of tables, with its table."""
        for key in self.values:
            yield key, self.table(key)

    def array(self, key: str) -> Iterator[Table]:
        """Yield the tables of an array of tables, `[[key]]`; each place has the table's number, counted from 1."""
        none: list[dict[str, Any]] = []
        for number, values in enumerate(self.read(key, _array, none), start=1):
            yield Table(values, self.problems, f"{self._at(key)}[{number}]")

    def problem(self, key: str, words: str) -> None:
        """Note a problem at a key."""
        self.problems.append(Problem(self._at(key), words))

    def refuse_unknown(self, explain: Callable[[str], str | None]) -> None:
        """Note every key that was not read, with the explanation from `explain` or else with the known keys."""
        for key in self.values:
            if key not in self._known:
                self.problem(key, explain(key) or f"unknown key{self._advice(key)}")

    def _advice(self, key: str) -> str:
        return validators.suggestion(key, self._known) or f"; expected {validators.listed(self._known)}"

    def _at(self, key: str) -> str:
        return f"{self.place}.{_as_key(key)}" if self.place else _as_key(key)


def parse(text: str, origin: Path) -> dict[str, Any]:
    """Parse a TOML text. Raises ConfigError, with line and column."""
    import tomli

    _bound(text, origin)
    try:
        return tomli.loads(text)
    except ValueError as exc:  # also Python's own, for a number of thousands of digits
        raise ConfigError(f"{origin}: not TOML: {exc}") from None
    except RecursionError:
        raise ConfigError(f"{origin}: nested too deeply to be a configuration") from None


def _bound(text: str, origin: Path) -> None:
    """Raise ConfigError for a text that a parser of TOML could take minutes or gigabytes for."""
    structure = re.sub(_TEXTS, "", text)
    depths = accumulate(map(_LEVEL.__getitem__, re.findall(_BRACKETS, structure)))
    if max(depths, default=0) > MOST_LEVELS or re.search(_DOTTED, structure):
        raise ConfigError(f"{origin}: nested too deeply: more than {MOST_LEVELS} levels", hint=_WRONG_FILE)
    if structure.count("=") > MOST_KEYS:
        raise ConfigError(f"{origin}: more than {MOST_KEYS:,} keys", hint=_WRONG_FILE)


def problem_text(problems: Sequence[Problem], origin: Path) -> str:
    """Format all problems of a file, one a line."""
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return "\n".join([f"{origin}: {count}", *(f"  {each.place}: {each.words}" for each in problems)])


def _table(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("expected a table")  # noqa: TRY004 - callers collect ValueError, whatever is wrong
    return value


def _array(value: object) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise ValueError("expected an array of tables")
    return value


def _as_key(key: str) -> str:
    """Write a key as TOML does: bare where that is allowed, else quoted."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else msgspec.json.encode(key).decode()
