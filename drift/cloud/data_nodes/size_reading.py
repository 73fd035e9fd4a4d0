"""Read the sizes of a data node's shards from InnoDB's own statistics, which opens no table.

The statistics are estimates, which InnoDB renews when a tenth of a table's rows have changed. Tables of other engines
are not in them.
"""

from __future__ import annotations

import time
from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift.cloud.data_nodes.blocks import paced, text
from drift.cloud.data_nodes.failures import SessionError
from drift.core.data_nodes import Failure
from drift.core.shard_sizes import NodeSizes, Size, family

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from drift.cloud.data_nodes.reading import Reader
    from drift.cloud.data_nodes.session import Session
    from drift.core.data_nodes import NodeReading

# A partition has a row of its own, named after its table.
_TABLE: Final = "SUBSTRING_INDEX(SUBSTRING_INDEX(table_name, '#P#', 1), '#p#', 1)"
_BYTES: Final = "SUM(clustered_index_size + sum_of_other_index_sizes) * @@innodb_page_size"
_AGE: Final = "MIN(UNIX_TIMESTAMP(last_update))"
_SIZES: Final = (
    f"SELECT CAST(database_name AS BINARY), CAST({_TABLE} AS BINARY), SUM(n_rows), {_BYTES}, {_AGE}"  # noqa: S608 - constants
    " FROM mysql.innodb_table_stats WHERE database_name IN ({marks}) GROUP BY 1, 2"
)


def size_reader(*, sleep: Callable[[float], None] = time.sleep) -> Reader:
    """Make the reader of sizes."""

    def read(session: Session, reading: NodeReading, claimed: Sequence[str]) -> NodeReading:
        try:
            sizes: Any = _read(session, reading, claimed, sleep)
        except SessionError as error:
            sizes = error.failure
        return msgspec.structs.replace(reading, sizes=sizes)

    return read


def _read(
    session: Session, reading: NodeReading, claimed: Sequence[str], sleep: Callable[[float], None]
) -> NodeSizes | Failure:
    server, rights = reading.server, reading.rights
    if server is None or rights is None or not rights.may_read_statistics:
        return Failure("right-missing")
    here = {server.folded(name): name for name in claimed if server.folded(name) in reading.databases}
    shards = dict.fromkeys(here.values(), Size())
    tables: defaultdict[tuple[str, str], Size] = defaultdict(Size)
    oldest: float | None = None
    for block in paced(list(here), sleep, session.renew):
        statement = _SIZES.format(marks=", ".join(["%s"] * len(block)))
        for name, table, rows, size, updated in session.rows(statement, *block):
            shard = here[text(name)]
            found = Size(int(size), int(rows))
            shards[shard] += found
            tables[family(shard), text(table)] += found
            oldest = float(updated) if oldest is None else min(oldest, float(updated))
    return NodeSizes(shards=shards, tables=dict(tables), oldest=_moment(oldest))


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
