"""Which snapshots are suspect: judged once as they are stored, and kept with them until somebody confirms them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from drift.compare import plausibility
from drift.core.model import Confirmation, Mask, Suspicion
from drift.core.sources import DETAILS, EXPORT
from drift.store import reading, seals, selecting
from drift.store.rows import BELIEVED, stamp, suspicion

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from drift.core.model import Snapshot

# A file or a Terraform state may be made of the very answers that it would bear witness to.
_INDEPENDENT: Final = {EXPORT.name: DETAILS.name, DETAILS.name: EXPORT.name}
_WITNESS: Final = "snapshot {number}, from {source}, says the same"
_NUMBERED: Final = r"\bsnapshot (\d+)"


class _Head(msgspec.Struct, frozen=True):
    """The part of a snapshot's row that its judgement needs."""

    id: int
    owner: int
    taken_at: str
    source: str
    complete: int
    left: int


def judge(connection: sqlite3.Connection, number: int, lost: int | None = None) -> None:
    """Judge a stored snapshot, and every later one that it may be the measure of, unless somebody has confirmed it.

    `lost` is how many of the shards that were live before it are not in it, if that is known.
    """
    head = _head(connection, number)
    _judge(connection, head, lost)
    judge_later(connection, head.owner, head.taken_at, number)


def judge_all(connection: sqlite3.Connection) -> None:
    """Judge every snapshot in the store, in the order in which they were taken."""
    for (owner,) in connection.execute("SELECT id FROM instance").fetchall():
        judge_later(connection, owner, "", 0)


def judge_later(connection: sqlite3.Connection, owner: int, taken_at: str, number: int) -> None:
    """Judge the snapshots of an instance that were taken after that time and number."""
    later = connection.execute(
        "SELECT id FROM snapshot WHERE instance_id = ? AND (taken_at, id) > (?, ?) AND confirmed IS NULL"
        " ORDER BY taken_at, id",
        (owner, taken_at, number),
    ).fetchall()
    for (each,) in later:
        _judge(connection, _head(connection, each))


def judge_again(connection: sqlite3.Connection, owner: int, since: str) -> None:
    """Judge an instance's snapshots from that time on as if each had been stored when it was taken.

    A person's word stays, and a doubt where nothing is left to judge by. A second source that said the same says it
    again, if it still does.
    """
    rows = connection.execute(
        "SELECT id, taken_at, suspect, confirmed FROM snapshot WHERE instance_id = ? ORDER BY taken_at, id", (owner,)
    ).fetchall()
    found = [(number, taken_at, suspicion(suspect, confirmed)) for number, taken_at, suspect, confirmed in rows]
    by_source = [
        taken_at
        for _, taken_at, each in found
        if each and each.confirmed and not each.confirmed.by and stamp(each.confirmed.at) >= since
    ]
    later = [(number, each) for number, taken_at, each in found if taken_at >= min([since, *by_source])]
    said = {number: each for number, each in later if each and each.confirmed and each.confirmed.by}
    for number, _ in later:
        if number not in said:
            keep(connection, number, None)
    for number, known in later:
        head = _head(connection, number)
        measure = _before(connection, head.owner, head.taken_at, head.id)
        if measure is None and known is not None:
            keep(connection, number, known)
        else:
            _judge_in_turn(connection, head, measure, said.get(number))


def _judge_in_turn(connection: sqlite3.Connection, head: _Head, measure: int | None, said: Suspicion | None) -> None:
    found = _suspicion(connection, head, measure)
    if said is None:
        keep(connection, head.id, found)
        if found is not None:
            _find_witness(connection, head)
    elif found is not None:
        keep(connection, head.id, msgspec.structs.replace(found, confirmed=said.confirmed))


def renumbered(found: Suspicion, number: Callable[[int], int | None]) -> Suspicion:
    """Return a suspicion with the numbers that its snapshots have in another store."""
    confirmed = found.confirmed
    if confirmed is not None and confirmed.by is None:
        reason = re.sub(
            _NUMBERED, lambda match: f"snapshot {number(int(match[1])) or match[1]}", confirmed.reason, count=1
        )
        confirmed = msgspec.structs.replace(confirmed, reason=reason)
    against = None if found.against is None else number(found.against)
    return msgspec.structs.replace(found, against=against, confirmed=confirmed)


def keep(connection: sqlite3.Connection, number: int, found: Suspicion | None) -> None:
    """Keep a suspicion, and its confirmation, with a snapshot."""
    confirmed = None if found is None else found.confirmed
    doubt = None if found is None else msgspec.structs.replace(found, confirmed=None)
    values = [None if each is None else msgspec.json.encode(each).decode() for each in (doubt, confirmed)]
    cursor = connection.execute(
        "UPDATE snapshot SET suspect = :doubt, confirmed = :confirmed WHERE id = :number"
        " AND (suspect IS NOT :doubt OR confirmed IS NOT :confirmed)",
        {"doubt": values[0], "confirmed": values[1], "number": number},
    )
    if cursor.rowcount:
        seals.seal(connection, "snapshot", id=number)


def confirm(connection: sqlite3.Connection, number: int, confirmation: Confirmation | None) -> Suspicion | None:
    """Confirm a suspect snapshot, or with None doubt it again; judge those after it anew. Return what was doubted."""
    head, found = _head(connection, number), of(connection, number)
    if found is not None:
        found = msgspec.structs.replace(found, confirmed=confirmation)
        keep(connection, number, found)
        judge_later(connection, head.owner, head.taken_at, number)
    return found


def of(connection: sqlite3.Connection, number: int) -> Suspicion | None:
    """Load the suspicion about a snapshot, if there is or was one."""
    return suspicion(*connection.execute("SELECT suspect, confirmed FROM snapshot WHERE id = ?", (number,)).fetchone())


def is_judged(connection: sqlite3.Connection, number: int) -> bool:
    """Return whether a stored snapshot has been held against the history before it."""
    query = f"SELECT {reading.IS_JUDGED} FROM snapshot WHERE id = ?"  # noqa: S608 - our own words
    return bool(connection.execute(query, (number,)).fetchone()[0])


def judged(connection: sqlite3.Connection, snapshot: Snapshot) -> Snapshot:
    """Judge a snapshot that is not stored, by the newest that is believed; without one, return it as it is."""
    row = connection.execute("SELECT id FROM instance WHERE name = ?", (snapshot.instance.name,)).fetchone()
    measure = row and _before(connection, row[0], stamp(snapshot.taken_at), 2**63 - 1)
    if measure is None:
        return snapshot
    mask = Mask.of(snapshot.gaps)
    there = {(shard.database, shard.name) for database in snapshot.databases for shard in database.shards}
    held = {
        (shard.database, shard.name)
        for database in reading.load(connection, measure).databases
        if not mask.hides_database(database.name)
        for shard in database.shards
    }
    found = plausibility.suspicion(
        lost=len(held - there),
        held=len(held),
        left=len(there),
        source=snapshot.source,
        complete=snapshot.complete,
        against=measure,
    )
    return msgspec.structs.replace(snapshot, suspicion=found, judged=True)


def _head(connection: sqlite3.Connection, number: int) -> _Head:
    row = connection.execute(
        "SELECT id, instance_id, taken_at, source, complete, shard_count FROM snapshot WHERE id = ?", (number,)
    ).fetchone()
    return _Head(*row)


def _judge(connection: sqlite3.Connection, head: _Head, lost: int | None = None) -> None:
    measure = _measure(connection, head)
    if lost is not None and measure != _stored_before(connection, head):
        lost = None
    found = _suspicion(connection, head, measure, lost)
    keep(connection, head.id, found)
    if found is not None:
        _find_witness(connection, head)


def _suspicion(
    connection: sqlite3.Connection, head: _Head, measure: int | None, lost: int | None = None
) -> Suspicion | None:
    if measure is None:
        return None
    mask = Mask.of(reading.gaps(connection, head.id))
    if lost is None:
        by_database = selecting.lost(connection, head.owner, measure, head.id)
        lost = sum(count for database, count in by_database.items() if not mask.hides_database(database))
    held = reading.held_shards(connection, measure)
    return plausibility.suspicion(
        lost=lost,
        held=sum(count for name, count in held.items() if not mask.hides_database(name)),
        left=head.left,
        source=head.source,
        complete=bool(head.complete),
        against=measure,
    )


def _measure(connection: sqlite3.Connection, head: _Head) -> int | None:
    """Find the whole snapshot that another is held against: the last believed one taken before it.

    One that is older than all gets into its place in the history: it is held against the one that was there first.
    """
    before = _before(connection, head.owner, head.taken_at, head.id)
    if before is not None:
        return before
    row = connection.execute(
        f"SELECT id FROM snapshot WHERE instance_id = ? AND complete AND {BELIEVED}"  # noqa: S608 - a condition of our own
        " AND (taken_at, id) > (?, ?) AND id < ? ORDER BY taken_at, id LIMIT 1",
        (head.owner, head.taken_at, head.id, head.id),
    ).fetchone()
    return row and int(row[0])


def _stored_before(connection: sqlite3.Connection, head: _Head) -> int | None:
    """Find the snapshot whose rows were live before another one was stored."""
    query = "SELECT max(id) FROM snapshot WHERE instance_id = ? AND id < ?"
    return connection.execute(query, (head.owner, head.id)).fetchone()[0]  # type: ignore[no-any-return]


def _before(connection: sqlite3.Connection, owner: int, taken_at: str, number: int) -> int | None:
    row = connection.execute(
        f"SELECT id FROM snapshot WHERE instance_id = ? AND complete AND {BELIEVED}"  # noqa: S608 - a condition of our own
        " AND (taken_at, id) < (?, ?) ORDER BY taken_at DESC, id DESC LIMIT 1",
        (owner, taken_at, number),
    ).fetchone()
    return row and int(row[0])


def _find_witness(connection: sqlite3.Connection, head: _Head) -> None:
    """Confirm a suspect snapshot and the first one of an independent source that says the same; judge those after it.

    Both are held against the same snapshot: what was believed between them says that they saw two losses, not one.
    """
    if head.source not in _INDEPENDENT:
        return
    others = [_head(connection, each) for (each,) in connection.execute(
        "SELECT id FROM snapshot WHERE instance_id = ? AND id <> ? AND suspect IS NOT NULL AND confirmed IS NULL"
        " AND source = ? AND shard_count = ? AND complete ORDER BY taken_at, id",
        (head.owner, head.id, _INDEPENDENT[head.source], head.left),
    ).fetchall()]  # fmt: skip
    this = _proven(connection, head.id) if others else None
    if this is None:
        return
    measure = _measure(connection, head)
    for other in others:
        that = _proven(connection, other.id) if _measure(connection, other) == measure else None
        if that is not None and plausibility.says_the_same(this, that):
            _confirm_by(connection, this, that)
            _confirm_by(connection, that, this)
            first = min(head, other, key=lambda each: (each.taken_at, each.id))
            judge_later(connection, first.owner, first.taken_at, first.id)
            return


def _proven(connection: sqlite3.Connection, number: int) -> Snapshot | None:
    """Load a snapshot; None if it is damaged: then it is no witness, and keeps nobody from storing another."""
    try:
        return reading.load(connection, number)
    except ValueError:
        return None


def _confirm_by(connection: sqlite3.Connection, snapshot: Snapshot, witness: Snapshot) -> None:
    if snapshot.suspicion is not None:
        text = _WITNESS.format(number=witness.number, source=witness.source)
        confirmation = Confirmation(text, None, max(snapshot.taken_at, witness.taken_at))
        keep(connection, snapshot.number or 0, msgspec.structs.replace(snapshot.suspicion, confirmed=confirmation))
