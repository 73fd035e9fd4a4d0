"""Finds how a payload is laid out, by its values. Pure. Where there is more than one reading, it refuses to choose.

A shard is a record that has a name and refers to a known data node: by a member of its own, or because it stands under
that data node. Which member is which is looked up in the vocabulary and settled by the values.
"""

from __future__ import annotations

import re
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from drift import vocabulary
from drift.errors import LayoutError
from drift.layouts.layout import EACH, KEY, KEYED, Layout, Path, Source, path_text
from drift.layouts.tables import Table, Tables, ancestor, column
from drift.vocabulary import plain, ranked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drift.layouts.nodes import Nodes

# "`<schemaname>_<number>`, a four-digit number starting from 0000": DDM user manual, creating a schema.
NUMBERED: Final = re.compile(r"(.+)_(\d{4,})", re.DOTALL)

WAY_ON: Final = (
    "see how the payload is read with `drift inspect FILE`, and name the right paths under [layout] in drift.toml"
)


class _Found(NamedTuple):
    """A table that could hold the shards. `numbered`: some of its names end in a shard's number."""

    table: Table
    name: Path
    data_node: Path
    numbered: bool


def find(tables: Tables, nodes: Nodes, override: tuple[Layout, ...]) -> tuple[Layout, ...]:
    """The layouts of a document's shards: mostly one, none where the document says that there are no shards.

    An `override` is kept as it is, and completed. Raises LayoutError where no single reading can be found.
    """
    if override:
        return tuple(_complete(layout, tables, nodes) for layout in override)
    found = _shard_tables(tables, nodes)
    if not found:
        return _empty(tables)
    return tuple(
        _describe(Layout(shards=each.table.path, shard_name=each.name, data_node=each.data_node), tables, nodes)
        for each in found
    )


def _complete(layout: Layout, tables: Tables, nodes: Nodes) -> Layout:
    table = tables.get(layout.shards)
    if table is None or not table.chunks:
        raise LayoutError(
            "there is nothing at the path that [layout] gives for shards",
            place=path_text(layout.shards),
            hint=f"paths with records in this payload: {_with_records(tables)}",
        )
    data_node = layout.data_node or _own_reference(table, nodes) or _reference_above(table, nodes)
    data_node = data_node or _reference_by_value(table, nodes)
    name = layout.shard_name or _name(table, nodes, data_node)
    if data_node is None or name is None:
        missing = "data_node" if data_node is None else "shard_name"
        raise LayoutError(
            f"no member is recognised as the {missing.replace('_', ' ')} of these shards",
            place=path_text(layout.shards),
            hint=f"give `{missing}` under [layout] in drift.toml as well",
        )
    given = {field: getattr(layout, field) for field in layout.__struct_fields__}
    return _describe(Layout(**given | {"data_node": data_node, "shard_name": name}), tables, nodes)


def _with_records(tables: Tables) -> str:
    return ", ".join(path_text(path) for path, table in tables.items() if table.chunks) or "none"


# --- which tables hold shards ---------------------------------------------------------------------------------------


def _shard_tables(tables: Tables, nodes: Nodes) -> list[_Found]:
    """The tables that hold shards, by the most direct evidence that there is."""
    for reference in (_own_reference, _reference_above, _reference_by_value):
        candidates = [
            candidate
            for table in tables.values()
            if plain(table.container) not in vocabulary.NO_SHARDS
            if (candidate := _candidate(table, nodes, reference(table, nodes)))
        ]
        if chosen := _choose(candidates):
            return chosen
    return []


def _candidate(table: Table, nodes: Nodes, data_node: Path | None) -> _Found | None:
    if data_node is None:
        return None
    name = _name(table, nodes, data_node)
    if name is None:
        return None
    numbered = _is_numbered(table.distinct(name))
    # A list of data nodes looks like one of shards: each has an id that is known, and a name.
    describes_nodes = table.container in vocabulary.DATA_NODES and not numbered
    under_nodes = data_node[: len(table.path)] != table.path
    if describes_nodes or (under_nodes and not numbered and table.container not in vocabulary.SHARDS):
        return None
    return _Found(table, name, data_node, numbered)


def _choose(candidates: list[_Found]) -> list[_Found]:
    """The candidates that do hold shards: those with numbered names, and others that don't contradict them."""
    numbered = [candidate for candidate in candidates if candidate.numbered]
    others = [
        candidate
        for candidate in candidates
        if not candidate.numbered and not any(_nested(candidate, each) for each in numbered)
    ]
    chosen = [*numbered, *others]
    doubtful = [each for each in others if each.table.container not in vocabulary.SHARDS - vocabulary.DATABASES]
    rivals = [pair for pair in combinations(chosen, 2) if _nested(*pair)]
    if rivals or (doubtful and len(chosen) > 1):
        places = " and ".join(path_text(each.table.path) for each in chosen)
        raise LayoutError("more than one place could hold the shards", place=places, hint=WAY_ON)
    return chosen


def _nested(one: _Found, other: _Found) -> bool:
    shorter, longer = sorted((one.table.path, other.table.path), key=len)
    return longer[: len(shorter)] == shorter


def _empty(tables: Tables) -> tuple[Layout, ...]:
    """The layout of a document without shards, if it says so with empty containers; LayoutError if it doesn't."""
    for table in tables.values():
        above = tables.get(_up(table.path, 1))
        empty_shards = table.container in vocabulary.SHARDS and not any(table.records())
        if empty_shards and above is not None and above.container in vocabulary.DATABASES:
            name = _first(above, vocabulary.DATABASE_NAME) or ((*above.path, KEY) if above.path[-1] == KEYED else None)
            if name is not None:
                return (Layout(shards=table.path, databases=above.path, database=name, database_name=name),)
    explicit = [table for table in tables.values() if table.container in {"", *vocabulary.CONTAINERS}]
    if explicit and not any(any(True for _ in table.records()) for table in tables.values()):
        return ()
    raise LayoutError(
        "no shard is recognised: no record has both a name and a reference to a known data node",
        place="the payload",
        hint=WAY_ON,
    )


def _up(path: Path, containers: int) -> Path:
    """The path without its last container: `databases[].shards[]` → `databases[]`."""
    for _ in range(containers):
        path = path[:-1]
        while path and path[-1] not in {EACH, KEYED}:
            path = path[:-1]
    return path


# --- references to data nodes ---------------------------------------------------------------------------------------


def _own_reference(table: Table, nodes: Nodes) -> Path | None:
    """The member of the shards that refers to a data node. Raises LayoutError where two refer to different ones."""
    if table.path[-1] == KEYED and _refers(table, table.path, nodes):
        return table.path
    options = [
        (*table.path, *(f".{step}" for step in members))
        for member in ranked(table.columns, vocabulary.DATA_NODE_REFERENCE)
        for members in _reference_members(table, member)
    ]
    referring = [option for option in options if _refers(table, option, nodes)]
    for option in referring[1:]:
        _agree(table, referring[0], option, nodes)
    return referring[0] if referring else None


def _reference_members(table: Table, member: str) -> Iterator[tuple[str, ...]]:
    """The member itself, and where it holds an object, that object's id and name."""
    yield (member,)
    values = list(table.values((*table.path, f".{member}")))
    if dict not in set(map(type, values)):
        return
    inner = {key for value in values if type(value) is dict for key in value}
    for key in ranked(inner, vocabulary.DATA_NODE_ID + vocabulary.DATA_NODE_NAME):
        yield member, key


def _refers(table: Table, option: Path, nodes: Nodes) -> bool:
    return any(map(nodes.find, table.distinct(option)))


def _agree(table: Table, one: Path, other: Path, nodes: Nodes) -> None:
    first, second = Source.of(one, table.path), Source.of(other, table.path)
    for chunk in table.chunks:
        pairs = zip(column(chunk, first, table.path), column(chunk, second, table.path), strict=True)
        for index, pair in enumerate(pairs):
            found, rival = map(nodes.find, pair)
            if found and rival and found != rival:
                raise LayoutError(
                    f"{one[-1].lstrip('.')} and {other[-1].lstrip('.')} refer to different data nodes; "
                    "either could be the shard's",
                    place=str(chunk.place_of(index)),
                    hint=WAY_ON,
                )


def _reference_above(table: Table, nodes: Nodes) -> Path | None:
    """The place above the shards that refers to a data node: a key or a member. The best, and of those the nearest."""
    options: list[Path] = []
    for depth in range(len(table.path) - 1, 0, -1):
        path = table.path[:depth]
        members = _ancestor_columns(table, depth)
        options += [(*path, KEY)] if path[-1] != EACH else []
        options += [(*path, f".{member}") for member in ranked(members, vocabulary.DATA_NODE_REFERENCE)]
        options += [(*path, f".{member}") for member in ranked(members, vocabulary.DATA_NODE_NAME)]
    referring = [option for option in options if _refers(table, option, nodes)]
    return max(referring, key=lambda option: _share_referring(table, option, nodes), default=None)


def _share_referring(table: Table, option: Path, nodes: Nodes) -> float:
    values = table.distinct(option)
    return sum(1 for value in values if nodes.find(value)) / len(values)


def _reference_by_value(table: Table, nodes: Nodes) -> Path | None:
    """The one member, by whatever name, with values that refer to data nodes."""
    options: list[Path] = [(*table.path, f".{member}") for member in sorted(table.columns)]
    referring = [option for option in options if _refers(table, option, nodes)]
    for option in referring[1:]:
        _agree(table, referring[0], option, nodes)
    return referring[0] if referring else None


def _ancestor_columns(table: Table, depth: int) -> set[str]:
    places = (ancestor(chunk, depth, table.path) for chunk in table.chunks)
    return {key for place in places if type(place.value) is dict for key in place.value}


# --- names ----------------------------------------------------------------------------------------------------------


def _name(table: Table, nodes: Nodes, data_node: Path | None) -> Path | None:
    """The member that holds the shards' names: one with numbered names, else the vocabulary's first."""
    options: list[Path] = [(*table.path, f".{member}") for member in ranked(table.columns, vocabulary.SHARD_NAME)]
    options += [(*table.path, KEY)] if table.path[-1] == KEYED else []
    options += [table.path] if table.distinct(table.path) else []
    named = [option for option in options if option != data_node and not all(map(nodes.find, table.distinct(option)))]
    numbered = [option for option in named if _is_numbered(table.distinct(option))]
    if len(numbered) > 1:
        return max(numbered, key=lambda option: _extends(table, option, numbered))
    return next(iter(numbered or named), None)


def _texts(table: Table, option: Path) -> set[str]:
    return {value for value in table.distinct(option) if type(value) is str}


def _is_numbered(values: Iterable[Any]) -> bool:
    return any(NUMBERED.fullmatch(value) for value in values if type(value) is str)


def _extends(table: Table, option: Path, rivals: list[Path]) -> int:
    """How many of its rivals' names this option's names continue: `app_2024_0003` is a shard of `app_2024`."""
    parents = {match[1] for name in _texts(table, option) if (match := NUMBERED.fullmatch(name))}
    return sum(1 for rival in rivals if rival != option and parents & _texts(table, rival))


# --- databases and the rest -----------------------------------------------------------------------------------------


def _describe(layout: Layout, tables: Tables, nodes: Nodes) -> Layout:
    """The layout with everything else that the payload tells about shards and databases."""
    table = tables[layout.shards]
    database = layout.database or _database(table, layout, nodes)
    databases = layout.databases
    if databases is None:
        databases = _databases(table, database, tables)
    base = tables.get(databases) if databases is not None else None
    facts = _database_facts(table, database, databases, base)
    found = {
        "shard_index": _integers(table, vocabulary.SHARD_INDEX),
        "shard_status": _first(table, vocabulary.SHARD_STATUS),
        **facts,
        "database": database,
        "databases": databases,
    }
    given = {field: value for field in layout.__struct_fields__ if (value := getattr(layout, field)) is not None}
    return Layout(**found | given)


def _database(table: Table, layout: Layout, nodes: Nodes) -> Path | None:
    """Where the name of a shard's database stands: where it is the beginning of the shard's name, else the likeliest.

    None: nowhere, so that the shard's name itself has to tell.
    """
    options = list(_database_options(table, layout))
    words = [option for option in options if option[-1] == KEY and all(map(vocabulary.is_known, _texts(table, option)))]
    names = [option for option in options if option not in words]
    for option in [*names, *words]:
        if _begins_names(table, option, layout):
            return option
    return next((option for option in names if _is_likely(table, option, layout, nodes)), None)


def _is_likely(table: Table, option: Path, layout: Layout, nodes: Nodes) -> bool:
    """Whether an option may name the databases although no shard's name begins with it, as with unsharded ones.

    A container's name doesn't; nor does the root's where the shards' names tell their databases themselves.
    """
    if option[-1] == KEY:
        likely = option[-2] == KEYED
    else:
        likely = len(option) > 1 or not all(map(NUMBERED.fullmatch, _texts(table, layout.shard_name or ())))
    return likely and not all(map(nodes.find, table.distinct(option)))


def _database_options(table: Table, layout: Layout) -> Iterator[Path]:
    """The nearest first: the shard's own members, then upwards what each ancestor says and is called."""
    data_node = layout.data_node or ()
    for depth in range(len(table.path), -1, -1):
        path = table.path[:depth]
        own = depth == len(table.path)
        if data_node[:-1] == path and data_node != table.path and not own:
            continue  # a data node's own name is no database's
        members = table.columns if own else _ancestor_columns(table, depth)
        options: list[Path] = [(*path, f".{member}") for member in ranked(members, vocabulary.DATABASE_NAME)]
        if path and path[-1] != EACH:
            options.append((*path, KEY))
        yield from (option for option in options if option not in {layout.shard_name, layout.data_node})


def _begins_names(table: Table, option: Path, layout: Layout) -> bool:
    names, databases = Source.of(layout.shard_name or (), table.path), Source.of(option, table.path)
    return any(
        type(name) is str and type(database) is str and name[:-4].startswith(f"{database}_")
        and (match := NUMBERED.fullmatch(name)) and match[1] == database
        for chunk in table.chunks
        for name, database in zip(
            column(chunk, names, table.path), column(chunk, databases, table.path), strict=True
        )
    )  # fmt: skip


def _databases(table: Table, database: Path | None, tables: Tables) -> Path | None:
    """Where the databases' own records stand: above the shards, or in a table of their own."""
    if database is not None:
        depth = Source.of(database, table.path).depth
        if depth < len(table.path):
            return table.path[:depth]
    declared = [
        other.path
        for other in tables.values()
        if other is not table and _declares(other) and other.path[: len(table.path)] != table.path
    ]
    if len(declared) > 1:
        places = " and ".join(map(path_text, declared))
        raise LayoutError("more than one place could hold the databases", place=places, hint=WAY_ON)
    return declared[0] if declared else None


def _declares(table: Table) -> bool:
    """Whether a table that has no shards below it lists databases."""
    columns = table.columns
    named = ranked(columns, vocabulary.DATABASE_NAME) or table.path[-1] == KEYED
    typical = ranked(columns, vocabulary.SHARD_MODE + vocabulary.SHARD_COUNT)
    return bool(named and (typical or table.container in vocabulary.DATABASES - vocabulary.DATA_NODES))


def _database_facts(
    table: Table, database: Path | None, databases: Path | None, base: Table | None
) -> dict[str, Path | None]:
    """What is said about a database: in its own record, else in those of its shards."""
    if databases is None:
        words = {
            "shard_mode": vocabulary.SHARD_MODE,
            "shard_count": vocabulary.SHARD_COUNT,
            "database_status": vocabulary.DATABASE_STATUS[1:4],
        }
        return {role: _first(table, synonyms) for role, synonyms in words.items()} if database else {}
    columns = base.columns if base else _ancestor_columns(table, len(databases))

    def member(words: tuple[str, ...]) -> Path | None:
        return next(((*databases, f".{found}") for found in ranked(columns, words)), None)

    above = database is not None and database[: len(databases)] == databases
    keyed = (*databases, KEY) if databases[-1:] == (KEYED,) else None
    return {
        "database_name": database if above else member(vocabulary.DATABASE_NAME) or keyed,
        "shard_mode": member(vocabulary.SHARD_MODE),
        "shard_count": member(vocabulary.SHARD_COUNT),
        "database_status": member(vocabulary.DATABASE_STATUS),
    }


def _first(table: Table, words: tuple[str, ...]) -> Path | None:
    return next(((*table.path, f".{member}") for member in ranked(table.columns, words)), None)


def _integers(table: Table, words: tuple[str, ...]) -> Path | None:
    """The first of these members whose values are all whole numbers, be they written as text."""
    options = ((*table.path, f".{member}") for member in ranked(table.columns, words))
    return next((option for option in options if _are_integers(table.distinct(option))), None)


def _are_integers(values: frozenset[str | int]) -> bool:
    kinds = set(map(type, values))
    return kinds == {int} or (bool(values) and all(str(value).strip().isdecimal() for value in values))
