"""Compare attributes: by their paths, and lists of data nodes by identity instead of position. Pure."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from drift.core.member_names import plain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

Path: TypeAlias = tuple[str, ...]

ELEMENT: Final = "[]"
"""The step of a path that stands for each element of an array."""
# "32 hex digits, then a suffix": DDM API reference, the shape of all ids.
_ID: Final = r"(?i)[0-9a-f]{32}in\d{2}"  # compiled when it is needed first


def decoded(attributes: str) -> dict[str, Any]:
    """Decode the attributes of a record."""
    import msgspec

    return msgspec.json.decode(attributes, type=dict[str, Any])


def paths(value: Any, path: Path = ()) -> Iterator[Path]:  # noqa: ANN401 - any JSON value
    """Yield the path to every member in a value."""
    match value:
        case dict():
            for key, inner in value.items():
                yield (*path, key)
                yield from paths(inner, (*path, key))
        case list():
            for inner in value:
                yield from paths(inner, (*path, ELEMENT))


def without(value: Any, left_out: Collection[str]) -> tuple[Any, frozenset[Path]]:  # noqa: ANN401 - any JSON value
    """Return a value without the members of those plain names, and the paths to them."""
    named = (path for path in paths(value) if plain(path[-1]) in left_out)
    found = frozenset(path for path in named if not any(plain(step) in left_out for step in path[:-1]))
    return (_steady(value, left_out) if found else value), found


def _steady(value: Any, left_out: Collection[str]) -> Any:  # noqa: ANN401 - any JSON value
    match value:
        case dict():
            return {key: _steady(inner, left_out) for key, inner in value.items() if plain(key) not in left_out}
        case list():
            return [_steady(inner, left_out) for inner in value]
        case _:
            return value


def absent(own: Any, other: Any, path: Path = ()) -> Iterator[Path]:  # noqa: ANN401 - any JSON value
    """Yield the path to each member that an object of the other value has, and its counterpart lacks."""
    if type(own) is dict and type(other) is dict:
        yield from ((*path, key) for key in other.keys() - own.keys())
        yield from chain.from_iterable(absent(own[key], other[key], (*path, key)) for key in own.keys() & other.keys())
    elif type(own) is list and type(other) is list:
        yield from chain.from_iterable(absent(*pair, (*path, ELEMENT)) for pair in _matched(own, other))


def filled(own: Any, other: Any, silent: Collection[Path], path: Path = ()) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value with the members at the `silent` paths that it lacks and its counterpart has."""
    if type(own) is dict and type(other) is dict:
        kept = {key: filled(own[key], other[key], silent, (*path, key)) for key in own.keys() & other.keys()}
        added = {key: other[key] for key in other.keys() - own.keys() if (*path, key) in silent}
        return {**own, **kept, **added}
    if type(own) is list and type(other) is list:
        partners = {id(one): two for one, two in _matched(own, other)}
        return [filled(item, partners[id(item)], silent, (*path, ELEMENT)) if id(item) in partners else item
                for item in own]  # fmt: skip
    return own


def keyed(own: Any, other: Any) -> tuple[Any, Any]:  # noqa: ANN401 - any JSON values
    """Return both values with lists of the same kind of things as objects that are keyed by the things' ids."""
    if type(own) is list and type(other) is list and (names := _identities(own, other)):
        own, other = dict(zip(names[0], own, strict=True)), dict(zip(names[1], other, strict=True))
    if type(own) is dict and type(other) is dict:
        pairs = {key: keyed(own[key], other[key]) for key in own.keys() & other.keys()}
        return (
            {key: pairs[key][0] if key in pairs else value for key, value in own.items()},
            {key: pairs[key][1] if key in pairs else value for key, value in other.items()},
        )
    if type(own) is list and type(other) is list and len(own) == len(other):
        both = [keyed(*pair) for pair in zip(own, other, strict=True)]
        return [one for one, _ in both], [two for _, two in both]
    return own, other


def _matched(own: list[Any], other: list[Any]) -> list[tuple[Any, Any]]:
    """Pair the elements of two lists by their ids, or by position in lists of the same length."""
    if names := _identities(own, other):
        others = dict(zip(names[1], other, strict=True))
        return [(item, others[name]) for name, item in zip(names[0], own, strict=True) if name in others]
    return list(zip(own, other, strict=True)) if len(own) == len(other) else []


def _identities(own: list[Any], other: list[Any]) -> tuple[list[str], list[str]] | None:
    """Return the ids of the elements of two lists, or None where position alone tells the elements apart."""
    kinds = set(map(type, chain(own, other)))
    if kinds == {str} and all(map(_is_unordered, (own, other))):
        return own, other
    if kinds != {dict}:
        return None
    shared = set.intersection(*(set(item) for item in chain(own, other)))
    for key in sorted(filter(is_id, shared), key=lambda key: (key.casefold() != "id", key)):
        names = [item[key] for item in own], [item[key] for item in other]
        if all(_are_unique_texts(each) for each in names):
            return names
    return None


def is_id(key: str) -> bool:
    """Whether a member holds an id, by its name."""
    return key.casefold().endswith("id")


def is_like_an_id(text: str) -> bool:
    """Whether a text has the documented shape of an id."""
    return bool(re.fullmatch(_ID, text))


def _is_unordered(texts: list[str]) -> bool:
    """Whether texts are ids or, as the reader leaves lists of data nodes, in order: their positions say nothing."""
    return _are_unique_texts(texts) and (all(map(is_like_an_id, texts)) or texts == sorted(texts))


def _are_unique_texts(values: Sequence[Any]) -> bool:
    return all(type(value) is str for value in values) and len(set(values)) == len(values)
