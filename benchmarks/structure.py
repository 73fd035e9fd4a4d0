"""The structure of many shards on one data node, beside a bare script of the same queries: time, CPU and memory.

    python benchmarks/structure.py --shards 1000 --tables 20

A MariaDB server holds the shards. Both ways send the same digests in the same blocks, with the same pauses and without
any, in turn; a ratio is that of the medians. Drift also reads the definitions, and compares the shards. Memory is the
peak of what Python allocates, once for two tables a shard and once for all.
"""

from __future__ import annotations

import argparse
import sys
import time
import tracemalloc
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pymysql

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from drift.cloud.data_nodes import LoginGuard, NodeTarget, table_statements  # noqa: E402
from drift.cloud.data_nodes.blocks import paced  # noqa: E402
from drift.cloud.data_nodes.reading import read_node  # noqa: E402
from drift.cloud.data_nodes.table_reading import structure_reader  # noqa: E402
from drift.compare.tables.comparison import compare_structure  # noqa: E402
from support.builders import a_database, a_node, a_shard, a_snapshot, node_id  # noqa: E402
from support.mariadb import Server, prepared  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from drift.core.data_nodes import NodeReading
    from drift.core.model import Snapshot

COLUMNS = ", ".join(f"c{number} VARCHAR(64) NOT NULL DEFAULT 'x'" for number in range(8))
TABLE = (
    "CREATE TABLE `t{number}` (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,"
    f" created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, {COLUMNS}, KEY idx_created (created_at))"
)
# One file for all tables, and no statistics: this is about definitions.
OPTIONS = ("--innodb-file-per-table=0", "--innodb-stats-persistent=0", "--table-open-cache=2000")


def no_pause(_seconds: float) -> None:
    """Go on at once."""


def bare(
    server: Server, sources: Sequence[table_statements.Source], names: Sequence[str], sleep: Callable[[float], None]
) -> None:
    """Send the digests by plain PyMySQL, and keep them."""
    connection = pymysql.connect(unix_socket=str(server.path), user="drift", autocommit=True, ssl_disabled=True)
    digests = []
    with connection, connection.cursor() as cursor:
        for block in paced(names, sleep):
            for source in sources:
                cursor.execute(table_statements.shard_digests(source, len(block)), block)
                digests += cursor.fetchall()


def with_drift(server: Server, snapshot: Snapshot, names: Sequence[str], sleep: Callable[[float], None]) -> NodeReading:
    """Read and compare as `drift verify --structure` does."""
    node = node_id("rds-1")
    target = NodeTarget(node_id=node, host=str(server.path), user="drift", tls="off", claimed=tuple(names))
    reading = read_node(target, LoginGuard(), (structure_reader(sleep=sleep),))
    found = compare_structure(snapshot, {node: reading})
    if found.not_checked or found.compared.findings or found.databases[0].shards != len(names):
        raise SystemExit(f"not as made: {found.not_checked} {found.compared.findings[:3]}")
    return reading


def measured(act: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds of time and of own CPU."""
    wall, cpu = time.monotonic(), time.process_time()
    act()
    return time.monotonic() - wall, time.process_time() - cpu


def peak(act: Callable[[], object]) -> int:
    """Return the most bytes that are allocated at once."""
    tracemalloc.start()
    act()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def fill(server: Server, names: Sequence[str], tables: Sequence[int]) -> None:
    """Make the same tables in each shard."""
    for name in names:
        server.run(f"USE `{name}`", *(TABLE.format(number=number) for number in tables))


def compare(ways: dict[str, Callable[[], object]], rounds: int) -> None:
    """Measure the ways in turn, and print the ratios."""
    figures: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, act in ways.items():
            figures[name].append(measured(act))
    walls, cpus = ({name: median(each[at] for each in found) for name, found in figures.items()} for at in (0, 1))
    for pauses in ("with", "without"):
        mine, theirs = f"drift {pauses}", f"script {pauses}"
        print(
            f"{pauses} pauses: {walls[mine] / walls[theirs]:.2f} times the time of a bare script"
            f" ({walls[mine]:.2f} s and {walls[theirs]:.2f} s; own CPU {cpus[mine]:.2f} s and {cpus[theirs]:.2f} s)"
        )


def main() -> None:
    """Measure memory for few tables, then for all; then both ways in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shards", type=int, default=1000)
    parser.add_argument("--tables", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    names = [f"orders_{number:04}" for number in range(given.shards)]
    with TemporaryDirectory(prefix="drift-structure-") as folder:
        server = Server(prepared(Path(folder)), OPTIONS)
        server.start()
        try:
            run(server, names, given.tables, given.rounds)
        finally:
            server.stop()


def run(server: Server, names: Sequence[str], tables: int, rounds: int) -> None:
    """Fill the server, measure, and print."""
    grants = ("CREATE USER 'drift'@'localhost'", "GRANT REFERENCES ON *.* TO 'drift'@'localhost'")
    server.run(*grants, *(f"CREATE DATABASE `{name}`" for name in names))
    shards = [a_shard(name, on="rds-1", database="orders") for name in names]
    snapshot = a_snapshot(
        a_database("orders", shards=shards), nodes=[a_node("rds-1", engine_version=None, port=server.port)]
    )
    fill(server, names, range(2))
    reading = with_drift(server, snapshot, names, no_pause)  # loads what is loaded late
    sources = table_statements.sources(reading.server, deep=False)
    few = peak(lambda: with_drift(server, snapshot, names, no_pause))
    fill(server, names, range(2, tables))
    many = peak(lambda: with_drift(server, snapshot, names, no_pause))
    print(f"{len(names):,} shards with {tables} tables each, MariaDB {server.rows('SELECT version()')[0][0]}")
    ways: dict[str, Callable[[], object]] = {}
    for pauses, sleep in (("with", time.sleep), ("without", no_pause)):
        ways[f"script {pauses}"] = lambda sleep=sleep: bare(server, sources, names, sleep)
        ways[f"drift {pauses}"] = lambda sleep=sleep: with_drift(server, snapshot, names, sleep)
    compare(ways, rounds)
    print(f"memory: {many / few:.2f} times that for 2 tables each ({many / 2**20:.1f} and {few / 2**20:.1f} MiB)")


if __name__ == "__main__":
    main()
