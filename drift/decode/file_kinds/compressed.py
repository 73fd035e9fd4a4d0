"""Compressed files: a gzip stream, and a zip archive with one file. Pure, and bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.core.errors import PayloadError
from drift.decode.file_kinds.kind import Inside
from drift.decode.limits import MIB
from drift.decode.unpack import gunzip, is_compressed, limit_hint

if TYPE_CHECKING:
    from drift.decode.limits import Limits

GZIP: Final = "a gzip stream"
ARCHIVE: Final = "a zip archive"

_LOCAL_HEADER: Final = b"PK\x03\x04"
_MOST_NAMED: Final = 3
_ONE_FILE: Final = "Put the one file of the export into the archive, or hand it over unpacked"


def gzip(data: bytes, limits: Limits) -> Inside | None:
    """Decompress a gzip stream."""
    return Inside(gunzip(data, limits.inflated_mib * MIB, "the file"), None) if is_compressed(data) else None


def archive(data: bytes, limits: Limits) -> Inside | None:
    """Decompress the one file in a zip archive."""
    if not data.startswith(_LOCAL_HEADER):
        return None
    from drift.core import zip_archive

    if zip_archive.has_too_many_entries(data):
        raise _refused(f"{ARCHIVE} with more than {zip_archive.MOST_ENTRIES:,} files")
    most = limits.inflated_mib * MIB
    try:
        name = _only(zip_archive.names(data))
        content = zip_archive.read(data, name, most + 1)
    except zip_archive.DAMAGED as error:
        raise _refused(f"{ARCHIVE} that can't be read: {error}") from error
    if len(content) > most:
        raise PayloadError(
            f"{ARCHIVE} that inflates to more than {most:,} bytes", place="the file", hint=limit_hint("inflated_mib")
        )
    return Inside(content, f"{ARCHIVE} with one file, {name}")


def _only(names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    listed = ", ".join(repr(name[:80]) for name in names[:_MOST_NAMED])
    named = f": {listed}{', …' if len(names) > _MOST_NAMED else ''}" if names else ""
    raise _refused(f"{ARCHIVE} with {len(names):,} files{named}")


def _refused(message: str) -> PayloadError:
    return PayloadError(message, place="the file", hint=_ONE_FILE)
