"""Weighs what a reading says of databases without shards. Pure."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

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
    gaps = {gap.scope for gap in reading.gaps}
    proven = any(database.shards for database in reading.databases)
    for path, name in {(layout.databases, layout.database_name) for layout in reading.layouts}:
        if path is None:
            continue
        table = tables.get(path)
        steps = {plain(step[1:]) for step in path if step.startswith(".")}
        is_elsewhere = not synonyms.NO_SHARDS.isdisjoint(steps) or not synonyms.ELSEWHERE.isdisjoint(steps)
        has_shards = table is not None and bool(_words_of(table) & synonyms.SHARDS_ALONE)
        empty_keys = _keys_of_empty(table) if table is not None else frozenset()
        is_sure = not is_elsewhere and (
            is_among_databases(path)
            or proven
            or (has_shards and path[-1:] != (KEYED,))
            or (table is None and name is not None and name[-1] not in {KEY, ".name"})
        )
        for database in reading.databases:
            if database.shards or database.name not in reading.declared:
                continue
            bare = path[-1:] == (KEYED,) and (f"database {database.name}" in gaps or database.name in empty_keys)
            sure = is_among_databases(path) or (is_sure and not bare)
            if is_elsewhere or not (sure or is_described(reading, database.name)):
                raise doubt(
                    "wrapper-key",
                    path_text(path),
                    f"there is a database {database.name!r} without shards",
                    f"{database.name!r} is no database",
                )
            yield "declared", "databases without shards", path_text(path)


def _doubt_far_databases(layout: Layout, reading: Reading, tables: Tables) -> None:
    """Raise a doubt where databases stand apart from an empty list that may be about anything."""
    base, shards = layout.databases, tables[layout.shards]
    if base is None or any(database.shards for database in reading.databases) or layout.shards[: len(base)] == base:
        return
    if shards.container not in synonyms.SHARDS_ALONE:
        raise doubt("left-over", path_text(base), "these are databases without shards", "these are shards")


def _keys_of_empty(table: Table) -> frozenset[str]:
    """Return the keys that lead to an empty container, which says nothing of itself."""
    return frozenset(
        str(key) for chunk in table.chunks for key, record in zip(chunk.keys, chunk.records, strict=True) if not record
    )


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
