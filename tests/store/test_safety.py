from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from drift.core.errors import StoreError
from drift.store import ChangeWindow, Store
from support.builders import a_snapshot
from support.paths import TESTS
from support.shell import DRIFT, run_command

if TYPE_CHECKING:
    from collections.abc import Callable

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


def _move(path: Path) -> None:
    path.rename(path.with_name("moved.db"))


def _replace(path: Path) -> None:
    _move(path)
    with Store.open(path, create=True) as other:
        other.save(a_snapshot(instance="another"))


@pytest.mark.parametrize("take_away", [_move, _replace, Path.unlink])
def test_nothing_is_reported_as_stored_in_a_store_that_was_taken_away(
    tmp_path: Path, take_away: Callable[[Path], None]
) -> None:
    """A store that is moved, deleted or replaced while it is open refuses to write; the one in its place is whole."""
    path = tmp_path / "drift.db"
    with Store.open(path, create=True) as store:
        store.save(a_snapshot())
        take_away(path)
        with pytest.raises(StoreError, match="moved or replaced meanwhile; nothing was stored"):
            store.save(a_snapshot(minutes=1))
    if path.exists():
        with Store.open(path) as other:
            assert (other.verify(), [entry.instance for entry in other.log()]) == ([], ["another"])


def test_the_second_begin_of_a_change_keeps_the_snapshot_of_the_first(tmp_path: Path) -> None:
    """Of two processes that begin a change at once, the later one keeps what was recorded, and may add a plan."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        numbers = [store.save(a_snapshot(minutes=minutes)).number or 0 for minutes in range(2)]
        first, second = (ChangeWindow(instance="orders-prod", name="CHG-1", begun=number) for number in numbers)
        assert store.begin_change_window(first) == first
        planned = msgspec.structs.replace(second, plan="p", plan_path="plan.toml")
        for window, plan in ((planned, "p"), (second, "p")):
            kept = store.begin_change_window(window)
            assert (kept.begun, kept.plan) == (numbers[0], plan)
        assert store.change_windows("CHG-1") == [kept]


def test_a_prune_without_room_to_give_space_back_names_what_went(tmp_path: Path) -> None:
    """Snapshots that are gone are listed also where the disk has no room for VACUUM, with a warning."""
    path = tmp_path / "drift.db"
    with Store.open(path, create=True) as store:
        store.save(a_snapshot(), raw=random.Random(2026).randbytes(1 << 20))  # noqa: S311 - bytes that don't compress
        for minutes in (1, 2):
            store.save(a_snapshot(minutes=minutes))

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 19, 1 << 19))

    ended = run_command(tmp_path, *DRIFT, "prune", "--keep", "1", "--store", "drift.db", limit=limit)
    assert (ended.code, ended.out.count("snapshot ")) == (0, 1), ended.err
    assert "no room to give the space back" in ended.err
