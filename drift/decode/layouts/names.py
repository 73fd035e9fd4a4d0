"""Finding the names of shards, DATABASE_0000, DATABASE_0001 and so on, and those of their databases. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.core.member_names import plain
from drift.decode import synonyms
from drift.decode.layouts.layout import KEY, KEYED, NUMBERED, Path, base_of
from drift.decode.layouts.record_tables import Table, members_above
from drift.decode.synonyms import ranked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.decode.layouts.nodes import Nodes

# The words for shards alone. The value of `shard` may be a number or a label.
ONLY_SHARDS: Final = tuple(word for word in synonyms.SHARD_NAME[: synonyms.SHARD_NAME.index("name")] if word != "shard")
# The words that documented interfaces use for a database as well: they name a shard only if no better word does.
_EITHER: Final = synonyms.SHARD_NAME[synonyms.SHARD_NAME.index("dbname") :]
_OF_SHARDS: Final = synonyms.SHARD_NAME[: synonyms.SHARD_NAME.index("dbname")]


def find_names(table: Table, data_node: Path | None, nodes: Nodes) -> tuple[Path | None, Path | None]:
    """Find the paths to the shards' names and to their databases'; None for what isn't there.

    Strong evidence decides: a name that is a database's name and a number. Without it, the documented words suggest
    both, for the weighing to judge.
    """
    names = [path for path in _name_options(table) if path != data_node and _may_name(table, path, data_node, nodes)]
    options = (path for path in _database_options(table) if path != data_node)
    databases = [path for path in options if not len(table) or table.first_text(path)]
    beside = {path for path in databases if data_node is not None and base_of(path) == base_of(data_node) != table.path}
    own = {path for path in beside if any(map(nodes.named, table.distinct(path)))}  # the data nodes' own names
    for name in names:
        for database in filter(lambda path: path not in own, databases):
            if database != name and continues(table, name, database):
                return name, database
    likely = next((path for path in names if table.firsts(path)), None) or next(iter(names), None)
    return likely, _likely_database(table, likely, [path for path in databases if path not in beside])


def _may_name(table: Table, path: Path, data_node: Path | None, nodes: Nodes) -> bool:
    """Whether the values at a path may be names: not ids of data nodes, nor the name of the one that a shard is on."""
    some = table.first_text(path)
    if some is None or nodes.find(some) is not None:
        return False
    node = nodes.hinted(some) if data_node is not None else None
    return node is None or node != nodes.find(table.column(data_node)[table.column(path).index(some)])


def _name_options(table: Table) -> Iterator[Path]:
    yield from _members(table.path, table.members, _OF_SHARDS)
    if table.path[-1] == KEYED:
        yield (*table.path, KEY)
    if not table.kinds.isdisjoint({str, int}):
        yield table.path
    if not ranked(table.members, ONLY_SHARDS):
        yield from _members(table.path, table.members, _EITHER)


def _database_options(table: Table) -> Iterator[Path]:
    """List where the databases may be named, nearest first: above the shards, then in their own records."""
    for depth in range(len(table.path) - 1, -1, -1):
        path = table.path[:depth]
        yield from _members(path, members_above(table, depth), synonyms.DATABASE_NAME)
        if path[-1:] == (KEYED,):
            yield (*path, KEY)
    yield from _members(table.path, table.members, synonyms.DATABASE_NAME)


def _members(path: Path, members: set[str] | frozenset[str], words: tuple[str, ...]) -> Iterator[Path]:
    return ((*path, f".{member}") for member in ranked(members, words))


def _likely_database(table: Table, name: Path | None, databases: list[Path]) -> Path | None:
    """Return the nearest path that may name the databases though no shard's name continues it, as with unsharded ones.

    A member of the shards that repeats their names comes last, and says nothing of databases if these are numbered.
    """
    likely = [path for path in databases if path != name]
    others = (path for path in likely if not _repeats(table, path, name))
    return next(others, None) or (None if name and table.firsts(name) else next(iter(likely), None))


def _repeats(table: Table, path: Path, name: Path | None) -> bool:
    is_for_both = base_of(path) == table.path and plain(path[-1][1:]) in synonyms.SHARD_NAME
    return is_for_both and table.column(path) == table.column(name)


def continues(table: Table, name: Path, database: Path) -> bool:
    """Whether any shard's name is the database's name at that path and a number."""
    return any(
        type(one) is str and type(other) is str and one.startswith(f"{other}_")
        and (match := NUMBERED.fullmatch(one)) and match[1] == other
        for one, other in zip(table.column(name), table.column(database), strict=True)
    )  # fmt: skip
