"""Faults of the disk, made by a preloaded shim; `benchmarks/faults.py` tries all of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from support.paths import BENCHMARKS

NO_COMPILER = shutil.which("cc") is None and shutil.which("gcc") is None


@pytest.mark.skipif(NO_COMPILER or sys.platform != "linux", reason="the shim needs a C compiler and Linux")
def test_a_fault_of_the_disk_leaves_everything_whole() -> None:
    """Whichever call fails: the store and files are whole, the message tells no lie, and the exit code is 4 or none."""
    run = subprocess.run(
        [sys.executable, BENCHMARKS / "faults.py", "--most", "2", "--only", "import", "--only", "instances"],
        env={"PATH": os.environ["PATH"]}, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    assert " faults, 0 not as they should be" in run.stdout
