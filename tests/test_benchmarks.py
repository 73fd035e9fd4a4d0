from __future__ import annotations

import os
import re
import runpy
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from drift.compare.diff import diff
from drift.decode.files import load
from support.browser import CHROMIUM
from support.paths import BENCHMARKS, ROOT

if TYPE_CHECKING:
    from pathlib import Path


def generated(path: Path, *arguments: str) -> Path:
    small = ["--shards", "60", "--databases", "3", "--nodes", "4"]
    subprocess.run([sys.executable, BENCHMARKS / "generate.py", path, *small, *arguments], check=True)
    return path


def benchmark(script: str, *arguments: str | Path) -> str:
    """What a benchmark prints."""
    run = subprocess.run(
        [sys.executable, BENCHMARKS / script, *arguments],
        env=os.environ | {"PYTHONPATH": str(BENCHMARKS.parent)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return run.stdout


def rows_of(printed: str) -> list[list[str]]:
    """The cells of the tables in a text."""
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in printed.splitlines() if line.startswith("|")]


def test_the_generator_repeats_itself(tmp_path: Path) -> None:
    """The same options give the same bytes, whatever is random in them."""
    options = ["--seed", "3", "--noise", "2", "--moved", "5", "--changed", "4", "--steps", "3"]
    first, second = (generated(tmp_path / name, *options) for name in ("a.json", "b.json"))
    assert first.read_bytes() == second.read_bytes()


def test_noise_is_no_change(tmp_path: Path) -> None:
    """Noise gives other bytes of the same topology."""
    quiet, noisy = generated(tmp_path / "quiet.json"), generated(tmp_path / "noisy.json", "--noise", "1")
    assert quiet.read_bytes() != noisy.read_bytes()
    assert diff(load(quiet), load(noisy)).changes == ()


@pytest.mark.parametrize("noise", ["0", "1"])
def test_moves_are_all_that_changes(tmp_path: Path, noise: str) -> None:
    """So many shards as were asked for have moved, and nothing else is different."""
    before = generated(tmp_path / "before.json")
    after = generated(tmp_path / "after.json", "--moved", "7", "--noise", noise)
    assert [change.rule for change in diff(load(before), load(after)).changes] == ["shard-moved"] * 7


def test_changes_add_up_step_by_step(tmp_path: Path) -> None:
    """Each step changes so many shards of the one before."""
    steps = [generated(tmp_path / f"{step}.json", "--changed", "6", "--steps", str(step)) for step in (1, 2)]
    assert len({change.record.name for change in diff(*map(load, steps)).changes}) == 6


def test_both_layouts_tell_of_the_same_topology(tmp_path: Path) -> None:
    """The layouts differ in nothing but what one of them has no place for, and both are read without a doubt."""
    lean, detail = (generated(tmp_path / f"{name}.json", "--layout", name) for name in ("lean", "detail"))
    assert diff(load(lean), load(detail)).changes == ()


def test_changes_stay_within_a_database(tmp_path: Path) -> None:
    """As many changes as were asked for are in the first database alone."""
    before = generated(tmp_path / "before.json")
    after = generated(tmp_path / "after.json", "--changed", "6", "--within", "1")
    assert [change.record.database for change in diff(load(before), load(after)).changes] == ["orders_00"] * 6


def test_the_benchmark_measures_what_it_lists(tmp_path: Path) -> None:
    """One run prints tables with a figure in every row, also against a build that only makes empty stores."""
    other = tmp_path / "drift"
    other.write_text('#!/bin/sh\nfor last; do :; done\n: >> "$last"\n')
    other.chmod(0o700)
    small = ["--shards", "40", "--databases", "2", "--plan", "40", "--layouts", "lean", "--instances", "0"]
    short = ["--rounds", "1", "--seconds", "0", "--growth", "1"]
    only = ["first", "changed", "files", "least first", "least moved", "least files", "stored", "http", "deepdiff"]
    rows = rows_of(benchmark("run.py", "--against", other, *small, *short, "--only", *only))
    works = [row[0] for row in rows if any("**" in cell for cell in row)]
    assert list(dict.fromkeys(works)) == [
        "first capture",
        "0.1 % changed, in all databases",
        "diff of two files, 0.1 % changed",
        "the least: first capture",
        "the least: everything moved",
        "the least: diff of two files, 0.1 % changed",
        "diff of stored neighbours, 100 changes",
        "peak memory: capture over HTTP",
        "DeepDiff of two files, 0.1 % changed",
        "peak memory: diff of two files, 0.1 % changed",
        "peak memory: first capture of a file",
        "growth per snapshot, 0.1 % changed, all time stamps new",
        "`drift --version` / `import click`",
        "parsing a plan of 40 scattered names / `drift diff` of these",
        "parsing a plan of 40 scattered names / comparing in memory",
    ]
    assert len(works) == 22


@pytest.mark.parametrize("layout", ["lean", "detail"])
def test_the_least_writes_what_a_capture_does(tmp_path: Path, layout: str) -> None:
    """The script that drift is held against writes the same rows of shards, also where everything has moved."""
    before = generated(tmp_path / "before.json", "--layout", layout)
    after = generated(tmp_path / "after.json", "--layout", layout, "--moved", "60")
    store, least = tmp_path / "drift.db", tmp_path / "least.db"
    for file in (before, after):
        snapshot = ["snapshot", "bench", "--from-file", file, "--store", store]
        subprocess.run([sys.executable, "-m", "drift", *snapshot], capture_output=True, check=True)
    runpy.run_path(str(BENCHMARKS / "least.py"))["copy_tables"](store, least)
    for work, file in (("first", before), ("moved", after)):
        subprocess.run([sys.executable, BENCHMARKS / "least.py", work, layout, least, file], check=True)
    query = "SELECT instance_id, database, name, shard_index, data_node_id, status, since, until FROM shard_version"
    with closing(sqlite3.connect(store)) as one, closing(sqlite3.connect(least)) as other:
        assert set(one.execute(query)) == set(other.execute(query))
        assert one.execute("SELECT count(*) FROM shard_version").fetchone() == (120,)


def test_the_profile_gives_each_work_its_steps() -> None:
    """Each work has its processor time and the shares of all steps, which are everything; drift has what they name."""
    steps = runpy.run_path(str(BENCHMARKS / "sampler.py"))["STEPS"]
    assert [place for places in steps.values() for place in places if not (ROOT / "drift" / place).exists()] == []
    small = ["--shards", "40", "--databases", "2", "--rounds", "1", "--layouts", "lean", "--only", "first", "files"]
    rows = rows_of(benchmark("profiling.py", *small))
    assert [row[0] for row in rows[2:]] == ["first capture", "diff of two files, 0.1 % changed"]
    shares = [[int(cell.strip(" %")) for cell in row[2:]] for row in rows[2:]]
    assert all(len(row) == len(steps) + 2 and sum(row) == pytest.approx(100, abs=6) for row in shares)


def test_the_benchmark_of_judging_measures_every_step() -> None:
    """Diff, events, both kinds of plan, and events with a plan each have a figure."""
    rows = rows_of(benchmark("judging.py", "--shards", "60", "--rounds", "1"))
    names = [row[0] for row in rows[2:]]
    assert names[:4] == ["diff", "events", "a plan of names", "events and a plan of names"]
    assert len(rows) == 8


def test_the_benchmark_of_fleets_measures_both_of_its_cases() -> None:
    """Small, it prints a ratio in every row, and ends by itself."""
    small = ["--instances", "2", "--shards", "40", "--latency", "0.001", "--large", "40"]
    rows = rows_of(benchmark("fleet.py", *small))
    assert len(rows) == 9
    assert all(any("**" in cell for cell in row) for row in rows)


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium to show a page in")
def test_the_benchmark_of_pages_times_a_browser() -> None:
    """Small, it prints the size of a page, its first paint and its end."""
    printed = benchmark("pages.py", "--shards", "60", "--rounds", "1")
    assert re.search(r"\| size of the page \| \d+ KB \|\n\| first paint \| \d+ ms \|\n\| all of it loaded \| ", printed)


def test_processes_that_share_a_store_lose_nothing() -> None:
    """Small, writers, readers, merges and a prune at once end with all that was acknowledged, in a sound store."""
    small = ["--writers", "4", "--readers", "4", "--captures", "4", "--kept", "1", "--pause", "0.05"]
    run = subprocess.run(
        [sys.executable, BENCHMARKS / "load.py", *small],
        env=os.environ | {"PYTHONPATH": str(BENCHMARKS.parent)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (run.returncode, run.stderr) == (0, ""), run.stdout
    assert re.search(r"acknowledged 20, pruned \d+, stored \d+, lost 0\n", run.stdout)


def test_the_benchmark_of_a_week_prints_its_curve() -> None:
    """Small, it has a row for the first hour, one for the last, and three uses of the finished store."""
    small = ["--instances", "3", "--hours", "4", "--shards", "2"]
    assert [row[0] for row in rows_of(benchmark("fleet_week.py", *small))] == [
        "hour",
        "--:",
        *"1234",
        "use",
        "---",
        "log of one",
        "log",
        "verify",
    ]
