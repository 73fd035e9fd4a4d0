"""The announced changes: the snapshot with which each began, its plan, and the snapshot with which it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from drift.store import seals
from drift.store.records import ChangeWindow

if TYPE_CHECKING:
    import sqlite3


def find(connection: sqlite3.Connection, name: str | None) -> list[ChangeWindow]:
    """List the changes of that name, or all of them, in the order in which they began."""
    seals.check(connection, "change", **({} if name is None else {"name": name}))
    rows = connection.execute(
        "SELECT instance.name, change.name, begun, ended, plan, plan_path FROM change"
        " JOIN instance ON instance.id = instance_id WHERE :name IS NULL OR change.name = :name ORDER BY begun",
        {"name": name},
    )
    return [
        ChangeWindow(instance=instance, name=name, begun=begun, ended=ended, plan=plan, plan_path=path)
        for instance, name, begun, ended, plan, path in rows
    ]


def begin(connection: sqlite3.Connection, window: ChangeWindow) -> ChangeWindow:
    """Record the begin of a change; one that has begun already keeps its snapshot. Return the change as recorded."""
    known = next((each for each in find(connection, window.name) if each.instance == window.instance), None)
    if known is not None:
        plan = {} if window.plan is None else {"plan": window.plan, "plan_path": window.plan_path}
        window = msgspec.structs.replace(known, **plan)
    save(connection, window)
    return window


def save(connection: sqlite3.Connection, window: ChangeWindow) -> None:
    """Record a change; an earlier record of the same change is replaced."""
    connection.execute(
        "INSERT INTO change (instance_id, name, begun, ended, plan, plan_path)"
        " SELECT id, :name, :begun, :ended, :plan, :plan_path FROM instance WHERE name = :instance"
        " ON CONFLICT (instance_id, name) DO UPDATE SET"
        " begun = excluded.begun, ended = excluded.ended, plan = excluded.plan, plan_path = excluded.plan_path",
        msgspec.structs.asdict(window),
    )
    seals.seal(connection, "change", name=window.name)
