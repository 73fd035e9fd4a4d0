"""Selecting rows of intervals: those valid at a snapshot, and those that end or begin between two. Writes nothing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, TypeAlias

from drift.store.rows import SHARDS, Table

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping

    Select: TypeAlias = Callable[[sqlite3.Connection, Table, Mapping[str, int]], sqlite3.Cursor]

# Each is one range of one index. Without INDEXED BY, SQLite may take the other index and read the whole history.
_ENDED: Final = (
    "INDEXED BY {table}_until WHERE instance_id = :owner AND until > :low AND until <= :high AND since <= :low"
)
_BEGUN: Final = (
    "INDEXED BY {table}_since WHERE instance_id = :owner AND since > :low AND since <= :high"
    " AND (until IS NULL OR until > :high)"
)
# Of what has ended, nearly all is live again, in another place.
_NOT_LIVE: Final = """
    AND NOT EXISTS (
        SELECT 1 FROM shard_version AS live INDEXED BY shard_version_live
        WHERE live.instance_id = :owner AND live.database = shard_version.database AND live.name = shard_version.name
            AND live.until IS NULL AND live.since <= :other
    )
"""


def valid(connection: sqlite3.Connection, table: Table, at: Mapping[str, int]) -> sqlite3.Cursor:
    """Select the rows of an instance (`owner`) that are valid at a snapshot (`number`)."""
    return connection.execute(
        f"SELECT {table.listed} FROM {table.name}"  # noqa: S608 - names of our own
        " WHERE instance_id = :owner AND since <= :number AND (until IS NULL OR until > :number)",
        at,
    )


def ended(connection: sqlite3.Connection, table: Table, span: Mapping[str, int]) -> sqlite3.Cursor:
    """Select the rows of an instance (`owner`) that are valid at a snapshot (`low`) and not at a later one (`high`)."""
    return connection.execute(f"SELECT {table.listed} {_from(table, _ENDED)}", span)


def begun(connection: sqlite3.Connection, table: Table, span: Mapping[str, int]) -> sqlite3.Cursor:
    """Select the rows of an instance (`owner`) that are valid at a snapshot (`high`) and not at an earlier (`low`)."""
    return connection.execute(f"SELECT {table.listed} {_from(table, _BEGUN)}", span)


def lost(connection: sqlite3.Connection, owner: int, number: int, other: int) -> Counter[str]:
    """Count, by database, the shards of a snapshot that another one doesn't have; gaps are not regarded."""
    low, high = sorted((number, other))
    span = {"owner": owner, "low": low, "high": high, "other": other}
    these, those = (
        f"SELECT database, name {_from(SHARDS, rows)}"
        for rows in ((_ENDED, _BEGUN) if number == low else (_BEGUN, _ENDED))
    )
    gone = set(connection.execute(these + _NOT_LIVE, span))
    if gone:
        gone.difference_update(connection.execute(those, span))
    return Counter(database for database, _ in gone)


def _from(table: Table, condition: str) -> str:
    return f"FROM {table.name} {condition.format(table=table.name)}"
