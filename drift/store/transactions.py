"""Where SQLite's errors become drift's, and where transactions begin and end."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Literal

from drift.core.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE: Final = 60.0
"""Seconds to wait for another process that writes."""

_DAMAGED: Final = "Put back a copy of it, or rescue what is left with the command `sqlite3 FILE .recover`."

# By SQLite's primary result code: what is wrong, and what to do about it.
_EXPLANATIONS: Final = {
    sqlite3.SQLITE_BUSY: (
        f"another process has been writing to it for {PATIENCE:.0f} seconds",
        "Try again when that one is done.",
    ),
    sqlite3.SQLITE_LOCKED: ("another part of this process is writing to it", None),
    sqlite3.SQLITE_FULL: ("the disk is full; nothing was stored", "Free some space, or put the store elsewhere."),
    sqlite3.SQLITE_READONLY: ("it may not be written", "Allow writing the file and its directory, or choose another."),
    sqlite3.SQLITE_PERM: ("it may not be opened", "Allow reading and writing the file and its directory."),
    sqlite3.SQLITE_CANTOPEN: (
        "it can't be opened",
        "Check that it is a file, and that its directory exists and may be written; copy a store off a read-only disk.",
    ),
    sqlite3.SQLITE_IOERR: ("reading or writing it failed", "Check the disk and the space on it."),
    sqlite3.SQLITE_NOTADB: ("it is no SQLite database", "Choose another file: this one is not drift's."),
    sqlite3.SQLITE_CORRUPT: ("it is damaged", _DAMAGED),
    sqlite3.SQLITE_CONSTRAINT: ("what it holds contradicts what should be stored", "`drift verify-store` says where."),
    sqlite3.SQLITE_TOOBIG: ("what should be stored is larger than SQLite can hold", None),
}


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into StoreError, and so with values that a store can't hold, or can't have been given."""
    try:
        yield
    except sqlite3.Error as exc:
        code = getattr(exc, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        what, hint = _EXPLANATIONS.get(code & 0xFF, ("it can't be used", _DAMAGED))
        raise StoreError(f"{path}: {what} ({exc})", hint=hint) from exc
    except OSError as exc:
        raise StoreError(f"{path}: it can't be opened: {exc.strerror}", hint="Choose another place for it.") from exc
    except OverflowError as exc:
        raise StoreError(f"{path}: a number to be stored needs more than 64 bits") from exc
    except ValueError as exc:
        raise StoreError(
            f"{path}: a value in it, or to be stored, is not what it has to be: {exc}",
            hint="`drift verify-store` says whether the store is sound.",
        ) from exc


@contextmanager
def transaction(connection: sqlite3.Connection, kind: Literal["IMMEDIATE", "DEFERRED"]) -> Iterator[None]:
    """All or nothing. IMMEDIATE waits for its turn to write; DEFERRED sees one state throughout and hinders nobody."""
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise
