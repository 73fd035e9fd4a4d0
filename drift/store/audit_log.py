"""What was read of the cloud's audit about instances, by their names: windows of time, and the traces in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.core.traces import Audit, AuditWindow, Trace
from drift.store import seals
from drift.store.rows import instant
from drift.store.transactions import explained, transaction

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

_TRACE: Final = "id, time, service, name, kind, user, address, resource_id, resource_name, is_refused"


class AuditLog:
    """The audit of instances. `writing` opens a transaction that writes.

    Raises StoreError where the store at `path` can't be used.
    """

    def __init__(
        self, connection: sqlite3.Connection, path: Path, writing: Callable[[], AbstractContextManager[object]]
    ) -> None:
        self._connection = connection
        self._path = path
        self._writing = writing

    def load(self, instance: str) -> Audit:
        """Load all that was read about an instance; nothing if nothing was."""
        with explained(self._path), transaction(self._connection, "DEFERRED"):
            for table in ("audit_window", "trace"):
                seals.check(self._connection, table, instance=instance)
            windows = self._connection.execute(
                "SELECT since, until, problem FROM audit_window WHERE instance = ? ORDER BY since, until", (instance,)
            )
            found = tuple(AuditWindow(since=since, until=until, problem=problem) for since, until, problem in windows)
            traces = self._connection.execute(
                f"SELECT {_TRACE} FROM trace WHERE instance = ? ORDER BY time, id",  # noqa: S608 - names of our own
                (instance,),
            )
            return Audit(windows=found, traces=tuple(map(_trace, traces)))

    def read_until(self, instance: str) -> datetime | None:
        """Return the end of the last window that was read whole."""
        with explained(self._path):
            (until,) = self._connection.execute(
                "SELECT max(until) FROM audit_window WHERE instance = ? AND problem IS NULL", (instance,)
            ).fetchone()
            return None if until is None else instant(until)

    def save(self, instance: str, audit: Audit) -> None:
        """Keep what was read about an instance. A trace that is there already is kept once."""
        with explained(self._path), self._writing():
            self._connection.executemany(
                "INSERT OR IGNORE INTO audit_window (instance, since, until, problem) VALUES (?, ?, ?, ?)",
                [(instance, window.since, window.until, window.problem) for window in audit.windows],
            )
            self._connection.executemany(
                f"INSERT OR IGNORE INTO trace (instance, {_TRACE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - names of our own
                [(instance, *_row(trace)) for trace in audit.traces],
            )
            for window in audit.windows:
                seals.seal(self._connection, "audit_window", instance=instance, since=window.since, until=window.until)
            for trace in audit.traces:
                seals.seal(self._connection, "trace", instance=instance, id=trace.id)


def _row(trace: Trace) -> tuple[str | int | None, ...]:
    about = (trace.resource_id, trace.resource_name, int(trace.is_refused))
    return trace.id, trace.time, trace.service, trace.name, trace.kind, trace.user, trace.address, *about


def _trace(row: tuple[str, ...]) -> Trace:
    identity, time, service, name, kind, user, address, resource_id, resource_name, is_refused = row
    return Trace(
        id=identity,
        time=time,
        service=service,
        name=name,
        kind=kind,
        user=user,
        address=address,
        resource_id=resource_id,
        resource_name=resource_name,
        is_refused=bool(is_refused),
    )
