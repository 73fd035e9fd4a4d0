"""What a store keeps beside snapshots: notifications, audits, verifications, and the baselines of `drift watch`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.store.open_store import OpenStore
from drift.store.transactions import explained

if TYPE_CHECKING:
    from drift.store.audit_log import AuditLog
    from drift.store.verifications import Verifications
    from drift.store.watch_state import Outbox


class SideRecords(OpenStore):
    """The part of a store that holds no snapshot."""

    @property
    def outbox(self) -> Outbox:
        """The notifications of `drift watch`."""
        from drift.store.watch_state import Outbox

        return Outbox(self._connection, self.path, self._writing)

    @property
    def audit_log(self) -> AuditLog:
        """What was read of the cloud's audit."""
        from drift.store.audit_log import AuditLog

        return AuditLog(self._connection, self.path, self._writing)

    @property
    def verifications(self) -> Verifications:
        """The verifications of data nodes."""
        from drift.store.verifications import Verifications

        return Verifications(self._connection, self.path, self._writing)

    def baseline(self, instance: str) -> int | None:
        """Return the number of the snapshot that a watched instance is judged against, or None."""
        from drift.store import watch_state

        with explained(self.path):
            return watch_state.baseline(self._connection, instance)

    def save_baseline(self, number: int) -> None:
        """Record a snapshot as the baseline of its instance."""
        from drift.store import watch_state

        with explained(self.path), self._writing():
            watch_state.save_baseline(self._connection, number)
