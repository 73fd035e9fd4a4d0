"""Changes that were announced: with which snapshot one began, what was planned, with which snapshot it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    import sqlite3


class ChangeWindow(msgspec.Struct, frozen=True, kw_only=True):
    """A change of one instance: `begun` and `ended` are numbers of snapshots, `ended` None while it is open.

    `plan` is the text of its plan as it was when the change began, `plan_path` the file that it was from.
    """

    instance: str
    name: str
    begun: int
    ended: int | None = None
    plan: str | None = None
    plan_path: str | None = None


def find(connection: sqlite3.Connection, name: str | None) -> list[ChangeWindow]:
    """The changes of that name, or all, in the order in which they began."""
    rows = connection.execute(
        "SELECT instance.name, change.name, begun, ended, plan, plan_path FROM change"
        " JOIN instance ON instance.id = instance_id WHERE :name IS NULL OR change.name = :name ORDER BY begun",
        {"name": name},
    )
    return [
        ChangeWindow(instance=instance, name=called, begun=begun, ended=ended, plan=plan, plan_path=path)
        for instance, called, begun, ended, plan, path in rows
    ]


def put(connection: sqlite3.Connection, ticket: ChangeWindow) -> None:
    """Write a change down, in the place of what was known of it."""
    connection.execute(
        "INSERT INTO change (instance_id, name, begun, ended, plan, plan_path)"
        " SELECT id, :name, :begun, :ended, :plan, :plan_path FROM instance WHERE name = :instance"
        " ON CONFLICT (instance_id, name) DO UPDATE SET"
        " begun = excluded.begun, ended = excluded.ended, plan = excluded.plan, plan_path = excluded.plan_path",
        msgspec.structs.asdict(ticket),
    )
