"""Weighs what a reading says of databases without shards. Pure."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Any

from drift.core.member_names import plain
from drift.decode import synonyms
from drift.decode.layouts.evidence import doubt
from drift.decode.layouts.layout import KEY, KEYED, Layout, Path, path_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.decode.layouts.apply import Reading
    from drift.decode.layouts.record_tables import Table, Tables


def of_declared(reading: Reading, tables: Tables) -> Iterator[tuple[str, str, str]]:
    """Yield the evidence for databases without shards. Raises a doubt where it is weak."""
    for layout in reading.layouts:
        _doubt_far_databases(layout, reading, tables)
    empty = [each for each in reading.databases if not each.shards and each.name in reading.declared]
    for path, name in {(layout.databases, layout.database_name) for layout in reading.layouts}:
        if path is None:
            continue
        table = tables.get(path)
        weak = frozenset[str]()
        if table is not None and path[-1] == KEYED:
            _doubt_keys(table, name)
            weak = _weak_keys(table, reading)
        is_elsewhere = any(synonyms.is_about_others(step[1:]) for step in path)
        is_sure = _holds_databases(path, name, table, reading)
        for database in empty:
            is_weak = not is_sure or database.name in weak
            if is_elsewhere or (is_weak and not is_described(reading, database.name)):
                raise doubt(
                    "wrapper-key",
                    path_text(path),
                    f"there is a database {database.name!r} without shards",
                    f"{database.name!r} is no database",
                )
            yield "declared", "databases without shards", path_text(path)


def _holds_databases(path: Path, name: Path | None, table: Table | None, reading: Reading) -> bool:
    """Whether what stands at a path is sure to be databases, by its container's name, its members or their shards."""
    if is_among_databases(path) or any(database.shards for database in reading.databases):
        return True
    if table is None:
        return name is not None and name[-1] not in {KEY, ".name"}
    return path[-1] != KEYED and not _words_of(table).isdisjoint(synonyms.SHARDS_ALONE)


def _weak_keys(table: Table, reading: Reading) -> frozenset[str]:
    """Return the keys that may be anything, by their records: empty ones, or such as lack what the others have."""
    gaps = {gap.scope for gap in reading.gaps}
    pairs = chain.from_iterable(zip(chunk.keys, chunk.records, strict=True) for chunk in table.chunks)
    records = {str(key): record for key, record in pairs}
    lists = {key for key, record in records.items() if record and type(record) is list}
    lacking = {key for key in records if f"database {key}" in gaps}
    bare = lacking | {key for key, record in records.items() if not record}
    if is_among_databases(table.path):
        named = {key for key in records if synonyms.is_known(key) or synonyms.is_about_others(key)}
        odd = lacking | (bare & named)
        usual = Counter(map(type, records.values())).most_common(1)
        other = {key for key in bare if usual and type(records[key]) is not usual[0][0]}
        other |= set(filter(synonyms.is_about_others, bare))
        bare = other | (odd if len(bare) < len(records) else set()) | (_unlike_others(records) & named)
    return frozenset(lists | bare)


def _unlike_others(records: dict[str, Any]) -> set[str]:
    """Return the keys of records that have no member that any other record has."""
    objects = {key: record for key, record in records.items() if type(record) is dict and record}
    counts = Counter(chain.from_iterable(objects.values()))
    return {
        key for key, record in objects.items() if len(records) > 1 and all(counts[member] == 1 for member in record)
    }


def _doubt_far_databases(layout: Layout, reading: Reading, tables: Tables) -> None:
    """Raise a doubt where databases stand apart from an empty list that may be about anything."""
    base, shards = layout.databases, tables[layout.shards]
    if base is None or any(database.shards for database in reading.databases) or layout.shards[: len(base)] == base:
        return
    if shards.container not in synonyms.SHARDS_ALONE:
        raise doubt("left-over", path_text(base), "these are databases without shards", "these are shards")


def _doubt_keys(table: Table, name: Path | None) -> None:
    """Raise a doubt where the keys of databases' records are other names than a member of theirs."""
    keys = table.column((*table.path, KEY))
    for position, (key, value) in enumerate(zip(keys, table.column(name), strict=True)):
        if value != key and not key.isdecimal():
            raise doubt("other-name", table.place_of(position), f"the database is {key}", f"it is {value}")


def _words_of(table: Table) -> set[str]:
    records = (record for record in table.records if type(record) is dict)
    return set(map(plain, chain.from_iterable(records)))


def is_among_databases(path: Path) -> bool:
    """Whether a path leads to what a container of databases holds."""
    container = next((plain(step[1:]) for step in reversed(path) if step.startswith(".")), "")
    return container in synonyms.DATABASES


def is_described(reading: Reading, database: str) -> bool:
    """Whether members that only databases have describe it."""
    known = reading.by_name[database]
    if known.shard_mode is not None or known.shard_count is not None:
        return True
    return '"shardunit"' in plain(known.attributes)
