"""Writes lakes of growing size, and prints their size, the time to write them, and the time of each question.

    python benchmarks/lake.py                                    # 100 and 1,000 instances, 30 and 90 days
    python benchmarks/lake.py --instances 10000 --days 90        # as in docs/lake.md
    python benchmarks/lake.py --spark /path/to/spark-submit      # and the questions in Spark, local[2]

Each instance has 1,000 shards, of which one in a thousand moves each day. Stores are made with SQL, since to capture
them would take days; what is measured is the export and the questions. With --spark, the answers of both engines are
compared as well, row for row, and it ends with 1 where they differ.
"""

from __future__ import annotations

import argparse
import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final

from drift.store import Store, seals
from drift.store.lake import asking
from drift.store.lake.exporting import export
from drift.store.lake.files import Lake
from drift.store.lake.parts import part
from drift.store.lake.places import open_place
from drift.store.lake.questions import QUESTIONS, question
from drift.store.rows import stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

START: Final = datetime(2026, 1, 1, 2, tzinfo=UTC)
JOB: Final = Path(__file__).parent.parent / "sample_configs/spark/ask_lake.py"
NODES: Final = 8
DATABASES: Final = 4
_SNAPSHOT: Final = (
    "INSERT INTO snapshot (id, instance_id, taken_at, source, complete, layout, content_hash, reader_version,"
    " data_node_count, database_count, shard_count, balance, unconfirmed)"
    " VALUES (?, ?, ?, 'export', 1, '[]', ?, 3, 8, 4, ?, '{}', 0)"
)
_NODE: Final = (
    "INSERT INTO data_node_version (instance_id, node_id, name, host, port, engine, engine_version, attributes, since)"
    " VALUES (?, ?, ?, ?, 3306, 'mysql', '8.0.28', '{}', ?)"
)
_DATABASE: Final = (
    "INSERT INTO database_version (instance_id, name, shard_mode, shard_count, status, attributes, content_hash, held,"
    " since) VALUES (?, ?, 'cluster', ?, 'RUNNING', '{}', '', ?, ?)"
)
_SHARD: Final = (
    "INSERT INTO shard_version (instance_id, database, name, shard_index, data_node_id, status, attributes, since,"
    " until) VALUES (?, ?, ?, ?, ?, 'RUNNING', '{}', ?, ?)"
)


def name_of(number: int) -> str:
    """Return the name of an instance."""
    return f"region-{number % 20:02}-orders-{number:05}"


def make_store(path: Path, instances: int, shards: int, days: int) -> None:
    """Make the store of a fleet with a snapshot each day."""
    with Store.open(path, create=True):
        pass
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("synchronous = OFF", "foreign_keys = OFF", "journal_mode = MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("BEGIN")
    random = Random(1)
    for number in range(instances):
        make_instance(connection, random, number, shards, days)
    seals.seal_all(connection)
    connection.execute("COMMIT")
    connection.close()


def make_instance(connection: sqlite3.Connection, random: Random, number: int, shards: int, days: int) -> None:
    """Make an instance with its history."""
    owner, first = number + 1, number * days + 1
    nodes = [f"{owner * NODES + node:032x}in01" for node in range(NODES)]
    connection.execute(
        "INSERT INTO instance (id, name, project_id, ddm_instance_id, endpoint) VALUES (?, ?, ?, ?, ?)",
        (owner, name_of(number), f"{number % 20:032x}", f"{owner:032x}in09", "https://ddm.example.com"),
    )
    connection.executemany(
        _SNAPSHOT,
        ((first + day, owner, stamp(START + timedelta(days=day, seconds=number % 3600)),
          f"sha256:{random.getrandbits(256):064x}", shards) for day in range(days)),
    )  # fmt: skip
    connection.executemany(
        _NODE, ((owner, node, f"rds-{place}", f"10.0.0.{place}", first) for place, node in enumerate(nodes))
    )
    each = shards // DATABASES
    connection.executemany(_DATABASE, ((owner, f"orders{db}", each, each, first) for db in range(DATABASES)))
    versions = (
        (
            owner,
            f"orders{shard // each}",
            f"orders{shard // each}_{shard % each:04}",
            shard % each,
            nodes[node],
            since,
            until,
        )
        for shard, node, since, until in versions_of(random, shards, days, first)
    )
    connection.executemany(_SHARD, versions)


def shard_of(shard: int, each: int) -> tuple[str, str, int]:
    """Return the database, the name and the index of a shard."""
    database, index = f"orders{shard // each}", shard % each
    return database, f"{database}_{index:04}", index


def versions_of(random: Random, shards: int, days: int, first: int) -> Iterator[tuple[int, int, int, int | None]]:
    """Yield where each shard was: its number, its data node, from which snapshot to which."""
    state = [(shard * NODES // shards, first) for shard in range(shards)]
    for day in range(1, days):
        for shard in {random.randrange(shards) for _ in range(shards // 1000)}:
            node, since = state[shard]
            yield shard, node, since, first + day
            state[shard] = ((node + random.randrange(1, NODES)) % NODES, first + day)
    for shard, (node, since) in enumerate(state):
        yield shard, node, since, None


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """Do something; return its result, and the seconds that passed and that the processors worked."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, time.perf_counter() - wall, time.process_time() - cpu


def write(store: Store, lake: Lake) -> int:
    """Export every instance; return how many were written."""
    return sum(export(store, lake, str(each.name)) == "written" for each in store.instances())


def values_of(days: int) -> dict[str, dict[str, Any]]:
    """Return what each question is asked with: the last thirty days, and a shard that every instance has."""
    end = START + timedelta(days=days)
    return {
        "diff": {"t1": end - timedelta(days=30), "t2": end},
        "moved": {"since": end - timedelta(days=30)},
        "history": {"entity": "orders0/orders0_0007", "database": "orders0", "shard": "orders0_0007"},
    }


def size_of(folder: Path) -> tuple[int, int]:
    """Return the bytes and the number of files in a folder."""
    sizes = [path.stat().st_size for path in folder.rglob("*.parquet")]
    return sum(sizes), len(sizes)


def measure(folder: Path, instances: int, shards: int, days: int, spark: str | None) -> bool:
    """Measure a fleet, print its rows, and return whether both engines agreed."""
    lake = Lake(open_place(str(folder / "lake"), {}))
    make_store(folder / "drift.db", instances, shards, days)
    lake.create()
    with Store.open(folder / "drift.db") as store:
        _, wall, cpu = timed(lambda: write(store, lake))
        _, again, _ = timed(lambda: write(store, lake))
    size, files = size_of(folder / "lake")
    versions = instances * (shards + (days - 1) * (shards // 1000))
    print(
        f"| {instances:,} x {shards:,} x {days} | written |"
        f" {versions:,} versions, {files:,} files, {size / 1e6:.1f} MB |"
        f" {wall:.1f} | {cpu:.1f} |\n| | written again, nothing new | | {again:.1f} | |",
        flush=True,
    )
    agreed = True
    for name in QUESTIONS:
        for chosen in ((name_of(instances // 2),), ()):
            agreed &= measure_question(lake, name, values_of(days)[name], chosen, spark)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"| | peak memory so far | {peak:.0f} MB | | |", flush=True)
    return agreed


def measure_question(lake: Lake, name: str, values: dict[str, Any], chosen: tuple[str, ...], spark: str | None) -> bool:
    """Ask a question of one instance or all; print the time of each engine, and compare their rows."""
    table, wall, cpu = timed(lambda: asking.ask(lake, name, values, chosen))
    who = "one instance" if chosen else "all"
    print(f"| | {name}, {who}, DuckDB | {len(table):,} rows | {wall:.2f} | {cpu:.2f} |", flush=True)
    if spark is None:
        return True
    before = processors()
    rows, wall, _ = timed(lambda: ask_spark(spark, lake, name, values, chosen))
    cpu = processors() - before
    same = rows == [plain(row) for row in table.to_pylist()]
    print(
        f"| | {name}, {who}, Spark | {'the same rows' if same else 'OTHER ROWS'} | {wall:.2f} | {cpu:.2f} |", flush=True
    )
    return same


def processors() -> float:
    """Return the seconds that the processors have worked for processes that have ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime


def ask_spark(
    spark: str, lake: Lake, name: str, values: dict[str, Any], chosen: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Ask a question with the sample job."""
    with tempfile.TemporaryDirectory() as folder:
        sql = Path(folder) / f"{name}.sql"
        sql.write_text(question(name).sql)
        given = [
            f"{key}={value.isoformat() if isinstance(value, datetime) else value}" for key, value in values.items()
        ]
        only = ["--part", part(*chosen)] if chosen else []
        command = [spark, "--master", "local[2]", "--driver-memory", "4g", JOB, *only, lake.place.root, sql, *given]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return [plain(json.loads(line)) for line in done.stdout.splitlines() if line.startswith("{")]


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row without what is null, and with its times in one form: JSON of Spark leaves out the one."""
    return {key: moment(value) if key.endswith(("_seen", "seen_at")) else value
            for key, value in row.items() if value is not None}  # fmt: skip


def moment(value: str | datetime) -> datetime:
    """Return a time, whether it is one already or written as one."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def main() -> None:
    """Measure each size that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--instances", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--shards", type=int, default=1000)
    parser.add_argument("--days", type=int, nargs="+", default=[30, 90])
    parser.add_argument("--spark", metavar="SPARK-SUBMIT", help="Also ask Spark, on two cores of this machine.")
    parser.add_argument("--threads", type=int, default=2, help="How many DuckDB may use.")
    given = parser.parse_args()
    asking.SETTINGS += (f"SET threads = {given.threads}",)
    print("| instances x shards x days | what | how much | seconds | of the processors |\n|---|---|--:|--:|--:|")
    agreed = True
    for instances in given.instances:
        for days in given.days:
            with tempfile.TemporaryDirectory() as folder:
                agreed &= measure(Path(folder), instances, given.shards, days, given.spark)
    sys.exit(0 if agreed else 1)


if __name__ == "__main__":
    main()
