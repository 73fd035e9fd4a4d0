from __future__ import annotations

import subprocess
import sys

from support.paths import BENCHMARKS


def test_twenty_thousand_mutated_inputs_end_as_they_should() -> None:
    """Each reader of what others wrote gives a result or an error of drift, in bounded time and memory."""
    run = subprocess.run(
        [sys.executable, BENCHMARKS / "fuzz.py", "--count", "20000"],
        env={"PYTHONPATH": str(BENCHMARKS.parent)}, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert (run.returncode, run.stderr) == (0, ""), run.stdout
    assert "20,000 inputs, 0 failures" in run.stdout
