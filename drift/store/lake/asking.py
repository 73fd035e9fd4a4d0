"""Asking a lake with DuckDB."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from typing import TYPE_CHECKING, Final

import duckdb
import pyarrow.dataset as ds

from drift.store.lake import sources
from drift.store.lake.places import error, explained
from drift.store.lake.questions import VIEWS, question
from drift.store.lake.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    import pyarrow as pa

    from drift.store.lake.files import Lake
    from drift.store.lake.questions import Question
    from drift.store.lake.sources import Sources

_PINNED: Final = frozenset({"snapshots", "gaps"})
_PAUSE: Final = 0.05  # seconds
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
            return _in_a_thread(connection, lambda: _answer(connection, lake, asked, values, before))
        except duckdb.Error as exc:
            sources.check(lake, before)
            raise error(lake.place, f"DuckDB: {' '.join(str(exc).split())}") from exc


def _in_a_thread(connection: duckdb.DuckDBPyConnection, work: Callable[[], pa.Table]) -> pa.Table:
    """Let DuckDB work in a thread that no signal reaches: of one that does, it makes an error of its own."""
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(work)
        try:
            return answer.result()
        except BaseException:
            while wait([answer], _PAUSE).not_done:  # between two statements, there is nothing to interrupt yet
                connection.interrupt()
            raise


def _answer(
    connection: duckdb.DuckDBPyConnection,
    lake: Lake,
    asked: Question,
    values: Mapping[str, str | datetime],
    found: Sources,
) -> pa.Table:
    for setting in SETTINGS:
        connection.execute(setting)
    for view in sorted(asked.views, key=lambda view: view not in _PINNED):
        _show(connection, lake, view, found.paths[VIEWS[view]])
    given = {each: values[each] for each in asked.parameters}
    answer = connection.sql(asked.for_duckdb, params=given).to_arrow_table()
    sources.recheck(lake, found, lambda: _pinned(connection))
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
