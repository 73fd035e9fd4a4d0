"""Migration jobs, and what else says that a topology is being changed while it is read. Pure.

Source: "Querying the Task List", DDM API reference, and its status vocabularies, which are open sets.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift.core.errors import PayloadError
from drift.core.model import Job, Operation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drift.core.model import Database, Snapshot

# What changes where shards live, by the names that the list has for it.
_MIGRATIONS: Final = frozenset({"migratelogicdb", "retrymigratelogicdb", "loadmetadata"})
_SETTLED: Final = frozenset({"RUNNING", "NORMAL"})


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """What a capture learned besides the topology. `jobs` is None, and `notes` say why, where it could not be learned.

    `jobs` are the migration jobs of the last thirty days, `instance_status` is the instance's own.
    """

    instance_status: str | None = None
    jobs: tuple[Job, ...] | None = None
    notes: tuple[str, ...] = ()


def migrations(listed: Iterable[Any], instance_id: str) -> tuple[Job, ...]:
    """The migration jobs of an instance among those that the service lists, the newest first.

    Raises PayloadError for a job without an id.
    """
    found = [_job(each, f"jobs[{index}]") for index, each in enumerate(listed) if _is_of(each, instance_id)]
    ours = {job.id: job for job in found if job.name.casefold() in _MIGRATIONS}
    return tuple(sorted(ours.values(), key=lambda job: (job.started or "", job.id), reverse=True))


def motions(circumstances: Circumstances, databases: Iterable[Database]) -> tuple[Operation, ...]:
    """Everything that isn't at rest: the instance, databases, their shards, and open jobs."""
    return tuple(_motions(circumstances, databases))


def between(before: Snapshot, after: Snapshot) -> tuple[Job, ...]:
    """The jobs that ran at some time between two snapshots, as the newer one knows them, the oldest first."""
    older, newer = sorted((before, after), key=lambda snapshot: snapshot.taken_at)
    known = {job.id: job for snapshot in (older, newer) for job in snapshot.jobs or ()}
    start, end = moment(older.taken_at), moment(newer.taken_at)
    ran = [job for job in known.values() if (job.started or "") <= end and (job.is_open or (job.ended or end) >= start)]
    return tuple(sorted(ran, key=lambda job: (job.started or "", job.id)))


def moment(time: datetime) -> str:
    """A time as jobs have it: UTC, to the second."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _motions(circumstances: Circumstances, databases: Iterable[Database]) -> Iterator[Operation]:
    if is_moving(circumstances.instance_status):
        yield Operation("instance", circumstances.instance_status or "")
    for job in circumstances.jobs or ():
        if job.is_open:
            yield Operation(
                f"database {job.database}" if job.database else "instance", f"{job.name} {job.status}", job.id
            )
    for database in databases:
        scope = f"database {database.name}"
        if is_moving(database.status):
            yield Operation(scope, database.status or "")
        counts = Counter(map(attrgetter("status"), database.shards))
        for status, count in sorted((status, count) for status, count in counts.items() if status):
            if status != database.status and is_moving(status):
                yield Operation(scope, f"{count:,} of {len(database.shards):,} shards {status}")


def is_moving(status: str | None) -> bool:
    """Whether a status says that something is under way; one that isn't given says nothing."""
    return bool(status) and str(status).strip().upper() not in _SETTLED


def _is_of(listed: Any, instance_id: str) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(listed, dict) and listed.get("instance_id") == instance_id


def _job(listed: dict[str, Any], place: str) -> Job:
    identity, name = _text(listed.get("id")), _text(listed.get("name"))
    if identity is None:
        raise PayloadError("expected a job with an id", place=place)
    job = Job(
        id=identity,
        name=name or "",
        database=_text(listed.get("database_name")),
        status=_text(listed.get("status")) or "UNKNOWN",
        started=_time(listed.get("created_time")),
        ended=_time(listed.get("end_time")),
    )
    # The documents show a job that goes on with an end that is its beginning.
    return msgspec.structs.replace(job, ended=None) if job.is_open else job


def _text(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    return str(value) if isinstance(value, (str, int)) and value != "" else None


def _time(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    """`2025-05-20T15:05:13+0000`, or milliseconds since the epoch as v1 has times; None where it is neither."""
    try:
        milliseconds = int(value)
    except (TypeError, ValueError):
        pass
    else:
        return _stamp(lambda: datetime.fromtimestamp(milliseconds / 1000, UTC))
    return _stamp(lambda: datetime.fromisoformat(value)) if isinstance(value, str) else None


def _stamp(read: Any) -> str | None:  # noqa: ANN401 - a function that may not succeed
    try:
        return moment(read())
    except (ValueError, OverflowError, OSError):
        return None
