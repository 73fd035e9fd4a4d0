"""Holds the findings to their list and to shellcheck; running them needs the network and is left to people."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from support.paths import ROOT

FOLDER = ROOT / "findings"
SCRIPTS = sorted(FOLDER.glob("*.sh"))


def test_every_finding_is_listed_with_its_own_words() -> None:
    """A row of the list links a script and says what the script's second line says, and each script has a row."""
    rows = [line for line in (FOLDER / "README.md").read_text().splitlines() if line.startswith("| [")]
    told = {script.stem: script.read_text().splitlines()[1].removeprefix("# ") for script in SCRIPTS}
    listed = {row.split("](")[0].removeprefix("| ["): row.rsplit(" | ", 1)[1].removesuffix(" |") for row in rows}
    assert listed == told


def test_shellcheck_finds_nothing_in_them() -> None:
    """The scripts are clean by shellcheck's strictest measure."""
    shellcheck = Path(sys.executable).parent / "shellcheck"
    linted = subprocess.run([shellcheck, "--severity=style", *SCRIPTS], capture_output=True, text=True, check=False)
    assert not linted.stdout
