"""The files that answer a question. Each instance's files have to fit together, before the answer and after it.

Rows may be newer than the snapshots that are asked about, never older: then a snapshot would seem to have lost them.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, NamedTuple

from drift.core import validators
from drift.core.errors import BaselineError, LakeError
from drift.store.lake.parts import file_of, part
from drift.store.lake.tables import SNAPSHOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from drift.store.lake.files import Lake, Notes, Stamp

_FEW: Final = 100
_AT_ONCE: Final = 16  # requests to a bucket: each is short, and the way is long
_AGAIN: Final = "Run `drift lake export` again: it writes what is missing."


class Sources(NamedTuple):
    """The paths of the files by table, what they were when they were found, and what the snapshots' files say."""

    paths: dict[str, tuple[str, ...]]
    stamps: dict[str, Stamp]
    snapshots: tuple[Notes, ...]


def find(lake: Lake, tables: Sequence[str], instances: Sequence[str]) -> Sources:
    """Find the files of these tables, of some instances or of all. Raises LakeError if one is missing or too old.

    For some instances, nothing is listed: it takes no longer in a lake with many.
    """
    if not lake.exists:
        raise BaselineError(f"{lake.place.shown}: there is no lake", hint="`drift lake export` writes one.")
    folders = [part(name) for name in instances] or _listed(lake)
    paths = {
        table: tuple(lake.place.path(f"{table}/{folder}/{table}.parquet") for folder in folders) for table in tables
    }
    stamps = lake.stamps([path for each in paths.values() for path in each]) if instances else _stamps(lake, tables)
    snapshots = _notes(lake, paths[SNAPSHOT.name])
    for name, notes in zip(instances, snapshots, strict=False):
        if notes is None:
            raise _unknown(lake, name)
    for table, every in paths.items():
        found = snapshots if table == SNAPSHOT.name else _notes(lake, every)
        for path, notes, newest in zip(every, found, snapshots, strict=True):
            if notes is None or newest is None or notes.last < newest.last:
                raise _half(lake, path)
    return Sources(paths, stamps, tuple(notes for notes in snapshots if notes))


def recheck(lake: Lake, found: Sources, pinned: Callable[[], set[tuple[str, int]]]) -> None:
    """Raise LakeError if a file was written since it was found, and no longer fits the snapshots that were `pinned`."""
    every = [path for paths in found.paths.values() for path in paths]
    stamps = lake.stamps(every) if len(found.snapshots) <= _FEW else _stamps(lake, found.paths)
    changed = [path for path in every if stamps.get(path) != found.stamps.get(path)]
    if not changed:
        return
    newest = {notes.instance: notes.last for notes in found.snapshots}
    there = pinned()
    for path, notes in zip(changed, _notes(lake, changed), strict=True):
        if notes is None or notes.last < newest[notes.instance]:
            raise _written_meanwhile(lake)
        if path in found.paths[SNAPSHOT.name]:
            ids = lake.read(SNAPSHOT, notes.instance, ["id"])["id"].to_pylist()
            if {number for instance, number in there if instance == notes.instance} - set(ids):
                raise _written_meanwhile(lake)


def check(lake: Lake, found: Sources) -> None:
    """Raise LakeError, with its path, for a file whose content can't be read; DuckDB's errors don't name it."""
    for path in sorted(found.stamps.keys() & {path for paths in found.paths.values() for path in paths}):
        lake.read_at(path)


def _stamps(lake: Lake, tables: Iterable[str]) -> dict[str, Stamp]:
    return {path: stamp for table in tables for path, stamp in lake.files(table).items()}


def _listed(lake: Lake) -> list[str]:
    folders = sorted(path.split("/")[-2] for path in lake.files(SNAPSHOT.name))
    if not folders:
        raise BaselineError(f"{lake.place.shown}: the lake has no instance yet", hint=_AGAIN)
    return folders


def _notes(lake: Lake, paths: Sequence[str]) -> list[Notes | None]:
    if lake.place.is_local:
        return [lake.notes_at(path) for path in paths]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lake.notes_at, paths))


def _unknown(lake: Lake, name: str) -> LakeError | BaselineError:
    path = lake.place.path(file_of(SNAPSHOT.name, name))
    folders = {path.split("/")[-2] for path in lake.files(SNAPSHOT.name)}
    if part(name) in folders:
        return _half(lake, path)
    slip = validators.suggestion(part(name).partition("-")[2], [each.partition("-")[2] for each in folders])
    return BaselineError(
        f"{lake.place.shown}: the lake has no instance {name!r}{slip}",
        hint="`drift lake export` writes every instance of a store.",
    )


def _half(lake: Lake, path: str) -> LakeError:
    return LakeError(
        f"{lake.place.shown}: half a lake: {path} is missing, damaged, or older than the snapshots beside it",
        hint=_AGAIN,
    )


def _written_meanwhile(lake: Lake) -> LakeError:
    return LakeError(f"{lake.place.shown}: the lake was written while it was read", hint="Ask again.")
