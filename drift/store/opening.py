"""Opening the file of a store: creates, checks and migrates it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import ExitStack, closing, contextmanager
from itertools import chain, count
from typing import TYPE_CHECKING, Final

import msgspec

from drift.core.errors import BaselineError, StoreError
from drift.core.planted_links import refuse_planted_link
from drift.store.schema_version import APPLICATION_ID, VERSION
from drift.store.transactions import PATIENCE, in_turn, transaction

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NEEDED: Final = (3, 37, 0)
# How SQLite says that it can't write beside the store, or lay the file down there that readers of a log share.
_UNWRITABLE: Final = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL}
_ATTEMPTS: Final = 100
_COPY: Final = "Copy the store, with the files beside it, to a directory that is writable, and name it with --store."


class Opened(msgspec.Struct, frozen=True):
    """A connection to a store. `is_immutable`: nothing can be written beside the file, so nobody is waited for."""

    connection: sqlite3.Connection
    is_immutable: bool = False


def connect(path: Path, *, create: bool) -> Opened:
    """Connect to a store and bring it up to date. Takes no lock and writes nothing if it is up to date already."""
    if sqlite3.sqlite_version_info < _NEEDED:
        raise StoreError(
            f"SQLite {sqlite3.sqlite_version} is too old: a store needs {'.'.join(map(str, _NEEDED))} or newer",
            hint="Run drift with a Python that comes with a newer SQLite.",
        )
    refuse_planted_link(path)
    if path.is_dir():
        raise StoreError(f"{path}: the store is a directory", hint="Name a file, such as snapshots/drift.db.")
    if create:
        _make_directory(path.parent)
    elif not path.exists():
        raise missing(path)
    try:
        return Opened(_prepared(_connected(path), path, create=create))
    except sqlite3.OperationalError as exc:
        if create or exc.sqlite_errorcode & 0xFF not in _UNWRITABLE or not os.access(path, os.R_OK):
            raise
        return Opened(_connect_immutable(path), is_immutable=True)


def _connected(path: Path) -> sqlite3.Connection:
    # An absolute path is never taken for a URI. Other stores are attached by theirs.
    return sqlite3.connect(path.absolute(), timeout=PATIENCE, isolation_level=None, uri=True)


def _connect_immutable(path: Path) -> sqlite3.Connection:
    """Connect to a store where SQLite can't lay its own files beside it: on a read-only disk, or on a full one."""
    for ending in ("-wal", "-journal"):
        log = path.with_name(path.name + ending)
        if log.exists() and log.stat().st_size:  # an empty one holds no changes; SQLite itself lays it down
            raise StoreError(
                f"{path}: could not read the store where nothing can be written: the newest changes are in {log.name}",
                hint=_COPY,
            )
    connection = sqlite3.connect(immutable_uri(path), timeout=PATIENCE, isolation_level=None, uri=True)
    return _prepared(connection, path, create=False, is_writable=False)


def immutable_uri(path: Path) -> str:
    """Return the URI by which SQLite reads a file without locks, and writes nothing beside it."""
    return f"{path.absolute().as_uri()}?mode=ro&immutable=1"


def _prepared(
    connection: sqlite3.Connection, path: Path, *, create: bool, is_writable: bool = True
) -> sqlite3.Connection:
    try:
        _configure(connection)
        if is_writable:
            _make_current(connection, path, create=create)
        else:
            _require_current(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def write_ahead(connection: sqlite3.Connection) -> None:
    """Switch the store to write-ahead logging, so that others can read while one process writes.

    The first snapshot of a new store is written before this, straight into the file: through the log it would be
    written twice. Measured: saves 4 % of the capture. Two processes that switch at once refuse each other immediately.
    """
    for _ in range(_ATTEMPTS):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as exc:
            if exc.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            with transaction(connection, "IMMEDIATE"):
                pass  # a transaction does wait until the other process is done
        else:
            return


def vacuum(connection: sqlite3.Connection) -> bool:
    """Give free pages back to the disk; return whether the disk had room for that, and others left the store alone."""
    try:
        in_turn(connection, "VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.OperationalError as exc:
        if exc.sqlite_errorcode & 0xFF not in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_BUSY}:
            raise
        return False
    return True


def _make_directory(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise StoreError(
            f"{path}: could not create the store's directory: {exc.strerror}",
            hint="Choose another place for the store.",
        ) from exc


def missing(path: Path) -> BaselineError:
    """Build the error for a path without a store."""
    return BaselineError(f"{path}: there is no store", hint="`drift snapshot` captures an instance and creates it.")


def _configure(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    # 64 MiB, taken as needed: a large first capture then fits in memory. Measured: saves 7 % of it.
    connection.execute("PRAGMA cache_size = -65536")
    # A capture that was reported as stored survives a power failure. Measured: one fsync more, under 10 ms.
    connection.execute("PRAGMA synchronous = FULL")


def _make_current(connection: sqlite3.Connection, path: Path, *, create: bool) -> None:
    version = version_of(connection, path)
    if version == VERSION:
        return
    if version == 0 and not create:
        raise missing(path)
    from drift.store.migrating import make, migrate
    from drift.store.schema import STEPS

    with ExitStack() as copies, transaction(connection, "IMMEDIATE"):
        # Read again now that nobody else can write: another process may have migrated it in the meantime.
        version = version_of(connection, path)
        if version == 0:
            make(connection, STEPS)
        elif version < VERSION:
            copies.enter_context(backed_up(path, f"v{version}"))
            migrate(connection, version)


def _require_current(connection: sqlite3.Connection, path: Path) -> None:
    version = version_of(connection, path)
    if version == 0:
        raise missing(path)
    if version < VERSION:
        raise StoreError(
            f"{path}: the store was written by an older drift, and can't be migrated where nothing can be written",
            hint=_COPY,
        )


def version_of(connection: sqlite3.Connection, path: Path) -> int:
    """Return the number of steps the store has; 0 for an empty file. Raises StoreError unless it is a drift store."""
    application = _pragma(connection, "application_id")
    version = _pragma(connection, "user_version")
    if application != APPLICATION_ID and (version or application or _has_tables(connection)):
        raise StoreError(f"{path}: the database is not a drift store", hint="Choose another file.")
    if version > VERSION:
        raise StoreError(
            f"{path}: the store was written by a newer drift (store version {version}; this drift knows {VERSION})",
            hint="Upgrade drift: pip install --upgrade ddm-drift.",
        )
    return version


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _has_tables(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_schema").fetchone() is not None


@contextmanager
def backed_up(path: Path, word: str) -> Iterator[Path]:
    """Copy the store, as it is before something is done, and remove the copy if that fails. Yield its path.

    The caller holds the store's write lock, so that no other process makes a copy meanwhile.
    """
    copy = _back_up(path, word)
    try:
        yield copy
    except BaseException:
        copy.unlink(missing_ok=True)
        raise


def _back_up(path: Path, word: str) -> Path:
    """Copy the store to a free name beside it, with its mode. Return the path.

    It has that name once it is whole. A draft that a killed process left is replaced.
    """
    from drift.store.leftovers import DRAFT

    names = chain([f"{path.name}.{word}.bak"], (f"{path.name}.{word}.{n}.bak" for n in count(2)))
    target = next(copy for copy in map(path.with_name, names) if not copy.exists())
    draft = path.with_name(f"{path.name}.{word}{DRAFT}")
    try:
        _copy(path, draft)
        return draft.rename(target)
    except BaseException:
        _remove_draft(draft)
        raise


def _copy(path: Path, draft: Path) -> None:
    _remove_draft(draft)
    mode = path.stat().st_mode & 0o777
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))
    draft.chmod(mode)
    with closing(sqlite3.connect(path, timeout=PATIENCE)) as old, closing(sqlite3.connect(draft)) as copy:
        old.backup(copy)


def _remove_draft(draft: Path) -> None:
    for leftover in (draft, draft.with_name(f"{draft.name}-journal")):
        leftover.unlink(missing_ok=True)
