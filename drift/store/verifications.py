"""What `drift verify` found, kept over time."""

from __future__ import annotations

from datetime import datetime

import msgspec

from drift.core.shard_sizes import KnownSizes, ShardSize
from drift.store import seals
from drift.store.open_store import StorePart
from drift.store.records import Verified
from drift.store.transactions import explained


class _Spread(msgspec.Struct):
    database: str | None = None


class _Sizes(msgspec.Struct):
    shards: tuple[ShardSize, ...] = ()
    balance: tuple[_Spread, ...] = ()

    def known(self, read_at: str) -> KnownSizes:
        """Return the sizes; those are whole of which the spread could be told."""
        whole = frozenset(each.database for each in self.balance)
        return KnownSizes(datetime.fromisoformat(read_at), self.shards, whole)


class _Report(msgspec.Struct):
    """The part of a report that is read again."""

    sizes: _Sizes | None = None


class Verifications(StorePart):
    """The verifications in a store."""

    def save(self, verified: Verified) -> None:
        """Keep a verification."""
        when = verified.read_at.isoformat()
        with explained(self._path), self._writing():
            self._connection.execute(
                "INSERT OR REPLACE INTO verification (instance, read_at, content_hash, verdict, report)"
                " VALUES (?, ?, ?, ?, ?)",
                (verified.instance, when, verified.content_hash, verified.verdict, verified.report),
            )
            seals.seal(self._connection, "verification", instance=verified.instance, read_at=when)

    def newest(self, instance: str, most: int = 1) -> list[Verified]:
        """Load the newest verifications of an instance, newest first."""
        with explained(self._path):
            rows = self._connection.execute(
                "SELECT instance, read_at, content_hash, verdict, report FROM verification WHERE instance = ?"
                " ORDER BY read_at DESC LIMIT ?",
                (instance, most),
            ).fetchall()
            return [self._verified(*row) for row in rows]

    def of_finding(self, fingerprint: str) -> Verified | None:
        """Load the verification that has a finding of that fingerprint, among the newest of each instance."""
        with explained(self._path):
            rows = self._connection.execute(
                "SELECT instance, read_at, content_hash, verdict, report FROM verification AS this"
                " WHERE read_at = (SELECT max(read_at) FROM verification WHERE instance = this.instance)"
                " AND instr(report, ?) ORDER BY instance",
                (f'"fingerprint": "{fingerprint}"',),
            ).fetchall()
            return next((self._verified(*row) for row in rows), None)

    def sizes(self, instance: str, most: int) -> list[KnownSizes]:
        """Load the newest sizes of an instance's shards, newest first; verifications without sizes are left out."""
        with explained(self._path):
            rows = self._connection.execute(
                "SELECT read_at, report FROM verification WHERE instance = ? AND report LIKE '%\"sizes\"%'"
                " ORDER BY read_at DESC LIMIT ?",
                (instance, most),
            ).fetchall()
            for read_at, _ in rows:
                seals.check(self._connection, "verification", instance=instance, read_at=read_at)
        found = ((read_at, msgspec.json.decode(report, type=_Report).sizes) for read_at, report in rows)
        return [sizes.known(read_at) for read_at, sizes in found if sizes]

    def _verified(self, instance: str, read_at: str, content_hash: str, verdict: str, report: str) -> Verified:
        seals.check(self._connection, "verification", instance=instance, read_at=read_at)
        return Verified(
            instance=instance,
            read_at=datetime.fromisoformat(read_at),
            content_hash=content_hash,
            verdict=verdict,
            report=report,
        )
