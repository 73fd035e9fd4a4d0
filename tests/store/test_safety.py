from __future__ import annotations

import os
import random
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from drift.store import Store
from support.builders import a_snapshot
from support.paths import TESTS

if TYPE_CHECKING:
    from pathlib import Path

# Captures for ever: at every turn other shards have moved, so that every transaction touches many pages.
CAPTURING = """
import sys
from itertools import count
from pathlib import Path
from support.builders import a_big_snapshot
from drift.store import Store

path, instance, turns = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
print("ready", flush=True)
for turn in range(turns):
    snapshot = a_big_snapshot(600, moved=range(turn % 7, 600, 7), minutes=turn, instance=instance)
    with Store.open(path, create=True) as store:
        print(store.save(snapshot, raw=bytes(100_000)).number, flush=True)
"""


def capturing(path: Path, instance: str = "orders-prod", turns: int = 1_000_000) -> subprocess.Popen[str]:
    """A process that captures into the store, and writes each snapshot's number when it is kept."""
    return subprocess.Popen(
        [sys.executable, "-c", CAPTURING, str(path), instance, str(turns)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path])},
    )


def killed(process: subprocess.Popen[str], seconds: float) -> list[int]:
    """Let a process that is ready run for so long, kill it, and return the numbers that it said were kept."""
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(seconds)
    finally:
        process.kill()
    return [int(line) for line in process.communicate()[0].split()]


def test_a_killed_capture_leaves_the_store_whole(tmp_path: Path) -> None:
    """Killed at any moment, a capture is there whole or not at all, and all that was reported as kept is there."""
    moments = random.Random(2026)  # noqa: S311 - moments, not secrets
    path = tmp_path / "drift.db"
    reported: list[int] = []
    for _ in range(12):
        reported += killed(capturing(path), moments.uniform(0.02, 0.25))
        with Store.open(path, create=True) as store:
            assert store.verify() == []
            assert {entry.number for entry in store.log()} >= set(reported)
    assert reported


def test_a_capture_killed_while_it_makes_the_store_leaves_none_or_a_whole_one(tmp_path: Path) -> None:
    """Killed at any moment of the very first capture, the file can be used by the next."""
    moments = random.Random(2027)  # noqa: S311 - moments, not secrets
    for attempt in range(8):
        path = tmp_path / f"{attempt}.db"
        killed(capturing(path), moments.uniform(0, 0.2))
        with Store.open(path, create=True) as store:
            number = store.save(a_snapshot(minutes=-1)).number
            assert store.verify() == []
            assert number == len(store.log())


def test_processes_that_capture_at_once_all_succeed(tmp_path: Path) -> None:
    """Processes that make one store and capture into it at once wait for each other; each finds all its snapshots."""
    path = tmp_path / "drift.db"
    names = ["orders-prod", "orders-test", "orders-dev"]
    processes = [capturing(path, name, turns=8) for name in names]
    outputs = [process.communicate()[0].split()[1:] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    with Store.open(path) as store:
        for name, numbers in zip(names, outputs, strict=True):
            assert [entry.number for entry in reversed(store.log(name))] == [int(number) for number in numbers]
            assert len(numbers) == 8
        assert store.verify() == []
