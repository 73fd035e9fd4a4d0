"""Weighs the names of shards: each must be its database's and a number, or an unsharded database's. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from drift.core.member_names import plain
from drift.decode import synonyms
from drift.decode.evidence.declared import NAME, is_among_databases, is_described
from drift.decode.evidence.kinds import DoubtError, doubt
from drift.decode.layouts.layout import EACH, KEY, KEYED, NUMBERED, path_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from drift.core.model import Database
    from drift.decode.layouts.apply import Placed, Reading

_STRICT_NAMES: Final = frozenset(synonyms.SHARD_NAME[: synonyms.SHARD_NAME.index("name")])
_EITHER: Final = frozenset(synonyms.SHARD_NAME[synonyms.SHARD_NAME.index("dbname") :])
_OF_SHARDS: Final = frozenset(synonyms.SHARD_NAME) - _EITHER
_DIGITS: Final = 4
_MOST_DIGITS: Final = 18  # any such number fits into 64 bits
_FEWEST: Final = 2  # names that make a beginning sure where nothing else names the database


def of_names(placed: Placed, reading: Reading) -> Iterator[tuple[str, str, str]]:
    """Yield the evidence for names of shards. Raises a doubt where it is weak."""
    layout = placed.layout
    place = path_text(layout.shard_name or ())
    odd = _unnumbered(placed)
    if layout.databases is not None and (others := {*placed.databases} - reading.declared):
        position = placed.databases.index(min(others))
        shard = f"{placed.names[position]} is a shard of {min(others)}"
        raise doubt("undeclared", placed.table.place_of(position), shard, "it is one of a listed database")
    is_named = layout.database not in {None, layout.shard_name}
    if (odd or is_named or layout.databases) and plain((layout.shard_name or ("",))[-1][1:]) in _EITHER:
        raise _of_another(placed, min(odd, default=0), place, "another, which this member names")
    for position in odd:
        yield _of_unsharded(placed, position, reading, is_alone=len(odd) == len(placed.names))
    if len(odd) < len(placed.names) and is_named:
        yield "numbered-name", f"the shards' names, numbered from {path_text(layout.database or ())}", place
    elif len(odd) < len(placed.names):
        _doubt_databases_of_names(placed, set(odd), reading)
        yield "numbered-names", "the shards' names, which name their databases", place


def _of_another(placed: Placed, position: int, place: object, other: str) -> DoubtError:
    shard = f"{placed.names[position]} is a shard of {placed.databases[position]}"
    return doubt("other-name", place, shard, f"its database is {other}")


# --- numbered names -------------------------------------------------------------------------------------------------


def _unnumbered(placed: Placed) -> list[int]:
    """Return the positions of the shards whose names are not their databases' names and a number."""
    if len(only := set(placed.databases)) == 1 and are_numbered(min(only), placed.names):
        return []
    rows = enumerate(zip(placed.databases, placed.names, strict=True))
    return [at for at, (database, name) in rows if not _continues(name, database)]


def are_numbered(database: str, names: Sequence[str]) -> bool:
    """Whether all the names are the database's and 4 to 18 digits, seen at once: there may be very many."""
    lengths = set(map(len, names))
    beginning = len(database) + 1
    if min(lengths) < beginning + _DIGITS or max(lengths) > beginning + _MOST_DIGITS:
        return False
    text = "\n" + "\n".join(names)
    digits = text.replace(f"\n{database}_", "")
    return digits.isascii() and digits.isdecimal() and text.count("\n") == len(names)


def _continues(name: str, database: str) -> bool:
    """Whether a name is the database's and a number."""
    match = NUMBERED.fullmatch(name)
    return match is not None and match[1] == database


def _doubt_databases_of_names(placed: Placed, odd: set[int], reading: Reading) -> None:
    """Raise a doubt where names alone tell of databases, and anything else tells of others."""
    numbers: dict[str, set[int]] = defaultdict(set)
    for at, (database, name) in enumerate(zip(placed.databases, placed.names, strict=True)):
        if at not in odd:
            numbers[database].add(int(name.rpartition("_")[2]))
    is_listed = placed.table.container in synonyms.DATABASES and not _is_for_shards(placed)
    for database in sorted({*placed.databases} - reading.declared):
        # "incremented by one": a higher number than that may be part of another database's name.
        is_whole = 0 in numbers[database] and max(numbers[database]) < 2 * len(numbers[database])
        is_sure = is_whole and len(numbers[database]) >= _FEWEST and NAME.fullmatch(database)
        if is_listed or not is_sure:
            position = placed.databases.index(database)
            place, name = placed.table.place_of(position), placed.names[position]
            raise doubt("lone-name", place, f"{name} is a shard of {database}", f"it is an unsharded database {name}")
    _doubt_other_names(placed)
    if lacking := next(filter(_lacks_its_shard, reading.databases), None):
        without = f"the database {lacking.name} has no shard"
        raise doubt("missing-shard", path_text(placed.table.path), without, "one of these is its shard")


def _doubt_other_names(placed: Placed) -> None:
    """Raise a doubt where a member names some shards or databases, but not each shard's database as its name does."""
    known = {*placed.names, *placed.databases}
    for member in sorted(placed.table.members):
        path = (*placed.table.path, f".{member}")
        is_of_shards = path == placed.layout.shard_name or plain(member) in _OF_SHARDS
        is_telling = not (is_of_shards or known.isdisjoint(placed.table.texts(path)))
        match = NUMBERED.fullmatch(member)
        if (is_telling and placed.table.column(path) != placed.databases) or (match and match[1] in known):
            raise _of_another(placed, 0, f"{placed.table.place_of(0)}.{member}", "the one that this member names")


def _lacks_its_shard(database: Database) -> bool:
    """Whether a database that isn't sharded is without its shard: those of a sharded one are numbered from its name."""
    if database.shards or database.shard_mode not in {None, "single"}:
        return False
    return database.shard_mode == "single" or bool(database.shard_count)


# --- names of unsharded databases' shards ---------------------------------------------------------------------------


def _of_unsharded(placed: Placed, position: int, reading: Reading, *, is_alone: bool) -> tuple[str, str, str]:
    """Return the evidence for a shard whose name is not numbered. Raises a doubt where it is weak."""
    database, name, table = placed.databases[position], placed.names[position], placed.table
    known = reading.by_name[database]
    is_beside_shards = table.container in synonyms.WRAPPERS | {""} and not is_alone
    is_for_shards, is_named = is_beside_shards or _is_for_shards(placed), _is_named(placed, reading, database)
    if is_for_shards and len(known.shards) == 1:
        if name == database and known.shard_mode != "cluster" and not _may_list_databases(placed, position, reading):
            _doubt_other_texts(placed, position)
            return "own-name", "unsharded databases' shards, which are called as they are", path_text(table.path)
        if is_named and known.shard_mode == "single" and _may_be_of_single(placed, name):
            _doubt_other_texts(placed, position)
            return "unsharded", "the only shards of databases whose mode is single", path_text(table.path)
    if is_for_shards and is_named and _is_shared(name, placed.nodes[position], reading):
        return "shared-shard", "shards that another database has, too", path_text(table.path)
    raise doubt(
        "unnumbered-name",
        table.place_of(position),
        f"{name!r} is a shard of the database {database!r}",
        f"{name!r} is something else, such as an account or a backup",
    )


def _may_be_of_single(placed: Placed, name: str) -> bool:
    is_word = name.isdecimal() or not NAME.fullmatch(name) or synonyms.is_known(name)
    return not is_word and placed.table.path[-2:-1] != (KEYED,)


def _may_list_databases(placed: Placed, position: int, reading: Reading) -> bool:
    """Whether a name that shard and database share may be that of a database alone, or of a shard of another one."""
    table, by = placed.table, (placed.layout.database or ("",))[-1]
    if table.container in synonyms.DATABASES and str in table.kinds and table.path[-1] == EACH:
        return True
    is_for_both = plain(by[1:]) in _EITHER and placed.databases[position] not in reading.declared
    return is_for_both and NUMBERED.fullmatch(placed.names[position]) is not None


def _doubt_other_texts(placed: Placed, position: int) -> None:
    """Raise a doubt where another text of an unsharded database's shard may be its name, or its database's."""
    table, path = placed.table, placed.layout.shard_name or ()
    name, database = placed.names[position], placed.databases[position]
    record = table.records[position]
    is_for_any = path[-1] != KEY and plain(path[-1][1:]) not in _STRICT_NAMES
    for member, value in record.items() if type(record) is dict else ():
        if type(value) is not str or path == (*table.path, f".{member}"):
            continue
        is_known = synonyms.is_known(member) or placed.layout.data_node == (*table.path, f".{member}")
        is_other = name != database and (
            value == name or (value == database and plain(member) not in synonyms.DATABASE_NAME_ALONE)
        )
        is_longer = bool(value) and name.startswith(f"{value}_")
        if is_other or (name == database and (is_for_any or is_longer) and not is_known):
            raise _of_another(placed, position, f"{table.place_of(position)}.{member}", value)


def _is_shared(name: str, node: str, reading: Reading) -> bool:
    """Whether the database that a shard's name is numbered from has the shard on the same data node."""
    match = NUMBERED.fullmatch(name)
    owner = reading.by_name.get(match[1]) if match else None
    return owner is not None and any(shard.name == name and shard.data_node_id == node for shard in owner.shards)


def _is_for_shards(placed: Placed) -> bool:
    """Whether a shard's container, or the member for its name, is called as only those of shards are."""
    table, layout = placed.table, placed.layout
    name, database = layout.shard_name or ("",), layout.database
    if table.container in synonyms.SHARDS_ALONE:
        return True
    if table.container in synonyms.SHARDS and database and database[: len(table.path)] != table.path:
        return True
    return name[-1] != KEY and plain(name[-1][1:]) in _STRICT_NAMES


def _is_named(placed: Placed, reading: Reading, database: str) -> bool:
    """Whether a documented member, or a key where databases stand, names the database."""
    path = placed.layout.database
    if path is None or path == placed.layout.shard_name:
        return database in reading.declared
    if path[-1] != KEY:
        return True
    if synonyms.is_about_others(database):
        return False
    is_word = plain(database) in synonyms.ENVELOPES | synonyms.CONTAINERS or len(reading.databases) == 1
    return is_among_databases(path[:-1]) or (not is_word and is_described(reading, database))
