"""Every snapshot rebuilt from its intervals and compared with what was recorded of it. Trusts no stored hash."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3


def verify(connection: sqlite3.Connection) -> list[str]:
    """What is wrong with the file as SQLite sees it, one line each."""
    return [str(row[0]) for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
