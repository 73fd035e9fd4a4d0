"""Between records and rows: which columns a record has, and how times and responses are written. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from drift.core import compression

if TYPE_CHECKING:
    from drift.core.model import Database

Row: TypeAlias = tuple[Any, ...]


class Table(NamedTuple):
    """A table of intervals: its name, what its records are called, its columns in the order of the record's fields."""

    name: str
    noun: str
    columns: tuple[str, ...]

    @property
    def listed(self) -> str:
        """The columns as SQL lists them."""
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


def database_row(database: Database) -> Row:
    """A database's own row; its shards have theirs."""
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
    """A time as the store writes it: UTC, microseconds, of one length, so that the order of texts is that of times."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def instant(text: str) -> datetime:
    """The time that a stamp says."""
    return datetime.fromisoformat(text)


def pack(response: bytes) -> bytes:
    """The response, smaller: even base64 of something compressed loses a quarter."""
    return compression.compress(response, 1, compression.GZIP)


def unpack(packed: bytes) -> bytes:
    """The response as received. Raises ValueError when it is not what was packed."""
    try:
        return compression.decompress(packed, compression.GZIP)
    except compression.DAMAGED as exc:
        raise ValueError(f"a response that is kept is damaged: {exc}") from exc
