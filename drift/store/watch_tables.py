"""The tables of `drift watch`, as steps of the schema."""

from __future__ import annotations

from typing import Final

# The state of each notification channel: the number of notifications sent, the items open there, and the trouble
# reported. Instances go by name, because one may be in trouble before it has a snapshot. And the baseline of each
# watched instance.
WATCHED: Final = (
    """
    CREATE TABLE told (
        channel TEXT NOT NULL,
        instance TEXT NOT NULL,
        count INTEGER NOT NULL,
        items TEXT NOT NULL,
        trouble TEXT,
        PRIMARY KEY (channel, instance)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE watched (
        instance_id INTEGER PRIMARY KEY,
        baseline INTEGER NOT NULL,
        FOREIGN KEY (instance_id, baseline) REFERENCES snapshot (instance_id, id)
    ) STRICT
    """,
)

# The notifications that have not arrived, as JSON, by the number of those before. `sent` is 1 where one may have.
OUTBOX: Final = (
    """
    CREATE TABLE outbox (
        channel TEXT NOT NULL,
        instance TEXT NOT NULL,
        number INTEGER NOT NULL,
        sent INTEGER NOT NULL,
        notification TEXT NOT NULL,
        PRIMARY KEY (channel, instance, number)
    ) STRICT
    """,
)
