"""Parsing a payload whose long arrays hold records that are alike, without objects for all of them. Pure.

An export is mostly a few long arrays of shards with the same members. Such an array is decoded into records of one
type and kept as columns, and the document gets a sample of it: its first records, and for each combination of the
values that recur, the first and the last record that have it. The layout is found in the document with its samples;
`layouts.extend` then reads the rest.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache, partial
from itertools import accumulate, chain, pairwise, repeat, starmap
from operator import attrgetter, ne
from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift.core.member_names import plain
from drift.core.strict_json import census, may_be_ambiguous, signs_of, without_gc
from drift.decode.synonyms import SHARD_INDEX, VOLATILE, is_about_others

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from drift.core.strict_json import Signs

LEAST: Final = 256  # records: below, a sample saves nothing
HEAD: Final = 64  # records: readers look at that many when they recognise what an array holds
_SMALL: Final = 16 * 1024  # bytes of JSON that hold no long array
_PEEK: Final = 8192  # bytes in which the first records of an array have to end
_DEEPEST: Final = 8  # containers around an array: the text is skimmed once for each
_MOST_SHAPES: Final = 16  # kinds of records in one document: each takes a decoder
_MOST_MEMBERS: Final = 64  # of a record: readers look at that many when they recognise it
_MOST_COLUMNS: Final = 16  # members of a record that tell it apart: each is compared with the others
_RARE: Final = 4  # a value recurs in a column if its values have that many records each, on average
_PROBE: Final = 256  # records that tell whether a column's values recur
_FIRST: Final = "_0000"
_FIRST_LINE: Final = re.compile(f"{_FIRST}$", re.MULTILINE)
_HOLDS_MORE: Final = re.compile(rb"\{|\[\s*[{\[]")  # an object, or an array of objects or arrays
_NO_FIELD: Final = re.compile(r'["\\\x00-\x1f]')  # in the names of members, it is more than msgspec's records can have
_TYPES: Final[dict[type, Any]] = {str: str | None, int: int | None, bool: bool, type(None): str | int | None}


class LongArray(msgspec.Struct, frozen=True):
    """The `size` records of one array, and at which positions its sample was taken.

    `columns` are the members that tell records apart: their values hardly recur, or they are called as the index of a
    shard. `recurring` has the values of the others, but for volatile ones, and `keys` for each record the position of
    the last one with the same combination of these; None where all have the same. `colons` is how many there are in
    texts of members whose first text has one.
    """

    size: int
    sample: list[dict[str, Any]]
    kept: tuple[int, ...]
    columns: dict[str, Sequence[Any]]
    recurring: dict[str, frozenset[Any]]
    keys: Sequence[int] | None
    colons: int


class Thinned(msgspec.Struct, frozen=True):
    """A document with samples in the place of its long arrays, which are here by the `id` of their sample.

    `size` is that of the text, in bytes, and `depth` the document's in containers.
    """

    document: Any
    arrays: dict[int, LongArray]
    size: int
    depth: int


def parse(text: bytes, *, nesting: int, containers: int) -> Thinned | None:
    """Parse a JSON text with the bounds of `strict_json.parse`; None for what that has to read, or to refuse."""
    signs = signs_of(text)
    if signs.opened > containers:
        return None
    thinner = _Thinner(LEAST, HEAD)
    try:
        with without_gc():
            document = thinner.read(text)
    except (RecursionError, msgspec.MsgspecError, UnicodeDecodeError):
        return None
    keys, depth = census(document)
    keys += sum((each.size - len(each.sample)) * len(each.sample[0]) for each in thinner.arrays.values())
    if depth > nesting or may_be_ambiguous(text, _outside_of_texts(signs, text, document, thinner.arrays), keys):
        return None
    return Thinned(document, thinner.arrays, len(text), depth)


def _outside_of_texts(signs: Signs, text: bytes, document: Any, arrays: Mapping[int, LongArray]) -> Signs:  # noqa: ANN401 - any JSON value
    """Leave out the colons that are known to be in values: where those that are left are as many as keys, all is told.

    In a text with escapes, a value may have colons that are written otherwise.
    """
    colons = sum(array.colons for array in arrays.values())
    if not colons or b"\\" in text:
        return signs
    pending = [document]
    while pending:
        value = pending.pop()
        if type(value) is str:
            colons += value.count(":")
        elif type(value) is dict:
            pending += value.values()
        elif type(value) is list and id(value) not in arrays:
            pending += value
    return msgspec.structs.replace(signs, colons=signs.colons - colons)


class _Thinner:
    """The parser of one text."""

    def __init__(self, least: int, head: int) -> None:
        self.arrays: dict[int, LongArray] = {}
        self._least = least
        self._head = head
        self._small = min(_SMALL, least * 16)
        self._shapes: set[tuple[tuple[str, ...], tuple[type, ...]]] = set()

    def read(self, text: bytes | msgspec.Raw, depth: int = 0) -> Any:  # noqa: ANN401 - any JSON value
        """Parse a value that stands in `depth` containers, and thin the long arrays in it."""
        view = memoryview(text)
        beginning = bytes(view[:_PEEK]).lstrip()
        if len(view) < self._small or depth > _DEEPEST or not _HOLDS_MORE.match(beginning):
            return msgspec.json.decode(text)
        if beginning[:1] == b"{":
            return self._read_object(text, depth)
        records = _first_records(beginning)
        if records is None and beginning[1:].lstrip()[:1] == b"{":
            return self._read_objects(text, depth)
        shape = _shape(records or [], self._head)
        if shape is None:
            return self._read_items(text, depth)
        self._shapes.add(shape)
        return self._read_records(text, *shape) if len(self._shapes) <= _MOST_SHAPES else msgspec.json.decode(text)

    def _read_object(self, text: bytes | msgspec.Raw, depth: int) -> Any:  # noqa: ANN401 - any JSON value
        members = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
        if self._are_long(len(members), text):
            return self._read_members(members, depth)
        del members  # they may take as much memory as their values
        return msgspec.json.decode(text)

    def _read_members(self, members: Mapping[str, msgspec.Raw], depth: int) -> dict[str, Any]:
        # What is about other things is no shards, and needed as a whole.
        others = set(filter(is_about_others, members))
        return {
            key: msgspec.json.decode(value) if key in others else self.read(value, depth + 1)
            for key, value in members.items()
        }

    def _read_objects(self, text: bytes | msgspec.Raw, depth: int) -> Any:  # noqa: ANN401 - any JSON value
        """Parse an array whose first item is a long object, so that its items need not be skimmed once more."""
        try:
            items = msgspec.json.decode(text, type=list[dict[str, msgspec.Raw]])
        except msgspec.ValidationError:  # another one is no object
            return self._read_items(text, depth)
        if self._are_long(sum(map(len, items)), text):
            return [self._read_members(members, depth + 1) for members in items]
        del items
        return self._read_items(text, depth)

    def _read_items(self, text: bytes | msgspec.Raw, depth: int) -> Any:  # noqa: ANN401 - any JSON value
        items = msgspec.json.decode(text, type=list[msgspec.Raw])
        if self._are_long(len(items), text):
            return [self.read(item, depth + 1) for item in items]
        del items
        return msgspec.json.decode(text)

    def _are_long(self, count: int, text: bytes | msgspec.Raw) -> bool:
        """Whether so many values in a text can be long, on average."""
        return count * self._small <= memoryview(text).nbytes

    def _read_records(
        self, text: bytes | msgspec.Raw, members: tuple[str, ...], types: tuple[type, ...]
    ) -> list[dict[str, Any]]:
        array = self._long_array(text, members, types)
        if array is None:
            whole: list[dict[str, Any]] = msgspec.json.decode(text)
            return whole
        self.arrays[id(array.sample)] = array
        return array.sample

    def _long_array(
        self, text: bytes | msgspec.Raw, members: tuple[str, ...], types: tuple[type, ...]
    ) -> LongArray | None:
        try:
            records = _decoder(members, types).decode(text)
        except msgspec.ValidationError:  # another one has other members
            return None
        return _thinned(members, records, self._head) if len(records) >= self._least else None


def _first_records(beginning: bytes) -> list[Any] | None:
    """Parse the first records of an array; None if the first one ends later, or a text in them has a brace."""
    try:
        records: list[Any] = msgspec.json.decode(beginning[: beginning.rfind(b"}") + 1] + b"]")
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return records


def _shape(records: list[Any], head: int) -> tuple[tuple[str, ...], tuple[type, ...]] | None:
    """Return the members of an array's first record and their types; None unless it is an object without containers.

    Readers look at the first `head` texts of an array, so the records with these must have the same order as well.
    """
    first = records[0] if records and type(records[0]) is dict else {}
    members, types = tuple(first), tuple(map(type, first.values()))
    if not 0 < len(members) <= _MOST_MEMBERS or any(map(_NO_FIELD.search, members)) or not set(types) <= _TYPES.keys():
        return None
    heads = records[: -(-head // len(members))]
    is_even = len(heads) * len(members) >= head and all(type(each) is dict and tuple(each) == members for each in heads)
    return (members, types) if is_even else None


@lru_cache(maxsize=32)
def _decoder(members: tuple[str, ...], types: tuple[type, ...]) -> msgspec.json.Decoder[list[Any]]:
    """Build the decoder for an array of records with exactly these members."""
    fields = [(_field(place), _TYPES[kind]) for place, kind in enumerate(types)]
    names = {_field(place): member for place, member in enumerate(members)}
    record = msgspec.defstruct("Record", fields, rename=names, forbid_unknown_fields=True, gc=False)
    return msgspec.json.Decoder(list[record])  # type: ignore[valid-type]


def _field(place: int) -> str:
    return f"m{place}"


def _thinned(members: tuple[str, ...], records: Sequence[Any], head: int) -> LongArray | None:
    """Take the columns and a sample of records; None where too few of their values recur."""
    size = len(records)
    columns: dict[str, Sequence[Any]] = {}
    recurring: dict[str, frozenset[Any]] = {}
    varying: dict[str, list[Any]] = {}
    last: dict[Any, int] = {}
    colons = 0
    for place, (member, value) in enumerate(zip(members, msgspec.structs.astuple(records[0]), strict=True)):
        has_colons, is_volatile = type(value) is str and ":" in value, plain(member) in VOLATILE
        if is_volatile and not has_colons:
            continue
        column = list(map(attrgetter(_field(place)), records))
        if has_colons:
            colons += "".join(filter(None, column)).count(":")
        if is_volatile:
            continue
        if _tells_apart(member, column):
            columns[member] = next((known for known in columns.values() if known == column), column)
            if len(columns) > _MOST_COLUMNS:
                return None
            continue
        known = next((each for each, known in varying.items() if known == column), None)
        if known is not None:
            recurring[member] = recurring[known]
        elif any(map(ne, column, repeat(value))):
            varying[member], last = column, _last_places(column)
            recurring[member] = frozenset(last)
        else:
            recurring[member] = frozenset((value,))
    keys = _keys(list(varying.values()), last)
    firsts = chain.from_iterable(map(_firsts, {id(column): column for column in columns.values()}.values()))
    kept = {*range(min(head, size)), size - 1, *firsts, *_ends(keys)}
    if len(kept) * 2 > size:
        return None
    positions = tuple(sorted(kept))
    sample = [dict(zip(members, msgspec.structs.astuple(records[at]), strict=True)) for at in positions]
    return LongArray(size, sample, positions, columns, recurring, keys, colons)


def _tells_apart(member: str, column: Sequence[Any]) -> bool:
    """Whether a member's values hardly recur, as far as some of them tell, or it is called as the index of a shard."""
    some = column[:: max(1, len(column) // _PROBE)]
    count = len(set(some))
    return count * _RARE > len(some) or (count > 1 and plain(member) in SHARD_INDEX)


def _last_places(values: Sequence[Any]) -> dict[Any, int]:
    return dict(zip(values, range(len(values)), strict=True))


def _keys(columns: list[list[Any]], last: dict[Any, int]) -> Sequence[int] | None:
    """Return for each record the position of the last one with the same combination of values.

    `last` has the last places of the values in the only column, if there is just one.
    """
    if not columns:
        return None
    combinations: Sequence[Any] = columns[0]
    if len(columns) > 1:
        combinations = list(zip(*columns, strict=True))
        last = _last_places(combinations)
    return list(map(last.__getitem__, combinations))


def _ends(keys: Sequence[int] | None) -> Iterable[int]:
    """Return the positions at which each combination comes first and last."""
    if keys is None:
        return ()
    first = dict(zip(reversed(keys), range(len(keys) - 1, -1, -1), strict=True))
    return chain(first.values(), first)


def _firsts(names: Sequence[Any]) -> list[int]:
    """Return the positions of the names that are numbered as first shards are."""
    if type(names[0]) is int:  # then all are, or null
        return []
    kinds = set(map(type, names))
    if str not in kinds:
        return []
    lines = "\n".join(names) if kinds == {str} else "\n" * len(names)  # searched at once: there may be very many
    if lines.count("\n") >= len(names):
        return [at for at, name in enumerate(names) if type(name) is str and name.endswith(_FIRST)]
    ends = [0, *(match.start() for match in _FIRST_LINE.finditer(lines))]
    return list(accumulate(starmap(partial(lines.count, "\n"), pairwise(ends))))
