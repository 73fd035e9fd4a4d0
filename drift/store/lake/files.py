"""The files of a lake: put in place whole, and known by the notes in their metadata.

In a folder, a file is written beside the tables and moved to its path; a bucket shows no object before it is whole.
"""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow.fs import FileSelector, FileType

from drift.core.errors import LakeError
from drift.core.version import __version__
from drift.store.lake.parts import PART, file_of
from drift.store.lake.places import explained

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from drift.store.lake.places import Place
    from drift.store.lake.tables import LakeTable

FORMAT: Final = 1
"""The version of a lake's tables; it rises when the same questions would need other words."""

_MARK: Final = "drift-lake.json"
_MEND: Final = "If the file is damaged, `drift lake export --replace` writes it anew."
_FLIPPED: Final = "Couldn't deserialize thrift"  # PyArrow's only word for a damaged footer
_UNFINISHED: Final = "_unfinished"  # what begins with _ is no data to Spark
_ROW_GROUP: Final = 131_072
_NEWER: Final = "Upgrade drift: pip install --upgrade ddm-drift."


class Notes(msgspec.Struct, frozen=True, kw_only=True):
    """What the metadata of a file says of it: `state` is equal in all files of an instance that were written together.

    `last` is the number of the newest snapshot in the order in which they were stored.
    """

    format: int
    drift: str
    instance: str
    state: str
    last: int


Stamp: TypeAlias = tuple[int | None, int | None]
"""The size of a file and the time when it was put in place: another one has another."""


class _Mark(msgspec.Struct, frozen=True):
    format: int


class Lake:
    """A lake at a place. Every method raises LakeError, or NetworkError and SignInError, if it can't be used."""

    def __init__(self, place: Place) -> None:
        self.place = place

    @property
    def exists(self) -> bool:
        """Whether there is a lake of a version that this drift knows. Raises LakeError for what is something else."""
        mark = self.place.path(_MARK)
        with explained(self.place):
            if self.place.filesystem.get_file_info(mark).type is not FileType.File:
                self._require_empty()
                return False
            with self.place.filesystem.open_input_stream(mark) as file:
                self._check_mark(file.read())
        return True

    def create(self) -> None:
        """Lay down the mark of an empty lake."""
        with explained(self.place), self._putting(_MARK) as stream:
            stream.write(msgspec.json.encode(_Mark(FORMAT)) + b"\n")

    def notes(self, table: str, instance: str) -> Notes | None:
        """Read the notes of an instance's file; None if there is no file, or if it is damaged."""
        return self.notes_at(self.place.path(file_of(table, instance)))

    def notes_at(self, path: str) -> Notes | None:
        """Read the notes of the file at a path of the file system. Raises LakeError if drift hasn't written it."""
        with explained(self.place):
            try:
                metadata = pq.read_metadata(path, filesystem=self.place.filesystem).metadata or {}
            except FileNotFoundError:
                return None
            except (pa.ArrowInvalid, UnicodeDecodeError):  # cut off, by a power failure, or flipped
                return None
            except OSError as exc:
                if _FLIPPED in str(exc):
                    return None
                raise
        return _notes(path, metadata)

    def read(self, table: LakeTable, instance: str, columns: list[str]) -> pa.Table:
        """Read columns of an instance's file."""
        return self.read_at(self.place.path(file_of(table.name, instance)), columns)

    def read_at(self, path: str, columns: list[str] | None = None) -> pa.Table:
        """Read columns, or all, of the file at a path of the file system. Raises LakeError, with it, for damage."""
        try:
            with explained(self.place):
                return pq.ParquetFile(path, filesystem=self.place.filesystem).read(columns=columns)
        except LakeError as error:
            raise LakeError(f"{path}: could not read the file: {error.message}", hint=_MEND) from error

    def write(self, table: LakeTable, notes: Notes, batches: Iterable[pa.RecordBatch]) -> None:
        """Put an instance's file in place, whole or not at all."""
        schema = table.schema.with_metadata({b"drift": msgspec.json.encode(notes)})
        with (
            explained(self.place),
            self._putting(file_of(table.name, notes.instance)) as stream,
            pq.ParquetWriter(stream, schema, compression="zstd") as writer,
        ):
            for batch in batches:
                writer.write_batch(batch.replace_schema_metadata(schema.metadata), row_group_size=_ROW_GROUP)

    def remove_unfinished(self, before: datetime) -> None:
        """Remove what killed runs left; what is younger may be written by another run."""
        with explained(self.place):
            folder = FileSelector(self.place.path(_UNFINISHED), allow_not_found=True)
            for file in self.place.filesystem.get_file_info(folder):
                if file.mtime is not None and file.mtime < before:
                    self.place.filesystem.delete_file(file.path)

    def files(self, table: str) -> dict[str, Stamp]:
        """List the files of a table by path."""
        with explained(self.place):
            folder = FileSelector(self.place.path(table), allow_not_found=True, recursive=True)
            found = self.place.filesystem.get_file_info(folder)
        ending = f"/{table}.parquet"
        return {file.path: _stamp(file) for file in found if f"/{PART}" in file.path and file.path.endswith(ending)}

    def stamps(self, paths: list[str]) -> dict[str, Stamp]:
        """Look at files without listing any."""
        with explained(self.place):
            return {file.path: _stamp(file) for file in self.place.filesystem.get_file_info(paths)}

    def _require_empty(self) -> None:
        found = self.place.filesystem.get_file_info(FileSelector(self.place.root, allow_not_found=True))
        names = sorted(file.base_name for file in found if not file.base_name.startswith((".", "_")))
        if names:
            raise LakeError(
                f"{self.place.shown}: there is something else, and no lake: {names[0]}",
                hint="Choose an empty folder, or one that doesn't exist; `drift lake export` makes it a lake.",
            )

    def _check_mark(self, content: bytes) -> None:
        try:
            mark = msgspec.json.decode(content, type=_Mark)
        except msgspec.MsgspecError as exc:
            raise LakeError(
                f"{self.place.shown}/{_MARK}: expected the mark of a lake", hint="Choose another folder."
            ) from exc
        if mark.format > FORMAT:
            raise _newer(self.place.shown, mark.format)

    @contextmanager
    def _putting(self, name: str) -> Iterator[pa.NativeFile]:
        """Yield a stream whose content is put in place when the block ends without an error."""
        path = self.place.path(name)
        if not self.place.is_local:
            # A bucket shows an object once it is whole. What is closed is stored, so nothing is opened before that.
            yield (content := pa.BufferOutputStream())
            stream = self.place.filesystem.open_output_stream(path)
            stream.write(content.getvalue())
            stream.close()
            return
        draft = self.place.path(f"{_UNFINISHED}/{secrets.token_hex(8)}")
        for each in (draft, path):
            self.place.filesystem.create_dir(each.rpartition("/")[0], recursive=True)
        try:
            with self.place.filesystem.open_output_stream(draft) as stream:
                yield stream
            _synced(draft)
            self.place.filesystem.move(draft, path)
        except BaseException:
            with suppress(OSError):
                self.place.filesystem.delete_file(draft)
            raise


def _synced(path: str) -> None:
    """Wait until a finished file is on the disk: a power cut then leaves either it or the one before it whole."""
    handle = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _notes(path: str, metadata: dict[bytes, bytes]) -> Notes:
    try:
        notes = msgspec.json.decode(metadata.get(b"drift", b""), type=Notes)
    except msgspec.MsgspecError as exc:
        raise LakeError(
            f"{path}: drift has not written this Parquet file",
            hint="Move it out of the lake; `drift lake export` writes the file that belongs there.",
        ) from exc
    if notes.format > FORMAT:
        raise _newer(path, notes.format)
    return notes


def _newer(where: str, version: int) -> LakeError:
    return LakeError(
        f"{where}: the lake was written by a newer drift (lake version {version}; this drift knows {FORMAT})",
        hint=_NEWER,
    )


def notes_of(instance: str, state: str, last: int) -> Notes:
    """Write the notes of a file that this drift is about to write."""
    return Notes(format=FORMAT, drift=__version__, instance=instance, state=state, last=last)


def _stamp(file: Any) -> Stamp:  # noqa: ANN401 - PyArrow's, which has no types
    return file.size, file.mtime_ns
