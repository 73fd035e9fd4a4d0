"""Weighs a reading: each thing that it took must rest on strong evidence, and nothing may be left over. Pure."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from drift.core.member_names import plain
from drift.decode import synonyms
from drift.decode.evidence import caveats
from drift.decode.evidence.declared import of_declared
from drift.decode.evidence.kinds import DoubtError, Evidence, doubt
from drift.decode.evidence.left_over import doubt_left_over
from drift.decode.evidence.mentions import POINTERS, REFERENCES, meant
from drift.decode.evidence.names import of_names
from drift.decode.layouts.layout import EACH, KEY, KEYED, NUMBERED, Path, base_of, path_text
from drift.decode.layouts.record_tables import paths_to
from drift.decode.layouts.values import items_below

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from drift.decode.layouts.apply import Placed, Reading
    from drift.decode.layouts.layout import Layout
    from drift.decode.layouts.nodes import Nodes
    from drift.decode.layouts.record_tables import Tables

_NAMES: Final = frozenset(synonyms.SHARD_NAME + synonyms.DATABASE_NAME)
_SURE_NAMES: Final = frozenset(synonyms.SHARD_NAME[: synonyms.SHARD_NAME.index("dbname")])


def weigh(
    document: Any,  # noqa: ANN401 - any JSON value
    reading: Reading,
    tables: Tables,
    nodes: Nodes,
    sizes: Mapping[int, int],
) -> tuple[Evidence, ...]:
    """Return the evidence for a reading. Raises DoubtError where any of it is weak.

    `sizes` are the numbers of records in arrays of which the document has samples, by the `id` of the sample.
    """
    found: Counter[tuple[str, str, str]] = Counter()
    names = Counter(database.name.casefold() for database in reading.databases)
    if alike := sorted(name for name, count in names.items() if count > 1):
        raise doubt("other-name", "the payload", f"there are several databases {alike[0]!r}", "they are the same")
    for placed in reading.placed:
        if len(placed.table):
            found.update(_of_references(placed, nodes))
            _doubt_stand_ins(placed)
            _doubt_rivals(placed, nodes)
            found.update(of_names(placed, reading))
        _doubt_spellings(placed, tables)
        _doubt_words(placed.layout, tables)
        _doubt_ways(placed, tables, nodes)
    if len({_form(layout.shards) for layout in reading.layouts}) > 1:
        places = [path_text(layout.shards) for layout in reading.layouts]
        raise doubt("several-places", places[-1], "the shards are there as well", f"they are at {places[0]} alone")
    found.update(of_declared(reading, tables, is_whole=not sizes))
    doubt_left_over(document, reading, tables, nodes, sizes)
    return tuple(sorted(Evidence(*key, count) for key, count in found.items()))


# --- references -----------------------------------------------------------------------------------------------------


def _of_references(placed: Placed, nodes: Nodes) -> Iterator[tuple[str, str, str]]:
    path = placed.layout.data_node or ()
    values = placed.table.distinct(path)
    listed = {value for value in values if type(value) is str and nodes.find(value) == value}
    place = path_text(path)
    word = plain(path[-1][1:]) if path[-1].startswith(".") else ""
    is_of_nodes = path[-1] == KEY and any(synonyms.is_container_of_nodes(step[1:]) for step in path[-3:-2])
    is_reference = is_of_nodes or word in REFERENCES.difference(synonyms.DATA_NODE_NAME)
    for value in sorted(map(str, values - listed)):
        if nodes.named(value) or not (listed and is_reference):
            node = nodes.hinted(value) or "one of several, or one that is not listed"
            raise doubt("node-by-name", place, f"{value!r} is the data node {node}", f"{value!r} is something else")
        if not nodes.may_be_unlisted(value):
            raise doubt("other-shape", place, f"{value!r} is a data node that is not listed", "it is something else")
    for value in sorted(nodes.namesakes & set(map(str, values))):
        raise doubt("node-by-name", place, f"{value!r} is an id", f"{value!r} is another data node's name")
    if word and word not in REFERENCES:
        raise doubt("unknown-member", place, f"{place} is where the shards are", "it is about something else")
    yield ("node-id" if nodes.by_id else "node-id-shape"), "the shards' data nodes", place
    if values - listed:
        yield "unlisted-node", "data nodes that the export does not list", place


def _doubt_stand_ins(placed: Placed) -> None:
    """Raise a doubt where a member says that a record is no shard in use, or of another kind than the first one."""
    table = placed.table
    for member in sorted(filter(caveats.may_say_stand_in, table.members)):
        column = table.column((*table.path, f".{member}"))
        for position, value in enumerate(column):
            if caveats.says_stand_in(member, value) or (caveats.is_role(member) and value != column[0]):
                place = f"{table.place_of(position)}.{member}"
                raise doubt("other-things", place, "this is a shard in use", "it stands in for one, or is gone")


def _doubt_rivals(placed: Placed, nodes: Nodes) -> None:
    """Raise a doubt where another member of a shard may be its name, or refers to another data node."""
    table, layout = placed.table, placed.layout
    paths = [(*table.path, KEY)] if table.path[-1] == KEYED else []
    paths += [(*table.path, f".{member}") for member in sorted(table.members) if plain(member) not in synonyms.VOLATILE]
    for path in paths:
        is_taken = path in {layout.shard_name, layout.database} or (layout.data_node or ())[: len(path)] == path
        if not is_taken and table.column(path) != placed.names:
            _doubt_rival(placed, path, nodes)


def _doubt_rival(placed: Placed, path: Path, nodes: Nodes) -> None:
    word = "name" if path[-1] == KEY else plain(path[-1][1:])
    may_name, column = word in _NAMES, placed.table.column(path)
    known = {text: _meant(text, word, nodes) for text in placed.table.texts(path)}
    is_telling = may_name or any(known.values()) or any(map(NUMBERED.fullmatch, known))
    if not is_telling and {dict, list}.isdisjoint(map(type, column)):
        return
    counts = Counter(placed.databases)

    def rival(kind: str, position: int, *readings: str) -> DoubtError:
        place = f"{placed.table.place_of(position)}{''.join(path[len(placed.table.path) :])}"
        return doubt(kind, place, *readings)

    for position, (value, *row) in enumerate(zip(column, placed.names, placed.databases, placed.nodes, strict=True)):
        name, database, node = row
        shard = f"the shard {name} of {database}"
        for key, text in items_below(value, word):
            others = known[text] if value is text and text else _meant(text, "", nodes)
            if others and node not in others and text not in {name, database}:
                raise rival("other-node", position, f"the shard is on {node}", f"it is on {min(others)}")
            match = NUMBERED.fullmatch(text)
            if match and match[1] in {database, name} and text != name:
                raise rival("other-name", position, shard, f"{text!r} is one more, or its name")
            is_of_database = text == database and (plain(key) not in _SURE_NAMES or counts[database] > 1)
            is_of_none = text in {"", name} or text.isdecimal() or is_of_database or nodes.hinted(text) == node
            if may_name and plain(key) in _NAMES and text != key and not (is_of_none or others or nodes.named(text)):
                raise rival("other-name", position, shard, f"{text!r} names one of the two")


def _meant(text: str, word: str, nodes: Nodes) -> frozenset[str]:
    """Return the data nodes that a text in a member of that name may refer to."""
    node = meant(text, word, nodes)
    return frozenset({node}) if node is not None else nodes.named(text) if word in POINTERS else frozenset()


# --- containers -----------------------------------------------------------------------------------------------------


def _doubt_ways(placed: Placed, tables: Tables, nodes: Nodes) -> None:
    """Raise a doubt where a member on the way, or a key that names nothing, is no known name for a container.

    Around the whole topology, a member is a wrapper, unless its name says that what it holds is not in use.
    """
    layout, shards = placed.layout, placed.layout.shards
    members = [plain(step[1:]) for step in shards if step.startswith(".")]
    if not synonyms.SHARDS_ALONE.isdisjoint(members[:-1]):
        raise doubt("unknown-container", path_text(shards), "the records there are shards", "they are parts of shards")
    named = {layout.database, layout.database_name, layout.shard_name}
    described = {layout.databases, base_of(layout.database or ()), base_of(layout.data_node or ())}
    first = next(at for at, step in enumerate(shards) if not step.startswith("."))
    for way in (shards, layout.databases or ()):
        for depth, step in enumerate(way, 1):
            path = way[:depth]
            if step == EACH and path != shards and path not in described and len(tables.get(path, ())) > 1:
                raise doubt("several-places", path_text(path), "each holds some of it", "one of them is up to date")
            if step == KEYED and (*path, KEY) not in named and path in tables:
                keys = map(str, chain.from_iterable(chunk.keys for chunk in tables[path].chunks))
                if (*path, KEY) == layout.data_node:
                    unknown = [key for key in keys if nodes.find(key) is None and key not in placed.nodes]
                else:
                    is_own = path in {shards, layout.databases}
                    unknown = [key for key in keys if synonyms.is_about_others(key) or not is_own]
            else:
                is_wrapper = depth < first and path == shards[:depth]
                is_known = is_wrapper or not len(placed.table) or _holds_shards(step[1:])
                is_odd = caveats.is_set_aside(step[1:]) or not is_known
                unknown = [step[1:]] if step.startswith(".") and is_odd else []
            for word in unknown:
                if word not in placed.databases:
                    is_other = synonyms.is_about_others(word) or caveats.is_set_aside(word)
                    kind = "other-things" if is_other else "unknown-container"
                    raise doubt(kind, path_text(path), f"{word!r} holds shards", f"{word!r} is about something else")


def _doubt_spellings(placed: Placed, tables: Tables) -> None:
    """Raise a doubt where records have a known member in two spellings: only one of them would be read."""
    for path in (placed.layout.shards, placed.layout.databases or ()):
        words = Counter(map(plain, filter(synonyms.is_known, tables[path].members if path in tables else ())))
        if twice := sorted(word for word, count in words.items() if count > 1):
            raise doubt("other-word", path_text(path), "both spellings tell of it", f"one {twice[0]!r} is another's")


def _doubt_words(layout: Layout, tables: Tables) -> None:
    """Raise a doubt where some records tell a fact by another word than others do: only one word would be read."""
    of_database = layout.shards if layout.databases is None else layout.databases
    statuses = synonyms.DATABASE_STATUS[1:-1] if layout.databases is None else synonyms.DATABASE_STATUS
    for base, path, words in (
        (layout.shards, layout.shard_index, synonyms.SHARD_INDEX),
        (layout.shards, layout.shard_status, synonyms.SHARD_STATUS),
        (of_database, layout.shard_mode, synonyms.SHARD_MODE),
        (of_database, layout.shard_count, synonyms.SHARD_COUNT),
        (of_database, layout.database_status, statuses),
    ):
        table = tables.get(base)
        if table is None or path is None or path[:-1] != base or None not in table.column(path):
            continue
        for other in (each for each in paths_to(base, table.members, words) if each != path):
            for position, (value, instead) in enumerate(zip(table.column(path), table.column(other), strict=True)):
                if value is None and instead is not None:
                    place = f"{table.place_of(position)}{other[-1]}"
                    raise doubt("other-word", place, f"it tells what {path[-1][1:]!r} does", "it tells something else")


def _holds_shards(member: str) -> bool:
    """Whether a member's name is one for what holds the topology, or wraps it."""
    return plain(member) in synonyms.CONTAINERS | synonyms.ENVELOPES


def _form(path: Path) -> Path:
    """Return a path without what tells arrays from objects keyed by name."""
    return tuple(step if step.startswith(".") else EACH for step in path)
