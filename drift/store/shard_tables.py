"""The table of digests of shards, as a step of the schema."""

from __future__ import annotations

from typing import Final

# Digests of runs of a database's live rows, by which a capture finds those that differ without reading the others. The
# seal covers them with the content hash that the database has with these rows.
DIGESTS: Final = (
    """
    CREATE TABLE shard_digest (
        instance_id INTEGER NOT NULL REFERENCES instance (id),
        database TEXT NOT NULL,
        digests BLOB NOT NULL,
        seal INTEGER NOT NULL,
        PRIMARY KEY (instance_id, database)
    ) STRICT
    """,
)
