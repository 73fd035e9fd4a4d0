"""Weighs what a reading says of databases without shards. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from drift.core.member_names import plain
from drift.decode import synonyms
from drift.decode.evidence.kinds import doubt
from drift.decode.layouts.layout import KEY, KEYED, Path, base_of, path_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.core.model import Database
    from drift.decode.layouts.apply import Reading
    from drift.decode.layouts.layout import Layout
    from drift.decode.layouts.record_tables import Table, Tables


NAME: Final = re.compile(r"[\w.$-]+")
"""What a database may be called where little else tells that it is one."""


def of_declared(reading: Reading, tables: Tables, *, is_whole: bool) -> Iterator[tuple[str, str, str]]:
    """Yield the evidence for databases without shards. Raises a doubt where it is weak.

    Unless `is_whole`, there may be more shards than were read.
    """
    has_shards = any(database.shards for database in reading.databases)
    empty = [each for each in reading.databases if not each.shards and each.name in reading.declared]
    gaps = {gap.scope for gap in reading.gaps}
    if not has_shards:
        _doubt_missing(empty)
    for layout in reading.layouts:
        path, name = layout.databases, layout.database_name
        if path is None:
            continue
        _doubt_part_counts(reading, layout, is_whole=is_whole)
        is_placed, is_apart = is_among_databases(path), layout.shards[: len(path)] != path
        container = tables[layout.shards].container
        is_sure = has_shards or (is_placed and (not is_apart or container in synonyms.SHARDS_ALONE))
        is_elsewhere = any(synonyms.is_about_others(step[1:]) for step in path)
        is_elsewhere |= layout.data_node is None and any(synonyms.is_container_of_nodes(step[1:]) for step in path)
        is_elsewhere |= not has_shards and any(plain(each.name) == container for each in empty)
        is_elsewhere |= not has_shards and not all(map(_may_hold_databases, path))
        table = tables.get(path)
        weak = _weak_keys(table, name, reading) if table is not None and path[-1] == KEYED else frozenset()
        may_be_named = table is not None and len(table) == 1 and _may_be_named(table.records[0])
        for database in empty:
            is_gap = f"database {database.name}" in gaps
            is_lost = (
                path[-1] == KEYED and not is_placed and (is_gap or (not has_shards and (is_apart or may_be_named)))
            )
            is_weak = (database.name in weak or not is_sure) and not is_described(reading, database.name)
            if is_elsewhere or is_lost or is_weak or not NAME.fullmatch(database.name):
                what = f"there is a database {database.name!r} without shards"
                raise doubt("wrapper-key", path_text(path), what, f"{database.name!r} is no database")
            yield "declared", "databases without shards", path_text(path)


def _doubt_missing(databases: list[Database]) -> None:
    """Raise a doubt where databases without shards, none of them in the making, must have some."""
    made = (each for each in databases if "CREAT" not in (each.status or ""))
    if counted := next((each for each in made if each.shard_count or each.shard_mode == "single"), None):
        said = f"the database {counted.name} has none of its {counted.shard_count or 1} shards yet"
        raise doubt("missing-shard", "the payload", said, "something here is its shards")


def _doubt_part_counts(reading: Reading, layout: Layout, *, is_whole: bool) -> None:
    """Raise a doubt where counts below data nodes may be of the shards on each: they aren't those of all."""
    path, nodes = layout.databases or (), base_of(layout.data_node or ())
    is_below = path != nodes and path[: len(nodes)] == nodes and nodes != layout.shards
    if layout.shard_count is None or layout.data_node is None or not is_below:
        return
    for each in reading.databases:
        if each.shard_count is not None and not (is_whole and each.shard_count == len(each.shards)):
            count = f"the database {each.name} has {each.shard_count} shards in all"
            raise doubt("part-count", path_text(layout.shard_count), count, "it has as many on each data node")


def _weak_keys(table: Table, name: Path | None, reading: Reading) -> frozenset[str]:
    """Return the keys that may be anything: those of records unlike the others, and words that others would have."""
    keys = table.column((*table.path, KEY))
    for position, (key, value) in enumerate(zip(keys, table.column(name), strict=True)):
        if value != key and not key.isdecimal():
            raise doubt("other-name", table.place_of(position), f"the database is {key}", f"it is {value}")
    records = dict(zip(keys, table.records, strict=True))
    gaps = {gap.scope for gap in reading.gaps}
    is_sure = is_among_databases(table.path) and any(database.shards for database in reading.databases)
    may_be_empty = is_sure and len(set(map(type, records.values()))) == 1 and not any(records.values())

    def is_weak(key: str, record: object) -> bool:
        if f"database {key}" in gaps or (type(record) is not dict if record else not may_be_empty):
            return True
        if not (synonyms.is_known(key) or synonyms.is_about_others(key)) or len(records) == 1:
            return False
        others = (each for name, each in records.items() if name != key and type(each) is dict)
        return type(record) is dict and not any(record.keys() & each for each in others)

    return frozenset(key for key, record in records.items() if is_weak(key, record))


def _may_hold_databases(step: str) -> bool:
    """Whether a step of a path is no member, or one of a known name for what holds the topology, or wraps it."""
    return not step.startswith(".") or plain(step[1:]) in synonyms.CONTAINERS | synonyms.ENVELOPES


def _may_be_named(record: object) -> bool:
    """Whether a member that no interface documents may hold a record's name."""
    members = record.items() if isinstance(record, dict) else ()
    return any(type(value) is str and not synonyms.is_known(member) for member, value in members)


def is_among_databases(path: Path) -> bool:
    """Whether a path leads to what a container of databases holds."""
    container = next((plain(step[1:]) for step in reversed(path) if step.startswith(".")), "")
    return container in synonyms.DATABASES - synonyms.SINGULAR


def is_described(reading: Reading, database: str) -> bool:
    """Whether members that only databases have describe it."""
    known = reading.by_name[database]
    if known.shard_mode is not None or known.shard_count is not None:
        return True
    return '"shardunit"' in plain(known.attributes)
