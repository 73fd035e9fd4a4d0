"""Reads and writes the files that users hand over: saved responses, payloads, snapshot files. Touches files only."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from drift.core.errors import FileError, PayloadError
from drift.core.model import Instance, Snapshot
from drift.decode.jobs import Circumstances, motions
from drift.decode.limits import MIB
from drift.decode.sources import export, snapshot_file
from drift.decode.sources.export import Content, Options

if TYPE_CHECKING:
    from typing import BinaryIO


_NOT_THERE: Final = (
    "Check the spelling and the folder. `drift log` lists the snapshots that are in the store; "
    "`drift export REF --output PATH` makes a file of one."
)
_WHAT_FILES_ARE: Final = "A file can be an API response, its payload, the decoded payload, or a `drift export` file."


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes that say what an instance is, not read yet. `path` is the file that they are from, if any."""

    data: bytes
    instance: Instance
    taken_at: datetime
    source: str
    path: Path | None = None
    circumstances: Circumstances = Circumstances()

    def digest(self, options: Options) -> str:
        """What tells these bytes, received in these circumstances and read with these options, from all others."""
        found = hashlib.sha256(options.reading.encode() + self.data)
        found.update(msgspec.json.encode(self.circumstances))
        return found.hexdigest()


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot, and how it came: a response or payload as received with what it holds, or else a snapshot file."""

    snapshot: Snapshot
    size: int
    response: bytes | None = None
    content: Content | None = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is odd about it."""
        return self.content.warnings if self.content else ()


def load(path: str | os.PathLike[str], options: Options | None = None) -> Snapshot:
    """The snapshot in a file: a `drift export` file, an API response, its payload, or the decoded payload.

    All but the first don't say which instance they are of nor when they were taken: the instance then has no name, and
    the time is the file's. Raises FileError for a file that can't be read, PayloadError for one that isn't a topology.
    """
    given = options or Options()
    return read(receive(Path(path), given), given).snapshot


def receive(path: Path, options: Options) -> Received:
    """The bytes of a file, as many as may be read; its time is when it was last written."""
    try:
        with path.open("rb") as file:
            data = _bounded(file, options)
            changed = os.fstat(file.fileno()).st_mtime
    except OSError as error:
        hints = {FileNotFoundError: _NOT_THERE, IsADirectoryError: _WHAT_FILES_ARE}
        raise FileError(f"{path}: can't be read: {error.strerror}", hint=hints.get(type(error))) from error
    taken_at = datetime.fromtimestamp(changed, UTC)
    return Received(data=data, instance=Instance(), taken_at=taken_at, source="file", path=path)


def read(received: Received, options: Options) -> Loaded:
    """What the bytes of a file or a response say. Raises PayloadError as `load` does."""
    path = received.path
    if path is None:
        return _loaded(received, content_of(received.data, received.source, options))
    try:
        return _read_file(received, options)
    except PayloadError as error:
        reason = error.message.removeprefix(f"{error.place}: ")
        raise type(error)(reason, place=_in(path, error.place), hint=error.hint or _WHAT_FILES_ARE) from error


def content_of(data: bytes, source: str, options: Options) -> Content:
    """The topology in what a capture received from that source. Raises PayloadError."""
    if source == "export":
        return export.decode_response(data, options)
    from drift.decode.sources import both  # noqa: PLC0415 - it loads the diff, and most captures are exports

    return both.content(data, source, options)


def _bounded(file: BinaryIO, options: Options) -> bytes:
    most = options.limits.inflated_mib * MIB
    return file.read(most + 1)


def _read_file(received: Received, options: Options) -> Loaded:
    document = export.parse_file(received.data, options.limits)
    if snapshot_file.is_snapshot_file(document):
        return Loaded(snapshot=snapshot_file.from_document(document), size=len(received.data))
    return _loaded(received, export.decode_document(document, options))


def _loaded(received: Received, content: Content) -> Loaded:
    snapshot = snapshot_of(content, instance=received.instance, taken_at=received.taken_at, source=received.source)
    under_way = motions(received.circumstances, content.databases)
    if under_way or received.circumstances.jobs is not None:
        snapshot = msgspec.structs.replace(snapshot, in_flight=under_way, jobs=received.circumstances.jobs)
    return Loaded(snapshot=snapshot, size=len(received.data), response=received.data, content=content)


def snapshot_of(content: Content, *, instance: Instance, taken_at: datetime, source: str) -> Snapshot:
    """The snapshot that some decoded content is."""
    return Snapshot.of(
        instance=instance,
        taken_at=taken_at,
        source=source,
        gaps=content.gaps,
        layout=content.layout,
        data_nodes=content.data_nodes,
        databases=content.databases,
    )


def _in(path: Path, place: str) -> str:
    return str(path) if place == "the file" else f"{path}, {place}"
