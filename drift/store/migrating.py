"""Creating a store, and bringing an older one up to date, by the steps of the schema. Opens nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.store.schema import STEPS, Step
from drift.store.schema_version import APPLICATION_ID

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from sqlite_utils import Database


def make(connection: sqlite3.Connection, steps: Sequence[Step]) -> None:
    """Create a new store with all these steps, inside the open transaction.

    A new store needs no record of earlier migrations, and so no sqlite-utils, which takes longer to load than the rest
    of a small capture. Measured: saves a twelfth of a first capture of 100,000 shards.
    """
    for step in steps:
        for statement in step.statements:
            connection.execute(statement)
    _mark(connection, len(steps))


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Bring a store that has `version` steps to the last one, inside the open transaction."""
    from sqlite_utils import Database, Migrations

    migrations = Migrations("drift")
    for step in STEPS[version:]:
        migrations(name=step.name)(_runner(step))
    migrations.apply(Database(connection, strict=True))
    _fill(connection, {step.name for step in STEPS[version:]})
    _mark(connection, len(STEPS))


def _fill(connection: sqlite3.Connection, steps: set[str]) -> None:
    """Fill the columns that these steps added and SQL can't fill. It reads by the newest schema, so it comes last."""
    if steps & {"seals", "read_with"}:
        from drift.store import seals

        seals.seal_all(connection)
    if "suspect" in steps:
        from drift.store import suspects

        suspects.judge_all(connection)


def _mark(connection: sqlite3.Connection, version: int) -> None:
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {version}")


def _runner(step: Step) -> Callable[[Database], None]:
    def run(db: Database) -> None:
        for statement in step.statements:
            db.execute(statement)

    return run
