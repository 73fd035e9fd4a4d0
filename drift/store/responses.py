"""The kept responses of an instance: which of them stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.store import seals

if TYPE_CHECKING:
    import sqlite3

FIRST_OF_LAYOUT: Final = """
    SELECT id FROM (
        SELECT snapshot.id, row_number() OVER (PARTITION BY instance_id, layout ORDER BY taken_at, snapshot.id) AS turn
        FROM snapshot JOIN raw ON raw.snapshot_id = snapshot.id
    ) WHERE turn = 1
"""
"""The snapshots with the first kept response of each instance's layouts, in SQL."""


def keep(connection: sqlite3.Connection, owner: int, number: int, packed: bytes, *, pinned: bool) -> None:
    """Keep the response of a new snapshot, for good if it is `pinned`."""
    # Insert the new response empty and fill it after the superseded one has freed its pages.
    connection.execute("INSERT INTO raw (snapshot_id, pinned, bytes) VALUES (?, ?, x'')", (number, pinned))
    let_go(connection, owner)
    connection.execute("UPDATE raw SET bytes = ? WHERE snapshot_id = ?", (packed, number))
    seals.seal(connection, "raw", snapshot_id=number)


def let_go(connection: sqlite3.Connection, owner: int) -> None:
    """Remove the responses of an instance that nothing needs any more.

    Those stay that are pinned, the first of its layout, the newest read with its settings, or what an open change or a
    watch is judged against.
    """
    connection.execute(
        """
        WITH kept AS (
            SELECT id,
                row_number() OVER (PARTITION BY layout ORDER BY taken_at, id) AS turn,
                row_number() OVER (PARTITION BY read_with ORDER BY taken_at DESC, id DESC) AS age
            FROM snapshot JOIN raw ON raw.snapshot_id = snapshot.id WHERE instance_id = ?
        )
        DELETE FROM raw
        WHERE NOT pinned AND snapshot_id IN (SELECT id FROM kept WHERE turn > 1 AND age > 1)
            AND snapshot_id NOT IN (
                SELECT baseline FROM watched UNION SELECT begun FROM change WHERE ended IS NULL
            )
        """,
        (owner,),
    )
