"""Finding the layout of a payload by its values. Pure. Refuses to choose between two readings.

A shard is a record that has a name and refers to a known data node, by a member of its own or by its place under that
data node. The synonyms suggest the meaning of a member, and its values decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from drift.core.errors import LayoutError
from drift.core.member_names import plain
from drift.decode import synonyms
from drift.decode.layouts.fact_paths import add_fact_paths, first
from drift.decode.layouts.layout import EACH, KEY, KEYED, WAY_ON, Layout, Path, path_text
from drift.decode.layouts.node_references import direct_reference, own_reference, reference_by_value
from drift.decode.layouts.record_tables import beginnings_of, members_above
from drift.decode.layouts.shard_names import continues, is_numbered, shard_name
from drift.decode.synonyms import ranked

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from drift.decode.layouts.nodes import Nodes
    from drift.decode.layouts.record_tables import Table, Tables


class _Candidate(NamedTuple):
    """A table that could hold the shards. `numbered`: some of its names are numbered like a database's shards."""

    table: Table
    name: Path
    data_node: Path
    numbered: bool

    @property
    def is_called_shards(self) -> bool:
        """Whether its container's name is one for shards, and not for databases."""
        return self.table.container in synonyms.SHARDS_ALONE


def find(tables: Tables, nodes: Nodes) -> tuple[Layout, ...]:
    """Find the layouts of a document's shards: mostly one, none if the document explicitly has no shards.

    Raises LayoutError if there is no reading, or more than one.
    """
    candidates = _shard_tables(tables, nodes)
    if not candidates:
        return _empty(tables, nodes)
    return tuple(
        add_fact_paths(Layout(shards=each.table.path, shard_name=each.name, data_node=each.data_node), tables, nodes)
        for each in candidates
    )


# --- which tables hold shards ---------------------------------------------------------------------------------------


def _shard_tables(tables: Tables, nodes: Nodes) -> list[_Candidate]:
    """Find the tables that hold shards, by the most direct evidence."""
    usual = [table for table in tables.values() if not _never_holds_shards(table)]
    of_shards = {path[:-2] for path, table in tables.items() if table.container in synonyms.SHARDS}
    usual = [table for table in usual if table.path not in of_shards]  # its records have lists of shards themselves
    direct = _candidates(usual, nodes, lambda table: direct_reference(table, nodes))
    if direct:
        return _choose(direct)
    indirect = _candidates(usual, nodes, lambda table: reference_by_value(table, nodes))
    return _choose(indirect)


def _never_holds_shards(table: Table) -> bool:
    return any(synonyms.is_about_others(step[1:]) for step in table.path) or _is_called_nodes(table)


def _is_called_nodes(table: Table) -> bool:
    """Whether the container's name is one for data nodes, whose records have a known id and a name as shards do."""
    return table.path[-2:-1] != (KEYED,) and synonyms.is_container_of_nodes(table.container)


def _candidates(tables: Iterable[Table], nodes: Nodes, reference: Callable[[Table], Path | None]) -> list[_Candidate]:
    candidates = (_candidate(table, nodes, reference(table)) for table in tables)
    return [candidate for candidate in candidates if candidate]


def _candidate(table: Table, nodes: Nodes, data_node: Path | None) -> _Candidate | None:
    name = data_node and shard_name(table, nodes, data_node)
    if data_node is None or name is None or list in table.kinds:
        return None
    numbered = is_numbered(table, name)
    if data_node == table.path and not numbered and _keys_are_members(table):
        return None
    is_under_nodes = data_node[: len(table.path)] != table.path
    if is_under_nodes and not (numbered or _could_be_shards(table)):
        return None
    return _Candidate(table, name, data_node, numbered)


def _keys_are_members(table: Table) -> bool:
    """Whether keys that lead to data nodes are rather members' names: they repeat, or are under a shard's name."""
    keys = table.column((*table.path, KEY))
    above = (*table.path[:-1], KEY)
    return len(set(keys)) < len(keys) or (table.path[-2:-1] == (KEYED,) and bool(table.firsts(above)))


def _could_be_shards(table: Table) -> bool:
    """Whether unnumbered names under a data node may be shards, by the container's name or its lack of one."""
    return table.container in synonyms.SHARDS or table.path[-2:-1] == (KEYED,)


def _choose(candidates: list[_Candidate]) -> list[_Candidate]:
    """Choose the candidates that do hold shards. Raises LayoutError in case of doubt."""
    losers = {_not_shards(outer, inner).table.path for outer, inner in _nested(candidates)}
    chosen = [each for each in candidates if each.table.path not in losers]
    doubtful = [each for each in chosen if not (each.numbered or each.is_called_shards)]
    if doubtful and len(chosen) > 1:
        raise _many(chosen)
    return chosen


def _many(candidates: list[_Candidate]) -> LayoutError:
    places = " and ".join(path_text(each.table.path) for each in candidates)
    return LayoutError("more than one place could hold the shards", place=places, hint=WAY_ON)


def _nested(candidates: list[_Candidate]) -> Iterator[tuple[_Candidate, _Candidate]]:
    """Yield each two candidates of which one stands within the records of the other, the outer one first."""
    by_path = {each.table.path: each for each in candidates}
    for inner in candidates:
        path = inner.table.path
        yield from ((by_path[path[:depth]], inner) for depth in range(len(path)) if path[:depth] in by_path)


def _not_shards(outer: _Candidate, inner: _Candidate) -> _Candidate:
    """Return which of two nested tables holds no shards: the outer one, if it has their databases or data nodes."""
    has_nodes = inner.data_node == outer.data_node and inner.numbered and not outer.numbered
    if has_nodes or continues(inner.table, inner.name, outer.name):
        return outer
    raise _many([outer, inner])


# --- nothing but empty lists ----------------------------------------------------------------------------------------


def _empty(tables: Tables, nodes: Nodes) -> tuple[Layout, ...]:
    """Find the layout of a document whose containers of shards are empty. Raises LayoutError if it has none.

    In a document without records, one empty list is enough. If it lists databases or data nodes, it must have empty
    lists of shards for them: a list of databases without any lists of shards is no empty topology.
    """
    holders = [table for table in tables.values() if len(table) and _is_about_shards(table, tables, nodes)]
    vacant = [table for table in tables.values() if not len(table)]
    under_nodes = {table.path: path for table in holders if (path := _path_to_nodes(table, nodes))}
    of_shards = [table for table in vacant if _would_hold_shards(table, under_nodes)]
    single = next(filter(None, map(_of_one_database, of_shards)), None)
    others = [table for table in holders if table.path not in under_nodes]
    if not holders and (single or any(map(_is_about_the_topology, vacant))):
        alone = [table for table in of_shards if table.container in synonyms.SHARDS_ALONE]
        return (add_fact_paths(single, tables, nodes),) if single else tuple(Layout(shards=each.path) for each in alone)
    ways = beginnings_of(table.path for table in of_shards)
    databases = [
        table for table in others if _name_of_database(table) and (table.names_a_database or table.path in ways)
    ]
    if not of_shards or len(databases) < len(others):
        raise LayoutError(
            "no shard is recognised: no record has both a name and a reference to a known data node",
            place="the payload",
            hint=WAY_ON,
        )
    if len(databases) > 1:
        places = " and ".join(path_text(each.path) for each in databases)
        raise LayoutError("more than one place could hold the databases", place=places, hint=WAY_ON)
    return tuple(_of_empty(table, of_shards, under_nodes, tables, nodes) for table in databases)


def _is_about_shards(table: Table, tables: Tables, nodes: Nodes) -> bool:
    """Whether a table's records may be databases, data nodes or shards, rather than accounts or the like."""
    if table.path[-1] == KEYED and not _is_keyed_by_databases(table) and _wraps_containers(table):
        return False
    if _is_about_the_topology(table) or ranked(table.members, synonyms.ONLY_OF_DATABASES):
        return True
    if tables.have_outer(table.path):
        return False
    name = shard_name(table, nodes, None)
    return name is not None and is_numbered(table, name)


def _wraps_containers(table: Table) -> bool:
    """Whether every record holds nothing but containers that are called as those of the topology are."""
    return all(map(_wraps, table.records))


def _wraps(record: Any) -> bool:  # noqa: ANN401 - any JSON value
    if type(record) is not dict or not record:
        return False
    return all(plain(key) in synonyms.CONTAINERS and type(value) in {dict, list} for key, value in record.items())


def _of_one_database(table: Table) -> Layout | None:
    """Return the layout of a document about a single database, whose record has this empty list of shards."""
    above = table.path[:-2]
    if not table.path[-2:-1] or {EACH, KEYED} & set(above):
        return None
    members = members_above(table, len(above))
    name = next(iter(ranked(members, synonyms.DATABASE_NAME)), None)
    if name is None:
        return None
    is_shards = table.container not in synonyms.DATABASES or plain(name) != "name"
    if not (is_shards or ranked(members, synonyms.ONLY_OF_DATABASES)):
        return None
    path = (*above, f".{name}")
    return Layout(shards=table.path, databases=above, database=path, database_name=path)


def _is_about_the_topology(table: Table) -> bool:
    return table.container in synonyms.CONTAINERS | synonyms.WRAPPERS | {""}


def _path_to_nodes(table: Table, nodes: Nodes) -> Path | None:
    """Find the path to the ids of a table's records, if the records are data nodes."""
    key = (*table.path, KEY)
    if table.path[-1] == KEYED and all(map(nodes.find, table.distinct(key))):
        return key
    return own_reference(table, nodes)


def _would_hold_shards(table: Table, under_nodes: Collection[Path]) -> bool:
    """Whether this empty table would hold shards."""
    return table.container in synonyms.SHARDS or (table.path[-2:-1] == (KEYED,) and table.path[:-1] in under_nodes)


def _name_of_database(table: Table) -> Path | None:
    return first(table, synonyms.DATABASE_NAME) or ((*table.path, KEY) if _is_keyed_by_databases(table) else None)


def _is_keyed_by_databases(table: Table) -> bool:
    """Whether keys name databases: by their container's name, or by members that only databases have."""
    words = {plain(member) for member in table.members}
    return table.path[-1] == KEYED and (
        table.container in synonyms.DATABASES
        or not words.isdisjoint({*synonyms.ONLY_OF_DATABASES, *synonyms.SHARDS_ALONE})
    )


def _of_empty(
    table: Table, of_shards: list[Table], under_nodes: Mapping[Path, Path], tables: Tables, nodes: Nodes
) -> Layout:
    """Return the layout that leads to databases whose lists of shards are all empty."""
    shards = next((each.path for each in of_shards if each.path[: len(table.path)] == table.path), of_shards[0].path)
    name = _name_of_database(table)
    data_node = next((under_nodes[path] for path in under_nodes if shards[: len(path)] == path), None)
    nested = shards[: len(table.path)] == table.path
    layout = Layout(
        shards=shards,
        data_node=data_node,
        databases=table.path,
        database=name if nested else None,
        database_name=name,
    )
    return add_fact_paths(layout, tables, nodes)
