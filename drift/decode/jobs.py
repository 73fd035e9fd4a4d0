"""Migration jobs, and the other signs of a topology that changes while it is read. Pure.

Source: "Querying the Task List", DDM API reference, and its status vocabularies, which are open sets.
"""

from __future__ import annotations

from datetime import UTC, datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift.core.errors import PayloadError
from drift.core.model import Job, Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from drift.core.model import Database, Snapshot

# The jobs that move shards, by their names in the list.
_MIGRATIONS: Final = frozenset({"migratelogicdb", "retrymigratelogicdb", "loadmetadata"})
_SETTLED: Final = frozenset({"RUNNING", "NORMAL"})


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """The state of an instance besides its topology.

    `jobs` are the migration jobs of the last thirty days, or None if they could not be listed; `notes` say why.
    """

    instance_status: str | None = None
    jobs: tuple[Job, ...] | None = None
    notes: tuple[str, ...] = ()


def migrations(listed: Iterable[Any], instance_id: str) -> tuple[Job, ...]:
    """Select the migration jobs of an instance from the service's list, newest first.

    Raises PayloadError for a job without an id.
    """
    jobs = [_job(each, f"jobs[{index}]") for index, each in enumerate(listed) if _is_of(each, instance_id)]
    by_id = {job.id: job for job in jobs if job.name.casefold() in _MIGRATIONS}
    return tuple(sorted(by_id.values(), key=lambda job: (job.started or "", job.id), reverse=True))


def operations(circumstances: Circumstances, databases: Iterable[Database]) -> tuple[Operation, ...]:
    """List the operations in progress, by the states of the instance, its databases and shards, and by open jobs."""
    return tuple(_operations(circumstances, databases))


def between(before: Snapshot, after: Snapshot) -> tuple[Job, ...]:
    """List the jobs that ran at some time between two snapshots, as the newer one has them, oldest first."""
    older, newer = sorted((before, after), key=lambda snapshot: snapshot.taken_at)
    known = {job.id: job for snapshot in (older, newer) for job in snapshot.jobs or ()}
    start, end = moment(older.taken_at), moment(newer.taken_at)
    ran = [job for job in known.values() if (job.started or "") <= end and (job.is_open or (job.ended or end) >= start)]
    return tuple(sorted(ran, key=lambda job: (job.started or "", job.id)))


def moment(time: datetime) -> str:
    """Write a time as jobs do: UTC, to the second."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _operations(circumstances: Circumstances, databases: Iterable[Database]) -> Iterator[Operation]:
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
        statuses = set(map(attrgetter("status"), database.shards)) - {database.status}
        for status in sorted(each for each in statuses if each and is_moving(each)):
            count = sum(shard.status == status for shard in database.shards)
            yield Operation(scope, f"{count:,} of {len(database.shards):,} shards {status}")


def is_moving(status: str | None) -> bool:
    """Whether a status means that an operation is in progress; a missing status doesn't."""
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
    # In the documentation's example, an open job ends when it started.
    return msgspec.structs.replace(job, ended=None) if job.is_open else job


def _text(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    return str(value) if isinstance(value, (str, int)) and value != "" else None


def _time(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    """Read `2025-05-20T15:05:13+0000`, or milliseconds since the epoch as in v1; None for anything else."""
    try:
        milliseconds = int(value)
    except (TypeError, ValueError):
        pass
    else:
        return _stamp(lambda: datetime.fromtimestamp(milliseconds / 1000, UTC))
    return _stamp(lambda: datetime.fromisoformat(value)) if isinstance(value, str) else None


def _stamp(read: Callable[[], datetime]) -> str | None:
    try:
        return moment(read())
    except (ValueError, OverflowError, OSError):
        return None
