"""`Store`: the history of every instance, for the rest of drift."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from drift.store import confirmed_layouts, reading, resolving, seals
from drift.store.opening import vacuum, write_ahead
from drift.store.side_records import SideRecords
from drift.store.transactions import explained, transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime
    from pathlib import Path

    from drift.compare.timeline import Period, Traced
    from drift.core.model import Confirmation, DataNode, Instance, Snapshot, SnapshotRef, Suspicion
    from drift.core.references import Stored
    from drift.store.records import ChangeWindow, Entry, MergedStore, Outdated, Outline, Repaired, Repeat, Witness
    from drift.store.repairing import Reread


class Store(SideRecords):
    """An open store, and a context manager. Every method raises StoreError if the file can't be used.

    Snapshots are numbered in the order in which they are stored. "Newest" means the latest time taken, then the highest
    number, so an older snapshot may be imported later.
    """

    def save(
        self, snapshot: Snapshot, *, raw: bytes | None = None, keep_raw: bool = False, digest: str | None = None
    ) -> Snapshot:
        """Store a snapshot, whole or not at all, and return it with its number and the full record of its instance.

        `raw` is the response as received. It is kept while it is the instance's newest or the first of its layout, for
        good with `keep_raw`; `save_again` recognises it by its `digest`. Records in the snapshot's own gaps are left
        out. Raises UsageError if the instance has no name or the label reads as another reference, and ConfigError if
        another instance already has the name.
        """
        from drift.store import writing

        with explained(self.path):
            with self._writing():
                saved = writing.save(self._connection, snapshot, raw=raw, keep_raw=keep_raw, digest=digest)
            write_ahead(self._connection)
        return saved

    def save_unless_stored(self, snapshot: Snapshot) -> tuple[Entry, bool]:
        """Store a snapshot unless it is stored already; return its entry, and whether it is new. Raises as `save` does.

        It is looked up and stored in one transaction, so that of several processes only one stores it.
        """
        from drift.store import writing

        with explained(self.path):
            with self._writing():
                number = reading.find_same(self._connection, snapshot)
                is_new = number is None
                if number is None:
                    number = writing.save(self._connection, snapshot, raw=None, keep_raw=False, digest=None).number or 0
                entry = reading.entry(self._connection, number)
            write_ahead(self._connection)
        return entry, is_new

    def save_again(self, repeat: Repeat, *, keep_raw: bool = False) -> Entry | None:
        """Store the instance's last snapshot again, for a response that need not be read.

        Returns None if the last snapshot is partial, or has another digest or response: then this one has to be read.
        Raises as `save` does.
        """
        from drift.store import writing

        with explained(self.path), self._writing():
            number = writing.save_again(self._connection, repeat, keep_raw=keep_raw)
            return None if number is None else reading.entry(self._connection, number)

    def entry(self, number: int) -> Entry:
        """Return the log's entry for a snapshot."""
        with explained(self.path):
            return reading.entry(self._connection, number)

    def load(self, number: int) -> Snapshot:
        """Load a snapshot. This and the methods below raise BaselineError if there is no snapshot of that number."""
        with self.reading() as connection:
            return reading.load(connection, number)

    def load_pair(self, before: int, after: int) -> tuple[Snapshot, Snapshot]:
        """Load two snapshots with only the records that may differ between them; their `diff` is that of the whole.

        Hashes are those of the whole snapshots and databases. Reads only rows that begin or end between the two.
        """
        with self.reading() as connection:
            return reading.load_pair(connection, before, after)

    def nodes(self, number: int) -> dict[str, DataNode]:
        """Load the data nodes of a snapshot by id."""
        with self.reading() as connection:
            return reading.nodes(connection, number)

    def outline(self, number: int) -> Outline:
        """Load the data nodes of a snapshot, and the counts of its shards; reads no shards."""
        with self.reading() as connection:
            return reading.outline(connection, number)

    def database_names(self, instance: str) -> frozenset[str]:
        """Return the names of all databases that an instance ever had."""
        with explained(self.path):
            return reading.database_names(self._connection, instance)

    def balance(self, number: int) -> dict[str, int]:
        """Return the shard count of each data node of a snapshot, by id; reads no shards."""
        with explained(self.path):
            return reading.balance(self._connection, number)

    def returned(self, before: Snapshot, after: Snapshot) -> dict[str | None, SnapshotRef]:
        """Find the snapshot before `before` that the content of `after` (key None) or a database of it equals again.

        The two may be missing in the store, or come from `load_pair`; reads no shards.
        """
        from drift.store import earlier

        with self.reading() as connection:
            return earlier.find(connection, before, after)

    def judged(self, snapshot: Snapshot) -> Snapshot:
        """Judge whether a snapshot that is not stored lost too much to be believed, if the store knows its instance."""
        from drift.store import suspects

        with self.reading() as connection:
            return suspects.judged(connection, snapshot)

    def confirm(self, number: int, confirmation: Confirmation | None) -> Suspicion | None:
        """Believe a suspect snapshot from now on, or with None doubt it again; judge the later ones anew.

        Return the suspicion as it is now, None if there is none about this snapshot.
        """
        from drift.store import suspects

        with explained(self.path), self._writing():
            return suspects.confirm(self._connection, number, confirmation)

    def resolve(self, reference: Stored) -> int:
        """Return the number that a reference means. Raises BaselineError for no snapshot, UsageError for several."""
        with self.reading() as connection:
            return resolving.resolve(connection, reference, self.usual)

    def instance_of(self, reference: Stored) -> str:
        """Return the name of the instance whose snapshot a reference means. Raises as `resolve` does."""
        with self.reading() as connection:
            return resolving.instance_of(connection, resolving.resolve(connection, reference, self.usual))

    def log(self, instance: str | None = None) -> list[Entry]:
        """List every snapshot, or those of one instance, newest first."""
        with self.reading() as connection:
            seals.check(connection, "snapshot", **resolving.owner(connection, instance))
            return reading.log(connection, instance)

    def instances(self) -> list[Instance]:
        """List every instance that has a snapshot, by name."""
        with explained(self.path):
            return reading.instances(self._connection)

    def find(self, name: str, instance: str | None = None) -> list[Traced]:
        """Find every shard (also as DATABASE/SHARD), database and data node that ever had that name or id.

        `instance` limits the search to its history. The first eight characters of an id are enough.
        """
        from drift.store import entity_history

        with self.reading() as connection:
            return entity_history.find(connection, name, instance)

    def trace(self, traced: Traced) -> tuple[Period, ...]:
        """Return the periods of an entity's history, by the time the snapshots were taken.

        Snapshots with the entity in a gap are left out. Reads no other entity's rows.
        """
        from drift.store import entity_history

        with self.reading() as connection:
            return entity_history.trace(connection, traced)

    def numbers_with_raw(self, instance: str | None = None) -> list[int]:
        """List the numbers of the snapshots whose raw response is kept, newest first."""
        with explained(self.path):
            return reading.numbers_with_raw(self._connection, instance)

    def raw(self, number: int) -> bytes | None:
        """Load a snapshot's response as received, or None if it was not kept."""
        with explained(self.path):
            return reading.raw(self._connection, number)

    def change_windows(self, name: str | None = None) -> list[ChangeWindow]:
        """List the changes of that name, or all of them, in the order in which they began."""
        from drift.store import change_windows

        with explained(self.path):
            return change_windows.find(self._connection, name)

    def save_change_window(self, window: ChangeWindow) -> None:
        """Record that a change has begun or ended; an earlier record of the same change is replaced."""
        from drift.store import change_windows

        with explained(self.path), self._writing():
            change_windows.save(self._connection, window)

    def begin_change_window(self, window: ChangeWindow) -> ChangeWindow:
        """Record that a change has begun, and return it with the snapshot that it began with.

        One that another process has recorded meanwhile keeps its snapshot and takes a plan that is given now.
        """
        from drift.store import change_windows

        with explained(self.path), self._writing():
            return change_windows.begin(self._connection, window)

    def confirmed_layouts(self, instance: str | None) -> frozenset[str]:
        """Return the layouts that are confirmed for an instance, by its name, for this version of the reader.

        Without a name, return those of the only instance that the store knows, if it knows just one.
        """
        with explained(self.path):
            return confirmed_layouts.find(self._connection, instance)

    def last_digest(self, instance: str) -> tuple[str | None, bool]:
        """Return the digest of an instance's last response, and whether its layout is confirmed.

        A response with an equal digest needs no reading.
        """
        with explained(self.path):
            return confirmed_layouts.last_digest(self._connection, instance)

    def confirm_layout(self, instance: str, layout: str, by: Witness, at: datetime) -> None:
        """Record that a layout is confirmed for an instance, by its name; `at` is the time.

        The snapshots of that instance in that layout, earlier and later ones, are no longer unconfirmed.
        """
        with explained(self.path), self._writing():
            confirmed_layouts.save(self._connection, instance, layout, by, at)

    def prunable(self, outdated: Outdated, instance: str | None = None) -> list[Entry]:
        """List the snapshots of all instances, or of one, that may be removed; see `Outdated`. The newest never may."""
        from drift.store import pruning

        with self.reading() as connection:
            seals.check(connection, "snapshot")
            return pruning.find(connection, instance, outdated)

    def prune(self, numbers: Collection[int]) -> int | None:
        """Remove these snapshots for good and return the number of bytes freed.

        Every other snapshot, and every diff between two of them, stays the same. Returns None where the disk has no
        room for the copy that frees the bytes, or others use the store all the time: later snapshots use them.
        """
        from drift.store import pruning

        with explained(self.path):
            before = pruning.size(self._connection)
            with self._writing():
                pruning.prune(self._connection, numbers)
            return before - pruning.size(self._connection) if vacuum(self._connection) else None

    def verify(self, on_snapshot: Callable[[], None] = lambda: None) -> list[str]:
        """Rebuild and compare every snapshot, and list the errors. `on_snapshot` is called after each snapshot."""
        from drift.store import verifying

        with self.reading() as connection:
            return verifying.verify(connection, on_snapshot)

    def leftovers(self) -> tuple[list[Path], list[tuple[Path, Path]]]:
        """List what killed runs left beside the store: drafts of its copies, and logs without their database.

        Each log comes with the path of the database that it belongs to. What a running process writes is not listed.
        """
        from drift.store import leftovers

        with explained(self.path), ExitStack() as lock:
            if leftovers.drafts(self.path) and not self._is_immutable:
                lock.enter_context(transaction(self._connection, "IMMEDIATE"))  # now nobody makes a copy
            return leftovers.drafts(self.path), leftovers.orphans(self.path)

    def repair(self, new: Store, reread: Reread, on_snapshot: Callable[[], None] = lambda: None) -> Repaired:
        """Rebuild into a new, empty store what is proven to be as it was; return what that is, and what is lost.

        `reread` reads a kept response as its snapshot was read. `on_snapshot` is called after each snapshot.
        """
        from drift.store import repairing

        with explained(new.path), new._writing():
            return repairing.repair(self._connection, new._connection, reread, on_snapshot)

    def merge(self, paths: Sequence[Path]) -> list[MergedStore]:
        """Bring the histories of other stores, which are only read, into this one; raises ConfigError for odd names."""
        from drift.store.merge import merging, staging

        with explained(self.path), staging.staged(self._connection, paths) as stores:
            with self._writing():
                merged = merging.merge(self._connection, self.path, stores)
            write_ahead(self._connection)
        return merged

    def rename_instance(self, old: str, new: str) -> Path:
        """Give an instance another name, after a backup copy, whose path is returned. Raises BaselineError, UsageError.

        What was notified about it, and the layouts that are confirmed for it, follow.
        """
        from drift.store import mending

        with explained(self.path), ExitStack() as copies, self._writing():
            mending.check_rename(self._connection, old, new)
            copy = copies.enter_context(mending.backed_up(self.path, "before-rename"))
            mending.rename(self._connection, old, new)
        return copy

    def forget(self, instance: str) -> Path:
        """Remove an instance with all its snapshots for good, after a backup copy, whose path is returned."""
        from drift.store import mending

        with explained(self.path):
            with ExitStack() as copies, self._writing():
                mending.require(self._connection, instance)
                copy = copies.enter_context(mending.backed_up(self.path, "before-forget"))
                mending.forget(self._connection, instance)
            vacuum(self._connection)
        return copy
