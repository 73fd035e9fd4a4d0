"""Bringing in what is about snapshots and instances: changes, baselines, notifications, layouts, and the audit."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, TypeAlias

from drift.store import change_windows, confirmed_layouts, seals, watch_state
from drift.store.records import ChangeWindow

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

_Key: TypeAlias = tuple[Any, ...]


def bring(connection: sqlite3.Connection) -> None:
    """Bring in all that is about snapshots and instances. Their numbers and row ids are known already."""
    _bring_changes(connection)
    _bring_baselines(connection)
    _bring_notifications(connection)
    _bring_layouts(connection)
    _bring_audit(connection)
    _bring_verifications(connection)


def _bring_changes(connection: sqlite3.Connection) -> None:
    """Join the records of one change: it began when it was begun first, and ended when it was ended first."""
    number = "(SELECT number FROM staged.place WHERE store = each.store AND id = {})"
    rows = connection.execute(
        f"SELECT owner.name, each.name, {number.format('begun')}, {number.format('ended')}, plan, plan_path"  # noqa: S608 - words of our own
        " FROM staged.change AS each"
        " JOIN staged.owner AS owner ON owner.store = each.store AND owner.id = each.instance_id"
    )
    found: dict[_Key, list[ChangeWindow]] = defaultdict(list)
    for instance, name, begun, ended, plan, path in rows.fetchall():
        window = ChangeWindow(instance=instance, name=name, begun=begun, ended=ended, plan=plan, plan_path=path)
        found[instance, name].append(window)
    for (instance, name), windows in sorted(found.items()):
        here = [each for each in change_windows.find(connection, name) if each.instance == instance]
        joined = _joined(connection, [*here, *windows])
        if joined not in here:
            change_windows.save(connection, joined)


def _joined(connection: sqlite3.Connection, windows: list[ChangeWindow]) -> ChangeWindow:
    begun = sorted(windows, key=lambda each: (*_moment(connection, each.begun), each.plan or ""))
    ends = [each.ended for each in windows if each.ended is not None]
    planned = next((each for each in begun if each.plan is not None), begun[0])
    return ChangeWindow(
        instance=begun[0].instance,
        name=begun[0].name,
        begun=begun[0].begun,
        ended=min(ends, key=lambda each: _moment(connection, each), default=None),
        plan=planned.plan,
        plan_path=planned.plan_path,
    )


def _bring_baselines(connection: sqlite3.Connection) -> None:
    """Judge a watched instance against the newest of its baselines: each was accepted after the one before."""
    rows = connection.execute(
        "SELECT owner.name, number FROM staged.watched AS each"
        " JOIN staged.owner AS owner ON owner.store = each.store AND owner.id = each.instance_id"
        " JOIN staged.place AS place ON place.store = each.store AND place.id = baseline ORDER BY number"
    ).fetchall()
    for name, number in rows:
        here = watch_state.baseline(connection, name)
        if here is None or _moment(connection, here) < _moment(connection, number):
            watch_state.save_baseline(connection, number)


def _moment(connection: sqlite3.Connection, number: int) -> tuple[str, int]:
    (taken_at,) = connection.execute("SELECT taken_at FROM main.snapshot WHERE id = ?", (number,)).fetchone()
    return taken_at, number


def _bring_notifications(connection: sqlite3.Connection) -> None:
    """Take over what each channel was notified of, with what is on its way, from the store that sent it more.

    The two belong together: what that store has neither sent nor on its way is news in the next run.
    """
    keys = connection.execute(
        "SELECT DISTINCT channel, instance FROM staged.told ORDER BY channel, instance"
    ).fetchall()
    for channel, instance in keys:
        stores = connection.execute(
            "SELECT store FROM staged.told WHERE channel = ? AND instance = ?", (channel, instance)
        ).fetchall()
        states = {store: _state(connection, store, channel, instance) for (store,) in stores}
        best = max(states, key=states.__getitem__)
        if states[best] > _state(connection, None, channel, instance):
            _take_over(connection, best, channel, instance)


def _state(connection: sqlite3.Connection, store: int | None, channel: str, instance: str) -> _Key:
    """Return what a store says of a channel, so that the one to believe is the greater one.

    Of two that sent as much, the one counts that has fewer on their way: there they have arrived.
    """
    room, condition = ("main", "TRUE") if store is None else ("staged", f"store = {store:d}")
    where = f"WHERE {condition} AND channel = ? AND instance = ?"
    told = connection.execute(
        f"SELECT count, items, trouble IS NOT NULL, trouble FROM {room}.told {where}",  # noqa: S608 - words of our own
        (channel, instance),
    ).fetchone()
    waiting = connection.execute(
        f"SELECT number, sent, notification FROM {room}.outbox {where} ORDER BY number",  # noqa: S608 - words of our own
        (channel, instance),
    ).fetchall()
    return () if told is None else (told[0], told[1], told[2], told[3] or "", -len(waiting), waiting)


def _take_over(connection: sqlite3.Connection, store: int, channel: str, instance: str) -> None:
    for table, names in (
        ("told", "channel, instance, count, items, trouble"),
        ("outbox", "channel, instance, number, sent, notification"),
    ):
        values = {"store": store, "channel": channel, "instance": instance}
        connection.execute(f"DELETE FROM main.{table} WHERE channel = :channel AND instance = :instance", values)  # noqa: S608 - names of our own
        connection.execute(
            f"INSERT INTO main.{table} ({names}) SELECT {names} FROM staged.{table}"  # noqa: S608 - names of our own
            " WHERE store = :store AND channel = :channel AND instance = :instance",
            values,
        )
        seals.seal(connection, table, channel=channel, instance=instance)


def _bring_layouts(connection: sqlite3.Connection) -> None:
    """Bring in the confirmed layouts; of two records of one, the first stays, as in one store."""
    rows: Iterable[_Key] = connection.execute(
        "SELECT instance, layout, reader_version, confirmed_by, confirmed_at FROM staged.confirmed_layout"
        " ORDER BY confirmed_at, confirmed_by"
    ).fetchall()
    for row in rows:
        confirmed_layouts.take_over(connection, *row)


def _bring_audit(connection: sqlite3.Connection) -> None:
    """Bring in what was read of the audit, with its seals; a window that one store has read whole was read."""
    connection.execute(
        "INSERT INTO main.audit_window (instance, since, until, problem, seal)"
        " SELECT instance, since, until, problem, seal FROM staged.audit_window WHERE true"
        " ORDER BY problem IS NULL, problem, store"
        " ON CONFLICT DO UPDATE SET problem = NULL, seal = excluded.seal WHERE excluded.problem IS NULL"
    )
    names = "instance, id, time, service, name, kind, user, address, resource_id, resource_name, is_refused, seal"
    connection.execute(
        f"INSERT OR IGNORE INTO main.trace ({names}) SELECT {names} FROM staged.trace ORDER BY store"  # noqa: S608 - names of our own
    )


def _bring_verifications(connection: sqlite3.Connection) -> None:
    """Bring in what was found on data nodes, with its seals; one that several stores have comes once."""
    names = "instance, read_at, content_hash, verdict, report, seal"
    connection.execute(
        f"INSERT OR IGNORE INTO main.verification ({names}) SELECT {names} FROM staged.verification ORDER BY store"  # noqa: S608 - names of our own
    )
