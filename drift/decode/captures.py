"""Captures: the bytes that were received, and the snapshot that they decode to. Pure.

Both records are here rather than beside the calls in `cloud`, because a file that a user hands over is received and
read in the same way.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from drift.core.errors import PayloadError
from drift.core.model import Instance, Snapshot
from drift.decode import sources
from drift.decode.content import Content
from drift.decode.jobs import Circumstances, operations
from drift.decode.sources import export, saved_file, snapshot_file

if TYPE_CHECKING:
    from drift.decode.content import Options

FILE_KINDS: Final = "A file can be an API response, its payload, the decoded payload, or a `drift export` file."


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """The bytes that describe an instance, not decoded yet. `path` is the file that they came from, if any."""

    data: bytes
    instance: Instance
    taken_at: datetime
    source: str
    path: Path | None = None
    circumstances: Circumstances = Circumstances()

    def digest(self, options: Options) -> str:
        """Compute the digest of these bytes, their circumstances and the options that decide how they are read."""
        digest = hashlib.sha256(options.reading.encode() + self.data)
        digest.update(msgspec.json.encode(self.circumstances))
        return digest.hexdigest()


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """A decoded capture: the snapshot, the response as received and its content; a snapshot file has only the first."""

    snapshot: Snapshot
    size: int
    response: bytes | None = None
    content: Content | None = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """The oddities in the content."""
        return self.content.warnings if self.content else ()


def read(received: Received, options: Options) -> Loaded:
    """Decode the bytes of a file or a response. Raises PayloadError unless they describe a topology."""
    path = received.path
    if path is None:
        return _loaded(received, sources.read(received.data, received.source, options))
    try:
        return _read_file(received, options)
    except PayloadError as error:
        reason = error.message.removeprefix(f"{error.place}: ")
        raise type(error)(reason, place=_in(path, error.place), hint=error.hint or FILE_KINDS) from error


def _read_file(received: Received, options: Options) -> Loaded:
    document = saved_file.parse(received.data, options.limits)
    if snapshot_file.is_snapshot_file(document):
        return Loaded(snapshot=snapshot_file.from_document(document), size=len(received.data))
    return _loaded(received, export.decode_document(document, options))


def _loaded(received: Received, content: Content) -> Loaded:
    snapshot = content.snapshot(instance=received.instance, taken_at=received.taken_at, source=received.source)
    in_progress = operations(received.circumstances, content.databases)
    if in_progress or received.circumstances.jobs is not None:
        snapshot = msgspec.structs.replace(snapshot, in_flight=in_progress, jobs=received.circumstances.jobs)
    return Loaded(snapshot=snapshot, size=len(received.data), response=received.data, content=content)


def _in(path: Path, place: str) -> str:
    return str(path) if place == "the file" else f"{path}, {place}"
