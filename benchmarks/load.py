"""Has many processes write and read one store, prunes it and merges into it, and reports what was lost and who waited.

    python benchmarks/load.py                                        # 16 writers and 16 readers for 10 minutes
    python benchmarks/load.py --writers 4 --readers 4 --captures 10  # so many captures of each writer, and no longer

Each writer captures an instance of its own, each reader reads the log, a snapshot and a comparison; all of them open
the store anew each time, as commands do. A prune each second keeps the newest snapshots of each instance, and a store
of one capture is merged each second. It fails if a snapshot is missing that was acknowledged and not pruned, if the
store isn't sound, or if anybody has failed or waited
longer than the store's time limit.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from topologies import Topology

from drift.compare.diff import diff
from drift.core.errors import BaselineError, DriftError
from drift.store import Outdated, Store
from drift.store.transactions import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.pool import AsyncResult

_SHARDS: Final = 32
_POINTS: Final = 11  # of the table of sizes
_RESPONSE: Final = bytes(range(256)) * 16


class Work(NamedTuple):
    """The share of one process: which it is, when it ends at the latest, and what the options say."""

    number: int
    path: Path
    deadline: float
    captures: int
    kept: int
    pause: float

    def turns(self) -> Iterator[int]:
        """Count turns until the time or the captures are over."""
        for turn in range(self.captures):
            if time.monotonic() > self.deadline:
                return
            yield turn


class Done(NamedTuple):
    """What a process did: the numbers of snapshots, the seconds that each turn took, and why turns failed."""

    numbers: list[int]
    seconds: list[float]
    failures: list[str]

    def timed(self, turn: Callable[[], list[int]]) -> None:
        """Do a turn, note how long it took, and what came of it."""
        began = time.monotonic()
        try:
            self.numbers.extend(turn())
        except DriftError as error:
            self.failures.append(error.message)
        self.seconds.append(time.monotonic() - began)


def write(work: Work) -> Done:
    """Capture again and again, and return the numbers of what was acknowledged."""
    done, topology = Done([], [], []), Topology(f"shop-{work.number:02}", shards=_SHARDS, seed=2026)
    for turn in work.turns():
        topology.move(0.5)
        snapshot = topology.captured(turn)

        def capture() -> list[int]:
            with Store.open(work.path, create=True) as store:
                return [store.save(snapshot, raw=_RESPONSE).number or 0]  # noqa: B023 - called in its own turn

        done.timed(capture)
    return done


def read(work: Work) -> Done:
    """Read the log, the newest snapshot of an instance, and how it differs from the one before."""
    done = Done([], [], [])

    def look() -> list[int]:
        with Store.open(work.path) as store:
            while not _looked(store, f"shop-{work.number:02}"):
                pass  # there is something newer to look at
        return []

    for _ in work.turns():
        done.timed(look)
    return done


def _looked(store: Store, instance: str) -> bool:
    """Look once, and return whether the snapshots stayed: between the log and them, a prune may take them out."""
    numbers = [entry.number for entry in store.log(instance)[:2]]
    try:
        if len(numbers) > 1:
            store.load(numbers[0])
            diff(*store.load_pair(numbers[1], numbers[0]))
    except BaselineError:
        if set(numbers) <= {entry.number for entry in store.log(instance)}:
            raise
        return False
    return True


def prune(work: Work) -> Done:
    """Keep the newest snapshots of each instance, and return the numbers of those that went."""
    done = Done([], [], [])

    def remove() -> list[int]:
        with Store.open(work.path) as store:
            numbers = [entry.number for entry in store.prunable(Outdated(keep=work.kept))]
            if numbers:
                store.prune(numbers)
        return numbers

    for _ in work.turns():
        done.timed(remove)
        time.sleep(work.pause)
    return done


def merge(work: Work) -> Done:
    """Merge stores of one capture each, and return the numbers that these have then."""
    done, topology = Done([], [], []), Topology("merged", shards=_SHARDS, seed=2026)
    with tempfile.TemporaryDirectory() as folder:
        for turn in work.turns():
            topology.move(0.5)
            part = Path(folder) / f"{turn}.db"
            with Store.open(part, create=True) as store:
                store.save(topology.captured(turn), raw=_RESPONSE)

            def join() -> list[int]:
                with Store.open(work.path) as store:
                    store.merge([part])  # noqa: B023 - called in its own turn
                    return [max(entry.number for entry in store.log("merged"))]

            done.timed(join)
            part.unlink()
            time.sleep(work.pause)
    return done


class Sizes:
    """The sizes of the store and of its log, in bytes, over time."""

    def __init__(self, path: Path) -> None:
        self._path, self._began = path, time.monotonic()
        self.points: list[tuple[float, int, int]] = []

    def note(self) -> None:
        """Note what they are now."""
        log = self._path.with_name(f"{self._path.name}-wal")
        self.points.append((time.monotonic() - self._began, _size(self._path), _size(log)))

    def table(self) -> str:
        """Return them at some points of the time, and the largest log between each and the one before."""
        step = max(1, (len(self.points) - 1) // (_POINTS - 1))
        rows = [
            (self.points[place][:2], max(log for *_, log in self.points[max(0, place - step + 1) : place + 1]))
            for place in range(0, len(self.points), step)
        ]
        head = "| after | store | largest WAL |\n|--:|--:|--:|\n"
        return head + "".join(f"| {at:.0f} s | {size >> 10:,} KB | {log >> 10:,} KB |\n" for (at, size), log in rows)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def run(path: Path, options: argparse.Namespace) -> tuple[dict[str, list[Done]], Sizes]:
    """Let all processes work, and note sizes until the last of them has ended."""
    with Store.open(path, create=True) as store:  # readers find a store from the beginning
        store.save(Topology("first", shards=1, seed=0).captured(0))
    sizes = Sizes(path)
    roles = {
        "writers": (write, options.writers),
        "readers": (read, options.readers),
        "prune": (prune, 1),
        "merge": (merge, 1),
    }
    with multiprocessing.Pool(sum(count for _, count in roles.values())) as pool:
        deadline = time.monotonic() + options.seconds
        pending: dict[str, list[AsyncResult[Done]]] = {
            role: [
                pool.apply_async(each, (Work(n, path, deadline, options.captures, options.kept, options.pause),))
                for n in range(count)
            ]
            for role, (each, count) in roles.items()
        }
        while not all(each.ready() for results in pending.values() for each in results):
            sizes.note()
            time.sleep(min(1.0, options.seconds / 100))
        sizes.note()
        return {role: [each.get() for each in results] for role, results in pending.items()}, sizes


def report(path: Path, done: dict[str, list[Done]], sizes: Sizes) -> list[str]:
    """Print what was measured, and return what is wrong."""
    print("| who | turns | failed | median | 99 % | longest wait |\n|---|--:|--:|--:|--:|--:|")
    for role, results in done.items():
        print(_row(role, results))
    with Store.open(path) as store:
        kept, damage = {entry.number for entry in store.log()} - {1}, store.verify()
    acknowledged = {number for role in ("writers", "merge") for each in done[role] for number in each.numbers}
    pruned = {number for each in done["prune"] for number in each.numbers}
    lost, unknown = acknowledged - pruned - kept, kept - acknowledged
    print(f"\nacknowledged {len(acknowledged):,}, pruned {len(pruned):,}, stored {len(kept):,}, lost {len(lost):,}")
    print(f"\n{sizes.table()}\nlargest WAL: {max(log for *_, log in sizes.points) >> 10:,} KB")
    failures = [f"{role}: {failure}" for role, results in done.items() for each in results for failure in each.failures]
    slow = [f"{role}: waited {max(each.seconds):.1f} s" for role, results in done.items() for each in results
            if max(each.seconds, default=0) > PATIENCE]  # fmt: skip
    missing = [f"{len(lost)} lost, {len(unknown)} never acknowledged"] if lost or unknown else []
    return [*failures, *slow, *missing, *damage]


def _row(role: str, results: list[Done]) -> str:
    seconds = sorted(second for each in results for second in each.seconds) or [0.0]
    failed = sum(len(each.failures) for each in results)
    at = [seconds[len(seconds) // 2], seconds[len(seconds) * 99 // 100], seconds[-1]]
    times = " | ".join(f"{each:.3f} s" for each in at)
    return f"| {role} ({len(results)}) | {len(seconds):,} | {failed} | {times} |"


def main() -> int:
    """Run, print the tables, and return whether anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--writers", type=int, default=16)
    parser.add_argument("--readers", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--captures", type=int, default=sys.maxsize, help="of each writer, at the most")
    parser.add_argument("--kept", type=int, default=50, help="snapshots of each instance that prune keeps")
    parser.add_argument("--pause", type=float, default=1.0, help="seconds between two prunes")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="drift-load-") as folder:
        path = Path(folder) / "drift.db"
        wrong = report(path, *run(path, options))
    print("".join(f"wrong: {each}\n" for each in wrong[:20]) or "nothing lost, nobody failed, the store is sound")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
