"""Captures: the bytes that were received, and the snapshot that they decode to. Pure.

Both records are here rather than beside the calls in `cloud`, because a file that a user hands over is received and
read in the same way.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import msgspec

from drift.core.errors import PayloadError
from drift.core.model import Instance, Snapshot, canonical_json
from drift.core.sources import BOTH, TERRAFORM, source_of
from drift.decode import sources
from drift.decode.content import Content
from drift.decode.file_kinds.table import open_file
from drift.decode.jobs import Circumstances, operations
from drift.decode.sources import details, saved_file, snapshot_file

if TYPE_CHECKING:
    from drift.core.traces import Audit  # noqa: TC004 - never decoded
    from drift.decode.content import Options
    from drift.decode.file_kinds.table import Opened

Confirmation: TypeAlias = Literal["known", "details"]

FILE_KINDS: Final = (
    "A file can be an API response, also with headers, in a HAR file, zipped or wrapped by another tool; its payload, "
    "the decoded payload, a Terraform state, or a `drift export` file. `drift inspect FILE` shows what is in it."
)


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """The bytes that describe an instance. `path` is the file that they came from, if any.

    `content` is what they decode to, where they had to be decoded already. Its layout was known to be `confirmation`,
    or has just been confirmed by the `details`. `audit` is what was read of the cloud's audit at the same time.
    """

    data: bytes
    instance: Instance
    taken_at: datetime
    source: str
    path: Path | None = None
    circumstances: Circumstances = Circumstances()
    content: Content | None = None
    confirmation: Confirmation | None = None
    audit: Audit | None = None

    def digest(self, options: Options) -> str:
        """Compute the digest of these bytes, their circumstances and the options that decide how they are read."""
        digest = hashlib.sha256(canonical_json(options.settings_for(self.source)).encode())
        digest.update(self.data)
        digest.update(msgspec.json.encode(self.circumstances))
        return digest.hexdigest()


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """A decoded capture: the snapshot, the response to keep and its content; a snapshot file has only the first.

    `told` names the kinds of file that a response was wrapped in, from the outside in. What was around the response is
    not kept: it may hold secrets. `tells_time` is true for a file that says itself when it was captured.
    """

    snapshot: Snapshot
    size: int
    response: bytes | None = None
    content: Content | None = None
    told: tuple[str, ...] = ()
    tells_time: bool = False
    confirmation: Confirmation | None = None

    @property
    def witnessed_layout(self) -> str | None:
        """The layout that the documented calls have confirmed with this capture, if they have."""
        is_compared = self.snapshot.source == BOTH.name and self.snapshot.complete
        is_new = is_compared or self.confirmation == "details"
        return self.content.layout if is_new and self.content and self.content.layouts else None

    @property
    def warnings(self) -> tuple[str, ...]:
        """The oddities in the content."""
        return self.content.warnings if self.content else ()


def read(received: Received, options: Options) -> Loaded:
    """Decode the bytes of a file or a response. Raises PayloadError unless they describe a topology."""
    path = received.path
    if path is None:
        content = received.content or sources.read(received.data, received.source, options)
        return _loaded(received, content, options)
    opened = None
    try:
        opened = open_file(received.data, options.limits)
        return _read_opened(received, opened, options)
    except PayloadError as error:
        raise in_file(error, path, opened.told if opened else ()) from error


def in_file(error: PayloadError, path: Path, told: tuple[str, ...] = ()) -> PayloadError:
    """Say of an error in which file it is, and inside which kinds of file there, from the outside in."""
    reason = error.message.removeprefix(f"{error.place}: ")
    return type(error)(reason, place=_in(path, told, error.place), hint=error.hint or FILE_KINDS)


def _read_opened(received: Received, opened: Opened, options: Options) -> Loaded:
    size = len(received.data)
    if snapshot_file.is_snapshot_file(opened.document):
        snapshot = snapshot_file.from_document(opened.document)
        return Loaded(snapshot=snapshot, size=size, told=opened.told, tells_time=True)
    content = saved_file.content(opened, options)
    if opened.told:
        received = msgspec.structs.replace(received, data=_bare(opened), source=opened.source.name)
    if opened.taken_at is not None:
        received = msgspec.structs.replace(received, taken_at=opened.taken_at)
    loaded = _loaded(received, content, options)
    return msgspec.structs.replace(loaded, size=size, told=opened.told, tells_time=opened.taken_at is not None)


def _bare(opened: Opened) -> bytes:
    """Write the document alone, without the headers, passwords and other answers that were around it."""
    if opened.source is TERRAFORM:
        return details.bundle(opened.document)
    return msgspec.json.encode(opened.document)


def _loaded(received: Received, content: Content, options: Options) -> Loaded:
    snapshot = content.snapshot(instance=received.instance, taken_at=received.taken_at, source=received.source)
    snapshot = msgspec.structs.replace(snapshot, read_with=options.settings_for(received.source))
    in_progress = operations(received.circumstances, content.databases)
    if in_progress or received.circumstances.jobs is not None:
        snapshot = msgspec.structs.replace(snapshot, in_flight=in_progress, jobs=received.circumstances.jobs)
    if source_of(received.source).needs_witness and received.confirmation is None and not options.layout:
        snapshot = msgspec.structs.replace(snapshot, unconfirmed=True)
    return Loaded(
        snapshot=snapshot,
        size=len(received.data),
        response=received.data,
        content=content,
        confirmation=received.confirmation,
    )


def _in(path: Path, told: tuple[str, ...], place: str) -> str:
    file = f"{path} ({', in it '.join(told)})" if told else str(path)
    return file if place == "the file" else f"{file}, {place}"
