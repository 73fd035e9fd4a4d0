"""Finding the names of shards, DATABASE_0000, DATABASE_0001 and so on, and those of their databases. Pure."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final

from drift.core.member_names import plain
from drift.decode import synonyms
from drift.decode.layouts.layout import KEY, KEYED, NUMBERED, Path, base_of
from drift.decode.layouts.record_tables import Table, paths_to

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.decode.layouts.nodes import Nodes

_OF_SHARDS: Final = synonyms.SHARD_NAME[: synonyms.SHARD_NAME.index("dbname")]
# The words that documented interfaces use for a database as well.
_EITHER: Final = synonyms.SHARD_NAME[synonyms.SHARD_NAME.index("dbname") :]


def find_names(table: Table, data_node: Path | None, nodes: Nodes) -> tuple[Path | None, Path | None]:
    """Find the paths to the shards' names and to their databases'; None for what isn't there.

    Strong evidence decides: a name that is a database's name and a number. Without it, the documented words suggest
    both, for the weighing to judge.
    """
    names = [path for path in _name_options(table) if path != data_node and _may_be_names(table, path, nodes)]
    options = (path for path in _database_options(table) if path != data_node)
    databases = [path for path in options if _may_be_databases(table, path, data_node, nodes)]
    for name, database in product(names, databases):
        if database != name and continues(table, name, database):
            return name, database
    likely_name = next(iter(names), None)
    likely = [path for path in databases if path != likely_name]
    # A member of the shards that may have their names as well comes last; if these are numbered, it names no databases.
    telling = [path for path in likely if base_of(path) != table.path or plain(path[-1][1:]) not in synonyms.SHARD_NAME]
    if likely_name is None or not table.firsts(likely_name):
        telling += likely
    return likely_name, next(iter(telling), None)


def _may_be_databases(table: Table, path: Path, data_node: Path | None, nodes: Nodes) -> bool:
    """Whether there are texts at a path, but not names of the data nodes whose ids stand beside them."""
    is_beside_node = data_node is not None and base_of(path) == base_of(data_node) != table.path
    if not len(table):
        return not is_beside_node
    return table.first_text(path) is not None and not (is_beside_node and any(map(nodes.named, table.distinct(path))))


def _may_be_names(table: Table, path: Path, nodes: Nodes) -> bool:
    """Whether there are texts at a path that don't refer to data nodes. `idName` is documented for their names, too."""
    some = table.first_text(path)
    refers = nodes.named if plain(path[-1][1:]) == "idname" else nodes.find
    return some is not None and not refers(some)


def _name_options(table: Table) -> Iterator[Path]:
    yield from paths_to(table.path, table.members, _OF_SHARDS)
    if table.path[-1] == KEYED:
        yield (*table.path, KEY)
    yield table.path
    yield from paths_to(table.path, table.members, _EITHER)


def _database_options(table: Table) -> Iterator[Path]:
    """List where the databases may be named, nearest first: above the shards, then in their own records."""
    for depth in (*range(len(table.path) - 1, -1, -1), len(table.path)):
        path = table.path[:depth]
        yield from paths_to(path, table.members_at(depth), synonyms.DATABASE_NAME)
        if path[-1:] == (KEYED,) and path != table.path:
            yield (*path, KEY)


def continues(table: Table, name: Path, database: Path) -> bool:
    """Whether any shard's name is the database's name at that path and a number."""
    return any(
        type(one) is str and type(other) is str and one.startswith(f"{other}_")
        and (match := NUMBERED.fullmatch(one)) and match[1] == other
        for one, other in zip(table.column(name), table.column(database), strict=True)
    )  # fmt: skip
