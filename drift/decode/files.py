"""Reading the files that users hand over: saved responses, payloads, snapshot files. Opens files and nothing else."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from drift.core.bounded_files import read_up_to
from drift.core.errors import FileError
from drift.core.model import Instance
from drift.core.sources import FILE
from drift.decode.captures import FILE_KINDS, Received, read
from drift.decode.content import Options
from drift.decode.limits import MIB

if TYPE_CHECKING:
    from drift.core.model import Snapshot

_MISSING_FILE: Final = (
    "Check the spelling and the folder. `drift log` lists the stored snapshots; "
    "`drift export REF --output PATH` writes one to a file."
)


def load(path: str | os.PathLike[str], options: Options | None = None) -> Snapshot:
    """Load the snapshot in a file: a `drift export` file, an API response, its payload, or the decoded payload.

    All but the first lack the instance and the time: the instance then has no name, and the time is the file's. Raises
    FileError if the file can't be read, and PayloadError if it doesn't describe a topology.
    """
    chosen = options or Options()
    return read(receive(Path(path), chosen), chosen).snapshot


def receive(path: Path, options: Options) -> Received:
    """Read the bytes of a file, up to the limit; its time is the time of its last modification."""
    try:
        with path.open("rb") as file:
            state, most = os.fstat(file.fileno()), options.limits.inflated_mib * MIB + 1
            known = file.read(min(state.st_size, most))  # at once; a pipe has no size
            data = known + read_up_to(file, most - len(known))
    except OSError as error:
        hints = {FileNotFoundError: _MISSING_FILE, IsADirectoryError: FILE_KINDS}
        raise FileError(f"{path}: could not read the file: {error.strerror}", hint=hints.get(type(error))) from error
    taken_at = _time(state.st_mtime, path)
    return Received(data=data, instance=Instance(), taken_at=taken_at, source=FILE.name, path=path)


def _time(seconds: float, path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise FileError(f"{path}: the time of the file is no date", hint=f"`touch {path}` sets it to now.") from None
