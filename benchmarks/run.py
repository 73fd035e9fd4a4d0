"""Measures drift against plain scripts and another build of drift that run beside it, and prints tables in Markdown.

    python benchmarks/run.py                                              # 10,000, 100,000 and 1,000,000 shards
    python benchmarks/run.py --against /path/to/environment               # and another build, installed there
    python benchmarks/run.py --shards 10000 --rounds 3 --growth 0 --instances 0 --plan 0

Run it with the Python of the environment in which drift is installed (`pip install .`). Every figure is of whole
processes, but for the plan's; those that are compared take turns (A B C A B C …), and a ratio is the median of the
rounds' ratios. Times are the processor's, but for the fleet's. A goal that is missed is called so; nothing is asserted.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import sys
import tempfile
import time
from importlib.metadata import version
from importlib.util import cache_from_source, find_spec
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

import fleet
import judging
from contenders import GROWTH, Bench
from generate import LAYOUTS
from measuring import Contender, drift, drift_of, take_turns
from table import NONE, OTHER, ROWS, START, Column, Goal, judged, layout_table, markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLAN: Final = Goal(0.4)
_FLEET: Final = Goal(1.3)
_GROWS: Final = 100_000
"""Shards up to which growth is measured."""


def column(options: argparse.Namespace, shards: int, layout: str) -> Column:
    """Measure one size in one layout."""
    print(f"{layout}, {shards:,} shards …", file=sys.stderr, flush=True)
    builds = {"": drift()} | ({OTHER: drift_of(options.against)} if options.against else {})
    with tempfile.TemporaryDirectory(prefix="drift-bench-") as folder:
        bench = Bench(Path(folder), options, shards, layout, builds)
        costs = bench.measure()
        growth = bench.growth(options.growth) if options.growth and shards <= _GROWS else ""
    return Column(shards, costs, growth)


def others(options: argparse.Namespace) -> Iterator[tuple[str, str, str]]:
    """Measure what depends on no layout, a row each."""
    with tempfile.TemporaryDirectory(prefix="drift-bench-") as place:
        folder = Path(place)
        commands = {"version": [*drift(), "--version"], "click": [sys.executable, "-c", "import click"]}
        contenders = {name: Contender(command, folder) for name, command in commands.items()}
        costs = take_turns(contenders, 3 * options.rounds, options.seconds / 10)
        yield f"{START.what} / {START.against}", str(START.goal), START.told(costs, 0)
        if options.plan:
            yield from _plan(folder, options)
    with tempfile.TemporaryDirectory(prefix="drift-bench-") as place:
        if options.instances:
            yield _fleet(Path(place), options.instances)


def _plan(folder: Path, options: argparse.Namespace) -> Iterator[tuple[str, str, str]]:
    reading, comparing, command = judging.plan_of_names(folder, options.plan, min(options.rounds, 5))
    what = f"parsing a plan of {options.plan:,} scattered names"
    for against, others, goal in (("`drift diff` of these", command, _PLAN), ("comparing in memory", comparing, None)):
        ratio = median(one / other for one, other in zip(reading, others, strict=True))
        behind = f"{median(reading) * 1000:.0f} ms / {median(others) * 1000:.0f} ms"
        yield f"{what} / {against}", str(goal or NONE), judged(ratio, goal, options.plan, behind)


def _fleet(folder: Path, instances: int) -> tuple[str, str, str]:
    found = fleet.fleet(folder, fleet.arguments(["--instances", str(instances)]))
    what = f"fleet of {instances} instances of 500 KB, unchanged / latency as it is shared, and inflating"
    return what, str(_FLEET), judged(found.again.wall / found.least, _FLEET, 0, found.behind)


def head(options: argparse.Namespace) -> str:
    """Describe what is measured, on what."""
    found = find_spec("drift")
    versions = f"Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}, DeepDiff {version('deepdiff')}"
    machine = f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}"
    shape = f"{options.databases} databases, {options.attributes} unknown members a shard"
    lines = [f"{versions}; {machine}; {shape}; at most {options.rounds} rounds."]
    if found and found.origin and not Path(cache_from_source(found.origin)).exists() and sys.dont_write_bytecode:
        lines.append(
            "WARNING: drift's bytecode is not cached and can't be (PYTHONDONTWRITEBYTECODE): start-up is compiling."
        )
    return "\n".join(lines)


def parsed() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", type=Path, metavar="PATH", help="an environment with another build, or its drift")
    parser.add_argument("--shards", type=int, nargs="+", default=[10_000, 100_000, 1_000_000], help="the sizes")
    parser.add_argument("--layouts", nargs="+", choices=LAYOUTS, default=list(LAYOUTS))
    works = list(dict.fromkeys(row.one for row in ROWS))
    parser.add_argument("--only", nargs="+", choices=works, metavar="WORK", help=f"some of {', '.join(works)}")
    parser.add_argument("--rounds", type=int, default=7, help="at the most")
    parser.add_argument("--seconds", type=float, default=70, help="for each size and layout; one round at the least")
    parser.add_argument("--growth", type=int, default=20, metavar="SNAPSHOTS", help="0: don't measure growth")
    parser.add_argument("--instances", type=int, default=500, help="of the fleet; 0: no fleet")
    parser.add_argument("--plan", type=int, default=100_000, metavar="NAMES", help="of the plan; 0: no plan")
    parser.add_argument("--databases", type=int, default=20)
    parser.add_argument("--attributes", type=int, default=0, help="unknown members of each shard")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def main() -> None:
    """Measure, and print the tables."""
    options, begun = parsed(), time.monotonic()
    print(head(options), flush=True)
    for layout in options.layouts:
        columns = [column(options, shards, layout) for shards in sorted(options.shards)]
        growth = GROWTH if options.growth else None
        print(f"\nLayout `{layout}`:\n\n{layout_table(columns, growth=growth)}", flush=True)
    print(f"\nOf no layout:\n\n{markdown(('work / against', 'goal', 'ratio'), others(options))}")
    print(f"{time.monotonic() - begun:.0f} s in all", file=sys.stderr)


if __name__ == "__main__":
    main()
