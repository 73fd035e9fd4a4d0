"""Stores a week of hourly captures of many small instances, and prints size, time and memory as they grow.

    python benchmarks/fleet_week.py                                   # 2,000 instances, 168 hours
    python benchmarks/fleet_week.py --instances 500 --cpu 600         # and no longer than 600 s of processor time

Each hour, one instance of a hundred moves a shard. The store is opened anew each hour, as `drift snapshot --all` does.
Last, it is verified. Nothing is fetched or decoded: this is the store's part alone.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path
from typing import Final

from topologies import Topology

from drift.store import Store

_POINTS: Final = 8
_ODDS: Final = 0.01


class Clock:
    """Wall and processor time since it was made."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def read(self) -> tuple[float, float]:
        """Return the seconds of both."""
        return time.perf_counter() - self._wall, time.process_time() - self._cpu


def capture(path: Path, fleet: list[Topology], hour: int) -> tuple[float, float]:
    """Store the captures of an hour, and return the seconds that this took."""
    snapshots = []
    for topology in fleet:
        topology.move(_ODDS if hour else 0)
        snapshots.append(topology.captured(hour))
    clock = Clock()
    with Store.open(path, create=True) as store:
        for snapshot in snapshots:
            store.save(snapshot)
    return clock.read()


def timed(path: Path, work: str) -> str:
    """Measure one use of the finished store."""
    clock = Clock()
    with Store.open(path) as store:
        if work == "log":
            told = f"{len(store.log()):,} snapshots"
        elif work == "log of one":
            told = f"{len(store.log('shop-0000')):,} snapshots"
        else:
            told = f"{len(store.verify())} findings"
    wall, cpu = clock.read()
    return f"| {work} | {wall:.2f} s | {cpu:.2f} s | {told} |"


def row(path: Path, hour: int, captures: int, spent: tuple[float, float]) -> str:
    """Describe the store after an hour."""
    size, (wall, cpu) = path.stat().st_size, spent
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    each = f"{1000 * cpu / captures:.2f} ms | {1000 * wall / captures:.2f} ms"
    return f"| {hour + 1} | {(hour + 1) * captures:,} | {size / (1 << 20):.1f} MB | {each} | {memory} MB |"


def main() -> None:
    """Run for so many hours, or so long."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--instances", type=int, default=2_000)
    parser.add_argument("--hours", type=int, default=168)
    parser.add_argument("--shards", type=int, default=8, help="of each of an instance's two databases")
    parser.add_argument("--cpu", type=float, default=3_600, help="seconds of the processor, at the most")
    parser.add_argument("--seed", type=int, default=2026)
    options = parser.parse_args()
    fleet = [Topology(f"shop-{n:04}", shards=options.shards, seed=options.seed) for n in range(options.instances)]
    print(f"{options.instances:,} instances of {2 * options.shards} shards, {options.hours} hours")
    print("| hour | snapshots | store | processor per capture | time per capture | peak memory |")
    print("|--:|--:|--:|--:|--:|--:|")
    step = max(1, options.hours // (_POINTS - 1))
    with tempfile.TemporaryDirectory(prefix="drift-week-") as folder:
        path = Path(folder) / "drift.db"
        for hour in range(options.hours):
            spent = capture(path, fleet, hour)
            last = hour == options.hours - 1 or time.process_time() > options.cpu
            if hour % step == 0 or last:
                print(row(path, hour, options.instances, spent), flush=True)
            if last:
                break
        print("\n| use | time | processor | told |\n|---|--:|--:|--:|")
        for work in ("log of one", "log", "verify"):
            print(timed(path, work), flush=True)


if __name__ == "__main__":
    main()
