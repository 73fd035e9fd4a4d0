"""The columns of each record, and the form of times and responses in the store. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from drift.core.model import Confirmation, Suspicion

if TYPE_CHECKING:
    from drift.core.model import Database

Row: TypeAlias = tuple[Any, ...]


class Table(msgspec.Struct, frozen=True):
    """A table of intervals: its name, the noun for its records, its columns in the order of the record's fields."""

    name: str
    noun: str
    columns: tuple[str, ...]

    @property
    def listed(self) -> str:
        """List the columns for SQL."""
        return ", ".join(self.columns)


DATA_NODES: Final = Table(
    "data_node_version", "data node", ("node_id", "name", "host", "port", "engine", "engine_version", "attributes")
)
DATABASES: Final = Table(
    "database_version",
    "database",
    ("name", "shard_mode", "shard_count", "status", "attributes", "content_hash", "held"),
)
SHARDS: Final = Table(
    "shard_version", "shard", ("database", "name", "shard_index", "data_node_id", "status", "attributes")
)

JOBS: Final = Table("job_version", "job", ("job_id", "name", "database", "status", "started", "ended"))


BELIEVED: Final = "(suspect IS NULL OR confirmed IS NOT NULL)"
"""The condition for a snapshot that is not suspect, in SQL."""


def database_row(database: Database) -> Row:
    """Build a database's own row; its shards have rows of their own."""
    return (
        database.name,
        database.shard_mode,
        database.shard_count,
        database.status,
        database.attributes,
        database.content_hash,
        len(database.shards),
    )


def stamp(moment: datetime) -> str:
    """Write a time in UTC with microseconds. Stamps have equal length, so they sort as their times do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def instant(text: str) -> datetime:
    """Read the time of a stamp."""
    return datetime.fromisoformat(text)


def pack(response: bytes) -> bytes:
    """Compress a response: even base64 of compressed data shrinks by a quarter."""
    from drift.core import compression

    return compression.compress(response, 1, compression.GZIP)


def unpack(packed: bytes) -> bytes:
    """Decompress a response. Raises ValueError if it is damaged."""
    from drift.core import compression

    try:
        return compression.decompress(packed, compression.GZIP)
    except compression.DAMAGED as exc:
        raise ValueError(f"the kept response is damaged: {exc}") from exc


def suspicion(suspect: str | None, confirmed: str | None) -> Suspicion | None:
    """Decode the two columns of a suspicion."""
    if suspect is None:
        return None
    found = msgspec.json.decode(suspect, type=Suspicion)
    if confirmed is None:
        return found
    return msgspec.structs.replace(found, confirmed=msgspec.json.decode(confirmed, type=Confirmation))
