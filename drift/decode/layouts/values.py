"""Values of a payload in the form of the records. Pure. A `place` is any object whose text is the place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from drift.core.errors import PayloadError
from drift.decode.layouts.layout import WAY_ON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_T = TypeVar("_T")

LARGEST: Final = 2**63 - 1
_WORDS: Final = frozenset({str, int, type(None)})
_DIGITS: Final = len(str(LARGEST))


def status(value: Any, place: object) -> str | None:  # noqa: ANN401 - any JSON value
    """Read a status, in capitals as in the documentation: DDM's interfaces disagree on the case."""
    return (spelled(value, place) or "").strip().upper() or None


def lowered(value: Any, place: object) -> str | None:  # noqa: ANN401 - any JSON value
    """Read a word of a closed set (`cluster`, `mysql`), in lower case."""
    return (spelled(value, place) or "").strip().lower() or None


def spelled(value: Any, place: object) -> str | None:  # noqa: ANN401 - any JSON value
    """Read a text or number as text; None for an empty one. Raises PayloadError for anything else."""
    if value is None or value == "":
        return None
    if type(value) not in {str, int, float}:
        raise PayloadError("expected a text", place=str(place), hint=WAY_ON)
    return str(value)


def integer(value: Any, place: object) -> int | None:  # noqa: ANN401 - any JSON value
    """Read a whole number of 64 bits, also from a text or 3.0. Raises PayloadError for anything else."""
    if value is None or value == "":
        return None
    is_other_spelling = is_decimal(value) if type(value) is str else type(value) is float and value.is_integer()
    number = int(value) if is_other_spelling else value
    if type(number) is not int or not -LARGEST <= number <= LARGEST:
        raise PayloadError("expected a whole number", place=str(place), hint=WAY_ON)
    return number


def is_decimal(value: str) -> bool:
    """Whether a text is a whole number with no more digits than 64 bits have."""
    digits = value.strip().removeprefix("-")
    return len(digits) <= _DIGITS and digits.isdecimal()


def text(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    """Read a text or whole number as text; None for anything else and for an empty text."""
    if type(value) is str:
        return value or None
    return str(value) if type(value) is int else None


def each(function: Callable[[Any], _T], values: Sequence[Any]) -> list[_T]:
    """Apply the function to every value, once for each distinct one: an export repeats few values many times."""
    if not set(map(type, values)) <= _WORDS:  # objects and arrays, or True, which equals 1
        return [function(value) for value in values]
    results = {value: function(value) for value in set(values)}
    return list(map(results.__getitem__, values))


def items_below(value: Any, key: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any JSON value
    """Yield every member's name below a value, with its text or its own name; texts in arrays have their array's."""
    match value:
        case dict():
            for name, inner in value.items():
                yield name, name
                yield from items_below(inner, name)
        case list():
            for inner in value:
                yield from items_below(inner, key)
        case str():
            yield key, value


def texts_below(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    """Return every text in a value, and every name of a member."""
    return (text for _, text in items_below(value))
