"""Gives mutated examples to every reader of what others wrote, and reports whatever is no result and no error of drift.

    python benchmarks/fuzz.py                                  # 20,000 inputs, the same each time
    python benchmarks/fuzz.py --count 1000000 --seconds 3600 --seed 7 --guided

An input fails if it raises anything but drift's own errors, takes more than two seconds, or makes the process larger by
500 MB. `--guided` keeps inputs that reach a new line of drift as further examples; it takes several times as long.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final

sys.path.insert(0, str(Path(__file__).parent))

from fuzz_inputs import mutated
from fuzz_readers import ROOT, Reader, readers

if TYPE_CHECKING:
    from types import CodeType, FrameType

_LARGEST: Final = 100_000  # bytes of an input
_SECONDS: Final = 2.0
_MEMORY: Final = 500 << 10  # KiB
_KEPT: Final = 400  # examples of a reader


class Coverage:
    """The lines of drift that were reached."""

    def __init__(self) -> None:
        self.lines: set[tuple[CodeType, int]] = set()
        self._own = str(ROOT / "drift")

    def run(self, reader: Reader, data: bytes) -> BaseException | None:
        """Run a reader, note the lines that it reaches, and return what it raised."""
        sys.settrace(self._enter)
        try:
            return _outcome(reader, data)
        finally:
            sys.settrace(None)

    def _enter(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        return self._line if frame.f_code.co_filename.startswith(self._own) else None

    def _line(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        self.lines.add((frame.f_code, frame.f_lineno))
        return self._line


def _outcome(reader: Reader, data: bytes) -> BaseException | None:
    try:
        reader.read(data)
    except reader.errors:
        return None
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return error
    return None


class Fuzzer:
    """One run: the examples grow by what is found, and all failures are kept."""

    def __init__(self, found: dict[str, Reader], *, seed: int, guided: bool) -> None:
        self.failures: list[tuple[str, str, bytes]] = []
        self.tried: Counter[str] = Counter()
        self.coverage = Coverage() if guided else None
        self._readers = found
        self._random = Random(seed)
        self._names = [name for name, reader in found.items() for _ in range(reader.weight)]
        self._examples = {name: list(reader.examples) for name, reader in found.items()}

    def step(self) -> None:
        """Give one input to one reader."""
        name = self._random.choice(self._names)
        examples = self._examples[name]
        data = mutated(self._random.choice(examples), examples, self._random)[:_LARGEST]
        known = len(self.coverage.lines) if self.coverage else 0
        begin, before = time.process_time(), _size()
        run = self.coverage.run if self.coverage else _outcome
        error = run(self._readers[name], data)
        self.tried[name] += 1
        if error is not None:
            self._fail(name, f"{type(error).__name__}: {str(error)[:200]}", data)
        elif not self.coverage and time.process_time() - begin > _SECONDS:
            self._fail(name, f"{time.process_time() - begin:.1f} s", data)
        if _size() - before > _MEMORY:
            self._fail(name, f"{(_size() - before) >> 10} MB", data)
        if self.coverage and len(self.coverage.lines) > known and len(examples) < _KEPT:
            examples.append(data)

    def _fail(self, name: str, reason: str, data: bytes) -> None:
        self.failures.append((name, reason, data))
        print(f"{name}: {reason}: {data[:300]!r}", flush=True)


def _size() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> int:
    """Run for so many inputs, or so long."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--guided", action="store_true")
    parser.add_argument("--only", default="", help="readers whose names contain this")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = {name: reader for name, reader in readers(Path(folder)).items() if options.only in name}
        fuzzer = Fuzzer(found, seed=options.seed, guided=options.guided)
        deadline = time.monotonic() + options.seconds
        while sum(fuzzer.tried.values()) < options.count and time.monotonic() < deadline:
            fuzzer.step()
    for name, count in sorted(fuzzer.tried.items()):
        print(f"{name:16} {count:>9,}")
    lines = f", {len(fuzzer.coverage.lines):,} lines of drift reached" if fuzzer.coverage else ""
    print(f"{sum(fuzzer.tried.values()):,} inputs, {len(fuzzer.failures)} failures{lines}")
    return bool(fuzzer.failures)


if __name__ == "__main__":
    sys.exit(main())
