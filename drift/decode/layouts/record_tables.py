"""The tables of a JSON document: a table has all records at the same path. Pure."""

from __future__ import annotations

from bisect import bisect_right
from contextlib import suppress
from functools import cached_property, lru_cache
from itertools import accumulate, chain, repeat
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from drift.core.member_names import plain
from drift.core.strict_json import Place
from drift.decode import synonyms
from drift.decode.layouts.layout import EACH, KEY, KEYED, Layout, Path, Source

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

_SCALARS: Final = frozenset({str, int})
_PLAIN: Final = frozenset({str, int, float, bool})


class Chunk(NamedTuple):
    """The records of one container: its place, and each record with its key or index in it."""

    place: Place
    keys: Sequence[str | int]
    records: Sequence[Any]

    def places(self) -> Iterator[Place]:
        """Return the place of each record."""
        return map(Place, repeat(self.place), self.keys, self.records)


class Table:
    """All records at one path, container by container.

    The tables of a document share what is known of the objects above them, as very many may stand in one.
    """

    def __init__(
        self, path: Path, chunks: Sequence[Chunk], members_above: dict[tuple[int, ...], frozenset[str]] | None = None
    ) -> None:
        self.path = path
        self.chunks = chunks
        self._members_above = {} if members_above is None else members_above
        self.is_keyed = False  # whether the records are keyed by name themselves
        self._columns: dict[Path, Sequence[Any]] = {}
        self._distinct: dict[Path, frozenset[str | int]] = {}

    def __len__(self) -> int:
        return len(self.records)

    @property
    def container(self) -> str:
        """The plain name of the member that holds the records, or an empty text."""
        return next((plain(step[1:]) for step in reversed(self.path) if step.startswith(".")), "")

    @cached_property
    def records(self) -> Sequence[Any]:
        """Every record. Use this and the methods below only when the table is complete."""
        return list(chain.from_iterable(chunk.records for chunk in self.chunks))

    @cached_property
    def kinds(self) -> frozenset[type]:
        """The types of the records."""
        return frozenset(map(type, self.records))

    @cached_property
    def members(self) -> frozenset[str]:
        """The names of all members that any record has; none if the records are keyed by name themselves."""
        if self.is_keyed:
            return frozenset()
        return frozenset(chain.from_iterable(record for record in self.records if type(record) is dict))

    def members_at(self, depth: int) -> frozenset[str]:
        """List the members of the records, or of what stands `depth` steps below the root on the path to them."""
        if depth == len(self.path):
            return self.members
        if self.path[depth] in {EACH, KEYED}:  # what is beside names is no member, as a rule
            return frozenset()
        objects = [place.value for place in places_above(self, depth)]
        key = tuple(map(id, objects))
        if key not in self._members_above:
            self._members_above[key] = frozenset(chain.from_iterable(objects))
        return self._members_above[key]

    def place_of(self, position: int) -> Place:
        """Return the place of the record at that position."""
        at = bisect_right(self._ends, position)
        chunk, inside = self.chunks[at], position - (self._ends[at - 1] if at else 0)
        return Place(chunk.place, chunk.keys[inside], chunk.records[inside])

    @cached_property
    def _ends(self) -> Sequence[int]:
        """The position behind each chunk's last record."""
        return list(accumulate(len(chunk.records) for chunk in self.chunks))

    def places(self) -> Iterator[Place]:
        """Return the place of each record."""
        return chain.from_iterable(chunk.places() for chunk in self.chunks)

    def column(self, path: Path | None) -> Sequence[Any]:
        """Return the value at the path for each record; None for a missing value or a missing path."""
        if path is None:
            return [None] * len(self)
        if path not in self._columns:
            self._columns[path] = self._read_column(path)
        return self._columns[path]

    def _read_column(self, path: Path) -> Sequence[Any]:
        source = Source.of(path, self.path)
        if source.depth < len(self.path):
            outer = self.path[:-1]
            values = (repeat(place_at(chunk.place, path, outer).value, len(chunk.records)) for chunk in self.chunks)
            return list(chain.from_iterable(values))
        if source.is_key:
            return list(chain.from_iterable(chunk.keys for chunk in self.chunks))
        if not source.members:
            return self.records
        if len(source.members) == 1 and self.kinds == {dict}:
            with suppress(KeyError):  # where some lack it
                return list(map(itemgetter(*source.members), self.records))
        return [dig(record, source.members) for record in self.records]

    def distinct(self, path: Path) -> frozenset[str | int]:
        """Return the distinct texts and whole numbers at the path."""
        if path not in self._distinct:
            self._distinct[path] = frozenset(value for value in self.column(path) if type(value) in _SCALARS)
        return self._distinct[path]

    def first_text(self, path: Path) -> str | None:
        """Return the first text at the path that isn't empty."""
        return next((value for value in self.column(path) if type(value) is str and value), None)

    def texts(self, path: Path) -> frozenset[str]:
        """Return the distinct texts at the path, without the empty one."""
        return frozenset(value for value in self.distinct(path) if type(value) is str and value)

    def firsts(self, path: Path) -> frozenset[str]:
        """Return the databases whose first shard is among the names at the path: `orders` for `orders_0000`."""
        return frozenset(name[:-5] for name in self.texts(path) if name.endswith("_0000") and len(name) > len("_0000"))


Tables: TypeAlias = dict[Path, Table]
"""The tables of a document by their paths. There may be very many, so none is compared with every other."""


def beginnings_of(paths: Iterable[Path]) -> frozenset[Path]:
    """Return all beginnings of these paths, and the paths themselves."""
    return frozenset(path[:depth] for path in paths for depth in range(len(path) + 1))


def paths_to(base: Path, members: frozenset[str], words: tuple[str, ...]) -> list[Path]:
    """Return the paths to those of the members at `base` that are among the words, in the order of the words."""
    return [(*base, f".{member}") for member in _ranked(members, words)]


_ranked: Final = lru_cache(maxsize=64)(synonyms.ranked)  # tables that stand in one object look at the same members


def place_at(place: Place, path: Path | None, base: Path) -> Place:
    """Return the place of the value at a path for one of the records at `base`; that value is None if it's missing."""
    if path is None:
        return Place(place, "", None)
    source = Source.of(path, base)
    place = _up(place, len(base) - source.depth)
    if source.is_key:
        return Place(place.parent, place.key, place.key)
    for member in source.members:
        place = Place(place, member, dig(place.value, (member,)))
    return place


@lru_cache(maxsize=64)
def members_taken(base: Path, layout: Layout) -> frozenset[str]:
    """List the members of the records at `base` that a layout takes a value from."""
    paths = (getattr(layout, field) for field in layout.__struct_fields__)
    return frozenset(
        path[len(base)][1:]
        for path in paths
        if path is not None and len(path) == len(base) + 1 and path[: len(base)] == base and path[-1] != KEY
    )


def dig(value: Any, members: tuple[str, ...]) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value behind these members, or None."""
    for member in members:
        value = value.get(member) if type(value) is dict else None
    return value


def places_above(table: Table, depth: int) -> Collection[Place]:
    """Return the places `depth` steps below the root on the path to a table's records, each once."""
    places = (_up(chunk.place, len(table.path) - 1 - depth) for chunk in table.chunks)
    return {id(place.value): place for place in places}.values()


def _up(place: Place, steps: int) -> Place:
    for _ in range(steps):
        place = place.parent or place
    return place
