"""Reads random worlds, and compares pairs of them, against what was really written. Prints a table; asserts nothing.

    python benchmarks/worlds.py                         # 10,000 worlds and pairs, from seed 0
    python benchmarks/worlds.py --count 2000 --seed 70000 --odd 0.3
    python benchmarks/worlds.py --list                  # with the seed of everything that was wrong

A world is a random topology, written in a random layout by somebody who knows what was written; a pair is two of them
with an operation, or none, between. `odd` is the share of what no interface documents.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support.world_judging import judged_pair, judged_world

_OUTCOMES: Final = ("right", "refused", "wrong")


def main() -> None:
    """Draw, read and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000, help="worlds of each kind (default 10000)")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--odd", type=float, default=0.15, help="the share of what is not documented (default 0.15)")
    parser.add_argument("--list", action="store_true", help="print the seed of everything that was wrong")
    arguments = parser.parse_args()
    kinds = {
        "worlds in documented words": (judged_world, 0.0),
        "worlds": (judged_world, arguments.odd),
        "pairs in documented words": (judged_pair, 0.0),
        "pairs": (judged_pair, arguments.odd / 3),
    }
    print(f"{'':28}" + "".join(f"{outcome:>10}" for outcome in _OUTCOMES))
    for kind, (judge, odd) in kinds.items():
        counts: Counter[str] = Counter()
        for seed in range(arguments.seed, arguments.seed + arguments.count):
            outcome = judge(seed, odd=odd)
            counts[outcome] += 1
            if arguments.list and outcome == "wrong":
                print(f"  {seed} --odd {odd}")
        print(f"{kind:28}" + "".join(f"{counts[outcome]:>10,}" for outcome in _OUTCOMES), flush=True)


if __name__ == "__main__":
    main()
