"""Files that are written: whole or not at all, through a draft beside them.

A draft is locked while it is written, so that one that nobody holds any more is known as what a dead run left.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import secrets
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from drift.core.errors import ConfigError, FileError, UsageError
from drift.core.planted_links import refuse_planted_link

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drift.cli.app import App

# A path in these leads to somebody's open stream, even where that is a file: it is written to, never replaced.
_STREAMS: Final = (Path("/dev"), Path("/proc"))
_LONGEST_STEM: Final = 100
# How a database begins, and a log beside one, which holds what a killed run has captured last.
_DATABASE: Final = (b"SQLite format 3\0", b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
_DRAFT: Final = ".draft"
# How a file is opened that somebody else may have put there: a pipe keeps nobody waiting, a link leads nowhere.
_UNKNOWN: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; a name that ends in `.gz` has it compressed. Raises FileError."""
    write_pieces(path, [content])


def write_pieces(path: Path, pieces: Iterable[bytes]) -> None:
    """As `write`, for a content that comes piece by piece and may be larger than memory, unless it is compressed.

    Raises UsageError where the file is a database, such as the store.
    """
    _refuse_database(path)
    if path.suffix == ".gz":
        pieces = [gzip.compress(b"".join(pieces), mtime=0)]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, pieces)
    except OSError as error:
        raise FileError(f"could not write {path}: {error.strerror}") from error


def refuse_lost(app: App, path: Path, read: Iterable[Path] = ()) -> None:
    """Raise UsageError where a file would be written over one that is read, or over drift.toml, and so be lost."""
    with contextlib.suppress(ConfigError):  # which the command meets again
        read = [*read, *([app.run.file.value] if app.run.file else [])]
    for each in read:
        with contextlib.suppress(OSError):
            is_same_for_all = path == each and "{instance}" in str(path)
            if is_same_for_all or os.path.samefile(path, each):  # noqa: PTH121 - both may be missing
                raise UsageError(
                    f"{path} is read, and would be written over by what is made of it",
                    hint="Name another file for the output.",
                )


def _refuse_database(path: Path) -> None:
    """Raise UsageError where the file is a SQLite database or its log, such as a store's: no output takes its place."""
    with contextlib.suppress(OSError):
        if path.is_file():
            with path.open("rb") as file:
                if file.read(max(map(len, _DATABASE))).startswith(_DATABASE):
                    raise UsageError(
                        f"{path} is a database, and would be written over", hint="Name another file for the output."
                    )


def append(path: Path, text: str) -> None:
    """Append a text to a file, which need not exist. Raises FileError."""
    try:
        with path.open("ab") as file:
            file.write(text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise FileError(f"could not write {path}: {error.strerror}") from error


def size(path: Path) -> int:
    """Return the size of a file in bytes; 0 where none exists."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other writers of a file waiting, also where one of them replaces it meanwhile. Raises FileError."""
    try:
        file = _locked_file(path)
    except OSError as error:
        raise FileError(f"could not lock {path}: {error.strerror}") from error
    with file or contextlib.nullcontext():  # where there is none, whoever reads it next says so
        yield


def _locked_file(path: Path) -> IO[bytes] | None:
    while path.is_file():
        with contextlib.ExitStack() as opened:
            file = opened.enter_context(path.open("rb"))
            _lock(file.fileno())
            if _is_in_place(file.fileno(), path):
                opened.pop_all()
                return file
    return None


@contextmanager
def draft_folder(path: Path) -> Iterator[Path]:
    """Make a locked folder beside a file, to build in it what is put in the file's place; remove it at the end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(path)
    while True:
        folder = _draft_name(path)
        folder.mkdir(mode=0o700)
        with _opened(folder) as handle:
            _lock(handle)
            if not _is_in_place(handle, folder):
                continue
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            return


def put_in_place(draft: Path, path: Path) -> None:
    """Put a finished file in the place of another, so that a power cut leaves either of them whole."""
    with _opened(draft) as handle:
        os.fsync(handle)
    draft.replace(path)
    _sync_folder(path.parent)


def put_in_new_place(draft: Path, path: Path) -> bool:
    """As `put_in_place`, but where there is something already, leave both as they are and return False."""
    with _opened(draft) as handle:
        os.fsync(handle)
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    except OSError:  # a disk that has no links
        if os.path.lexists(path):
            return False
        draft.replace(path)
    _sync_folder(path.parent)
    return True


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """Open a file or a folder that somebody else may have put there."""
    handle = os.open(path, _UNKNOWN)
    try:
        yield handle
    finally:
        os.close(handle)


def _lock(handle: int, *, wait: bool = True) -> None:
    """Lock a file or a folder, where the system can. Raises OSError if another run holds it and nobody waits."""
    with contextlib.suppress(ImportError):
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_in_place(handle: int, path: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(handle), path.stat())
    return False


def _replace(name: Path, pieces: Iterable[bytes]) -> None:
    refuse_planted_link(name)
    path = Path(os.path.realpath(name))  # of a symbolic link, what it leads to
    is_stream = any(folder in name.absolute().parents for folder in _STREAMS)
    if is_stream or (path.exists() and not path.is_file()):  # a pipe or a device: there is nothing to replace
        with name.open("wb") as stream:
            stream.writelines(pieces)
        return
    _remove_abandoned(path)
    with _draft(path) as (file, draft):
        file.writelines(pieces)
        file.flush()
        os.fsync(file.fileno())
        if path.exists():
            draft.chmod(path.stat().st_mode & 0o7777)
        draft.replace(path)
    _sync_folder(path.parent)


@contextmanager
def _draft(path: Path) -> Iterator[tuple[IO[bytes], Path]]:
    """Make a locked draft beside a file, and remove it where it was not put in place."""
    while True:
        draft = _draft_name(path)
        with os.fdopen(os.open(draft, _NEW, _mode(path)), "wb") as file:
            _lock(file.fileno())
            if not _is_in_place(file.fileno(), draft):  # another run took it for abandoned before it was locked
                continue
            try:
                yield file, draft
            except BaseException:
                with contextlib.suppress(OSError):
                    draft.unlink()
                raise
            return


def abandoned(folder: Path, prefix: str = ".") -> Iterator[Path]:
    """Find the drafts in a folder that dead runs left. A living run holds its own; none is let in meanwhile."""
    with contextlib.suppress(OSError):  # a folder that may not be listed
        for draft in sorted(folder.iterdir()):
            if draft.name.startswith(prefix) and draft.name.endswith(_DRAFT):
                with contextlib.suppress(OSError), _opened(draft) as handle:
                    _lock(handle, wait=False)
                    yield draft


def _remove_abandoned(path: Path) -> None:
    for draft in abandoned(path.parent, _prefix(path)):
        with contextlib.suppress(OSError):
            shutil.rmtree(draft) if draft.is_dir() else draft.unlink()


def _draft_name(path: Path) -> Path:
    return path.with_name(f"{_prefix(path)}{secrets.token_hex(4)}{_DRAFT}")


def _prefix(path: Path) -> str:
    return f".{path.name[:_LONGEST_STEM]}."


def _sync_folder(folder: Path) -> None:
    """Write the names in a folder to the disk, so that a power cut doesn't bring the file before back."""
    with contextlib.suppress(OSError), _opened(folder) as handle:  # some systems sync no folder
        os.fsync(handle)


def _mode(path: Path) -> int:
    """Return the mode to make a draft with: a new file's, of which the umask takes its part, or no more than a file's.

    The umask is not looked up: it would be 0 for a moment, for files that other threads make.
    """
    return path.stat().st_mode & 0o600 if path.exists() else 0o666
