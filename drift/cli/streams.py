"""`-` for a file: standard input for one that is read, standard output for one that is written."""

from __future__ import annotations

import os
import stat
import sys
from datetime import UTC, datetime
from io import UnsupportedOperation
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
from weakref import WeakSet

from drift.cli.app import now
from drift.core.bounded_files import MOST_TEXT, read_text, read_up_to, text_of
from drift.core.errors import FileError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from drift.decode.captures import Received
    from drift.decode.content import Options
    from drift.policy.plan.file import Plan

STREAM: Final = "-"

_read: WeakSet[TextIO] = WeakSet()


def receive_input(options: Options) -> Received:
    """Read a capture from standard input, up to the limit; a pipe is as old as its reading."""
    from drift.core.model import Instance
    from drift.core.sources import FILE
    from drift.decode.captures import Received
    from drift.decode.limits import MIB

    data = _standard_input(options.limits.inflated_mib * MIB + 1)
    return Received(data=data, instance=Instance(), taken_at=_modified(), source=FILE.name, path=Path(STREAM))


def input_text(path: str, *, hint: str) -> str:
    """Read the text of a file that a user writes, or of standard input. Raises ConfigError."""
    if path != STREAM:
        return read_text(Path(path), hint=hint)
    return text_of(_standard_input(MOST_TEXT + 1), Path(STREAM))


class ReadLater(NamedTuple):
    """A file that a flag names. It is read when the command runs, so that a report can say what is wrong with it."""

    origin: Path
    read: Callable[[], object]


def open_plan(path: str) -> Plan:
    """Read the plan in a file or in standard input. Raises ConfigError."""
    if path != STREAM:
        from drift.config.plan_file import load_plan

        return load_plan(path)
    from drift.policy.plan.file import parse

    return parse(input_text(path, hint=""), Path(path))


def _standard_input(most: int) -> bytes:
    """Read standard input up to `most` bytes. Raises UsageError if it was read before."""
    if sys.stdin is None or sys.stdin in _read:
        problem = "is closed" if sys.stdin is None else "can be read once"
        raise UsageError(f"- is standard input, which {problem}", hint="Name a file for the others.")
    _read.add(sys.stdin)
    try:
        return read_up_to(sys.stdin.buffer, most)
    except OSError as error:
        raise FileError(f"could not read standard input: {error.strerror}") from error


def _modified() -> datetime:
    try:
        status = os.fstat(sys.stdin.fileno())
        return datetime.fromtimestamp(status.st_mtime, UTC) if stat.S_ISREG(status.st_mode) else now()
    except (UnsupportedOperation, OSError, ValueError, OverflowError):
        return now()
