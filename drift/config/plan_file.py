"""A plan.toml on disk to a `Plan`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from drift.core.bounded_files import read_text
from drift.policy.plan.file import parse

if TYPE_CHECKING:
    import os

    from drift.policy.plan.file import Plan


def load_plan(path: str | os.PathLike[str]) -> Plan:
    """Read the plan in a file. Raises ConfigError, with every problem that the file has."""
    file = Path(path)
    return parse(read_text(file, hint="`drift plan from-diff BEFORE AFTER` writes a plan."), file)
