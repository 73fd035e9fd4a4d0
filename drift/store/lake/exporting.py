"""Writing an instance's history into a lake.

Two runs may write the same instance at once, and any of them may be killed. Rows come before the snapshots that show
them, and snapshots that are gone from the store go before their rows. Each run looks at the end whether all files are
of one state, and otherwise begins again: the last one to write anything finds them so, or makes them so.
"""

from __future__ import annotations

import random
from time import sleep
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import pyarrow.compute as pc

from drift.core.errors import LakeError
from drift.store.checking import check_head
from drift.store.lake.files import notes_of
from drift.store.lake.rows import batches, state
from drift.store.lake.tables import SNAPSHOT, TABLES

if TYPE_CHECKING:
    import sqlite3

    import pyarrow as pa

    from drift.store import Store
    from drift.store.lake.files import Lake
    from drift.store.lake.rows import State

Outcome: TypeAlias = Literal["written", "as before", "gone"]

_ATTEMPTS: Final = 8
_PAUSE: Final = 0.25
_PRUNING: Final = "pruning"


def export(store: Store, lake: Lake, instance: str, *, replace: bool = False) -> Outcome:
    """Write the history of an instance into a lake, unless the lake has it as it is. Raises LakeError.

    Raises StoreError, before anything is written, where the record of a snapshot is not what was recorded.

    A history of the same name that is no earlier state of this one is an error. With `replace`, all is written anew,
    over that and over damaged files.
    """
    outcome: Outcome = "as before"
    for attempt in range(_ATTEMPTS):
        with store.reading() as connection:
            now = state(connection, instance)
            if now is None:
                return "gone"
            if _is_in(lake, now) and (outcome == "written" or not replace):
                return outcome
            held = _held(lake, now, replace=replace)
            problem = None if replace else _difference(now, held)
            if problem is None:
                for number in now.moments:
                    check_head(connection, number, now.owner)
                _write(connection, lake, now, held)
                outcome = "written"
        if problem and attempt:  # another run may just have written what the store has had for a moment
            raise LakeError(
                f"{lake.place.shown}: the lake has another history of an instance {instance}: {problem}",
                hint="Bring the stores together first, or export to another lake; with --replace the lake forgets what"
                " the store doesn't have.",
            )
        sleep(random.uniform(0, _PAUSE * attempt))  # noqa: S311 - so that two runs don't go on in step
    raise LakeError(
        f"{lake.place.shown}: other runs write {instance} all the time", hint="Let one run at a time export it."
    )


def _is_in(lake: Lake, now: State) -> bool:
    # Of an instance that has something new, the first file that is looked at says so.
    found = (lake.notes(table.name, now.instance) for table in reversed(TABLES))
    return all(notes is not None and notes.state == now.digest for notes in found)


def _held(lake: Lake, now: State, *, replace: bool) -> pa.Table | None:
    if lake.notes(SNAPSHOT.name, now.instance) is None:
        return None
    try:
        return lake.read(SNAPSHOT, now.instance, SNAPSHOT.schema.names)
    except LakeError:
        if replace:
            return None
        raise


def _difference(now: State, held: pa.Table | None) -> str | None:
    """Say why the lake's snapshots are not those of an earlier state of the store, if they are not."""
    there = {} if held is None else dict(zip(held["id"].to_pylist(), held["taken_at"].to_pylist(), strict=True))
    newer = [number for number in there if number > now.last]
    if newer:
        return f"snapshot {max(newer)} is not in the store"
    shared = there.keys() & now.moments.keys()
    if there and (not shared or any(there[number] != now.moments[number] for number in shared)):
        return "its snapshots are not those of the store"
    return None


def _write(connection: sqlite3.Connection, lake: Lake, now: State, held: pa.Table | None) -> None:
    if held is not None:
        _take_out(lake, now, held)
    notes = notes_of(now.instance, now.digest, now.last)
    for table in TABLES:
        lake.write(table, notes, batches(connection, table, now))


def _take_out(lake: Lake, now: State, held: pa.Table) -> None:
    """Take the snapshots out of the lake that the store has not, before their rows change."""
    is_kept = pc.and_(
        pc.is_in(held["id"], now.numbers), pc.equal(held["taken_at"], now.times(held["id"].combine_chunks()))
    )
    kept = held.filter(is_kept)
    if kept.num_rows < held.num_rows:
        last = pc.max(kept["id"]).as_py() or 0
        lake.write(SNAPSHOT, notes_of(now.instance, _PRUNING, last), kept.to_batches())
