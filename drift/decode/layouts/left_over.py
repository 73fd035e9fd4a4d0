"""What a reading leaves out of a document, and must not. Pure."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from drift.core.member_names import plain
from drift.core.strict_json import Place
from drift.decode import synonyms
from drift.decode.layouts.evidence import doubt
from drift.decode.layouts.layout import EACH, KEYED, NUMBERED, Path, base_of
from drift.decode.synonyms import is_container_of_nodes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from drift.decode.layouts.apply import Reading
    from drift.decode.layouts.nodes import Nodes
    from drift.decode.layouts.record_tables import Chunk, Tables

_CONTAINERS: Final = frozenset({dict, list})
_OF_DATABASES: Final = frozenset(synonyms.SHARD_MODE + synonyms.SHARD_COUNT)
_OF_SHARDS_OR_DATABASES: Final = synonyms.SHARDS_ALONE | frozenset(synonyms.ONLY_OF_DATABASES)
_WRAPPING: Final = synonyms.ENVELOPES - synonyms.CONTAINERS
_LISTS: Final = frozenset({"list", "items"})
_OF_NO_MATTER: Final = synonyms.VOLATILE | {"version", "total", "count", "code", "message"}
_OF_THE_TOPOLOGY: Final = synonyms.CONTAINERS | synonyms.ENVELOPES | frozenset(synonyms.ONLY_OF_DATABASES)


def doubt_left_over(document: Any, reading: Reading, tables: Tables, nodes: Nodes) -> None:  # noqa: ANN401 - any JSON value
    """Raise a doubt where a document holds anything that may be of the topology and that its reading leaves out."""
    root = Place(None, "$", document)
    if not reading.databases:
        _doubt_nothing(root, nodes)
        return
    _Remainder(reading, tables, nodes).walk(root, "", ())


class _Remainder:
    """One walk through all that a reading did not take."""

    def __init__(self, reading: Reading, tables: Tables, nodes: Nodes) -> None:
        self._nodes = nodes
        self._databases = {database.name for database in reading.databases}
        self._shards: set[int] = set()
        self._taken: dict[int, Chunk | None] = {}
        self._ways = {path[:-1] for path in _ways(reading) if path in tables}
        self._told = {path for each in reading.layouts for path in (each.databases, each.shards) if path is not None}
        self._nodes_above = {base_of(each.data_node) for each in reading.layouts if each.data_node is not None}
        self._empty = {database.name for database in reading.databases if not database.shards}
        self._has_shards = any(database.shards for database in reading.databases)
        self._next = _members_on_the_way(reading)
        self._above: set[int] = set()
        self._compared: set[int] = set()
        for path in _ways(reading):
            of_shards = any(path == layout.shards for layout in reading.layouts)
            of_nodes = any(path == (layout.data_node or ())[: len(path)] for layout in reading.layouts)
            for chunk in tables[path].chunks if path in tables else ():
                self._taken[id(chunk.place.value)] = chunk if path[-1] == KEYED else None
                if of_shards:
                    self._shards.add(id(chunk.place.value))
                self._note_above(chunk, compared=of_shards and bool(chunk.records))
                if of_nodes and not of_shards:
                    self._compared.update(map(id, chunk.records))

    def _note_above(self, chunk: Chunk, *, compared: bool) -> None:
        """Note all that stands above a container: its texts were compared with the data nodes of shards in there."""
        at: Place | None = chunk.place
        while at is not None:
            self._above.add(id(at.value))
            if compared:
                self._compared.add(id(at.value))
            at = at.parent

    def walk(self, place: Place, word: str, path: Path) -> None:
        """Raise a doubt for anything of the topology at a place or below it that was not read."""
        if place.value and path in self._ways and id(place.value) not in self._taken:
            raise doubt("left-over", place, "it holds more records", "it is about something else")
        if type(place.value) is list:
            self._walk_list(place, word, (*path, EACH))
        else:
            self._walk_object(place, word, path)

    def _walk_list(self, place: Place, word: str, path: Path) -> None:
        if id(place.value) in self._shards:
            return
        self._doubt_container(place, word)
        for index, item in enumerate(place.value):
            inner = Place(place, index, item)
            if type(item) in _CONTAINERS:
                self.walk(inner, "", path)
            else:
                self._enter(inner, word, path)

    def _walk_object(self, place: Place, word: str, path: Path) -> None:
        chunk = self._taken.get(id(place.value))
        names = frozenset(chunk.keys) if chunk is not None else frozenset()
        if chunk is None:
            self._doubt_container(place, word)
            self._doubt_nameless(place, path)
            self._doubt_lacking(place, path)
        else:
            self._doubt_record(place, names)
        for key, member in place.value.items():
            inner = Place(place, key, member)
            if key not in names:
                if chunk is not None and synonyms.is_about_others(key):
                    self._doubt_shards(inner)
                self._doubt_key(inner, path, is_beside_names=chunk is not None)
                self._enter(inner, plain(key), (*path, f".{key}"))
            elif id(place.value) not in self._shards:
                self._walk_named(inner, (*path, KEYED))

    def _walk_named(self, place: Place, path: Path) -> None:
        if type(place.value) in _CONTAINERS:
            self.walk(place, "", path)
        elif type(place.value) is str:
            raise doubt("left-over", place, f"{place.value!r} is one more name", "it is about something else")

    def _doubt_key(self, place: Place, path: Path, *, is_beside_names: bool) -> None:
        key = str(place.key)
        if is_beside_names and type(place.value) in _CONTAINERS and not synonyms.is_about_others(key):
            raise doubt("left-over", place, f"{key!r} is one more name", f"{key!r} is a member of no importance")
        is_read = id(place.value) in self._above or id(place.value) in self._taken
        if key in self._databases and type(place.value) in _CONTAINERS and place.value and not is_read:
            raise doubt("left-over", place, f"it holds more of the database {key}", "it is about something else")
        siblings = place.parent.value if place.parent else ()
        is_empty = type(place.value) in _CONTAINERS and not place.value
        if is_empty and not is_read and not self._databases.isdisjoint(siblings):
            raise doubt("wrapper-key", place, f"{key!r} is a database without shards", f"{key!r} is something else")
        self._doubt_text(Place(place.parent, key, key), "", is_above=False)
        if id(place.value) not in self._above:
            self._doubt_mention(Place(place.parent, key, key), path)

    def _enter(self, place: Place, word: str, path: Path) -> None:
        if type(place.value) in _CONTAINERS:
            if id(place.value) in self._above:
                self.walk(place, word, path)
            elif synonyms.is_about_others(word) and not self._has_shards:
                self._doubt_shards(place)
            elif word in synonyms.NO_SHARDS:
                self._doubt_namesake(place)
            elif word in synonyms.ELSEWHERE:
                self._doubt_database(place)
            elif is_container_of_nodes(word) and not _holds_shards(place.value):
                self._doubt_names(place)
            else:
                self.walk(place, word, path)
        elif type(place.value) is str:
            if place.value and path in self._ways:
                raise doubt("left-over", place, f"{place.value!r} stands for records", "it is about something else")
            parent = place.parent
            self._doubt_mention(place, path[:-1])
            self._doubt_text(place, word, is_above=parent is not None and id(parent.value) in self._compared)

    def _doubt_container(self, place: Place, word: str) -> None:
        """Raise a doubt for a container that is called as those of shards or databases are, and was not read."""
        if id(place.value) in self._above or id(place.value) in self._taken:
            return
        if word in synonyms.SHARDS_ALONE or (word in synonyms.DATABASES and type(place.key) is str):
            raise doubt("left-over", place, "it holds more shards or databases", "it is about something else")

    def _doubt_nameless(self, place: Place, path: Path) -> None:
        """Raise a doubt for what describes a database, or stands above shards and tells more, and was not read."""
        records = (told for told in self._told if told[-1:] in {(EACH,), (KEYED,)})
        if path in self._nodes_above | self._told or any(path[: len(told)] == told for told in records):
            return
        members = {plain(key) for key in place.value} - synonyms.VOLATILE
        is_record = path[-1:] in {(EACH,), (KEYED,)} or place.key in self._databases
        others = any(id(value) not in self._above for key, value in place.value.items() if plain(key) in members)
        if (is_record and id(place.value) in self._above and others) or not members.isdisjoint(_OF_DATABASES):
            raise doubt("left-over", place, "it is a database, without a name that is known", "it groups others")

    def _doubt_record(self, place: Place, names: frozenset[str | int]) -> None:
        """Raise a doubt where what should be keyed by names may be one record instead."""
        others = {key: value for key, value in place.value.items() if key not in names}
        texts = [key for key, value in others.items() if type(value) is str and plain(key) not in _OF_NO_MATTER]
        if texts or (others and not names):
            raise doubt("left-over", place, "this is one record", "this is keyed by names")

    def _doubt_text(self, place: Place, word: str, *, is_above: bool) -> None:
        text = place.value
        if self._nodes.find(text) and not is_above:
            raise doubt("left-over", place, f"something of the topology is on {text}", "it is about something else")
        if text[:1] in {"{", "["} and any(f'"{name}"' in text for name in self._databases):
            raise doubt("left-over", place, "the text is JSON that lists databases", "it is about something else")
        match = NUMBERED.fullmatch(text)
        is_a_name = self._is_a_name(text) or (match is not None and word in synonyms.SHARDS)
        if (is_a_name or (text and word in synonyms.SHARDS_ALONE)) and text not in self._databases:
            raise doubt("left-over", place, f"{text!r} is one more shard", f"{text!r} is something else")

    def _is_a_name(self, text: str) -> bool:
        """Whether a text is numbered from a database that was read."""
        match = NUMBERED.fullmatch(text)
        return match is not None and match[1] in self._databases

    def _doubt_namesake(self, place: Place) -> None:
        """Raise a doubt where tables or the like may be a database of that name, or the shards of one without any."""
        for text in texts_below(place.value):
            match = NUMBERED.fullmatch(text)
            if _is_named_after(text, place) or (match is not None and match[1] in self._empty):
                raise doubt("other-things", place, f"{text!r} is a shard", f"these are the {place.key}")

    def _doubt_lacking(self, place: Place, path: Path) -> None:
        """Raise a doubt where a record lacks the container on the way to shards that others have, and has another."""
        wanted = self._next.get(path, set())
        others = (key for key, value in place.value.items() if type(value) in _CONTAINERS and value)
        if wanted and wanted.isdisjoint(place.value) and not all(map(synonyms.is_about_others, others)):
            raise doubt("left-over", place, "another member holds its shards", "it has none")

    def _doubt_names(self, place: Place) -> None:
        """Raise a doubt where data nodes, which need not be read, mention shards."""
        names = (text for text in texts_below(place.value) if self._is_a_name(text) or _is_named_after(text, place))
        if name := next(names, None):
            raise doubt("left-over", place, f"{name!r} is one more shard", f"{name!r} is something else")

    def _doubt_mention(self, place: Place, path: Path) -> None:
        """Raise a doubt where a container that was not read names databases that were: it may list more of them."""
        is_within = any(path[: len(told)] == told for told in self._told)
        is_above = place.parent is not None and id(place.parent.value) in self._above
        if path and not is_within and not is_above and place.value in self._databases:
            raise doubt("left-over", place, "it lists databases", "it is about something else")

    def _doubt_shards(self, place: Place) -> None:
        """Raise a doubt where no shard was read, and other things refer to data nodes as shards would."""
        if node := next(filter(None, map(self._nodes.find, texts_below(place.value))), None):
            raise doubt("other-things", place, f"there are shards on {node}", "it is about something else")

    def _doubt_database(self, place: Place) -> None:
        """Raise a doubt where accounts, backups or the like may be a database of that name all the same."""
        own = place.value if type(place.value) is dict else {}
        for key, text in _items_below(place.value):
            word = plain(key)
            is_of_one = word in _OF_SHARDS_OR_DATABASES or (key in own and word in synonyms.SHARDS)
            if is_of_one or _is_named_after(text, place):
                raise doubt("other-things", place, f"there is a database {place.key!r}", f"these are the {place.key}")


def _members_on_the_way(reading: Reading) -> dict[Path, set[str]]:
    """Return the members of records that lead to shards, by the paths of the records."""
    found: dict[Path, set[str]] = {}
    for layout in reading.layouts:
        path = layout.shards
        for depth in range(1, len(path)):
            if path[depth].startswith(".") and not path[depth - 1].startswith("."):
                found.setdefault(path[:depth], set()).add(path[depth][1:])
    return found


def _is_named_after(text: str, place: Place) -> bool:
    """Whether a text may be the name of a shard of a database that is called as a place."""
    return text == place.key or text.startswith(f"{place.key}_0")


def _ways(reading: Reading) -> set[Path]:
    """Return the paths of all tables on the way to what was read."""
    found: set[Path] = set()
    for layout in reading.layouts:
        for whole in (layout.shards, layout.databases or ()):
            found.update(whole[:depth] for depth in range(1, len(whole) + 1) if not whole[depth - 1].startswith("."))
    return found


def _holds_shards(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Whether the records of a container hold containers themselves, or anything that only databases have."""
    records = [value, *(value.values() if type(value) is dict else value)]
    members = {plain(member) for record in records if type(record) is dict for member in record}
    inner = chain.from_iterable(record.values() if type(record) is dict else record for record in records[1:]
                                if type(record) in _CONTAINERS)  # fmt: skip
    return not members.isdisjoint(_OF_SHARDS_OR_DATABASES) or any(type(each) in _CONTAINERS for each in inner)


def _items_below(value: Any, key: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any JSON value
    """Every member's name below a value, with its text or its own name; texts in arrays have their array's."""
    match value:
        case dict():
            for name, inner in value.items():
                yield name, name
                yield from _items_below(inner, name)
        case list():
            for inner in value:
                yield from _items_below(inner, key)
        case str():
            yield key, value


def texts_below(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    """Every text in a value, and every name of a member."""
    return (text for _, text in _items_below(value))


# --- nothing at all -------------------------------------------------------------------------------------------------


def _doubt_nothing(root: Place, nodes: Nodes) -> None:
    """Raise a doubt unless a document says, with empty containers where the topology would be, that there is none."""
    if not root.value:
        return
    for place, word in _containers(root):
        if (
            place is not root
            and type(place.value) is dict
            and any(plain(key) in synonyms.SHARDS_ALONE for key in place.value)
        ):
            raise doubt("wrapper-key", place, f"{place.key!r} is a database without shards", "there is no database")
        if place.value and _tells_something(place.value, word):
            raise doubt("left-over", place, "there are databases or shards here", "there are none")
        if place is not root and _may_be_a_database(place.value, word):
            raise doubt("wrapper-key", place, f"{place.key!r} is a database without shards", "there is no database")
    telling = synonyms.CONTAINERS - (synonyms.DATA_NODES if nodes.by_id else frozenset())  # these are known anyway
    if all(word not in telling for _, word in _containers(root)):
        raise doubt("wrapper-key", root, "it holds no databases", "it holds nothing of the topology")
    if all(place.value for place, _ in _containers(root)):
        raise doubt("other-things", root, "there is a database among the other things", "there is none")
    for text in texts_below(root.value):
        if nodes.find(text):
            raise doubt("left-over", "the payload", f"something of the topology is on {text}", "there is nothing")


def _may_be_a_database(value: Any, word: str) -> bool:  # noqa: ANN401 - any JSON value
    """Whether a container that tells nothing may be a database's: its name is no word for one, or it wraps nothing."""
    is_empty_object = value == {} and word in _WRAPPING
    is_of_one = not value and word in synonyms.SINGULAR
    return word not in _OF_THE_TOPOLOGY or (bool(value) and word in _LISTS) or is_empty_object or is_of_one


def _tells_something(value: Any, word: str) -> bool:  # noqa: ANN401 - any JSON value
    """Whether a container that isn't empty says anything of databases or shards."""
    if type(value) is list or any(plain(key) in synonyms.ONLY_OF_DATABASES for key in value):
        return True
    others = {plain(key) for key, inner in value.items() if type(inner) not in _CONTAINERS} - _OF_NO_MATTER
    if not others.isdisjoint(synonyms.DATABASE_NAME):
        return True
    return bool(others) and (word in synonyms.CONTAINERS or not synonyms.SHARDS_ALONE.isdisjoint(map(plain, value)))


def _containers(place: Place, word: str = "") -> Iterator[tuple[Place, str]]:
    yield place, word
    members: Mapping[str, Any] = place.value if type(place.value) is dict else {}
    for key, value in members.items():
        if type(value) in _CONTAINERS and (len(members) == 1 or not synonyms.is_about_others(key)):
            yield from _containers(Place(place, key, value), plain(key))
