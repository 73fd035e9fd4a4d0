"""Transactions, and the translation of SQLite's errors into drift's."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager, suppress
from time import monotonic, sleep
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from drift.core.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE: Final = 60.0
"""Seconds to wait for another process to finish writing."""

LARGEST_LOG: Final = 16 << 20
"""Bytes of the write-ahead log from which on it is emptied after a transaction."""

_READERS_PATIENCE: Final = 1.0  # seconds for which a writer waits for those who still read a large log
_LONGEST_PAUSE: Final = 0.02  # seconds between two attempts to write, at first
_LEAST_PAUSE: Final = 0.004  # after some seconds

_DAMAGED: Final = "Restore a copy of it, or rebuild what is whole with `drift repair`."

# SQLite's primary result code: the error in words, and the hint.
_EXPLANATIONS: Final = {
    sqlite3.SQLITE_BUSY: (
        f"could not use the store: another process has been writing to it for {PATIENCE:.0f} seconds",
        "Try again when the other process has finished.",
    ),
    sqlite3.SQLITE_LOCKED: ("could not use the store: another part of this process is writing to it", None),
    sqlite3.SQLITE_FULL: (
        "could not store anything: the disk is full",
        "Free some space, or put the store elsewhere.",
    ),
    sqlite3.SQLITE_READONLY: (
        "could not write the store: the file is read-only",
        "Allow writing the file and its directory, or choose another file.",
    ),
    sqlite3.SQLITE_PERM: (
        "could not open the store: permission denied",
        "Allow reading and writing the file and its directory.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "could not open the store",
        "Check that it is a file in a directory that exists and is writable. Copy a store off a read-only disk.",
    ),
    sqlite3.SQLITE_IOERR: ("could not read or write the store", "Check the disk and the space on it."),
    sqlite3.SQLITE_NOTADB: ("the file is not a SQLite database", "Choose another file."),
    sqlite3.SQLITE_CORRUPT: ("the store is damaged", _DAMAGED),
    sqlite3.SQLITE_CONSTRAINT: (
        "could not store the snapshot: it contradicts the rows in the store",
        "`drift verify-store` reports the place.",
    ),
    sqlite3.SQLITE_TOOBIG: ("could not store a value: it is larger than SQLite allows", None),
}


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Raise SQLite's errors, and errors of values that can't be stored or were never stored, as StoreError."""
    try:
        yield
    except sqlite3.Error as exc:
        code = getattr(exc, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        problem, hint = _EXPLANATIONS.get(code & 0xFF, ("could not use the store", _DAMAGED))
        raise StoreError(f"{path}: {problem} ({exc})", hint=hint) from exc
    except OSError as exc:
        raise StoreError(
            f"{path}: could not open the store: {exc.strerror}", hint="Choose another place for it."
        ) from exc
    except OverflowError as exc:
        raise StoreError(f"{path}: could not store a number: it needs more than 64 bits") from exc
    except (ValueError, TypeError, msgspec.MsgspecError) as exc:
        raise StoreError(
            f"{path}: a value in the store, or to be stored, is invalid: {exc}",
            hint="`drift verify-store` checks the store.",
        ) from exc


def in_turn(connection: sqlite3.Connection, statement: str) -> None:
    """Execute a statement that needs the store for itself, once no other process writes.

    SQLite itself soon asks only ten times a second, and whoever comes at the right moment goes first. Here who has
    waited longer asks more often. That is no queue: among many writers that never rest, some still wait long.
    """
    connection.execute("PRAGMA busy_timeout = 0")
    began = monotonic()
    try:
        while not _is_done(connection, statement, is_last=(waited := monotonic() - began) > PATIENCE):
            from random import uniform

            longest = max(_LONGEST_PAUSE / (1 + waited), _LEAST_PAUSE)
            sleep(uniform(longest / 2, longest))  # noqa: S311 - so that those who wait don't ask in step
    finally:
        connection.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000:.0f}")


def _is_done(connection: sqlite3.Connection, statement: str, *, is_last: bool) -> bool:
    """Try a statement; return whether the store was free. The last attempt raises SQLite's error if it was not."""
    try:
        connection.execute(statement)
    except sqlite3.OperationalError as exc:
        if is_last or exc.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


def bound_log(connection: sqlite3.Connection, path: Path) -> None:
    """Empty the log of a store where it has become large, if the processes that read it are done soon.

    SQLite begins it anew only at a moment when nobody reads. With many readers none comes, and the log grows.
    """
    # What was written is there already: a log that can't be emptied now is emptied later.
    with suppress(FileNotFoundError, sqlite3.OperationalError):
        if path.with_name(f"{path.name}-wal").stat().st_size < LARGEST_LOG:
            return
        connection.execute(f"PRAGMA busy_timeout = {_READERS_PATIENCE * 1000:.0f}")
        try:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            connection.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000:.0f}")


@contextmanager
def transaction(connection: sqlite3.Connection, kind: Literal["IMMEDIATE", "DEFERRED"]) -> Iterator[None]:
    """Commit everything or nothing. IMMEDIATE waits to write; DEFERRED reads one state and blocks nobody."""
    if kind == "IMMEDIATE":
        in_turn(connection, "BEGIN IMMEDIATE")
    else:
        connection.execute("BEGIN DEFERRED")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise
