"""Merging many stores, beside copying their rows with SQLite's own ATTACH: CPU, time and memory as ratios.

    python benchmarks/merge.py --stores 100 --shards 20000

Each store has one instance with three snapshots. Both ways run in turn, each in a process of its own; the ratio is that
of the medians. The memory is the peak of the process that merges, for all stores and for a tenth of them.
"""

from __future__ import annotations

import argparse
import json
import resource
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from drift.core.model import Instance  # noqa: E402
from drift.store import Store  # noqa: E402
from drift.store.migrating import make  # noqa: E402
from drift.store.schema import STEPS  # noqa: E402
from support.builders import a_big_snapshot  # noqa: E402

TABLES = ("instance", "snapshot", "data_node_version", "database_version", "shard_version")
NUMBERS = {"id", "instance_id", "since", "until"}


def a_store(path: Path, number: int, shards: int) -> None:
    """Make a store of one instance: a first capture, and two more after each of which twenty shards have moved."""
    instance = Instance(name=f"shop-{number:04}", instance_id=f"{number:032}in09")
    with Store.open(path, create=True) as store:
        for turn in range(3):
            moved = range(turn * 20)
            store.save(a_big_snapshot(shards, databases=20, moved=moved, minutes=turn, instance=instance))


def attach(into: Path, paths: list[Path]) -> None:
    """Copy the rows of each store, one transaction a store, with numbers that don't collide."""
    with closing(sqlite3.connect(into, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN")
        make(connection, STEPS)
        connection.execute("COMMIT")
        for place, path in enumerate(paths):
            connection.execute("ATTACH ? AS source", (str(path),))
            connection.execute("BEGIN")
            for table in TABLES:
                names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
                values = [f"{name} + {place * 1000}" if name in NUMBERS else name for name in names]
                connection.execute(
                    f"INSERT INTO main.{table} ({', '.join(names)}) SELECT {', '.join(values)} FROM source.{table}"  # noqa: S608 - names of our own
                )
            connection.execute("COMMIT")
            connection.execute("DETACH source")


def merge(into: Path, paths: list[Path]) -> None:
    """Merge the stores as `drift merge` does."""
    with Store.open(into, create=True) as store:
        store.merge(paths)


def measured(way: str, folder: Path, count: int) -> dict[str, float]:
    """Run one way in a process of its own."""
    into = folder / "into.db"
    for path in folder.glob("into.db*"):
        path.unlink()
    command = [
        sys.executable,
        __file__,
        "--way",
        way,
        "--into",
        str(into),
        "--from",
        str(folder),
        "--stores",
        str(count),
    ]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def run(way: str, into: Path, folder: Path, count: int) -> dict[str, float]:
    """Do one way here; return its CPU and wall seconds and the peak of memory in MiB."""
    paths = sorted(folder.glob("part-*.db"))[:count]
    cpu, wall = time.process_time(), time.perf_counter()
    {"attach": attach, "merge": merge}[way](into, paths)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall, "peak": peak}


def main() -> None:
    """Make the stores, run both ways in turn and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stores", type=int, default=50)
    parser.add_argument("--shards", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    for hidden in ("--way", "--into", "--from"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.way:
        print(json.dumps(run(given.way, Path(given.into), Path(vars(given)["from"]), given.stores)))
        return
    with TemporaryDirectory(prefix="drift-merge-benchmark-") as name:
        folder = Path(name)
        for number in range(given.stores):
            a_store(folder / f"part-{number:05}.db", number, given.shards)
        size = sum(path.stat().st_size for path in folder.glob("part-*.db")) / 2**20
        rounds = [
            {way: measured(way, folder, given.stores) for way in ("attach", "merge")} for _ in range(given.rounds)
        ]
        few = measured("merge", folder, max(1, given.stores // 10))
    print(f"{given.stores} stores of {given.shards:,} shards, {size:.0f} MiB; SQLite {sqlite3.sqlite_version}")
    for what in ("cpu", "wall"):
        attached, merged = (median(each[way][what] for each in rounds) for way in ("attach", "merge"))
        print(f"{what}: ATTACH {attached:.2f} s, merge {merged:.2f} s, ratio {merged / attached:.2f}")
    print(f"peak: {rounds[-1]['merge']['peak']:.0f} MiB; of a tenth of the stores {few['peak']:.0f} MiB")


if __name__ == "__main__":
    main()
