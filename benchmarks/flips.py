"""Flips single bits in stores of several sizes; counts which are refused, found, or change an answer in silence.

    python benchmarks/flips.py                        # 1,000 flips in each of three stores
    python benchmarks/flips.py --flips 40 --size 30   # 40 flips in a store of 30 shards

It fails if a flip changes what can be read and `verify` doesn't find it, or if anything but drift's errors is raised.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import msgspec

from drift.compare.diff import diff
from drift.core.errors import DriftError
from drift.core.model import Job, Operation
from drift.notify.outbox import Enlarged
from drift.notify.transitions import NotifiedState
from drift.store import ChangeWindow, Store
from support.builders import a_big_snapshot, a_time

if TYPE_CHECKING:
    from collections.abc import Callable

_SIZES: Final = (30, 150, 3000)
_SNAPSHOTS: Final = 6


def make(path: Path, shards: int) -> bytes:
    """Make a store with something in each of its tables, and return its bytes."""
    with Store.open(path, create=True) as store:
        for place in range(_SNAPSHOTS):
            taken = a_big_snapshot(shards, databases=4, moved=range(place * 7, place * 7 + 5), minutes=place)
            job = Job("j1", "migrateLogicDb", "db0000", "RUNNING" if place < _SNAPSHOTS // 2 else "SUCCESS")
            moving = (Operation("instance", "MIGRATE_DATABASE"),)
            taken = msgspec.structs.replace(taken, label=f"ci-{place}", jobs=(job,), in_flight=moving)
            store.save(taken, raw=Random(place).randbytes(2000))
        store.save_change_window(ChangeWindow(instance="orders-prod", name="CHG-1", begun=2, plan_path="plan.toml"))
        store.outbox.put("mail", "orders-prod", Enlarged((), NotifiedState(3)))
        store.save_baseline(1)
        store.confirm_layout("orders-prod", "flat", "person", a_time())
    return path.read_bytes()


def answers(path: Path) -> dict[str, Any] | None:
    """Ask a store what it can be asked. None for what ends in an error; no answers where it can't be opened."""
    try:
        store = Store.open(path)
    except DriftError:
        return None
    with store:
        return {name: _outcome(asked, store) for name, asked in _QUESTIONS.items()}


def _outcome(asked: Callable[[Store], Any], store: Store) -> str | None:
    try:
        return repr(asked(store))
    except DriftError:
        return None
    except Exception as error:  # noqa: BLE001 - counted
        return f"BUG {error!r}"


_QUESTIONS: Final[dict[str, Callable[[Store], Any]]] = {
    "load 1": lambda store: store.load(1),
    "load 6": lambda store: store.load(6),
    "diff 1 6": lambda store: diff(*store.load_pair(1, 6)),
    "diff 5 6": lambda store: diff(*store.load_pair(5, 6)),
    "log": Store.log,
    "balance": lambda store: store.balance(6),
    "outline": lambda store: store.outline(6),
    "nodes": lambda store: store.nodes(6),
    "raw": lambda store: store.raw(6),
    "history": lambda store: [store.trace(each) for each in store.find("db0000_0002")],
    "changes": Store.change_windows,
    "notified": lambda store: store.outbox.notified("mail", "orders-prod"),
    "baseline": lambda store: store.baseline("orders-prod"),
    "confirmed": lambda store: store.confirmed_layouts("orders-prod"),
    "verify": Store.verify,
}


def flip(path: Path, data: bytes, bit: int) -> None:
    """Write a store with one bit flipped, alone in its folder."""
    for ending in ("-wal", "-shm", "-journal"):
        Path(f"{path}{ending}").unlink(missing_ok=True)
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << (bit % 8)
    path.write_bytes(changed)


def sweep(folder: Path, size: int, flips: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Flip bits at random in a store; return the counts, and what must not be."""
    data = make(folder / f"{size}.db", size)
    path, random = folder / "flipped.db", Random(seed)
    good = answers(folder / f"{size}.db") or {}
    counted: Counter[str] = Counter()
    wrong: list[str] = []
    for bit in random.sample(range(len(data) * 8), flips):
        flip(path, data, bit)
        found = answers(path)
        counted["flips"] += 1
        if found is None:
            counted["refused"] += 1
            continue
        other = [name for name in good if name != "verify" and found[name] not in (None, good[name])]
        bugs = [name for name in found if str(found[name]).startswith("BUG")]
        is_found = found["verify"] != "[]"
        counted["found"] += is_found
        counted["silent"] += bool(other)
        counted.update(f"silent {name}" for name in other)
        if bugs or (other and not is_found):
            wrong.append(f"bit {bit} of {size}: {bugs or other}: {[found[name] for name in bugs]}")
    return counted, wrong


def main() -> int:
    """Sweep, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flips", type=int, default=1000)
    parser.add_argument("--size", type=int, action="append", help="shards; may be repeated")
    parser.add_argument("--seed", type=int, default=2026)
    options = parser.parse_args()
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for size in options.size or _SIZES:
            counted, missed = sweep(Path(folder), size, options.flips, options.seed)
            wrong += missed
            print(f"{size:,} shards: " + ", ".join(f"{count:,} {what}" for what, count in counted.items()), flush=True)
    for each in wrong:
        print(each)
    print(f"{len(wrong)} not as they should be")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
