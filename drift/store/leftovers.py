"""What lies beside a store to no purpose: drafts that killed runs left, and logs of databases that are not there."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DRAFT: Final = ".bak.draft"
"""The end of a copy's name until it is whole."""

# The first bytes of SQLite's logs, in both orders of a write-ahead log's checksums.
_LOGS: Final = {
    "-wal": (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83"),
    "-journal": (b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7",),
}


def drafts(path: Path) -> list[Path]:
    """List the drafts of copies of a store, with their journals. A run that makes one holds the store's write lock."""
    ends = (DRAFT, f"{DRAFT}-journal")
    return [file for file in _beside(path) if file.name.startswith(f"{path.name}.") and file.name.endswith(ends)]


def orphans(path: Path) -> list[tuple[Path, Path]]:
    """List the logs in a store's folder whose database is not there: each with the path where that belongs."""
    found = []
    for file in _beside(path):
        for end, marks in _LOGS.items():
            database = file.with_name(file.name.removesuffix(end))
            if file.name.endswith(end) and not database.exists() and _begins_with(file, marks):
                found.append((file, database))
    return [(file, database) for file, database in found if not database.name.endswith(DRAFT)]


def _beside(path: Path) -> Iterator[Path]:
    with suppress(OSError):  # a folder that may not be listed
        yield from sorted(path.parent.iterdir())


def _begins_with(file: Path, marks: tuple[bytes, ...]) -> bool:
    with suppress(OSError):
        if file.is_file():  # of a pipe, nobody knows when it can be read
            with file.open("rb") as opened:
                return opened.read(max(map(len, marks))).startswith(marks)
    return False
