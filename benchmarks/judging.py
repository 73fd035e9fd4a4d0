"""Measures what it costs to say what happened and whether it was planned, against the diff itself. Asserts nothing.

    python benchmarks/judging.py                    # 100,000 shards, all of them moved
    python benchmarks/judging.py --shards 1000000 --rounds 3

Every figure is of this process's processor time; the steps take turns, and a ratio is the median of the rounds' ratios.
"""

from __future__ import annotations

import argparse
import gc
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from measuring import cost, drift

from drift.compare import events
from drift.compare.diff import diff
from drift.compare.event_signatures import EventContext
from drift.decode.files import load
from drift.policy.known_names import KnownNames
from drift.policy.plan import drafting
from drift.policy.plan import file as plan_file
from drift.policy.plan.matching import match
from drift.reports.plan_file import render

if TYPE_CHECKING:
    from collections.abc import Callable

    from drift.core.model import Snapshot

_GENERATE = Path(__file__).with_name("generate.py")
_ORIGIN = Path("plan.toml")
_READING = "reading the plan of names"


def generated(folder: Path, name: str, *arguments: str) -> Snapshot:
    """Make up a topology."""
    path = folder / f"{name}.json"
    subprocess.run([sys.executable, str(_GENERATE), str(path), *arguments], check=True)
    return load(path)


def balance(snapshot: Snapshot) -> Counter[str]:
    """Count the shards by data-node id."""
    return Counter(shard.data_node_id for database in snapshot.databases for shard in database.shards)


def scene(before: Snapshot, after: Snapshot) -> EventContext:
    """Build the context of events."""
    return EventContext(
        nodes=([node.id for node in before.data_nodes], [node.id for node in after.data_nodes]),
        balance=(balance(before), balance(after)),
        shards={database.name: len(database.shards) for database in after.databases},
    )


def steps(before: Snapshot, after: Snapshot) -> dict[str, Callable[[], object]]:
    """List the steps to measure: the diff, its events, and two plans: one that names each shard, one that counts."""
    changes = diff(before, after).changes
    world = KnownNames.of([*before.data_nodes, *after.data_nodes], (), [each.name for each in after.databases], ())
    names = {node.id: node.name for node in (*before.data_nodes, *after.data_nodes)}
    text = render(drafting.from_changes(changes, world, names, None, _ORIGIN), [])
    exact = plan_file.parse(text, _ORIGIN)
    loose = plan_file.parse(f'[[expect]]\nrule = "shard-moved"\ncount = {len(changes)}\n', _ORIGIN)
    setting = scene(before, after)
    return {
        "diff": lambda: diff(before, after),
        "events": lambda: events.classify(changes, setting),
        "a plan of names": lambda: match(exact, changes, world),
        "events and a plan of names": lambda: (events.classify(changes, setting), match(exact, changes, world)),
        "a plan of numbers": lambda: match(loose, changes, world),
        f"{_READING} ({len(text) // 1000:,} KB)": lambda: plan_file.parse(text, _ORIGIN),
    }


class Parsing(NamedTuple):
    """Seconds of processor in each round: reading a plan of names, comparing in memory, `drift diff` of the files."""

    reading: list[float]
    comparing: list[float]
    command: list[float]


def plan_of_names(folder: Path, names: int, rounds: int) -> Parsing:
    """Measure how long the plan is to read that names each shard of a topology in which everything moved."""
    found = all_moved(folder, names)
    parse = next(step for name, step in found.items() if name.startswith(_READING))
    command = [*drift(), "diff", str(folder / "before.json"), str(folder / "after.json")]
    costs = [(measured(parse), measured(found["diff"]), cost(command, folder).processor) for _ in range(rounds)]
    return Parsing(*map(list, zip(*costs, strict=True)))


def all_moved(folder: Path, shards: int) -> dict[str, Callable[[], object]]:
    """Make up a topology and what it is after everything moved, and list the steps to measure."""
    size = ["--shards", str(shards)]
    before = generated(folder, "before", *size)
    after = generated(folder, "after", *size, "--moved", str(shards))
    gc.disable()  # as the command line does
    return steps(before, after)


def measured(step: Callable[[], object]) -> float:
    """Seconds of processor for one run of a step."""
    begun = time.process_time()
    step()
    return time.process_time() - begun


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shards", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="drift-bench-") as folder:
        found = all_moved(Path(folder), options.shards)
    costs = [{name: measured(step) for name, step in found.items()} for _ in range(options.rounds)]
    print(f"| {options.shards:,} shards, all moved | time / time of the diff |\n| --- | --: |")
    for name in found:
        print(f"| {name} | {median(cost[name] / cost['diff'] for cost in costs):.2f} |")


if __name__ == "__main__":
    main()
