"""Mending a history: another name for an instance, and an instance out of the store. A copy is made before."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from drift.core import validators
from drift.core.errors import BaselineError, UsageError
from drift.core.references import name_problem
from drift.store import pruning, reading, seals
from drift.store.opening import backed_up

if TYPE_CHECKING:
    import sqlite3

__all__ = ["backed_up", "check_rename", "forget", "rename", "require"]

# Tables that call an instance by its name, because it may have no snapshot yet.
_BY_NAME: Final = ("told", "outbox", "confirmed_layout", "audit_window", "trace", "verification")


def require(connection: sqlite3.Connection, name: str) -> None:
    """Raise BaselineError, with the names that there are, unless the store has an instance of that name."""
    names = [str(each.name) for each in reading.instances(connection)]
    if name not in names:
        there = f"; it has snapshots of {validators.listed(names, 'and')}" if names else ""
        raise BaselineError(
            f"the store has no instance {name!r}{validators.suggestion(name, names) or there}",
            hint="`drift log` lists the stored snapshots.",
        )


def check_rename(connection: sqlite3.Connection, old: str, new: str) -> None:
    """Raise BaselineError for an unknown instance, UsageError for a name that can't be given."""
    require(connection, old)
    if problem := name_problem(new):
        raise UsageError(f"{new!r} can't be an instance's name: {problem}")
    if new == old:
        raise UsageError(f"{old} is its name already", hint="`drift rename-instance OLD NEW` gives it another.")
    if new in {each.name for each in reading.instances(connection)}:
        raise UsageError(
            f"the store has an instance {new!r} already, and two histories can't be joined",
            hint=f"`drift forget {shlex.quote(new)}` takes the other one out.",
        )


def rename(connection: sqlite3.Connection, old: str, new: str) -> None:
    """Give an instance another name."""
    connection.execute("UPDATE instance SET name = ? WHERE name = ?", (new, old))
    seals.seal(connection, "instance", name=new)
    for table in _BY_NAME:
        connection.execute(f"DELETE FROM {table} WHERE instance = ?", (new,))  # noqa: S608 - a name of our own
        connection.execute(f"UPDATE {table} SET instance = ? WHERE instance = ?", (new, old))  # noqa: S608 - as above
        seals.seal(connection, table, instance=new)


def forget(connection: sqlite3.Connection, name: str) -> None:
    """Remove an instance, its snapshots, and what was notified and confirmed about it."""
    pruning.prune(connection, [entry.number for entry in reading.log(connection, name)])
    for table in _BY_NAME:
        connection.execute(f"DELETE FROM {table} WHERE instance = ?", (name,))  # noqa: S608 - a name of our own
