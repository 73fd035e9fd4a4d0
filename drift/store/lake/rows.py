"""An instance's rows in the store, as record batches of a lake's tables. Writes nothing."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from drift.compare.attributes import decoded, paths
from drift.core.model import NO_ATTRIBUTES, canonical_json
from drift.store.lake.tables import GAP, INSTANCE, JOB, NUMBER, SNAPSHOT, TEXT, TIME, LakeTable
from drift.store.rows import instant

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from datetime import datetime

_BLOCK: Final = 65_536


class State:
    """An instance as the store has it: `digest` covers its snapshots with their content hashes, gaps and jobs.

    `moments` are the times of its snapshots by number, `last` is the number of the one that was stored last.
    """

    def __init__(self, owner: int, instance: str, digest: str, moments: dict[int, datetime]) -> None:
        self.owner = owner
        self.instance = instance
        self.digest = digest
        self.moments = moments
        self.last = max(moments)
        self.numbers = pa.array(moments, NUMBER)
        self._times = pa.array(moments.values(), TIME)

    def times(self, numbers: pa.Array) -> pa.Array:
        """Look up the times of snapshots by number; NULL where there is none."""
        return self._times.take(pc.index_in(numbers, self.numbers))


def state(connection: sqlite3.Connection, instance: str) -> State | None:
    """Read the state of an instance; None if it has no snapshot."""
    found = connection.execute("SELECT id FROM instance WHERE name = ?", (instance,)).fetchone()
    owner = {"owner": found and found[0]}
    every = {each.name: connection.execute(each.query, owner).fetchall() for each in (INSTANCE, GAP, JOB, SNAPSHOT)}
    digest = sha256(canonical_json([instance, every]).encode()).hexdigest()
    number, moment = (SNAPSHOT.schema.names.index(name) - 1 for name in ("id", "taken_at"))
    moments = {row[number]: instant(row[moment]) for row in every[SNAPSHOT.name]}
    return State(owner["owner"], instance, digest, moments) if moments else None


def batches(connection: sqlite3.Connection, table: LakeTable, of: State) -> Iterator[pa.RecordBatch]:
    """Read the rows of a table, block by block. Raises ValueError for a value that has no place in it."""
    cursor = connection.execute(table.query, {"owner": of.owner})
    while rows := cursor.fetchmany(_BLOCK):
        columns = dict(zip(table.read, zip(*rows, strict=True), strict=True))
        try:
            arrays = [_column(field, columns, of, len(rows)) for field in table.schema]
        except pa.ArrowException as exc:
            raise ValueError(f"{table.name}: {exc}") from exc
        yield pa.record_batch(arrays, schema=table.schema)


def _column(field: pa.Field, columns: dict[str, tuple[Any, ...]], of: State, count: int) -> pa.Array:
    match field.name:
        case "instance":
            return pa.repeat(pa.scalar(of.instance, TEXT), count)
        case "members":
            return pa.array(map(_members, columns["attributes"]), TEXT)
        case "seen_from" | "seen_until":
            end = columns["since" if field.name == "seen_from" else "until"]
            return of.times(pa.array(end, NUMBER))
    values = columns[field.name]
    if field.type == TIME:
        return pa.array(values, TEXT).cast(TIME)
    return pa.array(map(bool, values) if pa.types.is_boolean(field.type) else values, field.type)


@lru_cache(maxsize=_BLOCK)
def _members(attributes: str) -> str:
    """Return the paths of the members in attributes: where they are alike, only values can differ."""
    return "[]" if attributes == NO_ATTRIBUTES else canonical_json(sorted(set(paths(decoded(attributes)))))
