from __future__ import annotations

import sqlite3
from contextlib import closing

import msgspec
import pytest

from drift.core.model import READER_VERSION, Snapshot
from drift.store import Store, seals
from support.builders import a_database, a_snapshot, a_time

LAYOUT = "flat"


def unconfirmed(**fields: object) -> Snapshot:
    return msgspec.structs.replace(a_snapshot(a_database(), **fields), unconfirmed=True)


def flags(store: Store) -> list[bool]:
    """Whether each snapshot is unconfirmed, oldest first: the log and the snapshot itself say the same."""
    listed = [entry.unconfirmed for entry in reversed(store.log())]
    assert listed == [store.load(number).unconfirmed for number in range(1, len(listed) + 1)]
    return listed


def test_a_confirmed_layout_confirms_what_was_and_what_will_be_read_by_it(store: Store) -> None:
    """Once a layout is confirmed, no snapshot of that instance in it is unconfirmed, whenever it was stored."""
    store.save(unconfirmed())
    assert flags(store) == [True]
    store.confirm_layout("orders-prod", LAYOUT, "details", a_time())
    store.save(unconfirmed(minutes=1))
    assert flags(store) == [False, False]
    assert store.confirmed_layouts("orders-prod") == {LAYOUT}


@pytest.mark.parametrize(("instance", "layout"), [("orders-test", LAYOUT), ("orders-prod", "nested")])
def test_a_layout_is_confirmed_for_one_instance(store: Store, instance: str, layout: str) -> None:
    """Neither another layout nor the same layout of another instance is confirmed with it."""
    store.save(unconfirmed())
    store.confirm_layout(instance, layout, "person", a_time())
    assert flags(store) == [True]


def test_a_layout_is_confirmed_for_one_reader(store: Store) -> None:
    """A layout that an earlier reader was confirmed with counts as new, as records may be read otherwise now."""
    store.save(unconfirmed())
    store.confirm_layout("orders-prod", LAYOUT, "details", a_time())
    with closing(sqlite3.connect(store.path)) as connection, connection:
        connection.execute("UPDATE confirmed_layout SET reader_version = ?", (READER_VERSION - 1,))
        seals.seal(connection, "confirmed_layout")
    assert store.confirmed_layouts("orders-prod") == frozenset()
    assert flags(store) == [True]


def test_the_only_instance_needs_no_name(store: Store) -> None:
    """Without a name, the layouts are those of the only instance, and none where there are several."""
    store.confirm_layout("orders-prod", LAYOUT, "person", a_time())
    assert store.confirmed_layouts(None) == {LAYOUT}
    store.save(a_snapshot(instance="orders-test"))
    assert store.confirmed_layouts(None) == frozenset()
