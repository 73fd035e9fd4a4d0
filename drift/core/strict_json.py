"""Parse JSON bytes, and refuse input that two parsers could read differently. Pure.

Duplicate keys, NaN, infinities, lone surrogates and NUL characters are errors that name their place.
"""

from __future__ import annotations

import gc
import math
import re
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NoReturn

import msgspec

from drift.core.errors import PayloadError

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONTAINERS: Final = frozenset({dict, list})
_PLAIN_KEY: Final = r"[A-Za-z_][A-Za-z0-9_-]*"
_NO_SIGNS: Final = bytes(set(range(256)) - set(b"{[:"))
_SPACES: Final = (b" ", b"\n", b"\t", b"\r")
_UNREADABLE: Final = re.compile("[\0\ud800-\udfff]")

MOST_CONTAINERS: Final = 9_000_000
"""The most objects and arrays of a text whose reader sets no other bound."""

_AGAIN: Final = "Capture or save it again in full, and don't edit it by hand"


class Place:
    """The location of a value in a document: its parent's place, and its key or index there."""

    __slots__ = ("key", "parent", "value")

    def __init__(self, parent: Place | None, key: str | int, value: Any) -> None:  # noqa: ANN401 - any JSON value
        self.parent = parent
        self.key = key
        self.value = value

    def __str__(self) -> str:
        steps: list[str] = []
        place: Place | None = self
        while place is not None and place.parent is not None:
            steps.append(step_text(place.key))
            place = place.parent
        return "".join(reversed(steps)).lstrip(".") or "the top level"


def step_text(key: str | int) -> str:
    """Write one step of a path, for error messages and layouts: `.name`, `["odd name"]` or `[3]`.

    The text is safe between the single quotes of drift.toml.
    """
    if isinstance(key, int):
        return f"[{key}]"
    if re.fullmatch(_PLAIN_KEY, key):
        return f".{key}"
    import json

    return "[" + json.dumps(key).replace("'", "\\u0027") + "]"


class Signs(msgspec.Struct, frozen=True):
    """How many objects and arrays a JSON text seems to open, and how many colons it has, strings included."""

    opened: int
    colons: int


class Parsed(msgspec.Struct, frozen=True):
    """The value of a JSON text, and its nesting depth in containers."""

    value: Any
    depth: int


def loads(text: bytes, *, nesting: int, what: str, containers: int = MOST_CONTAINERS) -> Any:  # noqa: ANN401 - any JSON value
    """Parse a JSON text as `parse` does, and return the value alone."""
    return parse(text, nesting=nesting, what=what, containers=containers).value


def parse(text: bytes, *, nesting: int, what: str, containers: int = MOST_CONTAINERS) -> Parsed:
    """Parse a JSON text of at most `containers` objects and arrays, `nesting` deep. `what` names the text in errors.

    Raises PayloadError, with the place, for text that isn't unambiguous JSON.
    """
    signs = signs_of(text)
    if signs.opened > containers:  # before they are parsed: each takes a hundred times its two bytes
        _refuse_count(what, containers)
    try:
        with without_gc():
            document = msgspec.json.decode(text)
    except RecursionError:
        _refuse_depth(what, nesting)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        _examine(text, what, nesting)
        raise PayloadError(str(error), place=what, hint=_AGAIN) from error
    keys, depth = census(document, signs.opened)
    if depth > nesting:
        _refuse_depth(what, nesting)
    if may_be_ambiguous(text, signs, keys):
        _examine(text, what, nesting)
    return Parsed(document, depth)


@contextmanager
def without_gc() -> Iterator[None]:
    """Pause the cyclic garbage collector, which would search millions of new containers in vain."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _refuse_depth(what: str, nesting: int) -> NoReturn:
    raise PayloadError(
        f"nested more than {nesting} levels deep",
        place=what,
        hint="Raise `nesting` under [limits] in drift.toml if this is a genuine export",
    )


def _refuse_count(what: str, containers: int) -> NoReturn:
    raise PayloadError(
        f"more than {containers:,} objects and arrays",
        place=what,
        hint="Raise `records` under [limits] in drift.toml if this is a genuine export",
    )


def census(document: Any, most: int | None = None) -> tuple[int, int]:  # noqa: ANN401 - any JSON value
    """Count the object members and the depth of a document that has at most `most` containers, if that is known."""
    keys = depth = seen = 0
    level = [document] if type(document) in _CONTAINERS else []
    while level:
        depth += 1
        seen += len(level)
        objects = [value for value in level if type(value) is dict]
        keys += sum(map(len, objects))
        if seen == most:  # No containers are below: this skips the deepest level, nearly all of an export.
            break
        arrays = (value for value in level if type(value) is list)
        below = chain(chain.from_iterable(map(dict.values, objects)), chain.from_iterable(arrays))
        level = [child for child in below if type(child) in _CONTAINERS]
    return keys, depth


def signs_of(text: bytes) -> Signs:
    """Count the signs of a JSON text by which its parser is checked."""
    signs = text.translate(None, _NO_SIGNS)  # counting in the rest takes half the time
    return Signs(signs.count(b"{") + signs.count(b"["), signs.count(b":"))


def may_be_ambiguous(text: bytes, signs: Signs, keys: int) -> bool:
    """Whether a JSON text of which so many keys were decoded may repeat a key, or have a NUL character in a string.

    Each key has a colon: if there are as many colons as keys, the decoder dropped no duplicate key. Strings that look
    like keys make it uncertain.
    """
    if b"\\" in text and b"\\u0000" in text:
        return True
    if signs.colons == keys:
        return False
    if any(space in text and space + b":" in text for space in _SPACES):
        return sum(1 for _ in re.finditer(rb'"\s*:', text)) != keys
    return text.count(b'":') != keys


class _Duplicate(dict[str, Any]):
    """An object in which `key` appears more than once."""

    key: str


class _Constant(str):
    """A number that JSON doesn't allow."""

    __slots__ = ()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    seen: set[str] = set()
    duplicate = _Duplicate(members)
    duplicate.key = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    return duplicate


def _examine(text: bytes, what: str, nesting: int) -> None:
    """Parse the text again, slowly, to name the place of an error. Returns where there is none."""
    import json

    try:
        document = json.loads(text.decode(), object_pairs_hook=_object, parse_constant=_Constant)
    except UnicodeDecodeError as error:
        raise PayloadError(f"not UTF-8 at byte {error.start}", place=what, hint=_AGAIN) from error
    except json.JSONDecodeError as error:
        position = f"line {error.lineno}, column {error.colno}"
        raise PayloadError(
            f"not JSON: {error.msg.removesuffix(' at')} at {position}", place=what, hint=_AGAIN
        ) from error
    except ValueError as error:
        raise PayloadError(f"could not read the JSON: {error}", place=what, hint=_AGAIN) from error
    except RecursionError:
        _refuse_depth(what, nesting)
    pending = [Place(None, what, document)]
    while pending:
        place = pending.pop()
        if problem := _problem(place.value):
            where = str(place) if place.parent else what
            raise PayloadError(problem, place=where if where == what else f"{what}, {where}", hint=_AGAIN)
        pending.extend(_children(place))


def _problem(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    if isinstance(value, _Duplicate):
        import json

        return f"the key {json.dumps(value.key)} appears more than once"
    if isinstance(value, _Constant) or (isinstance(value, float) and not math.isfinite(value)):
        return f"{value} is not a JSON number"
    texts = value if isinstance(value, dict) else [value] if isinstance(value, str) else []
    if any(_UNREADABLE.search(text) for text in texts):
        return "text with a NUL character or half a surrogate pair"
    return None


def _children(place: Place) -> Iterator[Place]:
    match place.value:
        case dict() as members:
            yield from (Place(place, key, value) for key, value in members.items())
        case list() as items:
            yield from (Place(place, index, value) for index, value in enumerate(items))
