"""Bringing the records of staged snapshots and instances into the store: all but the rows of intervals."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift.store import responses, seals, suspects
from drift.store.merge.staging import columns
from drift.store.rows import suspicion

if TYPE_CHECKING:
    import sqlite3

    from drift.core.model import Suspicion

# What a capture knows of its response and its reading, and an import of it does not.
_READING: Final = ("layout", "reader_version", "digest", "unconfirmed", "read_with")


def bring_instances(connection: sqlite3.Connection) -> None:
    """Bring in the instances; of what two stores say of one, the store counts that has the newer snapshot of it."""
    said: dict[tuple[int, str], dict[str, Any]] = defaultdict(dict)
    rows = connection.execute(
        "SELECT owner, name, project_id, ddm_instance_id, endpoint FROM ("
        " SELECT id AS owner, name, project_id, ddm_instance_id, endpoint,"
        "  (SELECT max(taken_at) FROM main.snapshot WHERE instance_id = instance.id) AS newest"
        " FROM main.instance WHERE name IN (SELECT name FROM staged.owner)"
        " UNION ALL SELECT owner.owner, owner.name, project_id, ddm_instance_id, endpoint,"
        "  (SELECT max(taken_at) FROM staged.head WHERE head.store = owner.store AND head.name = owner.name)"
        " FROM staged.owner AS owner JOIN staged.instance USING (store, id)"
        ") ORDER BY newest, project_id, endpoint"
    ).fetchall()
    for owner, name, *values in rows:
        filled = zip(("project_id", "ddm_instance_id", "endpoint"), values, strict=True)
        said[owner, name].update((column, value) for column, value in filled if value is not None)
    for (owner, name), known in said.items():
        record = {"project_id": None, "ddm_instance_id": None, "endpoint": None, **known, "id": owner, "name": name}
        changed = connection.execute(
            "INSERT INTO main.instance (id, name, project_id, ddm_instance_id, endpoint)"
            " VALUES (:id, :name, :project_id, :ddm_instance_id, :endpoint) ON CONFLICT (id) DO UPDATE SET"
            " project_id = :project_id, ddm_instance_id = :ddm_instance_id, endpoint = :endpoint"
            " WHERE (project_id, ddm_instance_id, endpoint) IS NOT (:project_id, :ddm_instance_id, :endpoint)",
            record,
        )
        if changed.rowcount:
            seals.seal(connection, "instance", id=owner)


def bring_heads(connection: sqlite3.Connection) -> None:
    """Bring in the new snapshots, with their gaps and operations, and what else is known of those that are here."""
    own = {"id": "place.number", "instance_id": "owner.owner", "seal": "NULL", "jobs_seal": "NULL"}
    names = columns(connection, "snapshot")
    connection.execute(
        f"INSERT INTO main.snapshot ({', '.join(names)})"  # noqa: S608 - names of our own
        f" SELECT {', '.join(own.get(name, f'each.{name}') for name in names)}"
        " FROM staged.snapshot AS each JOIN staged.place AS place USING (store, id)"
        " JOIN staged.owner AS owner ON owner.store = each.store AND owner.id = each.instance_id"
        " WHERE place.is_new ORDER BY place.number"
    )
    for table in ("gap", "in_flight"):
        rest = [name for name in columns(connection, table) if name != "snapshot_id"]
        connection.execute(
            f"INSERT INTO main.{table} (snapshot_id, {', '.join(rest)})"  # noqa: S608 - names of our own
            f" SELECT place.number, {', '.join(rest)} FROM staged.{table} AS each"
            " JOIN staged.place AS place ON place.store = each.store AND place.id = snapshot_id WHERE place.is_new"
        )


def complete_heads(connection: sqlite3.Connection) -> None:
    """Complete the record of a snapshot that is here by what another store knows of the same one."""
    names = ("label", *_READING)
    rows = connection.execute(
        f"SELECT number, {', '.join(f'here.{name}, each.{name}' for name in names)}"  # noqa: S608 - names of our own
        " FROM staged.snapshot AS each JOIN staged.place USING (store, id)"
        " JOIN main.snapshot AS here ON here.id = number"
        " WHERE NOT is_new AND ((here.label IS NULL AND each.label IS NOT NULL)"
        "  OR (here.digest IS NULL AND each.digest IS NOT NULL))"
        " ORDER BY number DESC, each.digest IS NOT NULL, each.label IS NOT NULL, each.label DESC"
    ).fetchall()
    for number, values in {row[0]: row[1:] for row in rows}.items():
        here, there = dict(zip(names, values[::2], strict=True)), dict(zip(names, values[1::2], strict=True))
        known = here | ({name: there[name] for name in _READING} if here["digest"] is None and there["digest"] else {})
        known["label"] = here["label"] or there["label"]
        listed = ", ".join(f"{name} = :{name}" for name in names)
        connection.execute(f"UPDATE main.snapshot SET {listed} WHERE id = :id", {**known, "id": number})  # noqa: S608 - as above
        seals.seal(connection, "snapshot", id=number)


def seal_new(connection: sqlite3.Connection) -> None:
    """Seal the new snapshots, once all that belongs to them is here."""
    for (number,) in connection.execute("SELECT number FROM staged.fresh").fetchall():
        seals.seal_snapshot(connection, number)


def judge(connection: sqlite3.Connection) -> None:
    """Judge anew which snapshots are suspect, where several stores tell one history; a person's word stays.

    Where nothing is left to judge by, the greatest doubt stays, whichever store has it.
    """
    suspicions = _suspicions(connection)
    doubts: dict[int, list[Suspicion]] = defaultdict(list)
    for is_new, number, found in suspicions:
        if is_new:
            doubts[number].append(found)
    for number, each in doubts.items():
        suspects.keep(connection, number, max(each, key=_weight))
    for _, number, found in suspicions:
        _note_word(connection, number, found)
    rows = connection.execute(
        "SELECT owner, min(taken_at) FROM staged.owner AS owner JOIN staged.place AS place USING (store, name)"
        " JOIN main.snapshot AS each ON each.id = number WHERE is_joined AND place.is_new GROUP BY owner"
    ).fetchall()
    for owner, first in rows:
        suspects.judge_again(connection, owner, first)


def _suspicions(connection: sqlite3.Connection) -> list[tuple[bool, int, Suspicion]]:
    """List the suspicions of all stores, with the numbers of here, and whether their snapshot was not here before."""
    rows = connection.execute(
        "SELECT store, number, suspect, confirmed, EXISTS ("
        "  SELECT 1 FROM staged.place AS one WHERE one.name = place.name AND one.is_new AND one.number = place.number"
        ") FROM staged.snapshot JOIN staged.place AS place USING (store, id) WHERE suspect IS NOT NULL"
    ).fetchall()
    return [
        (bool(is_new), number, suspects.renumbered(found, partial(_number, connection, store)))
        for store, number, suspect, confirmed, is_new in rows
        if (found := suspicion(suspect, confirmed)) is not None
    ]


def _weight(found: Suspicion) -> tuple[bool, int, int, int]:
    return found.confirmed is None, found.lost, found.held, found.against or 0


def _note_word(connection: sqlite3.Connection, number: int, found: Suspicion) -> None:
    """Keep what a person said of a snapshot: of several, the first word."""
    here, said = suspects.of(connection, number), found.confirmed
    if said is None or said.by is None:
        return
    known = None if here is None else here.confirmed
    if known is None or known.by is None or (said.at, said.by) < (known.at, known.by):
        suspects.keep(connection, number, found if here is None else msgspec.structs.replace(here, confirmed=said))


def _number(connection: sqlite3.Connection, store: int, there: int) -> int | None:
    row = connection.execute("SELECT number FROM staged.place WHERE store = ? AND id = ?", (store, there)).fetchone()
    return row and int(row[0])


def bring_responses(connection: sqlite3.Connection) -> None:
    """Bring in the kept responses, and let go of those that one store would not have kept."""
    rows = connection.execute(
        "SELECT number, max(each.pinned), here.pinned FROM staged.raw AS each"
        " JOIN staged.place AS place ON place.store = each.store AND place.id = each.snapshot_id"
        " LEFT JOIN main.raw AS here ON here.snapshot_id = number"
        " WHERE here.pinned IS NULL OR here.pinned < each.pinned GROUP BY number ORDER BY number"
    ).fetchall()
    for number, pinned, known in rows:
        if known is None:
            connection.execute(
                "INSERT INTO main.raw (snapshot_id, pinned, bytes) SELECT number, ?, bytes FROM staged.raw AS each"
                " JOIN staged.place AS place ON place.store = each.store AND place.id = each.snapshot_id"
                " WHERE number = ? LIMIT 1",
                (pinned, number),
            )
        else:
            connection.execute("UPDATE main.raw SET pinned = ? WHERE snapshot_id = ?", (pinned, number))
        seals.seal(connection, "raw", snapshot_id=number)
    for (owner,) in connection.execute("SELECT DISTINCT owner FROM staged.owner").fetchall():
        responses.let_go(connection, owner)
