"""Measures drift against plain scripts that run beside it, and prints a table of ratios. Asserts nothing.

    python benchmarks/run.py                                # 10,000 and 100,000 shards
    python benchmarks/run.py --shards 1000000 --rounds 3 --growth 0

Run it with the Python of the environment in which drift is installed (`pip install .`). Every figure is of whole
processes; those that are compared take turns (A B C A B C …), and a ratio is the median of the rounds' ratios.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import cache_from_source, find_spec
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

_GENERATE = Path(__file__).with_name("generate.py")
_MOVED = 100
_KIB = 1024
_KB = 1000

_DECODE = """
import base64, gzip, json, sys

def decode(path):
    with open(path, "rb") as file:
        document = json.load(file)
    return json.loads(gzip.decompress(base64.b64decode(document["compressed_databases_info"])))
"""
_BARE = _DECODE + "documents = [decode(path) for path in sys.argv[1:]]\n"
_DEEPDIFF = (
    _DECODE
    + """
from deepdiff import DeepDiff

def keyed(databases):
    return {
        database["name"]: database | {"shards": {shard["physicalDbName"]: shard for shard in database["shards"]}}
        for database in databases
    }

print(DeepDiff(*(keyed(decode(path)) for path in sys.argv[1:])))
"""
)


class Cost(NamedTuple):
    """What one process took: seconds, seconds of processor, KiB at the most."""

    wall: float
    processor: float
    memory: int


@dataclass(frozen=True)
class Contender:
    """A command, what to do before each of its rounds, and in how many rounds at the most it takes part."""

    command: list[str]
    prepare: Callable[[], object] = int
    most: int = 1_000


Costs = dict[str, list[Cost]]


class Row(NamedTuple):
    """A line of the table: which process is set against which, by what."""

    what: str
    target: str
    one: str
    other: str
    field: str = "wall"

    def told(self, costs: Costs) -> str:
        """Format the ratio, and both medians behind it."""
        pairs = [
            (getattr(one, self.field), getattr(other, self.field))
            for one, other in zip(costs[self.one], costs[self.other], strict=False)
        ]
        ratio = median(one / other for one, other in pairs)
        medians = [_amount(median(side), self.field) for side in zip(*pairs, strict=True)]
        return f"**{ratio:.2f}** ({' / '.join(medians)})"


ROWS = (
    Row("`drift --version` / `import click`", "≤ 1.5", "version", "click"),
    Row("diff of stored neighbours, 100 moved / `drift --version`", "≤ 2", "stored", "version"),
    Row("first snapshot / bare decoding", "≤ 3", "first", "bare"),
    Row("unchanged snapshot, the same bytes / bare decoding", "≤ 2", "same", "bare"),
    Row("unchanged snapshot, all volatile members new / bare decoding", "≤ 2", "noisy", "bare"),
    Row("snapshot with 100 moved / bare decoding", "none", "moved", "bare"),
    Row("diff of two files, 100 moved / bare decoding of both", "≤ 2", "files", "both"),
    Row("diff of two files, volatile members new as well / bare decoding of both", "≤ 2", "noisy files", "both"),
    Row("DeepDiff of two files / diff of two files", "≥ 15", "deepdiff", "files"),
    Row("peak memory: diff of two files / DeepDiff", "≤ 1", "files", "deepdiff", "memory"),
    Row("peak memory: first snapshot / bare decoding", "none", "first", "bare", "memory"),
    Row("peak memory: diff of two files / bare decoding of both", "none", "files", "both", "memory"),
)


def _amount(value: float, field: str) -> str:
    if field == "memory":
        return f"{value / _KIB:.0f} MiB"
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


class Bench:
    """A folder with the files and stores of one size, and the commands that are measured on them."""

    def __init__(self, folder: Path, options: argparse.Namespace, shards: int) -> None:
        self._folder = folder
        self._shards = shards
        self._options = options

    def measure(self) -> Costs:
        """Measure every contender in every round."""
        before = self._generate("before")
        noisy = self._generate("noisy", "--noise", "1")
        some = ["--moved", str(min(_MOVED, self._shards))]
        moved = self._generate("moved", *some)
        both = self._generate("moved-noisy", *some, "--noise", "1")
        self._kept, self._pair = self._folder / "kept.db", self._folder / "pair.db"
        self._run(self._snapshot(before, self._kept))
        shutil.copy(self._kept, self._pair)
        self._run(self._snapshot(moved, self._pair))
        return (
            self._rounds(
                {
                    "click": Contender([sys.executable, "-c", "import click"]),
                    "version": Contender([*drift(), "--version"]),
                    "stored": Contender([*drift(), "diff", "1", "2", "--store", str(self._pair)]),
                },
                self._options.rounds * 3,
            )
            | self._rounds(
                {
                    "bare": Contender([sys.executable, "-c", _BARE, str(before)]),
                    "first": self._capture(before, None),
                    "same": self._capture(before, self._kept),
                    "noisy": self._capture(noisy, self._kept),
                    "moved": self._capture(both, self._kept),
                },
                self._options.rounds,
            )
            | self._rounds(
                {
                    "both": Contender([sys.executable, "-c", _BARE, str(before), str(moved)]),
                    "files": Contender([*drift(), "diff", str(before), str(moved)]),
                    "noisy files": Contender([*drift(), "diff", str(before), str(both)]),
                    "deepdiff": Contender(
                        [sys.executable, "-c", _DEEPDIFF, str(before), str(moved)], most=self._options.deepdiff_rounds
                    ),
                },
                self._options.rounds,
            )
        )

    def growth(self, snapshots: int) -> tuple[str, str]:
        """By how many bytes a snapshot the store grew: its file, and the pages of it that are in use.

        Each snapshot has 0.1 % of its shards changed and new volatile members everywhere. The first two snapshots are
        left out: the first fills the store, and from the second on two responses are kept, the first and the newest.
        """
        store, sizes = self._folder / "growth.db", []
        for step in range(snapshots + 2):
            change = ["--changed", str(max(1, self._shards // 1000)), "--steps", str(step)] if step else []
            path = self._generate("step", "--noise", str(step + 1), *change)
            self._run(self._snapshot(path, store))
            sizes.append(_size(store))
        first, second, last = sizes[0], sizes[1], sizes[-1]
        grown = [(last[kind] - second[kind]) / snapshots for kind in (0, 1)]
        told = f"**{grown[0] / _KB:.1f} KB** ({grown[1] / _KB:.1f} KB in use)"
        everything = (last[0] - first[0]) / (snapshots + 1)
        return told, f"{everything / _KB:.1f} KB ({(second[0] - first[0]) / _KB:,.0f} KB by the second alone)"

    def _generate(self, name: str, *arguments: str) -> Path:
        path = self._folder / f"{name}.json"
        size = ["--shards", str(self._shards), "--databases", str(self._options.databases)]
        common = ["--seed", str(self._options.seed), "--attributes", str(self._options.attributes)]
        self._run([sys.executable, str(_GENERATE), str(path), *size, *common, *arguments])
        return path

    def _snapshot(self, path: Path, store: Path) -> list[str]:
        return [*drift(), "snapshot", "bench", "--from-file", str(path), "--store", str(store)]

    def _capture(self, path: Path, template: Path | None) -> Contender:
        """Capture into a store that is new each round, or into a fresh copy of another."""
        store = self._folder / "store.db"

        def prepare() -> None:
            for leftover in self._folder.glob(f"{store.name}*"):
                leftover.unlink()
            if template is not None:
                shutil.copy(template, store)

        return Contender(self._snapshot(path, store), prepare)

    def _rounds(self, contenders: dict[str, Contender], rounds: int) -> Costs:
        costs: Costs = {name: [] for name in contenders}
        for number in range(rounds):
            for name, contender in contenders.items():
                if number < contender.most:
                    contender.prepare()
                    costs[name].append(self._run(contender.command))
        return costs

    def _run(self, command: list[str]) -> Cost:
        return cost(command, self._folder)


def cost(command: list[str], folder: Path) -> Cost:
    """Measure a command, run in a folder to its end, which must be a good one."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("DRIFT_")}
    complaints = folder / "stderr"
    with complaints.open("w") as stderr:
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=stderr, cwd=folder, env=environ)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)[-200:]} ended with {process.returncode}: {complaints.read_text()}")
    # Linux counts in KiB, macOS in bytes.
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // (_KIB if sys.platform == "darwin" else 1))


def drift() -> list[str]:
    """Find the command of the environment that this script runs in, or else the package that it can import."""
    script = Path(sys.executable).with_name("drift")
    return [str(script)] if script.exists() else [sys.executable, "-m", "drift"]


def _size(store: Path) -> tuple[int, int]:
    """Measure the bytes of a store's file once everything is in it, and of the pages in use."""
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        page, pages, free = (
            connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_size", "page_count", "freelist_count")
        )
    return store.stat().st_size, page * (pages - free)


def head(options: argparse.Namespace) -> str:
    """Describe what is measured, on what."""
    found = find_spec("drift")
    lines = [
        f"drift: {' '.join(drift())} (from {found.origin if found else 'elsewhere'})",
        f"Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}, DeepDiff {version('deepdiff')}",
        f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}",
        f"{options.rounds} rounds, {options.databases} databases, {options.attributes} unknown members per shard",
    ]
    if found and found.origin and not Path(cache_from_source(found.origin)).exists() and sys.dont_write_bytecode:
        lines.append(
            "WARNING: drift's bytecode is not cached and can't be (PYTHONDONTWRITEBYTECODE): start-up is compiling"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shards", type=int, nargs="+", default=[10_000, 100_000], help="the sizes to measure")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--deepdiff-rounds", type=int, default=1, help="at the most: it takes long")
    parser.add_argument("--growth", type=int, default=100, metavar="SNAPSHOTS", help="0: don't measure growth")
    parser.add_argument("--databases", type=int, default=20)
    parser.add_argument("--attributes", type=int, default=0, help="unknown members of each shard")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(head(options), flush=True)
    columns: list[list[str]] = []
    rows = [[row.what, row.target] for row in ROWS]
    if options.growth:
        rows += [["growth per snapshot, 0.1 % changed, all volatile members new", "≤ 40 KB"]]
        rows += [["the same, with the second snapshot's kept response", "none"]]
    for shards in options.shards:
        with tempfile.TemporaryDirectory(prefix="drift-bench-") as folder:
            bench = Bench(Path(folder), options, shards)
            costs = bench.measure()
            growth = bench.growth(options.growth) if options.growth else ()
            columns.append([*(row.told(costs) for row in ROWS), *growth])
    heads = ["what", "target", *(f"{shards:,} shards" for shards in options.shards)]
    for cells in (heads, ["---"] * len(heads), *([*row, *cells] for row, *cells in zip(rows, *columns, strict=True))):
        print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
