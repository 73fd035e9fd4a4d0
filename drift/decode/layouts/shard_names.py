"""The names of shards: DATABASE_0000, DATABASE_0001 and so on for a sharded database. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.decode import synonyms
from drift.decode.layouts.layout import KEY, KEYED, NUMBERED, Path
from drift.decode.synonyms import ranked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drift.decode.layouts.nodes import Nodes
    from drift.decode.layouts.record_tables import Table

# The words that documented interfaces use for a database as well as for a shard: they name a shard only if no better
# word does.
_EITHER: Final = frozenset(synonyms.SHARD_NAME[synonyms.SHARD_NAME.index("dbname") :])
_STRICT_NAMES: Final = tuple(word for word in synonyms.SHARD_NAME if word not in _EITHER)
# The words for shards alone. The value of `shard` may be a number or a label.
ONLY_SHARDS: Final = tuple(word for word in _STRICT_NAMES[: _STRICT_NAMES.index("name")] if word != "shard")
_EITHER_NAMES: Final = tuple(word for word in synonyms.SHARD_NAME if word in _EITHER)


def shard_name(table: Table, nodes: Nodes, data_node: Path | None) -> Path | None:
    """Find the path to the shards' names, if these are shards.

    The surest sign is that a name continues another member, its database's name; then that the names are numbered from
    0000; then the order of the synonyms. If another member can only be the shard's name, `a_0000` may be a database's.
    """
    options = [
        option
        for option in _name_options(table)
        if option != data_node and (some := table.first_text(option)) and not _all_refer(table, option, some, nodes)
    ]
    if len(options) > 1:
        stems = {option: beginnings(table, option) for option in options}
        names = [*options, *_members(table, synonyms.DATABASE_NAME)]
        for option in options:
            if any(stems[option] & table.texts(other) for other in names if other != option):
                return option
    if not set(_members(table, ONLY_SHARDS)).isdisjoint(options):
        options = [option for option in options if option not in set(_members(table, _EITHER_NAMES))]
    return next((option for option in options if is_numbered(table, option)), next(iter(options), None))


def _name_options(table: Table) -> Iterator[Path]:
    yield from _members(table, _STRICT_NAMES)
    if table.path[-1] == KEYED:
        yield (*table.path, KEY)
    if not table.kinds.isdisjoint({str, int}):
        yield table.path
    yield from _members(table, _EITHER_NAMES)


def _all_refer(table: Table, option: Path, some: str, nodes: Nodes) -> bool:
    """Whether all values refer to data nodes. `some` is one of them: if it doesn't refer, the others aren't read."""
    return nodes.find(some) is not None and all(map(nodes.find, table.distinct(option)))


def _members(table: Table, words: tuple[str, ...]) -> Iterable[Path]:
    return ((*table.path, f".{member}") for member in ranked(table.members, words))


def is_numbered(table: Table, option: Path) -> bool:
    """Whether some of the names are numbered like a database's shards. A single `legacy_2024` doesn't count."""
    return bool(table.firsts(option))


def beginnings(table: Table, option: Path, *, all_of_them: bool = False) -> frozenset[str]:
    """Return the beginnings of the numbered names; unless all are wanted, those of first shards if there are any."""
    if table.firsts(option) and not all_of_them:
        return table.firsts(option)
    matches = (NUMBERED.fullmatch(name) for name in table.texts(option))
    return frozenset(match[1] for match in matches if match)


def continues(table: Table, name: Path, database: Path) -> bool:
    """Whether any shard's name is the database's name at that path and a number."""
    return any(
        type(one) is str and type(other) is str and one[:-4].startswith(f"{other}_")
        and (match := NUMBERED.fullmatch(one)) and match[1] == other
        for one, other in zip(table.column(name), table.column(database), strict=True)
    )  # fmt: skip
