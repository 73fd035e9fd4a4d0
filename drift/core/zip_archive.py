"""A zip archive in memory. Touches no file; `zipfile` reads from a stream."""

from __future__ import annotations

import zipfile
import zlib
from io import BytesIO
from typing import TYPE_CHECKING, Final, cast

from drift.core.bounded_files import read_up_to

if TYPE_CHECKING:
    from typing import BinaryIO

MOST_ENTRIES: Final = 1000
DAMAGED: Final = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)
"""The exceptions for an archive that can't be read: damaged, encrypted, or compressed in an unknown way."""

_DIRECTORY_ENTRY: Final = b"PK\x01\x02"
_OF_THE_SYSTEM: Final = ("__MACOSX/", ".DS_Store")  # macOS adds them to every archive


def has_too_many_entries(data: bytes) -> bool:
    """Whether the archive's directory has more than `MOST_ENTRIES`: to read it takes an object for each."""
    return data.count(_DIRECTORY_ENTRY) > MOST_ENTRIES


def names(data: bytes) -> list[str]:
    """List the files in an archive, without folders and without the entries that macOS adds."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        files = [each.filename for each in archive.infolist() if not each.is_dir()]
    return [name for name in files if not (name.startswith(_OF_THE_SYSTEM) or name.endswith(_OF_THE_SYSTEM))]


def read(data: bytes, name: str, most: int) -> bytes:
    """Decompress one file in an archive, up to `most` bytes, whatever the archive says of its size."""
    with zipfile.ZipFile(BytesIO(data)) as archive, archive.open(name) as stream:
        return read_up_to(cast("BinaryIO", stream), most)
