"""The schema of the store, as the migrations that create it. Opens nothing.

Rows of the `…_version` tables carry validity intervals: a row is valid from snapshot `since` up to, not including,
snapshot `until` (NULL: still valid), in the order in which the instance's snapshots were stored. Rows in a gap stay
open; readers mask them.
"""

from __future__ import annotations

from typing import Final

import msgspec

from drift.store.shard_tables import DIGESTS
from drift.store.verification_tables import VERIFIED
from drift.store.watch_tables import OUTBOX, WATCHED


class Step(msgspec.Struct, frozen=True):
    """One migration: the statements that bring a store from the previous step to this one."""

    name: str
    statements: tuple[str, ...]


# `room` reserves three bytes in a live row for `until`, which is set when the row ends. A row that grew in place would
# sooner or later split its page, and as rows of equal length fill pages equally, nearly all pages at the same time.
_INTERVAL: Final = """
    since INTEGER NOT NULL,
    until INTEGER CHECK (until > since),
    room INTEGER DEFAULT 0x7fffff,
    FOREIGN KEY (instance_id, since) REFERENCES snapshot (instance_id, id),
    FOREIGN KEY (instance_id, until) REFERENCES snapshot (instance_id, id)
"""


def _indexes(table: str, identity: str) -> tuple[str, ...]:
    return (
        f"CREATE UNIQUE INDEX {table}_live ON {table} (instance_id, {identity}) WHERE until IS NULL",
        f"CREATE INDEX {table}_since ON {table} (instance_id, since)",
        f"CREATE INDEX {table}_until ON {table} (instance_id, until) WHERE until IS NOT NULL",
    )


_TABLES: Final = (
    """
    CREATE TABLE instance (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        project_id TEXT,
        ddm_instance_id TEXT,
        endpoint TEXT
    ) STRICT
    """,
    # `digest` covers the response and the options it was read with: equal digests mean equal content.
    # AUTOINCREMENT: a number is never used twice, so a reference in a change ticket keeps its meaning.
    """
    CREATE TABLE snapshot (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        instance_id INTEGER NOT NULL REFERENCES instance (id),
        label TEXT,
        taken_at TEXT NOT NULL,
        source TEXT NOT NULL,
        complete INTEGER NOT NULL CHECK (complete IN (0, 1)),
        layout TEXT,
        content_hash TEXT NOT NULL,
        reader_version INTEGER NOT NULL,
        digest TEXT,
        data_node_count INTEGER NOT NULL,
        database_count INTEGER NOT NULL,
        shard_count INTEGER NOT NULL,
        balance TEXT NOT NULL,
        UNIQUE (instance_id, id)
    ) STRICT
    """,
    "CREATE INDEX snapshot_time ON snapshot (instance_id, taken_at, id)",
    f"""
    CREATE TABLE data_node_version (
        instance_id INTEGER NOT NULL,
        node_id TEXT NOT NULL,
        name TEXT,
        host TEXT,
        port INTEGER,
        engine TEXT,
        engine_version TEXT,
        attributes TEXT NOT NULL,
        {_INTERVAL}
    ) STRICT
    """,
    *_indexes("data_node_version", "node_id"),
    f"""
    CREATE TABLE database_version (
        instance_id INTEGER NOT NULL,
        name TEXT NOT NULL,
        shard_mode TEXT,
        shard_count INTEGER,
        status TEXT,
        attributes TEXT NOT NULL,
        content_hash TEXT NOT NULL,
        {_INTERVAL}
    ) STRICT
    """,
    *_indexes("database_version", "name"),
    f"""
    CREATE TABLE shard_version (
        instance_id INTEGER NOT NULL,
        database TEXT NOT NULL,
        name TEXT NOT NULL,
        shard_index INTEGER,
        data_node_id TEXT NOT NULL,
        status TEXT,
        attributes TEXT NOT NULL,
        {_INTERVAL}
    ) STRICT
    """,
    *_indexes("shard_version", "database, name"),
    """
    CREATE TABLE gap (
        snapshot_id INTEGER NOT NULL REFERENCES snapshot (id),
        scope TEXT NOT NULL,
        reason TEXT NOT NULL,
        PRIMARY KEY (snapshot_id, scope, reason)
    ) STRICT, WITHOUT ROWID
    """,
    # A pinned response is kept for good; another is kept while it is the newest read with its settings, the
    # first of its layout, or what an open change or a watch is judged against.
    # `bytes` is the response as received, compressed with gzip.
    """
    CREATE TABLE raw (
        snapshot_id INTEGER PRIMARY KEY REFERENCES snapshot (id),
        pinned INTEGER NOT NULL CHECK (pinned IN (0, 1)),
        bytes BLOB NOT NULL
    ) STRICT
    """,
)


def _view(name: str, table: str, columns: str, scope: str) -> str:
    """Write a view with one row per record and snapshot, without the records in the snapshot's gaps."""
    return f"""
    CREATE VIEW {name} AS
    SELECT instance.name AS instance, snapshot.id AS snapshot_id, snapshot.label, snapshot.taken_at, {columns}
    FROM snapshot
    JOIN instance ON instance.id = snapshot.instance_id
    JOIN {table} AS version ON version.instance_id = snapshot.instance_id
        AND version.since <= snapshot.id AND (version.until IS NULL OR version.until > snapshot.id)
    WHERE NOT EXISTS (SELECT 1 FROM gap WHERE gap.snapshot_id = snapshot.id AND gap.scope IN ({scope}))
    """  # noqa: S608 - built from the constants below alone


_VIEWS: Final = (
    _view(
        "data_nodes",
        "data_node_version",
        "version.node_id, version.name, version.host, version.port, version.engine, version.engine_version, "
        "version.attributes",
        "'data-nodes'",
    ),
    _view(
        "databases",
        "database_version",
        "version.name, version.shard_mode, version.shard_count, version.status, version.attributes, "
        "version.content_hash",
        "'databases', 'database ' || version.name",
    ),
    _view(
        "shards",
        "shard_version",
        "version.database, version.name, version.shard_index, version.data_node_id, version.status, version.attributes",
        "'databases', 'database ' || version.database",
    ),
)

# Ended rows by name, for the history of a shard or a database: without it, SQLite reads every ended row.
_PAST: Final = ("CREATE INDEX shard_version_past ON shard_version (database, name) WHERE until IS NOT NULL",)

# The operations in progress when a snapshot was taken, and the migration jobs of its instance.
_FLIGHT: Final = (
    """
    CREATE TABLE in_flight (
        snapshot_id INTEGER NOT NULL REFERENCES snapshot (id),
        place INTEGER NOT NULL,
        scope TEXT NOT NULL,
        state TEXT NOT NULL,
        job_id TEXT,
        PRIMARY KEY (snapshot_id, place)
    ) STRICT, WITHOUT ROWID
    """,
    f"""
    CREATE TABLE job_version (
        instance_id INTEGER NOT NULL,
        job_id TEXT NOT NULL,
        name TEXT NOT NULL,
        database TEXT,
        status TEXT NOT NULL,
        started TEXT,
        ended TEXT,
        {_INTERVAL}
    ) STRICT
    """,
    *_indexes("job_version", "job_id"),
)

# The announced changes: the snapshots with which each began and ended, and its plan.
_CHANGES: Final = (
    """
    CREATE TABLE change (
        id INTEGER PRIMARY KEY,
        instance_id INTEGER NOT NULL,
        name TEXT NOT NULL,
        begun INTEGER NOT NULL,
        ended INTEGER,
        plan TEXT,
        plan_path TEXT,
        UNIQUE (instance_id, name),
        FOREIGN KEY (instance_id, begun) REFERENCES snapshot (instance_id, id),
        FOREIGN KEY (instance_id, ended) REFERENCES snapshot (instance_id, id)
    ) STRICT
    """,
)

# The number of a database's shards, so that readers needn't count. A change of the number begins a new interval.
_HELD: Final = (
    "ALTER TABLE database_version ADD COLUMN held INTEGER",
    """
    UPDATE database_version AS version SET held = (
        SELECT count(*) FROM shard_version AS shard
        WHERE shard.instance_id = version.instance_id AND shard.database = version.name
            AND shard.since <= version.since AND (shard.until IS NULL OR shard.until > version.since)
    )
    """,
)

# Earlier equal content: a search that ends at the newest match.
_CONTENT: Final = (
    "CREATE INDEX snapshot_content ON snapshot (instance_id, content_hash)",
    "CREATE INDEX database_version_content ON database_version (instance_id, content_hash, since)",
)

# A database has few versions, and its name is far shorter than its content hash: the same search in less space.
_VERSIONS: Final = (
    "DROP INDEX database_version_content",
    "CREATE INDEX database_version_name ON database_version (instance_id, name, since)",
)

# Whether a snapshot was stored as unconfirmed, and the layouts that were confirmed since, or before: by the documented
# calls or by a person, for one version of the reader. Instances go by name, because a layout may be confirmed before
# there is a snapshot. What was stored before this step was read without a witness.
_CONFIRMED: Final = (
    "ALTER TABLE snapshot ADD COLUMN unconfirmed INTEGER NOT NULL DEFAULT 0 CHECK (unconfirmed IN (0, 1))",
    "UPDATE snapshot SET unconfirmed = 1 WHERE source NOT IN ('details', 'both')",
    """
    CREATE TABLE confirmed_layout (
        instance TEXT NOT NULL,
        layout TEXT NOT NULL,
        reader_version INTEGER NOT NULL,
        confirmed_by TEXT NOT NULL CHECK (confirmed_by IN ('details', 'person')),
        confirmed_at TEXT NOT NULL,
        PRIMARY KEY (instance, layout, reader_version)
    ) STRICT, WITHOUT ROWID
    """,
)

# `suspect` is what a snapshot lost that is not believed, and `confirmed` is why it is believed all the same; both JSON.
_SUSPECT: Final = (
    "ALTER TABLE snapshot ADD COLUMN suspect TEXT",
    "ALTER TABLE snapshot ADD COLUMN confirmed TEXT",
)
# The checksums of the rows that no content hash covers; `jobs_seal` is that of the jobs that a snapshot knows.
_SEALS: Final = (
    *(
        f"ALTER TABLE {table} ADD COLUMN seal INTEGER"
        for table in ("instance", "snapshot", "raw", "change", "watched", "told", "outbox", "confirmed_layout")
    ),
    "ALTER TABLE snapshot ADD COLUMN jobs_seal INTEGER",
)

# The settings that each response was read with, as JSON. Of a snapshot that is known to come from a response, the
# version of the reader was recorded before.
_READ_WITH: Final = (
    "ALTER TABLE snapshot ADD COLUMN read_with TEXT",
    "UPDATE snapshot SET read_with = json_object('reader', reader_version) WHERE digest IS NOT NULL",
)

# What was read of the cloud's audit about each instance: spans of time, with the reason where one could not be read,
# and the traces in them. Times have milliseconds.
_AUDIT: Final = (
    """
    CREATE TABLE audit_window (
        instance TEXT NOT NULL,
        since TEXT NOT NULL,
        until TEXT NOT NULL,
        problem TEXT,
        seal INTEGER,
        PRIMARY KEY (instance, since, until)
    ) STRICT
    """,
    """
    CREATE TABLE trace (
        instance TEXT NOT NULL,
        id TEXT NOT NULL,
        time TEXT NOT NULL,
        service TEXT NOT NULL,
        name TEXT NOT NULL,
        kind TEXT,
        user TEXT,
        address TEXT,
        resource_id TEXT,
        resource_name TEXT,
        is_refused INTEGER NOT NULL,
        seal INTEGER,
        PRIMARY KEY (instance, id)
    ) STRICT
    """,
)

STEPS: Final = (
    Step("tables", _TABLES),
    Step("views", _VIEWS),
    Step("past", _PAST),
    Step("flight", _FLIGHT),
    Step("changes", _CHANGES),
    Step("held", _HELD),
    Step("content", _CONTENT),
    Step("versions", _VERSIONS),
    Step("watched", WATCHED),
    Step("confirmed", _CONFIRMED),
    Step("suspect", _SUSPECT),
    Step("outbox", OUTBOX),
    Step("seals", _SEALS),
    Step("read_with", _READ_WITH),
    Step("audit", _AUDIT),
    Step("verified", VERIFIED),
    Step("digests", DIGESTS),
)
"""Every migration, oldest first. `schema_version` has their number."""
