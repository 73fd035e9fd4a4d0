"""Finding the tables of a JSON document: its arrays and objects that are containers of records. Pure."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from drift.core.strict_json import Place
from drift.decode import synonyms
from drift.decode.layouts.keyed_objects import names_among
from drift.decode.layouts.layout import EACH, KEYED, Path
from drift.decode.layouts.record_tables import Chunk, Table, Tables

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

_CONTAINERS: Final = frozenset({dict, list})


def survey(document: Any, is_reference: Callable[[Any], bool]) -> Tables:  # noqa: ANN401 - any JSON value
    """Find every table of a document. `is_reference` returns whether a value refers to a data node."""
    walk = _Survey(is_reference)
    walk.enter([Place(None, "$", document)], ())
    return walk.tables


def along(document: Any, path: Path) -> Tables:  # noqa: ANN401 - any JSON value
    """Find the tables along a path, with any content."""
    tables: Tables = {}
    places = [Place(None, "$", document)]
    for depth, step in enumerate(path, 1):
        if step.startswith("."):
            key = step[1:]
            inside = (place for place in places if type(place.value) is dict and key in place.value)
            places = [Place(place, key, place.value[key]) for place in inside]
            continue
        if step == EACH:
            chunks = _arrays(places)
        else:
            objects = (place for place in places if type(place.value) is dict and step == KEYED)
            chunks = [_chunk_of_names(place, _names_or_all(place.value)) for place in objects]
        tables[path[:depth]] = table = Table(path[:depth], chunks)
        places = list(table.places())
    return tables


def _arrays(places: Iterable[Place]) -> list[Chunk]:
    return [Chunk(place, range(len(place.value)), place.value) for place in places if type(place.value) is list]


def _names_or_all(record: dict[str, Any]) -> Collection[str]:
    """Return the keys that lead to containers, as all others are plain members then; or else every key."""
    return {key for key, value in record.items() if type(value) in _CONTAINERS} or record.keys()


def _chunk_of_names(place: Place, names: Collection[str]) -> Chunk:
    keys = [key for key in place.value if key in names]
    return Chunk(place, keys, [place.value[key] for key in keys])


class _Survey:
    """One walk through a document."""

    def __init__(self, is_reference: Callable[[Any], bool]) -> None:
        self.tables: Tables = {}
        self._is_reference = is_reference
        self._members_above: dict[tuple[int, ...], frozenset[str]] = {}

    def enter(self, places: Sequence[Place], path: Path) -> bool:
        """Find all tables at a path and below it, and return whether the objects there are keyed by name.

        All places there are read in the same way.
        """
        if arrays := _arrays(places):
            self._enter_records(arrays, (*path, EACH))
        objects = [place for place in places if type(place.value) is dict]
        names = names_among([place.value for place in objects], path, self._is_reference)
        if names is not None:
            self._enter_records([_chunk_of_names(place, names) for place in objects], (*path, KEYED))
        members: dict[str, list[Place]] = {}
        for place in objects:
            for key, member in place.value.items():
                if type(member) in _CONTAINERS and not (names and key in names):
                    members.setdefault(key, []).append(Place(place, key, member))
        for key, below in members.items():
            self.enter(below, (*path, f".{key}"))
        return bool(names)

    def _enter_records(self, chunks: list[Chunk], path: Path) -> None:
        self.tables[path] = table = Table(path, chunks, self._members_above)
        below = [
            place
            for chunk in chunks
            if not _are_lowest(chunk.records)
            for place in chunk.places()
            if type(place.value) in _CONTAINERS
        ]
        table.is_keyed = self.enter(below, path)


def _are_lowest(records: Sequence[Any]) -> bool:
    """Whether no record holds a container, as the shards of an export mostly don't, nor is keyed by name."""
    kinds = set(map(type, records))
    if kinds != {dict}:
        return kinds.isdisjoint(_CONTAINERS)
    has_members = any(map(synonyms.is_known, chain.from_iterable(records)))
    return has_members and _CONTAINERS.isdisjoint(map(type, chain.from_iterable(map(dict.values, records))))
