"""Tells which step of drift takes which part of the processor's time, for the works of `run.py`. Prints Markdown.

    python benchmarks/profiling.py                                        # 100,000 shards, in both layouts
    python benchmarks/profiling.py --shards 10000 --only first files --rounds 5

`sampler.py` runs drift, and says how it measures.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from contenders import CAPTURES, COMPARISONS, Bench
from generate import LAYOUTS
from measuring import drift
from sampler import REST, STARTING, STEPS
from table import ROWS, markdown

if TYPE_CHECKING:
    from measuring import Contender

_SHOWN: Final = (STARTING, *STEPS, REST)
_SAMPLER: Final = Path(__file__).with_name("sampler.py")
_WORKS: Final = ("first", "noisy", "changed", "within", "moved", "files", "moved files")


def sampled(contender: Contender, rounds: int) -> dict[str, float]:
    """Run a contender so many times; return the seconds of its steps, on average."""
    spent: dict[str, float] = defaultdict(float)
    results = contender.folder / "profile.json"
    arguments = contender.command[len(drift()) :]
    for _ in range(rounds):
        contender.prepare()
        command = [sys.executable, str(_SAMPLER), str(results), *arguments]
        subprocess.run(command, check=True, cwd=contender.folder, capture_output=True)
        for step, seconds in json.loads(results.read_bytes()).items():
            spent[step] += seconds / rounds
    return spent


def table(options: argparse.Namespace, layout: str) -> str:
    """Profile the works in one layout."""
    names = {row.one: row.what for row in reversed(ROWS)}
    with tempfile.TemporaryDirectory(prefix="drift-bench-") as folder:
        bench = Bench(Path(folder), options, options.shards, layout, {"": drift()})
        bench.prepare()
        contenders = bench.captures() | bench.comparisons()
        lines = []
        for work in options.only:
            spent = sampled(contenders[work], options.rounds)
            whole = sum(spent.values())
            lines.append([names[work], f"{whole:.2f} s", *(f"{spent[step] / whole:.0%}" for step in _SHOWN)])
    return markdown(("work", "processor", *_SHOWN), lines)


def main() -> None:
    """Profile, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shards", type=int, default=100_000)
    parser.add_argument("--layouts", nargs="+", choices=LAYOUTS, default=list(LAYOUTS))
    works = [*CAPTURES, *COMPARISONS]
    parser.add_argument("--only", nargs="+", choices=works, metavar="WORK", default=_WORKS, help=", ".join(works))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--databases", type=int, default=20)
    parser.add_argument("--attributes", type=int, default=0, help="unknown members of each shard")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for layout in options.layouts:
        print(f"Layout `{layout}`, {options.shards:,} shards:\n\n{table(options, layout)}\n", flush=True)


if __name__ == "__main__":
    main()
