"""Fails each call on the disk, one after the other, in each command that writes, and checks what is left.

    python benchmarks/faults.py                                  # all: a few minutes
    python benchmarks/faults.py --only import --only waive --most 3

A shim that is preloaded into this process (`tests/support/faults.c`, for which a C compiler is needed) fails the Nth
write, sync, rename, open, lock, truncation or removal below the folder of a command, N from 1 until the command has no
such call left. The command has to end in words with 4 (2 where drift.toml or a secret can't be read), or as if nothing
had been; the store has to be whole, as it was before or as it is after; every other file, too; and the next run sweeps
the rest.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import errno
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from drift.cli.main import run
from drift.core.errors import DriftError
from drift.decode.sources import snapshot_file
from drift.simulator import default_cloud, serve
from drift.store import ChangeWindow, Store
from drift.store.migrating import make
from drift.store.schema import STEPS
from drift.store.transactions import transaction
from support.builders import a_database, a_shard, a_snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.simulator import Cloud

ROOT: Final = Path(__file__).parent.parent
_SHIM: Final = "DRIFT_FAULTS"
_STORE: Final = "drift.db"
_REFUSED: Final = 4
_END: Final = "</html>"

COMMANDS: Final = {
    "snapshot": "snapshot orders-prod --from-file response.json --label new",
    "first snapshot": "snapshot orders-prod --from-file response.json --store new/drift.db",
    "import": "import a.json b.json",
    "prune": "prune --keep 1 --labelled",
    "begin": "begin CHG-2 users-prod --from-file users.json",
    "end": "end CHG-1 orders-prod --from-file a.json --output json=end.json",
    "confirm": "confirm 4 --reason dropped --by anna",
    "rename-instance": "rename-instance users-prod users --yes",
    "forget": "forget users-prod --yes",
    "waive": "waive FINGERPRINT 1 2 --reason moved --expires 2999-12-31",
    "export": "export 1 --output out.json",
    "reports": "diff 1 2 --output html=report.html --output json=report.json",
    "migration": "log --store old.db",
    "reread": "reread --save",
    "vouch": "inspect response.json orders-prod --confirm",
    "repair": "repair --output repaired.db",
    "init": "init new.toml",
    "instances": "instances --write",
    "watch": "watch --once cloudy",
    "merge": "merge drift.db part.db",
    "lake": "lake export lake",
    "metrics": "metrics --output drift.prom",
}
FAULTS: Final = (
    ("write", errno.ENOSPC, False),
    ("write", errno.ENOSPC, True),
    ("write", errno.EDQUOT, True),
    ("write", errno.EIO, False),
    ("sync", errno.EIO, False),
    ("rename", errno.EIO, False),
    ("open", errno.EACCES, False),
    ("open", errno.EMFILE, False),
    ("open", errno.EROFS, True),
    ("lock", errno.EIO, False),
    ("truncate", errno.EIO, False),
    ("remove", errno.EACCES, False),
)


class Ended(NamedTuple):
    """How a command ended, and how often its call was failed."""

    code: int
    err: str
    hits: int


class State(NamedTuple):
    """What is in a folder: the errors and the content of its stores, and its other files."""

    errors: list[str]
    stores: dict[str, Any]
    files: dict[str, bytes]


def fill(folder: Path, cloud: Cloud, endpoint: str) -> None:
    """Lay down the files that the commands need."""
    shards = [a_shard("orders_0000", on="rds-2"), *(a_shard(f"orders_{i:04}") for i in range(1, 40))]
    before, after = a_snapshot(a_database(shards=40), label="pre"), a_snapshot(a_database(shards=shards), minutes=5)
    response = default_cloud().instance("orders-prod").export()
    (folder / "response.json").write_bytes(response)
    with Store.open(folder / _STORE, create=True) as store:
        for each in (before, after):
            store.save(each, raw=response)
        store.save(a_snapshot(a_database("users"), instance="users-prod"))
        store.save(a_snapshot(a_database(shards=3), minutes=9))
    for name, minutes in (("a", 20), ("b", 30)):
        exported = a_snapshot(a_database(shards=shards[: minutes + 9], status=name), minutes=minutes)
        (folder / f"{name}.json").write_bytes(snapshot_file.dumps(exported))
    (folder / "token").write_text(cloud.issue_token())
    (folder / "drift.toml").write_text(
        f"# ours\nstore = '{_STORE}'\n[defaults]\nendpoint = '{endpoint}'\nproject_id = '{cloud.project_id}'\n"
        f"token_file = 'token'\n[instances.cloudy]\ninstance_id = '{cloud.instance('orders-prod').id}'\n"
    )
    (folder / "report.json").write_text("{}")
    with Store.open(folder / "part.db", create=True) as store:
        for minutes in (7, 12):
            store.save(a_snapshot(a_database(shards=minutes), a_database("users"), minutes=minutes), raw=response)
    _older_store(folder / "old.db", folder / _STORE)
    users = a_snapshot(a_database("users"), instance="users-prod", minutes=20)
    (folder / "users.json").write_bytes(snapshot_file.dumps(users))
    with Store.open(folder / _STORE) as store:
        store.save_change_window(ChangeWindow(instance="orders-prod", name="CHG-1", begun=2))


def _older_store(path: Path, newest: Path) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as old:
        old.execute("PRAGMA journal_mode = WAL")
        with transaction(old, "IMMEDIATE"):
            make(old, STEPS[:8])
        old.execute("ATTACH ? AS newest", (str(newest),))
        for (table,) in old.execute("SELECT name FROM main.sqlite_schema WHERE type = 'table'").fetchall():
            columns = ", ".join(name for _, name, *_ in old.execute(f"PRAGMA main.table_info({table})"))
            if columns:
                old.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM newest.{table}")  # noqa: S608


def _in_process(line: str, folder: Path) -> tuple[int, str]:
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    os.chdir(folder)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(line.split())
    return code, err.getvalue()


def fingerprint(folder: Path) -> str:
    """Find the fingerprint of the first change between snapshots 1 and 2."""
    _in_process("diff 1 2 --output json=found.json", folder)
    found = json.loads((folder / "found.json").read_text())
    (folder / "found.json").unlink()
    return str(found["changes"][0]["fingerprint"])


def forked(line: str, folder: Path, shim: Any, fault: tuple[str, int, bool], place: int) -> Ended:  # noqa: ANN401 - a library
    """Run a command in a process of its own, and fail that call of it; place 0 fails none."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        kind, number, stays = fault
        if place:
            shim.fault_arm(str(folder).encode(), kind.encode(), place, number, int(stays))
        try:
            code, err = _in_process(line, folder)
        except BaseException as error:  # noqa: BLE001 - told to the parent
            code, err = 70, f"Traceback: {error!r}"
        os.write(writing, json.dumps([code, err[-3000:], shim.fault_disarm()]).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        ended = Ended(*json.loads(told.read() or b'[70, "Traceback: no answer", 1]'))
    os.waitpid(child, 0)
    return ended


def state(folder: Path) -> State:
    """Read what is in a folder; a store is read in a copy, so that nothing in it is mended."""
    errors: list[str] = []
    stores: dict[str, Any] = {}
    files = {}
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        name = str(path.relative_to(folder))
        if ".draft" in name:  # what is left behind is looked at by itself
            continue
        if name.endswith(".db"):
            stores[name] = _content(path, errors)
        elif ".db" not in name:
            files[name] = path.read_bytes()
    return State(errors, stores, files)


def _content(path: Path, errors: list[str]) -> Any:  # noqa: ANN401 - compared, no more
    with tempfile.TemporaryDirectory() as aside:
        for ending in ("", "-wal", "-journal"):
            if (there := Path(f"{path}{ending}")).exists():
                shutil.copy(there, Path(aside) / there.name)
        try:
            with Store.open(Path(aside) / path.name) as store:
                errors.extend(store.verify())
                log = [
                    (each.number, each.label, each.instance, each.content_hash, each.suspect) for each in store.log()
                ]
                return log, [(each.name, each.begun, each.ended) for each in store.change_windows()]
        except DriftError as error:
            if "there is no store" not in error.message:
                errors.append(error.message)
            return None


def problems(ended: Ended, clean: Ended, left: State, before: State, after: State) -> Iterator[str]:
    """Say what is not as it should be after a fault."""
    yield from left.errors
    is_unread = any(word in ended.err for word in ("drift.toml", "could not read the secret"))
    if "Traceback" in ended.err or ended.code not in {clean.code, _REFUSED} | ({2} if is_unread else set()):
        yield f"ended with {ended.code}"
    if ended.code == clean.code and left.stores != after.stores:
        yield f"ended with {ended.code}, and the store is not as it should be"
    for name, content in left.stores.items():
        changed = content not in (before.stores.get(name), after.stores.get(name))
        if changed and not (content and _between(content[0], before.stores.get(name), after.stores.get(name))):
            yield f"{name} is neither as before nor as after"
        if content != before.stores.get(name) and "nothing was stored" in ended.err:
            yield "something was stored, and the message denies it"
    if ended.code != clean.code and not ended.err.strip():
        yield "no message"
    for name, data in left.files.items():
        known = {before.files.get(name), after.files.get(name)}
        if name in before.files.keys() | after.files.keys() and data not in known and not _whole(name, data):
            yield f"{name} is not whole"


def _between(log: list[Any], before: Any, after: Any) -> bool:  # noqa: ANN401 - contents of stores
    """Return whether a store is between: some of several snapshots are stored, or their change is not recorded yet."""
    known = [*(before or [[]])[0], *(after or [[]])[0]]
    return all(entry in known for entry in log) and all(entry in log for entry in (before or [[]])[0])


def _whole(name: str, data: bytes) -> bool:
    try:
        text = data.decode()
        if name.endswith(".json"):
            json.loads(text)
        if name.endswith(".toml"):
            tomllib.loads(text)
    except ValueError:
        return False
    return text.rstrip().endswith(_END) if name.endswith(".html") else True


def names(folder: Path) -> set[str]:
    """List the files in a folder."""
    return {str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()}


class Sweep:
    """All faults of all commands: how many were tried, and what was not as it should be."""

    def __init__(self, shim: Any, folder: Path, cloud: Cloud, endpoint: str) -> None:  # noqa: ANN401 - a library
        self.tried: Counter[tuple[str, str]] = Counter()
        self.failed: list[str] = []
        self._shim = shim
        self._origin, self._folder = folder / "origin", folder / "run"
        self._origin.mkdir()
        fill(self._origin, cloud, endpoint)
        self._fingerprint = fingerprint(self._origin)

    def _fresh(self) -> Path:
        shutil.rmtree(self._folder, ignore_errors=True)
        shutil.copytree(self._origin, self._folder)
        return self._folder

    def command(self, name: str, most: int) -> None:
        """Fail each call of one command."""
        line = COMMANDS[name].replace("FINGERPRINT", self._fingerprint)
        folder = self._fresh()
        before = state(folder)
        clean = forked(line, folder, self._shim, FAULTS[0], 0)
        after, expected = state(folder), names(folder) | names(self._origin)
        if clean.code not in {0, 1} or "Traceback" in clean.err:
            self.failed.append(f"{name}: ended with {clean.code} without a fault: {clean.err}")
            return
        for fault in FAULTS:
            for place in range(1, most + 1):
                folder = self._fresh()
                ended = forked(line, folder, self._shim, fault, place)
                if not ended.hits:
                    break
                self.tried[name, fault[0]] += 1
                found = list(problems(ended, clean, state(folder), before, after))
                if names(folder) - expected:
                    forked(line, folder, self._shim, FAULTS[0], 0)
                    left = {each for each in names(folder) - expected if not each.endswith(".bak")}
                    found += [f"{each} is left behind" for each in sorted(left)]
                for each in dict.fromkeys(found):
                    label = f"{name}: {fault[0]} {place}, {errno.errorcode[fault[1]]}{' for good' * fault[2]}"
                    self.failed.append(f"{label}: {each}: {ended.err.strip()[-400:]}")


def compiled(folder: Path) -> Path | None:
    """Compile the shim; return None where there is no C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return None
    shim = folder / "faults.so"
    source = ROOT / "tests" / "support" / "faults.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", shim, source, "-ldl"], check=True)
    return shim


def _again(arguments: list[str]) -> int:
    """Run this script with the shim preloaded."""
    with tempfile.TemporaryDirectory() as folder:
        shim = compiled(Path(folder))
        if shim is None:
            print("no C compiler here, so no fault can be made", file=sys.stderr)
            return 2
        kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        variables = {**kept, "HOME": folder, "LD_PRELOAD": str(shim), _SHIM: str(shim)}
        return subprocess.run([sys.executable, __file__, *arguments], env=variables, check=False).returncode


def main() -> int:
    """Sweep, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=COMMANDS, help="this command; may be repeated")
    parser.add_argument("--most", type=int, default=1000, help="at most so many calls of each kind")
    options = parser.parse_args()
    if _SHIM not in os.environ:
        return _again(sys.argv[1:])
    cloud = default_cloud()
    cloud.add_instance("users-prod")
    with tempfile.TemporaryDirectory() as folder, serve(cloud) as server:
        sweep = Sweep(ctypes.CDLL(os.environ[_SHIM]), Path(folder), cloud, server.url)
        kinds = list(dict.fromkeys(kind for kind, _, _ in FAULTS))
        print(f"{'':16}" + "".join(f"{kind:>10}" for kind in kinds), flush=True)
        for name in options.only or COMMANDS:
            known = len(sweep.failed)
            sweep.command(name, options.most)
            print(f"{name:16}" + "".join(f"{sweep.tried[name, kind]:>10}" for kind in kinds))
            print("".join(f"{each}\n" for each in sweep.failed[known:]), end="", flush=True)
        os.chdir(ROOT)
    print(f"{sweep.tried.total():,} faults, {len(sweep.failed)} not as they should be")
    return bool(sweep.failed) or not sweep.tried


if __name__ == "__main__":
    sys.exit(main())
