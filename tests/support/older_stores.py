"""Stores as an older drift made them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from drift.store.migrating import make
from drift.store.schema import STEPS
from drift.store.transactions import transaction

if TYPE_CHECKING:
    from pathlib import Path


def version_before(step: str) -> int:
    """Return the version of a store that doesn't have a step yet."""
    return [each.name for each in STEPS].index(step)


def make_older(path: Path, version: int, newest: Path) -> None:
    """Make a store of an older version that holds what a store of the newest one holds, as far as it has a place."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        with transaction(connection, "IMMEDIATE"):
            make(connection, STEPS[:version])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ATTACH ? AS newest", (str(newest),))
        for (table,) in connection.execute("SELECT name FROM main.sqlite_schema WHERE type = 'table'").fetchall():
            there = _columns(connection, "newest", table)
            columns = ", ".join(name for name in _columns(connection, "main", table) if name in there)
            if columns:
                connection.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM newest.{table}")  # noqa: S608 - our names
        connection.execute("ANALYZE main")
        connection.commit()


def _columns(connection: sqlite3.Connection, store: str, table: str) -> list[str]:
    return [name for _, name, *_ in connection.execute(f"PRAGMA {store}.table_info({table})")]
