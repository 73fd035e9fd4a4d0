"""The table of what `drift verify` found, as a step of the schema."""

from __future__ import annotations

from typing import Final

# Instances go by name, and snapshots by their content hash: a verification outlives the snapshot that it was of.
# `report` is the JSON report.
VERIFIED: Final = (
    """
    CREATE TABLE verification (
        instance TEXT NOT NULL,
        read_at TEXT NOT NULL,
        content_hash TEXT NOT NULL,
        verdict TEXT NOT NULL CHECK (verdict IN ('sound', 'broken', 'inconclusive')),
        report TEXT NOT NULL,
        seal INTEGER,
        PRIMARY KEY (instance, read_at)
    ) STRICT
    """,
)
