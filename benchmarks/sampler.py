"""Runs drift, and writes how many seconds of the processor each of its steps took; `profiling.py` makes a table of it.

    python benchmarks/sampler.py steps.json diff before.json after.json

A timer of the processor's time interrupts drift every few milliseconds. What passed since the last time belongs to the
module of drift that is at work, or that waits for a library; a call into C ends first, and counts as a whole. cProfile
would be no help: under it, calls in Python take twice to three times as long, and calls into C do not.
"""

from __future__ import annotations

import gc
import json
import signal
import sys
import time
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import FrameType

STARTING: Final = "starting"
REST: Final = "the rest"
STEPS: Final = {
    "inflating": ("decode/unpack.py", "core/compression.py"),
    "parsing": ("core/strict_json.py", "decode/samples/long_arrays.py"),
    "reading": ("decode/",),
    "records and hashes": ("core/",),
    "store": ("store/",),
    "comparing": ("compare/", "policy/"),
    "report": ("reports/",),
}
"""Each step with where its modules are; of several places, the first that fits a module counts."""

_INTERVAL: Final = 0.002  # seconds


class Sampler:
    """Charges the processor's seconds to steps, from the start of the process on."""

    def __init__(self, package: Path) -> None:
        self._package = f"{package}/"
        self._last = time.process_time()
        self.spent = defaultdict(float, {STARTING: self._last})

    def start(self) -> None:
        """Begin to be interrupted."""
        signal.signal(signal.SIGPROF, self._charge)
        signal.setitimer(signal.ITIMER_PROF, _INTERVAL, _INTERVAL)

    def stop(self) -> None:
        """End it; what has passed since the last time is the rest."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        self._charge(0, None)

    def _charge(self, _number: int, frame: FrameType | None) -> None:
        now = time.process_time()
        self.spent[self._step(frame)] += now - self._last
        self._last = now

    def _step(self, frame: FrameType | None) -> str:
        """Name the step of the innermost frame that is drift's; a module's own frame is one that loads."""
        while frame is not None:
            code = frame.f_code
            if code.co_name == "<module>" or code.co_filename.startswith("<frozen importlib"):
                return STARTING
            if code.co_filename.startswith(self._package):
                return step_of(code.co_filename.removeprefix(self._package))
            frame = frame.f_back
        return REST


def step_of(module: str) -> str:
    """Name the step that a module of drift belongs to."""
    return next((step for step, places in STEPS.items() if module.startswith(places)), REST)


def main() -> None:
    """Run drift in this process, and write what its steps took, in seconds."""
    results, arguments = Path(sys.argv[1]), sys.argv[2:]
    found = find_spec("drift")
    if found is None or found.origin is None:
        raise SystemExit("drift is not installed here")
    sampler = Sampler(Path(found.origin).parent)
    sampler.start()
    gc.disable()  # as the command does
    from drift.cli.main import run  # noqa: PLC0415 - to load it is a step, too

    code = run(arguments)
    sampler.stop()
    if code:
        raise SystemExit(code)
    results.write_text(json.dumps(sampler.spent))


if __name__ == "__main__":
    main()
