"""The file of a store, while it is open: reading it, writing it whole or not at all, closing it."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from os.path import samestat
from pathlib import Path
from typing import TYPE_CHECKING, Self

from drift.core.errors import StoreError
from drift.store.opening import connect
from drift.store.transactions import bound_log, explained, transaction

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from drift.store.opening import Opened


class OpenStore:
    """An open file, and a context manager. `usual` is the instance that a reference without a name means, if any."""

    def __init__(self, opened: Opened, path: Path) -> None:
        self.path = path
        self._connection, self._is_immutable = opened.connection, opened.is_immutable
        self._opened = path.stat()
        self._is_writing = False
        self.usual: str | None = None

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, create: bool = False) -> Self:
        """Open the store at `path`; `create` creates it, and its directory, if there is none.

        A store written by an older drift is copied and then migrated. Where nothing can be written, a store that nobody
        has open can be read. Raises BaselineError if there is no store, and
        StoreError if it is damaged, belongs to another application or was written by a newer drift.
        """
        file = Path(path)
        with explained(file):
            return cls(connect(file, create=create), file)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection, which shows one state of the store until the block ends. Raises StoreError."""
        with explained(self.path), transaction(self._connection, "DEFERRED"):
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Write all that the block writes, or nothing of it; nobody else writes meanwhile. Raises StoreError."""
        with explained(self.path), self._writing():
            yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Commit everything or nothing; nothing if the file is not at its path any more. Raises StoreError then.

        Within another such block, what is written is part of that.
        """
        if self._is_writing:
            yield
            return
        self._is_writing = True
        try:
            with transaction(self._connection, "IMMEDIATE"):
                yield
                if not self._is_in_place():
                    raise self._taken_away()
            bound_log(self._connection, self.path)
        except sqlite3.OperationalError as exc:
            raise exc if self._is_in_place() else self._taken_away() from exc
        finally:
            self._is_writing = False

    def _taken_away(self) -> StoreError:
        return StoreError(
            f"{self.path}: the store was moved or replaced meanwhile; nothing was stored",
            hint="Run the command again; it uses the store that is there now.",
        )

    def _is_in_place(self) -> bool:
        try:
            return samestat(self._opened, self.path.stat())
        except FileNotFoundError:
            return False

    def close(self) -> None:
        """Close the file. Raises StoreError if it was read without locks and somebody has written to it meanwhile."""
        self._connection.close()
        if self._is_immutable and not (self._is_in_place() and _state(self._opened) == _state(self.path.stat())):
            raise StoreError(
                f"{self.path}: the store was written while it was read where nothing can be written",
                hint="Run the command again.",
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class StorePart:
    """A part of an open store. `writing` opens a transaction that writes.

    Raises StoreError where the store at `path` can't be used.
    """

    def __init__(
        self, connection: sqlite3.Connection, path: Path, writing: Callable[[], AbstractContextManager[object]]
    ) -> None:
        self._connection = connection
        self._path = path
        self._writing = writing


def _state(file: os.stat_result) -> tuple[int, int]:
    """Return what differs once somebody has written to a file."""
    return file.st_size, file.st_mtime_ns
