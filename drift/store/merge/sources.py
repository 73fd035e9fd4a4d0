"""The stores that are merged into another: read without a lock, and never written."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing, contextmanager
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from drift.core.errors import DriftError, StoreError
from drift.core.planted_links import refuse_planted_link
from drift.store import seals, verifying
from drift.store.opening import connect, immutable_uri, missing, version_of
from drift.store.schema_version import VERSION
from drift.store.transactions import explained

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOGS: Final = ("-wal", "-journal")

_State: TypeAlias = list[tuple[str, int, int]]


class Source(NamedTuple):
    """A store to read: the path that was given, and the URI of what is read, which may be a copy.

    `is_migrated`: it was written by an older drift, so a copy of it was brought up to date.
    """

    path: Path
    uri: str
    is_migrated: bool = False


@contextmanager
def opened(path: Path) -> Iterator[Source]:
    """Open a store for reading. Raises BaselineError if there is none, StoreError if it can't be used.

    A store with changes in a log beside it, and one of an older version, is read from a copy.
    """
    refuse_planted_link(path)
    if path.is_dir() or not path.exists():
        raise missing(path)
    before = _state(path)
    with TemporaryDirectory(prefix="drift-merge-") as folder, explained(path):
        source = _current(path) or _copied(path, Path(folder))
        _check(source)
        yield source
        if _state(path) != before:
            raise StoreError(f"{path}: the store was written while it was read", hint="Run the command again.")


def _state(path: Path) -> _State:
    """List the files of a store that hold something, and what differs once somebody has written to them."""
    files = (path, *(path.with_name(path.name + ending) for ending in _LOGS))
    found = [(file.name, file.stat()) for file in files if file.exists()]
    return [(name, stat.st_size, stat.st_mtime_ns) for name, stat in found if stat.st_size]


def _current(path: Path) -> Source | None:
    """Return the store itself, unless it is of an older version or its newest changes are in a log."""
    if len(_state(path)) > 1:
        return None
    uri = immutable_uri(path)
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        version = version_of(connection, path)
    if version == 0:
        raise missing(path)
    return Source(path, uri) if version == VERSION else None


def _copied(path: Path, folder: Path) -> Source:
    copy = folder / path.name
    for name, *_ in _state(path):
        shutil.copyfile(path.with_name(name), folder / name)
    try:
        with closing(sqlite3.connect(copy)) as connection:
            version = version_of(connection, path)
        with closing(connect(copy, create=False).connection) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")  # so that all is in the file
    except DriftError as error:
        error.message = error.message.replace(str(copy), str(path))
        raise
    return Source(path, immutable_uri(copy), is_migrated=version < VERSION)


def _check(source: Source) -> None:
    """Refuse damage that a merge would seal anew, and so call sound."""
    with closing(sqlite3.connect(source.uri, uri=True)) as connection:
        # Measured: the rows take half of the time of a merge. Without them, its snapshots would not be what they say.
        for words in chain(seals.broken(connection), verifying.changed_rows(connection, lambda: None)):
            raise StoreError(
                f"{source.path}: the store is damaged: {words}",
                hint="`drift verify-store` lists the damage, and `drift repair` rebuilds what is whole.",
            )
