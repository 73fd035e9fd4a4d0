"""What `run.py` measures on a topology of one size in one layout: the files, the stores and the commands."""

from __future__ import annotations

import base64
import os
import shutil
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fleet import configure, serving
from least import copy_tables
from measuring import Contender, Cost, cost, drift, take_turns
from table import LEAST, LEAST_OF, ROWS, Goal, judged

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator

    from measuring import Costs

GROWTH: Final = Goal(40)
"""KB by which a store may grow with a snapshot."""

CAPTURES: Final = {
    "first": "before",
    "noisy": "noisy",
    "changed": "changed",
    "within": "within",
    "moved": "moved",
    "same": "same",
    "noisy changed": "noisy changed",
}
"""The contenders that capture, each with its file."""

COMPARISONS: Final = {
    "files": "changed",
    "moved files": "moved",
    "noisy files": "noisy changed",
}
"""The contenders that compare the file `before` with another, each with that."""

FIGURES: Final = frozenset(("same", "noisy changed", "noisy files", "deepdiff"))
"""The contenders without a goal for a million shards, or too slow for them."""

_GENERATE: Final = Path(__file__).with_name("generate.py")
_LEAST: Final = Path(__file__).with_name("least.py")
_SMALL: Final = 100_000  # shards up to which everything is measured
_THEN: Final = 1_770_000_000  # seconds since 1970: files in the order of their times are captures in that order
_HOUR: Final = 3_600
_SOME: Final = 100
_END: Final = 65_536  # bytes: the list of data nodes, and some of the payload before it
_KIB: Final = 1024
_KB: Final = 1000

_DECODE: Final = """
import base64, gzip, json, sys

def decode(path):
    with open(path, "rb") as file:
        document = json.load(file)
    return json.loads(gzip.decompress(base64.b64decode(document["compressed_databases_info"])))
"""
_BARE: Final = _DECODE + "documents = [decode(path) for path in sys.argv[1:]]\n"
_DEEPDIFF: Final = (
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


@dataclass(frozen=True)
class Bench:
    """A folder with the files and stores of one size, and the commands that are measured on them.

    `builds` has the command of each build by the end of its contenders' names, this one's first.
    """

    folder: Path
    options: Namespace
    shards: int
    layout: str
    builds: dict[str, list[str]]

    def measure(self) -> Costs:
        """Measure every contender that is wanted in every round."""
        self.prepare()
        rounds, seconds = self.options.rounds, self.options.seconds
        costs = take_turns(self._quick(), 3 * rounds, seconds / 10)
        with serving(self._http(), 0.0) as url:
            slow = self.captures() | self.comparisons() | self._least() | dict(self._over_http(url))
            wanted = {name: slow[name] for name in slow if name in self._wanted}
            costs |= take_turns(wanted, rounds, seconds)
        return costs | {"inflated": [Cost(0, 0, self._inflated() // _KIB)]}

    def prepare(self) -> None:
        """Make the files that are wanted, and the stores that captures are added to."""
        self._generate_all()
        for build, command in self.builds.items():
            cost(self._snapshot(command, "before", self._store("kept", build)), self.folder)

    def captures(self) -> dict[str, Contender]:
        """List what captures a file into a store, and the floor of it."""
        found = {"bare": self._bare("before")}
        for name, file in CAPTURES.items():
            for build in self.builds:
                found[name + build] = self._capture(file, build, fresh=name == "first")
        return found

    def comparisons(self) -> dict[str, Contender]:
        """List what compares two files, and the floor of it."""
        changed = ("before", "changed")
        found = {"both": self._bare(*changed)}
        for name, file in COMPARISONS.items():
            for build, command in self.builds.items():
                found[name + build] = Contender([*command, "diff", *self._files("before", file)], self.folder)
        deepdiff = [sys.executable, "-c", _DEEPDIFF, *self._files(*changed)]
        return found | {"deepdiff": Contender(deepdiff, self.folder, most=1)}

    def growth(self, snapshots: int) -> str:
        """By how many KB a snapshot the store grew: its file, and the pages of it that are in use.

        Each snapshot has 0.1 % of its shards changed and new volatile members everywhere. The first two snapshots are
        left out: the first fills the store, and from the second on two responses are kept, the first and the newest.
        """
        store, sizes = self._store("growth"), []
        for step in range(snapshots + 2):
            change = ["--changed", str(self._one_of_a_thousand), "--steps", str(step)] if step else []
            path = self._generate("step", "--noise", str(step + 1), *change)
            os.utime(path, (_THEN, _THEN + step * _HOUR))
            cost(self._snapshot(drift(), "step", store), self.folder)
            sizes.append(_size(store))
        second, last = sizes[1], sizes[-1]
        grown, in_use = ((last[kind] - second[kind]) / snapshots / _KB for kind in (0, 1))
        return judged(grown, GROWTH, self.shards, f"KB; {in_use:.1f} in use")

    @property
    def _one_of_a_thousand(self) -> int:
        return max(1, self.shards // 1000)

    @property
    def _wanted(self) -> set[str]:
        """The contenders of the rows that are wanted, at this size and in this layout."""
        rows = [row for row in ROWS if row.one in (self.options.only or [row.one])]
        if self.shards > _SMALL:
            rows = [row for row in rows if not FIGURES & {row.one, row.other}]
        if self.layout != "lean":  # DeepDiff is told the members of that
            rows = [row for row in rows if "deepdiff" not in (row.one, row.other)]
        return {row.one for row in rows} | {row.other for row in rows}

    def _generate_all(self) -> None:
        """Make the files that are wanted, two at a time; the one that the stores begin with is the oldest."""
        changed = ["--changed", str(self._one_of_a_thousand)]
        arguments = {
            "before": [],
            "same": [],  # in bytes, too, but received later
            "some": ["--moved", str(min(_SOME, self.shards))],
            "noisy": ["--noise", "1"],
            "changed": changed,
            "within": [*changed, "--within", "1"],
            "moved": ["--moved", str(self.shards)],
            "noisy changed": [*changed, "--noise", "1"],
        }
        used = CAPTURES | COMPARISONS | {LEAST + name: _file_of(name) for name in LEAST_OF} | {"stored": "some"}
        files = {file for name, file in used.items() if name in self._wanted}
        wanted = [name for name in arguments if name in files | {"before"}]
        with ThreadPoolExecutor(2) as pool:
            made = list(pool.map(lambda name: self._generate(name, *arguments[name]), wanted))
        for number, path in enumerate(made):
            os.utime(path, (_THEN, _THEN + number * _HOUR))

    def _generate(self, name: str, *arguments: str) -> Path:
        options = self.options
        size = ["--shards", str(self.shards), "--databases", str(options.databases), "--layout", self.layout]
        common = ["--seed", str(options.seed), "--attributes", str(options.attributes)]
        command = [sys.executable, str(_GENERATE), str(self._file(name)), *size, *common, *arguments]
        subprocess.run(command, check=True)
        return self._file(name)

    def _file(self, name: str) -> Path:
        return self.folder / f"{name.replace(' ', '-')}.json"

    def _store(self, name: str, build: str = "") -> Path:
        return self.folder / f"{name}{build.strip()}.db"

    def _files(self, *names: str) -> list[str]:
        return [str(self._file(name)) for name in names]

    def _snapshot(self, command: list[str], file: str, store: Path) -> list[str]:
        return [*command, "snapshot", "bench", "--from-file", str(self._file(file)), "--store", str(store)]

    def _bare(self, *files: str) -> Contender:
        return Contender([sys.executable, "-c", _BARE, *self._files(*files)], self.folder)

    def _quick(self) -> dict[str, Contender]:
        if "stored" not in self._wanted:
            return {}
        pair = self._store("pair")
        shutil.copy(self._store("kept"), pair)
        cost(self._snapshot(drift(), "some", pair), self.folder)
        commands = {"version": ["--version"], "stored": ["diff", "1", "2", "--store", str(pair)]}
        return {name: Contender([*drift(), *arguments], self.folder) for name, arguments in commands.items()}

    def _capture(self, file: str, build: str, *, fresh: bool) -> Contender:
        """Capture into a store that is new each round, or into a fresh copy of one with a snapshot in it."""
        store = self._store("store")

        def prepare() -> None:
            _remove(store)
            if not fresh:
                shutil.copy(self._store("kept", build), store)

        return Contender(self._snapshot(self.builds[build], file, store), self.folder, prepare)

    def _least(self) -> dict[str, Contender]:
        """List the least that some of the works can be, each on the store that this build's takes."""
        return {LEAST + work: self._least_of(work) for work in LEAST_OF}

    def _least_of(self, work: str) -> Contender:
        file, command = _file_of(work), [sys.executable, str(_LEAST), work, self.layout]
        if work in COMPARISONS:
            return Contender([*command, *self._files("before", file)], self.folder)
        store = self._store("least")

        def prepare() -> None:
            _remove(store)
            if work == "first":
                copy_tables(self._store("kept"), store)
            else:
                shutil.copy(self._store("kept"), store)

        return Contender([*command, str(store), *self._files(file)], self.folder, prepare)

    def _http(self) -> Path:
        """Make the folder that the server answers from."""
        folder = self.folder / "http"
        folder.mkdir()
        os.link(self._file("before"), folder / "body-0.json")
        return folder

    def _over_http(self, url: str) -> Iterator[tuple[str, Contender]]:
        for build, command in self.builds.items():
            folder = self.folder / f"http{build.strip()}-client"
            folder.mkdir()
            store = configure(folder, url, 1)
            captured = Contender([*command, "snapshot", "--quiet"], folder, partial(_remove, store), most=1)
            yield "http" + build, captured

    def _inflated(self) -> int:
        """Bytes of the payload, which the last four of a gzip stream tell.

        Not more than the end of the file is read: what this process has at the most, its children seem to have, too.
        """
        with self._file("before").open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _END))
            payload = file.read().partition(b'", "data_nodes"')[0]
        return int.from_bytes(base64.b64decode(payload[-8:])[-4:], "little")


def _file_of(work: str) -> str:
    return (CAPTURES | COMPARISONS)[work]


def _remove(store: Path) -> None:
    for leftover in store.parent.glob(f"{store.name}*"):
        leftover.unlink()


def _size(store: Path) -> tuple[int, int]:
    """Measure the bytes of a store's file once everything is in it, and of the pages in use."""
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        page, pages, free = (
            connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_size", "page_count", "freelist_count")
        )
    return store.stat().st_size, page * (pages - free)
