"""Asking a lake with DuckDB."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Final

import duckdb
import pyarrow.dataset as ds

from drift.store.lake import sources
from drift.store.lake.places import error, explained
from drift.store.lake.questions import VIEWS, question
from drift.store.lake.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import pyarrow as pa

    from drift.store.lake.files import Lake

_PINNED: Final = frozenset({"snapshots", "gaps"})
SETTINGS: tuple[str, ...] = (
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET TimeZone = 'UTC'",
)
_SCHEMAS: Final = {table.name: table.schema for table in TABLES}


def ask(lake: Lake, name: str, values: Mapping[str, str | datetime], instances: Sequence[str] = ()) -> pa.Table:
    """Ask a question, of some instances or of all. Raises LakeError, or BaselineError if there is no such lake.

    Snapshots are read first, and rows after them; what is written meanwhile is found out by looking again.
    """
    asked = question(name)
    tables = [VIEWS[view] for view in asked.views]
    before = sources.find(lake, tables, instances)
    with closing(duckdb.connect()) as connection, explained(lake.place):
        try:
            for setting in SETTINGS:
                connection.execute(setting)
            for view in sorted(asked.views, key=lambda view: view not in _PINNED):
                _show(connection, lake, view, before.paths[VIEWS[view]])
            given = {each: values[each] for each in asked.parameters}
            answer = connection.sql(asked.for_duckdb, params=given).to_arrow_table()
            sources.recheck(lake, before, lambda: _pinned(connection))
        except duckdb.Error as exc:
            raise error(lake.place, f"DuckDB: {' '.join(str(exc).split())}") from exc
    return answer


def _show(connection: duckdb.DuckDBPyConnection, lake: Lake, view: str, paths: Sequence[str]) -> None:
    """Make the files of a table known under a name, or read them at once."""
    kind = "TEMP TABLE" if view in _PINNED else "TEMP VIEW"
    if lake.place.is_local:
        files = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
        source = f"read_parquet([{files}], hive_partitioning = false)"
    else:  # DuckDB's own way to a bucket is an extension that it would have to download
        source = f"files_of_{view}"
        connection.register(
            source, ds.dataset(list(paths), schema=_SCHEMAS[VIEWS[view]], filesystem=lake.place.filesystem)
        )
    connection.execute(f"CREATE {kind} {view} AS SELECT * FROM {source}")  # noqa: S608 - names of our own


def _pinned(connection: duckdb.DuckDBPyConnection) -> set[tuple[str, int]]:
    return set(connection.execute("SELECT instance, id FROM snapshots").fetchall())
