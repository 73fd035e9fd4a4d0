"""Measuring whole processes that take turns. Needs nothing but the standard library."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_KIB = 1024


class Cost(NamedTuple):
    """What one process took: seconds, seconds of processor, KiB at the most."""

    wall: float
    processor: float
    memory: int


Costs = dict[str, list[Cost]]


@dataclass(frozen=True)
class Contender:
    """A command and its folder, what to do before each of its rounds, and in how many rounds it takes part at most."""

    command: list[str]
    folder: Path
    prepare: Callable[[], object] = int
    most: int = 1_000


def take_turns(contenders: Mapping[str, Contender], rounds: int, seconds: float) -> Costs:
    """Measure every contender in every round: A B C, A B C, and so on.

    There is one round, and then as many more, up to `rounds`, as are expected to end within the seconds. What takes
    part in one round alone doesn't count for that.
    """
    costs: Costs = {name: [] for name in contenders}
    spent = 0.0
    for number in range(rounds):
        if number and spent * (number + 1) / number > seconds:
            break
        for name, contender in contenders.items():
            if number < contender.most:
                begun = time.monotonic()
                contender.prepare()
                costs[name].append(cost(contender.command, contender.folder))
                spent += time.monotonic() - begun if contender.most > 1 else 0
    return costs


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


def drift_of(place: Path) -> list[str]:
    """Find the command of another environment: its folder, or the command itself. Ends the script if there is none."""
    script = place / "bin" / "drift" if place.is_dir() else place
    if not script.is_file():
        raise SystemExit(f"{place} is neither an environment with drift in it nor its command")
    return [str(script.absolute())]
