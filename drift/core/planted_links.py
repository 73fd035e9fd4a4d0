"""Refuse a link that somebody else put where a file of the user's is expected."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from drift.core.errors import FileError

if TYPE_CHECKING:
    from pathlib import Path


def refuse_planted_link(path: Path) -> None:
    """Raise FileError for a link that another user put into a folder that everybody may write to.

    The kernel follows none (fs.protected_symlinks). It is asked in vain where a link is resolved before the file is
    opened, as SQLite and drift do. Raises OSError for a path that can't be looked up.
    """
    if not (path.is_symlink() and hasattr(os, "geteuid")):
        return
    link, folder = path.lstat(), path.parent.stat()
    is_shared = folder.st_mode & stat.S_ISVTX and folder.st_mode & stat.S_IWOTH
    if is_shared and link.st_uid not in {os.geteuid(), folder.st_uid}:
        raise FileError(f"could not open {path}: the link belongs to another user", hint="Name another file.")
