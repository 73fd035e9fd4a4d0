"""What was read of the cloud's audit about instances, by their names: windows of time, and the traces in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import astuple

from drift.core.traces import Audit, AuditWindow, Trace
from drift.store import seals
from drift.store.open_store import StorePart
from drift.store.rows import instant
from drift.store.transactions import explained, transaction

if TYPE_CHECKING:
    from datetime import datetime

_FIELDS: Final = Trace.__struct_fields__
_TRACE: Final = ", ".join(_FIELDS)
_MARKS: Final = ", ?" * len(_FIELDS)


class AuditLog(StorePart):
    """The audit of instances."""

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
                f"INSERT OR IGNORE INTO trace (instance, {_TRACE}) VALUES (?{_MARKS})",  # noqa: S608 - names of our own
                [(instance, *astuple(trace)) for trace in audit.traces],
            )
            for window in audit.windows:
                seals.seal(self._connection, "audit_window", instance=instance, since=window.since, until=window.until)
            for trace in audit.traces:
                seals.seal(self._connection, "trace", instance=instance, id=trace.id)


def _trace(row: tuple[Any, ...]) -> Trace:
    fields = dict(zip(_FIELDS, row, strict=True))
    return Trace(**{**fields, "is_refused": bool(fields["is_refused"])})
