"""Finding the path to the name of each shard's database. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.core.member_names import plain
from drift.decode import synonyms
from drift.decode.layouts.layout import EACH, KEY, KEYED, Layout, Path, Source, is_member_name
from drift.decode.layouts.record_tables import Table, members_above, objects_above
from drift.decode.layouts.shard_names import beginnings, continues, is_numbered
from drift.decode.synonyms import ranked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.decode.layouts.nodes import Nodes

# The words for a database that no interface uses for a shard.
_ONLY_DATABASES: Final = frozenset(synonyms.DATABASE_NAME) - frozenset(synonyms.SHARD_NAME)


def find_database_name(table: Table, layout: Layout, nodes: Nodes) -> Path | None:
    """Find the path to the name of a shard's database, or None if only the shard's own name contains it.

    The surest sign is that shards' names continue it.
    """
    name = layout.shard_name or ()
    options = list(_database_options(table, layout))
    inner = _options_within_objects(table)
    sure = [option for option in (*options, *inner) if not is_member_name(option) and continues(table, name, option)]
    if sure:
        nearest = next((option for option in sure if _is_above(option, table)), sure[0])
        return _record_named(table, nearest, options)
    members = [option for option in options if is_member_name(option) and continues(table, name, option)]
    if members and beginnings(table, name, all_of_them=True) == table.texts(members[0]):
        return None if _is_mere_wrapper(table, members[0]) else members[0]
    return _likely_database(table, options, layout, nodes)


def _record_named(table: Table, chosen: Path, options: list[Path]) -> Path:
    """Prefer the same name above the shards: the other members there belong to the database."""
    if _is_above(chosen, table):
        return chosen
    names = table.column(chosen)
    above = (option for option in options if _is_above(option, table) and not _is_mere_wrapper(table, option))
    return next((option for option in above if table.column(option) == names), chosen)


def _may_repeat(table: Table, option: Path, name: Path) -> bool:
    is_called_so = option[-1] == KEY or plain(option[-1][1:]) in synonyms.SHARD_NAME
    return is_called_so and not _is_above(option, table) and table.texts(option) == table.texts(name)


def _is_mere_wrapper(table: Table, option: Path) -> bool:
    """Whether `"data": {…}` is only a wrapper, and no database of that name."""
    members = members_above(table, len(option) - 1)
    return _is_wrapper(option) and not ranked(members, synonyms.ONLY_OF_DATABASES)


def _is_wrapper(option: Path) -> bool:
    return is_member_name(option) and plain(option[-2][1:]) in synonyms.WRAPPERS


def _is_above(option: Path, table: Table) -> bool:
    return Source.of(option, table.path).depth < len(table.path)


def _likely_database(table: Table, options: list[Path], layout: Layout, nodes: Nodes) -> Path | None:
    """Find a path that may name the databases although no shard's name continues it, as with unsharded databases."""
    name = layout.shard_name or ()
    likely = [
        option
        for option in options
        if _is_likely(table, option, name) and not (len(table) and all(map(nodes.find, table.distinct(option))))
    ]
    # A member that equals the shard's name comes last: it more likely repeats that name than names the database.
    likely.sort(key=lambda option: _may_repeat(table, option, name))
    if not likely:
        return None
    return _record_named(table, likely[0], options)


def _is_likely(table: Table, option: Path, name: Path) -> bool:
    """Whether an option is no plain member's name, doesn't repeat the shards' names, and isn't the root's own name.

    The root's name may be the database's if the shards' names contain none.
    """
    if _repeats_names(table, option, name):
        return False
    if option[-1] == KEY:
        if option[-2] != KEYED or _container(option) in synonyms.DATABASES:
            return option[-2] == KEYED
        # The key of a shard is its own name, or a number; a key above may wrap anything.
        members = members_above(table, len(option) - 1) if option[:-1] != table.path else ()
        is_described = bool(ranked(members, synonyms.ONLY_OF_DATABASES))
        return is_described or is_numbered(table, name) or _are_called_alike(table, option, name)
    return len(option) > 1 or not is_numbered(table, name)


def _are_called_alike(table: Table, option: Path, name: Path) -> bool:
    """Whether any key above has the name of its shard, as an unsharded database has."""
    if option[:-1] == table.path or table.container not in synonyms.SHARDS:
        return False
    return any(one == other for one, other in zip(table.column(option), table.column(name), strict=True))


def _repeats_names(table: Table, option: Path, name: Path) -> bool:
    """Whether a member of the shards, or their keys, repeat the shards' names rather than name their databases."""
    word = "" if option[-1] == KEY else plain(option[-1][1:])
    if _is_above(option, table) or word in _ONLY_DATABASES or table.texts(option) != table.texts(name):
        return False
    return is_numbered(table, name) or (
        word in {"", "database", "db", "dbname"} and bool(beginnings(table, name, all_of_them=True))
    )


def _container(path: Path) -> str:
    return next((plain(step[1:]) for step in reversed(path[:-1]) if step.startswith(".")), "")


def _database_options(table: Table, layout: Layout) -> Iterator[Path]:
    """List the options, nearest first: the shard's own members, then the members and the key of each ancestor."""
    data_node = layout.data_node or ()
    for depth in range(len(table.path), -1, -1):
        path = table.path[:depth]
        own = depth == len(table.path)
        if data_node[: len(path)] == path and not own and _belongs_to(data_node, path):
            continue  # the data node's own name
        members = table.members if own else members_above(table, depth)
        options: list[Path] = [(*path, f".{member}") for member in ranked(members, synonyms.DATABASE_NAME)]
        if path and path[-1] != EACH and plain(path[-1][1:]) not in synonyms.CONTAINERS:
            options.append((*path, KEY))
        yield from (option for option in options if option not in {layout.shard_name, layout.data_node})


def _options_within_objects(table: Table) -> Iterator[Path]:
    """List the names in objects beside the shards: `{"info": {"name": "orders"}, "shards": […]}`."""
    for depth in range(len(table.path) - 1, -1, -1):
        if table.path[depth].startswith("."):
            for member, names in objects_above(table, depth).items():
                yield from ((*table.path[:depth], f".{member}", f".{name}") for name in names)


def _belongs_to(data_node: Path, path: Path) -> bool:
    """Whether the record at that path contains the reference to the data node."""
    rest = data_node[len(path) :]
    return bool(rest) and all(step.startswith(".") or step == KEY for step in rest)
