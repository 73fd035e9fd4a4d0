"""Weighs the names of shards: each must be its database's and a number, or an unsharded database's. Pure."""

from __future__ import annotations

from collections import Counter
from operator import eq, itemgetter
from typing import TYPE_CHECKING, Final

from drift.core.member_names import plain
from drift.decode import synonyms
from drift.decode.layouts.declared import is_among_databases, is_described
from drift.decode.layouts.evidence import doubt
from drift.decode.layouts.layout import KEY, KEYED, NUMBERED, Layout, path_text
from drift.decode.synonyms import ranked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from drift.core.model import Database
    from drift.decode.layouts.apply import Placed, Reading
    from drift.decode.layouts.record_tables import Table

NAMES: Final = synonyms.SHARD_NAME + tuple(w for w in synonyms.DATABASE_NAME if w not in synonyms.SHARD_NAME)
_DATABASES_NAMES: Final = tuple(word for word in synonyms.DATABASE_NAME if word != "name")
_STEM: Final = itemgetter(slice(None, -4))
_END: Final = itemgetter(slice(-4, None))
_STRICT_NAMES: Final = frozenset(synonyms.SHARD_NAME[: synonyms.SHARD_NAME.index("name")])
_EITHER: Final = frozenset(synonyms.SHARD_NAME[synonyms.SHARD_NAME.index("dbname") :])
_DIGITS: Final = 4
_MOST_DIGITS: Final = 18  # any such number fits into 64 bits
_FEWEST: Final = 2  # names that make a beginning sure where nothing else names the database


def of_names(placed: Placed, reading: Reading) -> Iterator[tuple[str, str, str]]:
    """Yield the evidence for names of shards. Raises a doubt where it is weak."""
    layout = placed.layout
    place = path_text(layout.shard_name or ())
    _doubt_containers(placed, has_others=len(reading.placed) > 1)
    odd = _unnumbered(placed)
    for position in odd:
        yield _of_unsharded(placed, position, reading, is_alone=len(odd) == len(placed.names))
    if len(odd) < len(placed.names):
        if layout.database in {None, layout.shard_name}:
            _doubt_lone(placed, odd, reading)
            _doubt_unknown_names(placed)
            _doubt_own_databases(placed)
            _doubt_undeclared(placed, reading)
            _doubt_owners(placed, reading)
            yield "numbered-names", "the shards' names, which name their databases", place
        else:
            _doubt_either(placed)
            yield "numbered-name", f"the shards' names, numbered from {path_text(layout.database or ())}", place


def _doubt_containers(placed: Placed, *, has_others: bool) -> None:
    """Raise a doubt where a member on the way to the shards is not documented as one that holds the topology.

    Around the whole topology, a member of any name is a wrapper.
    """
    path = placed.table.path
    if sum(plain(step[1:]) in synonyms.SHARDS_ALONE for step in path) > 1:
        raise doubt("unknown-container", path_text(path), "the records there are shards", "they are parts of shards")
    wrapping = 0 if has_others else next(at for at, step in enumerate(path) if not step.startswith(".")) - 1
    for at, step in enumerate(path):
        if step.startswith(".") and plain(step[1:]) in synonyms.NO_SHARDS:
            raise doubt("other-things", path_text(path), "these are no shards", "the records there are shards")
        is_known = not step.startswith(".") or holds_shards(step[1:]) or step[1:] in placed.databases
        if at >= wrapping and not is_known:
            raise doubt("unknown-container", path_text(path), "the records there are shards", "they are others")


def holds_shards(member: str) -> bool:
    """Whether a member's name is one for what holds the topology, or wraps it."""
    return plain(member) in synonyms.CONTAINERS | synonyms.ENVELOPES


def _unnumbered(placed: Placed) -> list[int]:
    """Return the positions of the shards whose names are not their databases' names and a number."""
    names, databases = placed.names, placed.databases
    if _are_usual(placed):
        return []
    rows = enumerate(zip(databases, names, strict=True))
    return [at for at, (database, name) in rows if not continues(name, database)]


def _are_usual(placed: Placed) -> bool:
    """Whether every container's names are those of one database and a number, as they mostly are."""
    start = 0
    for chunk in placed.table.chunks:
        here = slice(start, start + len(chunk.records))
        start = here.stop
        databases = set(placed.databases[here])
        if len(databases) > 1 and not _are_paired(placed, here):
            return False
        if len(databases) == 1 and not are_numbered(min(databases), placed.names[here]):
            return False
    return True


def are_numbered(database: str, names: Sequence[str]) -> bool:
    """Whether all the names are the database's and 4 to 18 digits, seen at once: there may be very many."""
    lengths = set(map(len, names))
    beginning = len(database) + 1
    if min(lengths) < beginning + _DIGITS or max(lengths) > beginning + _MOST_DIGITS:
        return False
    text = "\n" + "\n".join(names)
    digits = text.replace(f"\n{database}_", "")
    return digits.isascii() and digits.isdecimal() and text.count("\n") == len(names)


def _are_paired(placed: Placed, here: slice) -> bool:
    names = placed.names[here]
    pairs = set(zip(placed.databases[here], map(_STEM, names), strict=True))
    ends = set(map(_END, names))
    return all(f"{database}_" == stem for database, stem in pairs) and all(
        len(end) == _DIGITS and end.isascii() and end.isdecimal() for end in ends
    )


def continues(name: str, database: str) -> bool:
    """Whether a name is the database's and a number."""
    match = NUMBERED.fullmatch(name)
    return match is not None and match[1] == database


def _doubt_lone(placed: Placed, odd: Iterable[int], reading: Reading) -> None:
    left_out = set(odd)
    counts = Counter(database for at, database in enumerate(placed.databases) if at not in left_out)
    firsts = {name[:-5] for name in placed.names if name[-5:] == "_0000"}
    for database, count in sorted(counts.items()):
        if database not in reading.declared and (count < _FEWEST or database not in firsts):
            name = placed.names[placed.databases.index(database)]
            raise doubt(
                "lone-name",
                placed.table.place_of(placed.databases.index(database)),
                f"{name} is a shard of the database {database}",
                f"it is all of an unsharded database {name}",
            )


def _doubt_either(placed: Placed) -> None:
    """Raise a doubt where shards are named by a word for databases, which may name these, beside another name."""
    path = placed.layout.shard_name or ()
    if path[-1] != KEY and plain(path[-1][1:]) in _EITHER:
        name, database = placed.names[0], placed.databases[0]
        raise doubt("other-name", path_text(path), f"{name} is a shard of {database}", f"{name} is a database")


def _doubt_own_databases(placed: Placed) -> None:
    """Raise a doubt where a member for the name of a database is the shard's whole name, as an unsharded one's is."""
    for member in ranked(placed.table.members, _DATABASES_NAMES):
        path = (*placed.table.path, f".{member}")
        if path != placed.layout.shard_name and placed.table.column(path) == placed.names:
            place, name = f"{placed.table.place_of(0)}.{member}", placed.names[0]
            raise doubt("other-name", place, f"{name} is a shard of {placed.databases[0]}", f"{name} is a database")


def _doubt_unknown_names(placed: Placed) -> None:
    """Raise a doubt where a member names the databases of some shards as their names do, and of others otherwise."""
    for member in sorted(placed.table.members):
        path = (*placed.table.path, f".{member}")
        column = placed.table.column(path)
        if path == placed.layout.shard_name or not any(map(eq, column, placed.databases)):
            continue
        for position, (value, database) in enumerate(zip(column, placed.databases, strict=True)):
            if type(value) is str and value != database:
                place = f"{placed.table.place_of(position)}.{member}"
                raise doubt("other-name", place, f"the database is {database}", f"it is {value}")


def _doubt_undeclared(placed: Placed, reading: Reading) -> None:
    """Raise a doubt where names alone tell of a database that the list of databases doesn't have."""
    for database in sorted(set(placed.databases) - reading.declared if placed.layout.databases is not None else ()):
        position = placed.databases.index(database)
        raise doubt(
            "undeclared",
            placed.table.place_of(position),
            f"{placed.names[position]} is a shard of the database {database}",
            "it is a shard of one that is listed",
        )


def _doubt_owners(placed: Placed, reading: Reading) -> None:
    """Raise a doubt where names alone give a database more shards than it may have, and another one none.

    A sharded database without shards is no sign: its shards would be numbered from its name.
    """
    lacking = [each for each in reading.databases if _lacks_its_shard(each)]
    if not lacking:
        return
    for database in sorted(set(placed.databases)):
        known = reading.by_name[database]
        if known.shard_count is None or len(known.shards) > known.shard_count:
            raise doubt(
                "missing-shard",
                path_text(placed.table.path),
                f"{known.shards[-1].name} is a shard of the database {database}",
                f"it is the shard of {lacking[0].name}",
            )


def _lacks_its_shard(database: Database) -> bool:
    if database.shards or database.shard_mode not in {None, "single"}:
        return False
    return database.shard_mode == "single" or bool(database.shard_count)


def _of_unsharded(placed: Placed, position: int, reading: Reading, *, is_alone: bool) -> tuple[str, str, str]:
    database, name = placed.databases[position], placed.names[position]
    known = reading.by_name[database]
    table, layout = placed.table, placed.layout
    is_called_shards = _is_for_shards(table, layout)
    is_beside_shards = table.container in synonyms.WRAPPERS | {""} and not is_alone
    named = _is_named(layout, reading, database)
    if (is_called_shards or is_beside_shards) and name == database and _is_alone(known):
        _doubt_repeated(placed, position)
        return "own-name", "unsharded databases' shards, which are called as they are", path_text(table.path)
    is_direct = table.path[-2:-1] != (KEYED,)
    if (
        is_called_shards
        and is_direct
        and named
        and not (name.isdecimal() or synonyms.is_known(name))
        and known.shard_mode == "single"
        and len(known.shards) == 1
    ):
        return "unsharded", "the only shards of databases whose mode is single", path_text(table.path)
    if is_called_shards and named and _is_shared(name, placed.nodes[position], reading):
        return "shared-shard", "shards that another database has, too", path_text(table.path)
    raise doubt(
        "unnumbered-name",
        table.place_of(position),
        f"{name!r} is a shard of the database {database!r}",
        f"{name!r} is something else, such as an account or a backup",
    )


def _is_alone(database: Database) -> bool:
    return database.shard_mode != "cluster" and len(database.shards) == 1


def _doubt_repeated(placed: Placed, position: int) -> None:
    """Raise a doubt where the name is in a member for any name, and another text may be the shard's."""
    table, path = placed.table, placed.layout.shard_name or ()
    if path[-1] == KEY or type(table.records[position]) is not dict:
        return
    name, is_for_any = placed.names[position], plain(path[-1][1:]) not in _STRICT_NAMES
    for member, value in table.records[position].items():
        is_known = (
            synonyms.is_known(member)
            or plain(member) in NAMES
            or placed.layout.data_node == (*table.path, f".{member}")
        )
        if type(value) is str and not is_known and (is_for_any or continues(value, name)):
            place = f"{table.place_of(position)}.{member}"
            raise doubt("other-name", place, f"the only shard of {name} is called as it is", f"it is called {value!r}")


def _is_shared(name: str, node: str, reading: Reading) -> bool:
    """Whether the database that a shard's name is numbered from has the shard on the same data node."""
    match = NUMBERED.fullmatch(name)
    owner = reading.by_name.get(match[1]) if match else None
    return owner is not None and any(shard.name == name and shard.data_node_id == node for shard in owner.shards)


def _is_for_shards(table: Table, layout: Layout) -> bool:
    name = layout.shard_name or ()
    if table.container in synonyms.SHARDS_ALONE:
        return True
    if table.container in synonyms.SHARDS and layout.database and layout.database[: len(table.path)] != table.path:
        return True
    return name[-1:] != () and name[-1] != KEY and plain(name[-1][1:]) in _STRICT_NAMES


def _is_named(layout: Layout, reading: Reading, database: str) -> bool:
    """Whether a documented member, or a key where databases stand, names the database."""
    path = layout.database
    if path is None or path == layout.shard_name:
        return database in reading.declared
    if path[-1] != KEY or is_among_databases(path[:-1]):
        return True
    return plain(database) not in synonyms.ENVELOPES | synonyms.CONTAINERS and is_described(reading, database)
