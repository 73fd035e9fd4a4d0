"""`Store`: what the rest of drift sees of the history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

from drift.store import reading, resolving
from drift.store.opening import connect, write_ahead
from drift.store.transactions import explained, transaction

if TYPE_CHECKING:
    import os
    import sqlite3
    from collections.abc import Callable, Collection

    from drift.compare.timeline import Period, Traced
    from drift.core.model import DataNode, Instance, Snapshot, SnapshotRef
    from drift.core.references import Stored
    from drift.notify.transitions import NotifiedState
    from drift.store.change_windows import ChangeWindow
    from drift.store.pruning import Outdated
    from drift.store.reading import Entry
    from drift.store.writing import Repeat


class Store:
    """An open store. A context manager; every method raises StoreError when the file can't be used.

    Snapshots have numbers, given in the order in which they are stored. "Newest" always goes by the time they were
    taken, then by number, so that an older snapshot may be imported later.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.path = path
        self._connection = connection

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, create: bool = False) -> Self:
        """Open the store at `path`; `create` makes it, and its directory, when there is none.

        A store that an older drift wrote is migrated, after a copy has been laid next to it. Raises BaselineError when
        there is none, and StoreError when it is damaged, another application's, or a newer drift's.
        """
        file = Path(path)
        with explained(file):
            return cls(connect(file, create=create), file)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def save(
        self, snapshot: Snapshot, *, raw: bytes | None = None, keep_raw: bool = False, digest: str | None = None
    ) -> Snapshot:
        """Store a snapshot, whole or not at all, and return it as it is then known: numbered, its instance complete.

        `raw` is the response as received. It is kept while it is the instance's newest or the first of its layout, for
        good with `keep_raw`; its `digest` lets `save_again` know it. Records that lie in the snapshot's own gaps are
        left out. Raises UsageError when the instance has no name or a label can't be told from another reference,
        ConfigError when another instance already has the name.
        """
        from drift.store import writing  # noqa: PLC0415 - most commands only read

        with explained(self.path):
            with transaction(self._connection, "IMMEDIATE"):
                saved = writing.save(self._connection, snapshot, raw=raw, keep_raw=keep_raw, digest=digest)
            write_ahead(self._connection)
        return saved

    def save_again(self, repeat: Repeat, *, keep_raw: bool = False) -> Entry | None:
        """Store what the instance's last snapshot says once more, without reading the response that says so.

        None where the last snapshot is partial or has another digest: then it has to be read. Raises as `save` does.
        """
        from drift.store import writing  # noqa: PLC0415 - most commands only read

        with explained(self.path), transaction(self._connection, "IMMEDIATE"):
            number = writing.save_again(self._connection, repeat, keep_raw=keep_raw)
            return None if number is None else reading.entry(self._connection, number)

    def entry(self, number: int) -> Entry:
        """What the log says of a snapshot."""
        with explained(self.path):
            return reading.entry(self._connection, number)

    def load(self, number: int) -> Snapshot:
        """The snapshot of that number. Raises BaselineError when there is none, here as in all that follows."""
        with explained(self.path), transaction(self._connection, "DEFERRED"):
            return reading.load(self._connection, number)

    def load_pair(self, before: int, after: int) -> tuple[Snapshot, Snapshot]:
        """Two snapshots with only those records that may differ between them; `diff` finds the same as in the whole.

        Hashes are those of the whole snapshots and databases. Only rows that begin or end between the two are read.
        """
        with explained(self.path), transaction(self._connection, "DEFERRED"):
            return reading.load_pair(self._connection, before, after)

    def nodes(self, number: int) -> dict[str, DataNode]:
        """A snapshot's data nodes by id."""
        with explained(self.path), transaction(self._connection, "DEFERRED"):
            return reading.nodes(self._connection, number)

    def databases(self, number: int) -> dict[str, int]:
        """A snapshot's databases by name with the count of their shards; reads no shards."""
        with explained(self.path), transaction(self._connection, "DEFERRED"):
            return reading.databases(self._connection, number)

    def balance(self, number: int) -> dict[str, int]:
        """A snapshot's shards counted by data-node id; reads no shards."""
        with explained(self.path):
            return reading.balance(self._connection, number)

    def returned(self, before: Snapshot, after: Snapshot) -> dict[str | None, SnapshotRef]:
        """The snapshot before `before` that all (under None), or else a database, of `after` equals again.

        Those that are not in the store, and the pairs that `load_pair` gives, do as well; reads no shards.
        """
        from drift.store import earlier  # noqa: PLC0415 - only comparisons ask

        with explained(self.path), transaction(self._connection, "DEFERRED"):
            return earlier.find(self._connection, before, after)

    def resolve(self, reference: Stored) -> int:
        """The number of the snapshot meant. Raises BaselineError if there is none, UsageError if there are several."""
        with explained(self.path), transaction(self._connection, "DEFERRED"):
            return resolving.resolve(self._connection, reference)

    def log(self, instance: str | None = None) -> list[Entry]:
        """Every snapshot, or those of one instance, newest first."""
        with explained(self.path):
            return reading.log(self._connection, instance)

    def instances(self) -> list[Instance]:
        """Every instance that has a snapshot, by name."""
        with explained(self.path):
            return reading.instances(self._connection)

    def find(self, name: str, instance: str | None = None) -> list[Traced]:
        """Whatever was ever called that: a shard (also as DATABASE/SHARD), a database, a data node by name or id.

        `instance` looks in that one's history alone. Eight characters or more of an id are enough.
        """
        from drift.store import entity_history  # noqa: PLC0415 - only one command traces

        with explained(self.path), transaction(self._connection, "DEFERRED"):
            return entity_history.find(self._connection, name, instance)

    def trace(self, traced: Traced) -> tuple[Period, ...]:
        """What something was, from when to when, by the time the snapshots were taken; reads no other's rows.

        Snapshots in which it lies in a gap tell nothing of it.
        """
        from drift.store import entity_history  # noqa: PLC0415 - as above

        with explained(self.path), transaction(self._connection, "DEFERRED"):
            return entity_history.trace(self._connection, traced)

    def find_same(self, snapshot: Snapshot) -> int | None:
        """The number under which this very snapshot (instance, time, source and content) is stored, if it is."""
        with explained(self.path):
            return reading.find_same(self._connection, snapshot)

    def raws(self, instance: str | None = None) -> list[int]:
        """The numbers of the snapshots whose raw response is kept, newest first."""
        with explained(self.path):
            return reading.raws(self._connection, instance)

    def raw(self, number: int) -> bytes | None:
        """A snapshot's response as received, or None when it was not kept."""
        with explained(self.path):
            return reading.raw(self._connection, number)

    def tickets(self, name: str | None = None) -> list[ChangeWindow]:
        """The changes of that name that have begun, or all of them, in the order in which they began."""
        from drift.store import change_windows  # noqa: PLC0415 - few commands know changes

        with explained(self.path):
            return change_windows.find(self._connection, name)

    def put_ticket(self, ticket: ChangeWindow) -> None:
        """Write down that a change has begun or ended, in the place of what was known of it."""
        from drift.store import change_windows  # noqa: PLC0415 - as above

        with explained(self.path), transaction(self._connection, "IMMEDIATE"):
            change_windows.put(self._connection, ticket)

    def told(self, channel: str, instance: str) -> NotifiedState:
        """What a channel has been told of an instance, by its name."""
        from drift.store import watch_state  # noqa: PLC0415 - only one command watches

        with explained(self.path):
            return watch_state.notified(self._connection, channel, instance)

    def put_told(self, channel: str, instance: str, told: NotifiedState) -> None:
        """Write down what a channel knows of an instance now."""
        from drift.store import watch_state  # noqa: PLC0415 - as above

        with explained(self.path), transaction(self._connection, "IMMEDIATE"):
            watch_state.save_notified(self._connection, channel, instance, told)

    def baseline(self, instance: str) -> int | None:
        """The number of the snapshot that an instance is watched against, if it is."""
        from drift.store import watch_state  # noqa: PLC0415 - as above

        with explained(self.path):
            return watch_state.baseline(self._connection, instance)

    def put_baseline(self, number: int) -> None:
        """From now on, watch the instance of this snapshot against it."""
        from drift.store import watch_state  # noqa: PLC0415 - as above

        with explained(self.path), transaction(self._connection, "IMMEDIATE"):
            watch_state.put_baseline(self._connection, number)

    def prunable(self, outdated: Outdated, instance: str | None = None) -> list[Entry]:
        """The snapshots of all instances, or of one, that may go; see `Outdated`. Each instance's newest never may."""
        from drift.store import pruning  # noqa: PLC0415 - only one command prunes

        with explained(self.path), transaction(self._connection, "DEFERRED"):
            return pruning.find(self._connection, instance, outdated)

    def prune(self, numbers: Collection[int]) -> int:
        """Take these snapshots out for good and return the bytes that the file has become smaller by.

        Every other snapshot, and every diff between two of them, is as it was.
        """
        from drift.store import pruning  # noqa: PLC0415 - as above

        with explained(self.path):
            before = self._size()
            with transaction(self._connection, "IMMEDIATE"):
                pruning.prune(self._connection, numbers)
            self._connection.execute("VACUUM")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return before - self._size()

    def _size(self) -> int:
        """The bytes of the file, as soon as all that has been written is in it."""
        pages, size = (self._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
        return int(pages * size)

    def verify(self, seen: Callable[[], None] = lambda: None) -> list[str]:
        """Rebuild every snapshot and compare it with what was recorded; each finding is a line of text.

        `seen` is called after each snapshot.
        """
        from drift.store import verifying  # noqa: PLC0415 - only one command verifies

        with explained(self.path), transaction(self._connection, "DEFERRED"):
            return verifying.verify(self._connection, seen)
