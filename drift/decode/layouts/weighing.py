"""Weighs a reading: each thing that it took must rest on strong evidence, and nothing may be left over. Pure."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift.core.member_names import plain
from drift.core.model import NO_ATTRIBUTES
from drift.decode import synonyms
from drift.decode.layouts.declared import of_declared
from drift.decode.layouts.evidence import Evidence, doubt
from drift.decode.layouts.layout import KEY, KEYED, Layout, Path, path_text
from drift.decode.layouts.left_over import doubt_left_over, texts_below
from drift.decode.layouts.names import ONLY_SHARDS
from drift.decode.layouts.weighed_names import NAMES, continues, holds_shards, of_names
from drift.decode.synonyms import ranked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from drift.core.strict_json import Place
    from drift.decode.layouts.apply import Placed, Reading
    from drift.decode.layouts.nodes import Nodes
    from drift.decode.layouts.record_tables import Tables

_REFERENCES: Final = frozenset(synonyms.DATA_NODE_REFERENCE + synonyms.DATA_NODE_ID)
_NODE_NAMES: Final = frozenset(synonyms.DATA_NODE_NAME) - {"name"}
_POINTERS: Final = _REFERENCES | _NODE_NAMES | {"", "name"}  # here, a name or an address of a data node counts as well
_SEVERAL: Final = "one of several"
_NUMBERS: Final = frozenset({int, float, bool, type(None)})


def weigh(document: Any, reading: Reading, tables: Tables, nodes: Nodes) -> tuple[Evidence, ...]:  # noqa: ANN401 - any JSON value
    """Return the evidence for a reading. Raises DoubtError where any of it is weak."""
    found: Counter[tuple[str, str, str]] = Counter()
    for placed in reading.placed:
        if len(placed.table):
            found.update(_of_references(placed, nodes))
            _doubt_rivals(placed, nodes)
            _doubt_ancestors(placed, nodes)
            found.update(of_names(placed, reading))
    found.update(of_declared(reading, tables))
    _doubt_other_database_names(reading)
    for layout in reading.layouts:
        _doubt_other_things(layout, tables)
    doubt_left_over(document, reading, tables, nodes)
    return tuple(sorted(Evidence(*key, count) for key, count in found.items()))


def _doubt_other_database_names(reading: Reading) -> None:
    """Raise a doubt where a database has another documented name: what repeats its name is in no attribute."""
    for database in reading.databases:
        if database.attributes == NO_ATTRIBUTES:
            continue
        attributes = msgspec.json.decode(database.attributes)
        for member in ranked(attributes, synonyms.DATABASE_NAME):
            if type(value := attributes[member]) is str and not value.isdecimal():
                place = f"{path_text(reading.layouts[0].databases or ())}.{member}"
                raise doubt("other-name", place, f"the database is {database.name}", f"it is {value}")


# --- references -----------------------------------------------------------------------------------------------------


def _of_references(placed: Placed, nodes: Nodes) -> Iterator[tuple[str, str, str]]:
    path = placed.layout.data_node or ()
    values = placed.table.distinct(path)
    listed = {value for value in values if type(value) is str and nodes.find(value) == value}
    place = path_text(path)
    word = plain(path[-1][1:]) if path[-1].startswith(".") else ""
    for value in sorted(map(str, values - listed)):
        if nodes.named(value) or not listed or not _is_member_for_ids(word):
            node = nodes.hinted(value) or f"{_SEVERAL}, or one that is not listed"
            raise doubt("node-by-name", place, f"{value!r} is the data node {node}", f"{value!r} is something else")
        if not nodes.may_be_unlisted(value):
            raise doubt("other-shape", place, f"{value!r} is a data node that is not listed", "it is something else")
    for value in sorted(nodes.namesakes & set(map(str, values))):
        raise doubt("node-by-name", place, f"{value!r} is an id", f"{value!r} is another data node's name")
    if word and word not in _REFERENCES:
        raise doubt("unknown-member", place, f"{place} is where the shards are", "it is about something else")
    yield ("node-id" if nodes.by_id else "node-id-shape"), "the shards' data nodes", place
    if values - listed:
        yield "unlisted-node", "data nodes that the export does not list", place


def _is_member_for_ids(word: str) -> bool:
    return word in _REFERENCES and word not in _NODE_NAMES


def _doubt_rivals(placed: Placed, nodes: Nodes) -> None:
    """Raise a doubt where another member of a shard may be its name, or refers to another data node."""
    table, layout = placed.table, placed.layout
    taken = {layout.data_node, layout.shard_name, layout.database}
    if table.path[-1] == KEYED and (*table.path, KEY) not in taken:
        _doubt_other_keys(placed)
    for member in sorted(table.members):
        path = (*table.path, f".{member}")
        column = table.column(path)
        if path in taken or plain(member) in synonyms.VOLATILE:
            continue
        if plain(member) in NAMES and column != placed.names:
            _doubt_other_names(placed, path, column, nodes)
            for inner in ranked({key for value in column if type(value) is dict for key in value}, NAMES):
                if (*path, f".{inner}") not in taken:
                    _doubt_other_names(placed, (*path, f".{inner}"), table.column((*path, f".{inner}")), nodes)
        if layout.data_node and layout.data_node[: len(path)] != path:
            _doubt_other_nodes(placed, path, column, nodes)


def _doubt_other_keys(placed: Placed) -> None:
    """Raise a doubt where the keys of shards may be their names as well as the member that was taken."""
    keys = placed.table.column((*placed.table.path, KEY))
    for position, (key, name, database) in enumerate(zip(keys, placed.names, placed.databases, strict=True)):
        if key not in {name, database} and (continues(key, database) or not continues(name, database)):
            place = placed.table.place_of(position)
            raise doubt("other-name", place, f"the shard {name} of {database}", f"{key!r} is the shard's name")


def _doubt_other_names(placed: Placed, path: Path, column: Sequence[Any], nodes: Nodes) -> None:
    is_sure = plain(path[-1][1:]) in {*ONLY_SHARDS, "shard"}
    rows = zip(column, placed.names, placed.databases, placed.nodes, strict=True)
    for position, (value, name, database, node) in enumerate(rows):
        if type(value) is not str or value in {"", name} or value.isdecimal() or (value == database and not is_sure):
            continue
        if not (nodes.find(value) or nodes.hinted(value) == node or nodes.named(value)):
            place = f"{placed.table.place_of(position)}{''.join(path[len(placed.table.path) :])}"
            raise doubt(
                "other-name", place, f"the shard {name} of {database}", f"{value!r} is the name of one of the two"
            )


def _doubt_other_nodes(placed: Placed, path: Path, column: Sequence[Any], nodes: Nodes) -> None:
    table, word = placed.table, plain(path[-1][1:])
    is_word = word in _REFERENCES | _NODE_NAMES
    meaning = nodes.hinted if is_word else nodes.at if word in synonyms.HOST else nodes.find
    kinds = set(map(type, column))
    if kinds <= _NUMBERS:
        return
    if not {dict, list}.isdisjoint(kinds):
        meanings = [{nodes.find(text) for text in texts_below(value)} - {None} for value in column]
    elif str in kinds:
        several = _SEVERAL if is_word else None
        known = {text: meaning(text) or (several if nodes.named(text) else None) for text in table.texts(path)}
        if not any(known.values()):
            return
        meanings = [{known.get(value)} - {None} if type(value) is str else set() for value in column]
    else:
        return
    for position, (found_here, node) in enumerate(zip(meanings, placed.nodes, strict=True)):
        value = column[position] if type(column[position]) is str else None
        if not found_here <= {node} and value not in {placed.names[position], placed.databases[position]}:
            other = min(map(str, found_here - {node}))
            place = f"{placed.table.place_of(position)}{path[-1]}"
            raise doubt("other-node", place, f"the shard is on {node}", f"it is on {other}")


def _doubt_ancestors(placed: Placed, nodes: Nodes) -> None:
    """Raise a doubt where anything above the shards refers to another data node than theirs."""
    start = 0
    above = _Above(nodes)
    for chunk in placed.table.chunks:
        here = slice(start, start + len(chunk.records))
        start = here.stop
        on, databases = set(placed.nodes[here]), set(placed.databases[here])
        for value, node in above.references(chunk.place, keyed=placed.table.path[-1] == KEYED):
            if on and on != {node} and not (databases == {value} and value not in nodes.by_id):
                other = min(on - {node})
                raise doubt("other-node", chunk.place, f"the shards are on {other}", f"they are on {node}")


class _Above:
    """The references to data nodes in the keys and plain members above containers of shards. Reads each record once."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._read: dict[int, list[tuple[str, str]]] = {}

    def references(self, place: Place, *, keyed: bool) -> Iterator[tuple[str, str]]:
        """Yield each text above a container of shards that refers to a data node, with the id of that node."""
        at: Place | None = place
        while at is not None:
            if type(at.key) is str and at.parent is not None and (node := self._nodes.hinted(at.key)):
                yield at.key, node
            if type(at.value) is dict and not (keyed and at is place):
                yield from self._in(at.value)
            at = at.parent

    def _in(self, record: dict[str, Any]) -> list[tuple[str, str]]:
        if id(record) not in self._read:
            texts = dict.fromkeys((value, plain(key)) for key, value in record.items() if type(value) is str)
            found = ((text, self._meaning(word)(text)) for text, word in texts)
            self._read[id(record)] = [(text, node) for text, node in found if node]
        return self._read[id(record)]

    def _meaning(self, word: str) -> Callable[[str], str | None]:
        if word in synonyms.HOST:
            return self._nodes.at
        return self._nodes.hinted if word in _POINTERS else self._nodes.find


def _doubt_other_things(layout: Layout, tables: Tables) -> None:
    """Raise a doubt where a key that names nothing says that other things stand under it."""
    named = {layout.database, layout.database_name, layout.shard_name}
    for way in (layout.shards, layout.databases or ()):
        for path in (way[:depth] for depth in range(1, len(way) + 1)):
            if path[-1] != KEYED or (*path, KEY) in named or path not in tables:
                continue
            own = path in {layout.shards, layout.databases} or (*path, KEY) == layout.data_node
            for key in chain.from_iterable(chunk.keys for chunk in tables[path].chunks):
                if synonyms.is_about_others(str(key)):
                    raise doubt("other-things", path_text(path), f"these are the {key}", f"{key!r} only wraps")
                if not own and not holds_shards(str(key)):
                    raise doubt("unknown-container", path_text(path), f"{key!r} only wraps", f"{key!r} is about others")
