"""What a reading leaves out of a document, and must not. Pure."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from drift.core.member_names import plain
from drift.core.strict_json import Place
from drift.decode import synonyms
from drift.decode.evidence import caveats
from drift.decode.evidence.kinds import doubt
from drift.decode.evidence.mentions import meant
from drift.decode.evidence.nothing import doubt_nothing
from drift.decode.layouts.layout import EACH, KEYED, NUMBERED, Path, base_of
from drift.decode.layouts.nodes import is_like_an_id
from drift.decode.layouts.values import items_below, texts_below
from drift.decode.synonyms import is_container_of_nodes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sized

    from drift.decode.layouts.apply import Reading
    from drift.decode.layouts.nodes import Nodes
    from drift.decode.layouts.record_tables import Chunk, Tables

_CONTAINERS: Final = frozenset({dict, list})
_OF_DATABASES: Final = frozenset(synonyms.SHARD_MODE + synonyms.SHARD_COUNT)
_OF_ITS_KIND: Final = synonyms.SHARDS_ALONE | frozenset(synonyms.ONLY_OF_DATABASES)
_CONTAINERS_OF_ALL: Final = synonyms.SHARDS_ALONE | synonyms.DATABASES
_RECORDS: Final = frozenset({(EACH,), (KEYED,)})
_OF_NO_MATTER: Final = synonyms.VOLATILE | {"version", "total", "count", "code", "message"}


def doubt_left_over(
    document: Any,  # noqa: ANN401 - any JSON value
    reading: Reading,
    tables: Tables,
    nodes: Nodes,
    sizes: Mapping[int, int],
) -> None:
    """Raise a doubt where a document holds anything that may be of the topology and that its reading leaves out."""
    root = Place(None, "$", document)
    if reading.databases:
        _Remainder(reading, tables, nodes, sizes).walk(root, ())
    else:
        doubt_nothing(root, nodes, has_layout=bool(reading.layouts))


class _Remainder:
    """One walk through all that a reading did not take."""

    def __init__(self, reading: Reading, tables: Tables, nodes: Nodes, sizes: Mapping[int, int]) -> None:
        self._nodes = nodes
        self._unlisted = frozenset(reading.strangers)
        self._sizes = sizes
        self._databases = {database.name for database in reading.databases}
        self._empty = {database.name for database in reading.databases if not database.shards}
        self._has_shards = len(self._empty) < len(self._databases)
        shards = (self._size(chunk.records) for placed in reading.placed for chunk in placed.table.chunks)
        self._counts = {len(reading.databases), sum(shards), len(nodes.by_id)}
        self._layouts = reading.layouts
        ways = {path: tables[path].chunks for path in _ways(reading) if path in tables}
        self._ways = {path[:-1] for path in ways}
        self._taken = {id(each.place.value) for chunks in ways.values() for each in chunks}
        keyed = (each for path in ways if path[-1] == KEYED for each in ways[path])
        self._names = {id(each.place.value): frozenset(each.keys) for each in keyed}
        self._read: set[int] = set()  # all that was read but the shards, and what leads to it
        self._shards: set[int] = set()  # the containers of shards
        self._on: dict[int, set[str]] = {}  # the data nodes of the shards below
        self._beside: dict[int, set[int]] = {}  # what a total in an object may count
        for path, chunks in ways.items():
            self._note_records(path, chunks)
        for placed in reading.placed:
            on = iter(placed.nodes)
            for chunk in placed.table.chunks:
                self._shards.add(id(chunk.place.value))
                self._note(chunk.place, set(islice(on, len(chunk.records))))

    def _note_records(self, path: Path, chunks: Iterable[Chunk]) -> None:
        """Note records on the way to what was read. Those of data nodes refer to these without shards as well."""
        for chunk in chunks:
            self._note(chunk.place, set())
            if path not in {layout.shards for layout in self._layouts}:
                self._read.update(id(record) for record in chunk.records if type(record) in _CONTAINERS)
                if any(path == (layout.data_node or ())[: len(path)] for layout in self._layouts):
                    self._on.update((id(record), set()) for record in chunk.records)

    def _note(self, place: Place | None, on: set[str]) -> None:
        """Note what stands above a container: its texts may refer to the data nodes of the shards in there."""
        while place is not None:
            self._read.add(id(place.value))
            if on:
                self._on.setdefault(id(place.value), set()).update(on)
            place = place.parent

    def walk(self, place: Place, path: Path) -> None:
        """Raise a doubt for anything of the topology at or below a place that was read."""
        if type(place.value) is list:
            for index, item in enumerate(place.value if id(place.value) not in self._shards else ()):
                self._enter(Place(place, index, item), (*path, EACH))
            return
        names = self._names.get(id(place.value))
        if names is None:
            self._doubt_nameless(place, path)
            self._doubt_lacking(place, path)
        else:
            self._doubt_record(place, names)
        for key, member in place.value.items():
            inner = Place(place, key, member)
            if names is None or key not in names:
                self._doubt_text(Place(place, key, key), "", self._on.get(id(member)))
                self._doubt_beside(inner, has_names=names is not None)
                self._enter(inner, (*path, f".{key}"))
            elif id(place.value) not in self._shards:
                self._enter(inner, (*path, KEYED))

    def _enter(self, place: Place, path: Path) -> None:
        word = plain(path[-1][1:]) if path[-1].startswith(".") else ""
        if place.value and path in self._ways and id(place.value) not in self._taken:
            raise doubt("left-over", place, "it stands for more records", "it is about something else")
        is_of_database = any(path[:-1] == layout.databases for layout in self._layouts)
        if is_of_database:
            caveats.doubt_record(place)
        caveats.doubt_cut_off(place, self._counts_beside(place))
        if type(place.value) is str:
            word = "database" if word == "name" and is_of_database else word
            self._doubt_text(place, word, self._on.get(id(place.parent.value)) if place.parent else None)
        elif type(place.value) in _CONTAINERS:
            if id(place.value) in self._read:
                self.walk(place, path)
            else:
                self._doubt_unread(place, word)

    def _counts_beside(self, place: Place) -> set[int]:
        """Return what a total may count: the records of the containers beside it, or else all of one kind."""
        beside = place.parent.value if place.parent is not None else None
        if type(beside) is not dict:
            return self._counts
        if id(beside) not in self._beside:
            sizes = {self._size(value) for value in beside.values() if id(value) in self._taken}
            self._beside[id(beside)] = sizes or self._counts
        return self._beside[id(beside)]

    def _size(self, records: Sized) -> int:
        return self._sizes.get(id(records), len(records))

    # --- what was read ---

    def _doubt_beside(self, place: Place, *, has_names: bool) -> None:
        """Raise a doubt where a container stands beside those that are keyed by name, or has a database's name."""
        if type(place.value) not in _CONTAINERS or id(place.value) in self._read:
            return
        siblings = place.parent.value if place.parent else {}
        is_about_others = synonyms.is_about_others(str(place.key))
        if has_names and not (is_about_others and not any(map(self._nodes.find, texts_below(place.value)))):
            raise doubt("left-over", place, f"{place.key!r} is one more name", f"{place.key!r} is of no importance")
        read = (value for value in siblings.values() if id(value) in self._read)
        is_alike = any(_are_alike(place.value, value) for value in read)
        containers = {key for key, value in siblings.items() if type(value) in _CONTAINERS}
        is_beside_database = not self._databases.isdisjoint(containers) and not (is_about_others and place.value)
        if is_alike or is_beside_database:
            raise doubt("wrapper-key", place, f"{place.key!r} is one more database", "it is something else")

    def _doubt_nameless(self, place: Place, path: Path) -> None:
        """Raise a doubt for what describes a database, or stands above shards and tells more, and has no known name."""
        told = {path for each in self._layouts for path in (each.databases, each.shards) if path is not None}
        above = {base_of(each.data_node) for each in self._layouts if each.data_node is not None}
        if path in above | told or any(path[: len(each)] == each for each in told if each[-1:] in _RECORDS):
            return
        members = {plain(key) for key in place.value} - synonyms.VOLATILE
        is_record = path[-1:] in _RECORDS or place.key in self._databases
        others = any(id(value) not in self._read for key, value in place.value.items() if plain(key) in members)
        if (is_record and others) or not members.isdisjoint(_OF_DATABASES):
            raise doubt("left-over", place, "it is a database, without a name that is known", "it groups others")

    def _doubt_lacking(self, place: Place, path: Path) -> None:
        """Raise a doubt where no shard is read, and a record has something else in place of the way to its shards."""
        ways = (each.shards[len(path)] for each in self._layouts if each.shards[: len(path)] == path != each.shards)
        wanted = {step[1:] for step in ways if step.startswith(".") and path[-1:] in _RECORDS}
        others = (key for key, value in place.value.items() if value and not synonyms.is_known(key))
        if wanted and wanted.isdisjoint(place.value) and not self._has_shards and next(others, None) is not None:
            raise doubt("left-over", place, "another member holds its shards", "it has none")

    def _doubt_record(self, place: Place, names: frozenset[str | int]) -> None:
        """Raise a doubt where what should be keyed by names may be one record instead."""
        others = {key: value for key, value in place.value.items() if key not in names}
        texts = [key for key, value in others.items() if type(value) is str and plain(key) not in _OF_NO_MATTER]
        if texts or (others and not names):
            raise doubt("left-over", place, "this is one record", "this is keyed by names")

    def _doubt_text(self, place: Place, word: str, on: set[str] | None) -> None:
        """Raise a doubt for a text that names a shard, or refers to a data node that not all shards below are on.

        `on` are the data nodes of these shards; None where none stand below. Above shards, the name or address of a
        data node counts as well.
        """
        text = place.value
        node = self._nodes.find(text)
        if on and node is None and text not in self._databases and not (word == "" and synonyms.is_known(text)):
            node = meant(text, "node" if word in {"", "name"} else word, self._nodes)
        if node is not None and on and on != {node}:
            raise doubt("other-node", place, f"the shards below are on {min(on - {node})}", f"they are on {node}")
        if node is not None and on is None:
            raise doubt("left-over", place, f"something of the topology is on {text}", "it is about something else")
        if text[:1] in {"{", "["} and any(f'"{name}"' in text for name in self._databases):
            raise doubt("left-over", place, "the text is JSON that lists databases", "it is about something else")
        if word in synonyms.DATABASE_NAME_ALONE and text and text not in self._databases and not text.isdecimal():
            raise doubt("other-name", place, "the database has its other name", f"it is {text}")
        match = NUMBERED.fullmatch(text)
        is_a_name = match is not None and (match[1] in self._databases or word in synonyms.SHARDS)
        if (is_a_name or (text and word in synonyms.SHARDS_ALONE)) and text not in self._databases:
            raise doubt("left-over", place, f"{text!r} is one more shard", f"{text!r} is something else")

    # --- what was not read ---

    def _doubt_unread(self, place: Place, word: str) -> None:
        """Raise a doubt for anything of the topology in what was not read.

        What has a name for accounts, backups, tables or the like may mention databases and data nodes that are read.
        """
        is_other = synonyms.is_about_others(word)
        if not is_other and word in _CONTAINERS_OF_ALL:
            raise doubt("left-over", place, "it holds more shards or databases", "it is about something else")
        for key, value in place.value.items() if type(place.value) is dict and not is_other else ():
            caveats.doubt_cut_off(Place(place, key, value), self._counts_beside(place) if "pag" in word else (value,))
        is_of_nodes = is_container_of_nodes(word)
        telling = _OF_ITS_KIND if is_other else _OF_ITS_KIND | synonyms.DATABASES
        for key, text in items_below(place.value):
            match = NUMBERED.fullmatch(text)
            is_after = text == place.key or text.startswith(f"{place.key}_0") or (match and match[1] in self._empty)
            is_of_one = plain(key) in telling and word not in synonyms.NO_SHARDS
            if is_after or is_of_one or (text in self._databases and not is_other):
                kind = "other-things" if is_other else "left-over"
                raise doubt(kind, place, f"it tells more of databases: {text}", "it is about something else")
            is_node = self._nodes.find(text) is not None or text in self._unlisted
            if (is_node and not self._has_shards) if is_other else (is_like_an_id(text) and not is_node):
                raise doubt("left-over", place, f"something of the topology is on {text}", "it is about something else")
            if not (is_other or (is_of_nodes and is_node)):
                self._doubt_text(Place(place, key, text), plain(key), None)


def _ways(reading: Reading) -> set[Path]:
    """Return the paths of all tables on the way to what was read."""
    found: set[Path] = set()
    for layout in reading.layouts:
        for whole in (layout.shards, layout.databases or ()):
            found.update(whole[:depth] for depth in range(1, len(whole) + 1) if not whole[depth - 1].startswith("."))
    return found


def _are_alike(one: Any, other: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Whether two objects have a container in a member of the same name, as databases would."""
    if type(one) is not dict or type(other) is not dict:
        return False
    return any(type(other.get(key)) in _CONTAINERS for key, value in one.items() if type(value) in _CONTAINERS)
