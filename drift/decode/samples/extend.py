"""Extending a reading of a document with samples to all records of its long arrays. Pure.

A record of a long array differs from one in the sample that has the same recurring values in its name, its index and
its volatile members alone. So it is read as that one was, if nothing that was decided rests on how many records there
are, or on the name or index of a single one. Where that is not sure, the whole document has to be read.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import chain, islice, repeat
from operator import attrgetter, lt
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from drift.core.member_names import plain
from drift.core.model import Shard
from drift.decode import synonyms
from drift.decode.evidence.names import are_numbered
from drift.decode.layouts.layout import NUMBERED
from drift.decode.layouts.record_tables import members_taken
from drift.decode.layouts.values import LARGEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from drift.core.model import Database
    from drift.decode.layouts.apply import Placed, Reading
    from drift.decode.layouts.layout import Layout
    from drift.decode.layouts.nodes import Nodes
    from drift.decode.samples.long_arrays import LongArray

_RIVALS: Final = frozenset((*synonyms.SHARD_NAME, *synonyms.SHARD_INDEX))
_NAME: Final = attrgetter("name")
_AS_ITS_LIKES: Final = ("database", "data_node_id", "status", "attributes")


class UnevenError(Exception):
    """A document whose long arrays can't be read by their samples."""


class _Own(NamedTuple):
    """The members of a long array that each shard has of its own: its name and, if it has one, its index.

    `taken` are these and those with its other facts.
    """

    name: str
    number: str | None
    taken: frozenset[str]


def extend(reading: Reading, arrays: Mapping[int, LongArray], nodes: Nodes, volatile: frozenset[str]) -> Reading:
    """Return the reading with all records of the long arrays. Raises UnevenError where that is not sure to be right."""
    if len(reading.placed) != 1:
        raise UnevenError
    placed = reading.placed[0]
    own = _own_members(placed.layout)
    chunks = list(_chunks(placed, reading, arrays))
    if sum(array is not None for array, _ in chunks) < len(arrays):
        raise UnevenError  # there is one that holds no shards
    places = Counter(database for _, likes in chunks for database in {shard.database for shard in likes})
    _check_data_nodes(nodes, places)
    extended: dict[str, Database] = {}
    scattered: dict[str, list[Shard]] = defaultdict(list)
    for array, likes in chunks:
        if array is not None:
            _check_members(array, own, likes, nodes, volatile)
        for database, shards in _grouped(likes) if array is None else _read(array, own, likes):
            if places[database] == 1:  # at once, while they are in the processor's caches
                extended[database] = _with_shards(reading.by_name[database], shards)
            else:
                scattered[database] += shards
    extended |= {name: _with_shards(reading.by_name[name], shards) for name, shards in scattered.items()}
    by_name = {**reading.by_name, **extended}
    return msgspec.structs.replace(reading, databases=tuple(by_name.values()), by_name=by_name)


def _with_shards(database: Database, shards: list[Shard]) -> Database:
    names = list(map(_NAME, shards))
    is_sorted = all(map(lt, names, islice(names, 1, None)))
    if not is_sorted and len(set(names)) < len(names):
        raise UnevenError
    return database.with_shards(shards, is_sorted=is_sorted)


def _own_members(layout: Layout) -> _Own:
    """Return the members with a shard's name and index. A shard's database must be known from elsewhere."""
    if layout.database in {None, layout.shard_name}:
        raise UnevenError
    name, number = _member(layout.shard_name, layout), _member(layout.shard_index, layout)
    if name is None or (number is None and layout.shard_index is not None):
        raise UnevenError
    return _Own(name, number, members_taken(layout.shards, layout))


def _member(path: tuple[str, ...] | None, layout: Layout) -> str | None:
    """Return the member of the shards' own records at a path."""
    if path is None or path[:-1] != layout.shards or not path[-1].startswith("."):
        return None
    return path[-1][1:]


def _chunks(
    placed: Placed, reading: Reading, arrays: Mapping[int, LongArray]
) -> Iterator[tuple[LongArray | None, list[Shard]]]:
    """Yield each container of shards: its long array, if it is one, and the shards of its sample, or else all."""
    known = {name: {shard.name: shard for shard in each.shards} for name, each in reading.by_name.items()}
    start = 0
    for chunk in placed.table.chunks:
        end = start + len(chunk.records)
        rows = zip(placed.databases[start:end], placed.names[start:end], strict=True)
        yield arrays.get(id(chunk.records)), [known[database][name] for database, name in rows]
        start = end


def _check_members(array: LongArray, own: _Own, likes: list[Shard], nodes: Nodes, volatile: frozenset[str]) -> None:
    """Check that no member means something else in a record that is not in the sample."""
    members = {member for member in (own.name, own.number) if member is not None}
    if not array.columns.keys() >= members:
        raise UnevenError
    copied = [array.columns[member] for member in members]
    attributes = {key for text in {shard.attributes for shard in likes} for key in msgspec.json.decode(text)}
    for member in array.columns.keys() - members:
        column = array.columns[member]
        is_copy = member not in own.taken | attributes and column in copied
        # A member that is in no attribute, as a user calls it volatile, must tell nothing else either.
        is_volatile = plain(member) in volatile and not synonyms.is_known(member)
        if not is_copy and not (is_volatile and not any(map(nodes.find, column))):
            raise UnevenError
    rivals = (values for member, values in array.recurring.items() if plain(member) in _RIVALS)
    if any(map(_may_be_of_a_shard, chain.from_iterable(rivals))):
        raise UnevenError


def _may_be_of_a_shard(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Whether a value that recurs may be the name or the index of a shard, too."""
    text = str(value)
    return text.removeprefix("-").isdecimal() or NUMBERED.fullmatch(text) is not None


def _read(array: LongArray, own: _Own, likes: list[Shard]) -> Iterator[tuple[str, list[Shard]]]:
    """Read all records of a long array, by the shards of its sample, and group them by database."""
    names = array.columns[own.name]
    if set(map(type, names)) != {str}:
        raise UnevenError
    databases, *others = (_column(array, likes, field) for field in _AS_ITS_LIKES)
    shards = list(map(Shard, databases, names, _indexes(array, own), *others))
    if len({shard.database for shard in likes}) == 1:  # as is usual, and there may be very many
        groups: Iterable[tuple[str, list[Shard]]] = [(likes[0].database, shards)]
    else:
        groups = _grouped(shards)
    for database, some in groups:
        if not are_numbered(database, names if some is shards else list(map(_NAME, some))):
            raise UnevenError
        yield database, some


def _grouped(shards: list[Shard]) -> Iterable[tuple[str, list[Shard]]]:
    """Group shards by database."""
    groups: dict[str, list[Shard]] = defaultdict(list)
    for shard in shards:
        groups[shard.database].append(shard)
    return groups.items()


def _indexes(array: LongArray, own: _Own) -> Sequence[int]:
    try:
        if own.number is None:
            return [int(name.rpartition("_")[2]) for name in array.columns[own.name]]
        indexes = array.columns[own.number]
        if type(indexes[0]) is int and max(indexes) <= LARGEST and min(indexes) >= -LARGEST:
            return indexes
    except (TypeError, ValueError):  # there is none among numbers
        pass
    raise UnevenError


def _column(array: LongArray, likes: list[Shard], field: str) -> Iterable[Any]:
    """Return a field of all records: that of those in the sample with the same recurring values, which must agree."""
    values = [getattr(shard, field) for shard in likes]
    if len(set(values)) == 1:
        return repeat(values[0])
    if array.keys is None:
        raise UnevenError
    of_key: dict[Any, Any] = {}
    for position, value in zip(array.kept, values, strict=True):
        if of_key.setdefault(array.keys[position], value) != value:
            raise UnevenError
    return map(of_key.__getitem__, array.keys)


def _check_data_nodes(nodes: Nodes, databases: Iterable[str]) -> None:
    """Check that no data node is called as a shard is, or by a number."""
    beginnings = {name.lstrip().casefold() for name in databases}
    for node in nodes.by_id.values():
        for word in (text.strip().casefold() for text in (node.id, node.name, node.host) if text):
            match = NUMBERED.fullmatch(word)
            if word.removeprefix("-").isdecimal() or (match and match[1] in beginnings):
                raise UnevenError
