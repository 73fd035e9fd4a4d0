"""The least that a capture or a comparison can be: a script that `run.py` measures beside drift.

    python benchmarks/least.py {first,noisy,moved} LAYOUT STORE FILE
    python benchmarks/least.py files LAYOUT FILE FILE

It loads the libraries that drift is made of, decodes the members that a shard's row has, with types that it knows
beforehand, and writes these rows. It checks nothing, keeps neither other members nor the response, and reports nothing.
A goal that it misses can't be reached with these libraries and tables.
"""

from __future__ import annotations

import sqlite3
import sys
from binascii import a2b_base64
from contextlib import closing
from hashlib import sha256
from itertools import chain
from operator import ne
from pathlib import Path
from typing import Any, Final

import click  # noqa: F401 - every command line of drift loads it
import msgspec
from isal import igzip

_BATCH: Final = 100  # rows in a statement, as drift has them
_MEMBERS: Final = {
    "lean": ("shards", "physicalDbName", "shardIndex", "dataNodeId", "status"),
    "detail": ("databases", "physical_db_name", "shard_index", "data_node_id", "status"),
}


class Export(msgspec.Struct):
    """The response, without its data nodes."""

    compressed_databases_info: str


def decode(layout: str, path: str) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """Decode a file into its databases, each with a row for every shard."""
    container, *members = _MEMBERS[layout]
    names = dict(zip(("name", "shard_index", "data_node_id", "status"), members, strict=True))
    fields = [("name", str), ("shard_index", int), ("data_node_id", str), ("status", str)]
    shard = msgspec.defstruct("Shard", fields, rename=names, gc=False)
    database = msgspec.defstruct("Database", [("name", str), ("shards", list[shard])], rename={"shards": container})
    export = msgspec.json.decode(Path(path).read_bytes(), type=Export)
    inflated = igzip.decompress(a2b_base64(export.compressed_databases_info))
    databases = msgspec.json.decode(inflated, type=list[database])
    return [(each.name, list(map(msgspec.structs.astuple, each.shards))) for each in databases]


def insert(connection: sqlite3.Connection, snapshot: int, name: str, rows: list[tuple[Any, ...]]) -> None:
    """Insert the rows of a database's shards."""
    columns = "instance_id, since, attributes, database, name, shard_index, data_node_id, status"
    marks = f"(1, {snapshot:d}, '{{}}', ?, ?, ?, ?, ?)"
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        values = list(chain.from_iterable((name, *row) for row in batch))
        many = ", ".join([marks] * len(batch))
        connection.execute(f"INSERT INTO shard_version ({columns}) VALUES {many}", values)  # noqa: S608 - words of our own


def capture(work: str, layout: str, store: str, path: str) -> None:
    """Write all rows of a file; or end all that there are before; or only digest what a capture is compared by."""
    databases = decode(layout, path)
    with closing(sqlite3.connect(store, isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size = -65536")  # as drift has it
        connection.execute("BEGIN IMMEDIATE")
        if work == "moved":
            connection.execute(
                "UPDATE shard_version INDEXED BY shard_version_live SET until = 2, room = NULL"
                " WHERE instance_id = 1 AND until IS NULL"
            )
        for name, rows in databases:
            if work == "noisy":
                sha256(msgspec.msgpack.encode(sorted(rows))).digest()
            else:
                insert(connection, 2 if work == "moved" else 1, name, rows)
        connection.execute("COMMIT")


def compare(layout: str, before: str, after: str) -> None:
    """Count the rows that differ."""
    for (_, old), (_, new) in zip(decode(layout, before), decode(layout, after), strict=True):
        sum(map(ne, old, new))


def copy_tables(store: Path, empty: Path) -> None:
    """Make a store with the table of shards alone, and its indexes, as another has them."""
    with closing(sqlite3.connect(store)) as old, closing(sqlite3.connect(empty, isolation_level=None)) as new:
        new.execute("PRAGMA journal_mode = WAL")
        for (statement,) in old.execute("SELECT sql FROM sqlite_master WHERE tbl_name = 'shard_version' AND sql > ''"):
            new.execute(statement)


if __name__ == "__main__":
    if sys.argv[1] == "files":
        compare(*sys.argv[2:])
    else:
        capture(*sys.argv[1:])
