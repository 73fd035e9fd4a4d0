"""The numbers that staged snapshots get, and the instances that they belong to. Writes only to `staged`.

A snapshot is stored already where the store has one of the same instance, time, source and content. Those that are new
are numbered in the order in which they were taken, after all that the store has: a number in a change ticket keeps its
meaning. So the numbers are the same, whatever the order in which the stores were named.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from drift.core.errors import ConfigError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from pathlib import Path

    from drift.store.merge.staging import Staged

# `nth`: of several that are the same by these columns, such as one that was read again. `turn`: of those of one time.
_IDENTITY: Final = "name, taken_at, source, content_hash, nth"
_HEADS: Final = """
    CREATE TABLE staged.head AS
    SELECT store, each.id AS id, name, taken_at, source, content_hash, label, layout, read_with,
        digest IS NULL AS is_poor, reader_version,
        row_number() OVER (PARTITION BY store, name, taken_at, source, content_hash ORDER BY each.id) AS nth,
        row_number() OVER (PARTITION BY store, name, taken_at ORDER BY each.id) AS turn
    FROM staged.snapshot AS each JOIN staged.instance AS owner USING (store)
    WHERE owner.id = each.instance_id
"""
_KNOWN: Final = """
    CREATE TABLE staged.known AS
    SELECT name, each.taken_at, each.source, each.content_hash, each.id AS number,
        row_number() OVER (
            PARTITION BY name, each.taken_at, each.source, each.content_hash ORDER BY each.id
        ) AS nth
    FROM (SELECT DISTINCT name, taken_at FROM staged.head) AS moment
    JOIN main.instance AS owner USING (name)
    JOIN main.snapshot AS each ON each.instance_id = owner.id AND each.taken_at = moment.taken_at
"""
# Of equal ones, a capture counts more than an import of it, which doesn't know its response, layout or label.
_FRESH: Final = f"""
    CREATE TABLE staged.fresh AS
    WITH one AS (
        SELECT *, row_number() OVER (
            PARTITION BY {_IDENTITY}
            ORDER BY is_poor, label IS NULL, label, layout, read_with, reader_version DESC, store
        ) AS choice, min(turn) OVER (PARTITION BY {_IDENTITY}) AS first_turn
        FROM staged.head LEFT JOIN staged.known USING ({_IDENTITY}) WHERE number IS NULL
    )
    SELECT {_IDENTITY}, store, id,
        :last + row_number() OVER (ORDER BY taken_at, name, first_turn, source, content_hash, nth) AS number
    FROM one WHERE choice = 1
"""  # noqa: S608 - columns of our own
_PLACES: Final = f"""
    INSERT INTO staged.place (store, id, number, name, is_new)
    SELECT head.store, head.id, coalesce(known.number, fresh.number), name,
        fresh.store IS head.store AND fresh.id IS head.id
    FROM staged.head LEFT JOIN staged.known USING ({_IDENTITY}) LEFT JOIN staged.fresh USING ({_IDENTITY})
"""  # noqa: S608 - columns of our own
_LAST: Final = """
    SELECT max(coalesce((SELECT seq FROM main.sqlite_sequence WHERE name = 'snapshot'), 0),
        coalesce((SELECT max(id) FROM main.snapshot), 0))
"""
# An instance is plain where the store doesn't have it, and all its snapshots come from one store, in their order; it is
# joined where several stores tell its history, also the same one.
_OWNERS: Final = """
    CREATE TABLE staged.owner AS
    WITH steps AS (
        SELECT *, number < lag(number) OVER (PARTITION BY store, name ORDER BY id) AS is_back FROM staged.place
    ), held AS (
        SELECT store, name, sum(is_new) AS news, count(*) AS every, coalesce(max(is_back), 0) AS is_back,
            min(CASE WHEN is_new THEN number END) AS number
        FROM steps GROUP BY store, name
    ), whole AS (
        SELECT name, count(*) AS stores, min(number) AS number FROM held WHERE news GROUP BY name
    )
    SELECT staged.instance.store, staged.instance.id, name, held.news,
        coalesce(own.id, (SELECT coalesce(max(id), 0) FROM main.instance)
            + dense_rank() OVER (PARTITION BY own.id IS NULL ORDER BY whole.number)) AS owner,
        own.id IS NULL AS is_new,
        own.id IS NULL AND whole.stores = 1 AND held.news = held.every AND NOT held.is_back AS is_plain,
        own.id IS NOT NULL OR count(*) OVER (PARTITION BY name) > 1 AS is_joined
    FROM staged.instance JOIN held USING (store, name) LEFT JOIN whole USING (name)
    LEFT JOIN main.instance AS own USING (name)
"""


def number(connection: sqlite3.Connection) -> int:
    """Give numbers to the staged snapshots, in `staged.place`, and to their instances; return how many are new.

    `place` has the store, the id there, the number here, the instance's name, and whether the snapshot is new, for each
    staged snapshot. `owner` has the store and the id there of each staged instance, its row id here, `is_plain` and
    `is_joined`.
    """
    (last,) = connection.execute(_LAST).fetchone()
    connection.execute(_HEADS)
    connection.execute(f"CREATE INDEX staged.head_identity ON head ({_IDENTITY})")
    connection.execute(_KNOWN)
    connection.execute(f"CREATE INDEX staged.known_identity ON known ({_IDENTITY})")
    connection.execute(_FRESH, {"last": last})
    connection.execute(f"CREATE INDEX staged.fresh_identity ON fresh ({_IDENTITY})")
    connection.execute(
        "CREATE TABLE staged.place (store, id, number INTEGER NOT NULL, name, is_new, PRIMARY KEY (store, id))"
    )
    connection.execute(_PLACES)
    connection.execute("CREATE INDEX staged.place_number ON place (name, is_new, number)")
    connection.execute(_OWNERS)
    connection.execute("CREATE UNIQUE INDEX staged.owner_id ON owner (store, id)")
    return int(connection.execute("SELECT count(*) FROM staged.fresh").fetchone()[0])


def _renaming(old: str, new: str, path: Path) -> str:
    return shlex.join(["drift", "rename-instance", old, new, "--store", str(path)])


def check_names(connection: sqlite3.Connection, into: Path, stores: Sequence[Staged]) -> None:
    """Raise ConfigError where two instances have one name, or one instance has two: their histories can't be joined."""
    paths = {-1: into, **{each.place: each.path for each in stores}}
    names: dict[str, tuple[str, int]] = {}
    ids: dict[str, tuple[str, int]] = {}
    rows = connection.execute(
        "SELECT name, ddm_instance_id, -1 AS store FROM main.instance WHERE ddm_instance_id IS NOT NULL"
        " UNION ALL SELECT name, ddm_instance_id, store FROM staged.instance WHERE ddm_instance_id IS NOT NULL"
        " ORDER BY store, name"
    ).fetchall()
    for name, instance_id, store in rows:
        known_id, first = names.setdefault(name, (instance_id, store))
        if known_id != instance_id:
            raise ConfigError(
                f"the instance {name!r} has the id {known_id} in {paths[first]}, but {instance_id} in {paths[store]}",
                hint=f"Give one of the two another name: `{_renaming(name, 'NEW', paths[store])}`.",
            )
        known_name, first = ids.setdefault(instance_id, (name, store))
        if known_name != name:
            raise ConfigError(
                f"the instance {instance_id} is called {known_name!r} in {paths[first]}, {name!r} in {paths[store]}",
                hint=f"Give it one name in both: `{_renaming(name, known_name, paths[store])}`.",
            )
