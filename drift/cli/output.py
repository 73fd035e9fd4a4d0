"""Files that are written: whole or not at all, through a draft beside them."""

from __future__ import annotations

import contextlib
import gzip
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from drift.core.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Iterable

# What a path in these leads to is somebody's open stream, even where that is a file: it is written to, never replaced.
_STREAMS: Final = (Path("/dev"), Path("/proc"))


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; a name that ends in `.gz` has it compressed. Raises FileError."""
    write_pieces(path, [content])


def write_pieces(path: Path, pieces: Iterable[bytes]) -> None:
    """As `write`, for a content that comes piece by piece and may be larger than memory, unless it is compressed."""
    if path.suffix == ".gz":
        pieces = [gzip.compress(b"".join(pieces), mtime=0)]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, pieces)
    except OSError as error:
        raise FileError(f"{path}: can't be written: {error.strerror}") from error


def append(path: Path, text: str) -> None:
    """Write a text behind what a file has, which it needn't. Raises FileError."""
    try:
        with path.open("ab") as file:
            file.write(text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise FileError(f"{path}: can't be written: {error.strerror}") from error


def size(path: Path) -> int:
    """The bytes of a file; of one that isn't there, 0."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _replace(name: Path, pieces: Iterable[bytes]) -> None:
    path = Path(os.path.realpath(name))  # of a symbolic link, what it leads to
    is_stream = any(folder in name.absolute().parents for folder in _STREAMS)
    if is_stream or (path.exists() and not path.is_file()):  # a pipe or a device: there is nothing to replace
        with name.open("wb") as stream:
            stream.writelines(pieces)
        return
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(pieces)
        mode = path.stat().st_mode if path.exists() else 0o666 & ~_umask()
        Path(draft).chmod(mode & 0o7777)
        Path(draft).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(draft).unlink()
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
