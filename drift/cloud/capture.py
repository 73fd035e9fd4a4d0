"""One capture: asks the service, one source or both. Opens no socket itself; `wire` does."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from msgspec.structs import replace

from drift.cloud.instance_list import listed_instances
from drift.core.errors import ApiError, CaptureError, DriftError, NetworkError, PayloadError, UsageError
from drift.core.model import Instance
from drift.decode.files import Received, read
from drift.decode.jobs import Circumstances, migrations
from drift.decode.limits import MIB
from drift.decode.migration_job import read_migration
from drift.decode.sources import both
from drift.decode.sources.details import Answer, name_of
from drift.decode.sources.export import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drift.cloud.access import Access, Target
    from drift.cloud.auth.cache import AuthCache
    from drift.cloud.client import Client
    from drift.cloud.connection_pool import ConnectionPool
    from drift.cloud.instance_list import ListedInstance
    from drift.core.model import Job, Snapshot
    from drift.decode.migration_job import Migration


_T = TypeVar("_T")

_SHARE: Final = 1 / 3  # of the time left: one database that never answers leaves some for the others
_RATE: Final = 20.0  # calls per second, as by default on the command line
_LITTLE: Final = 1 / 16  # of the time left, for what a capture can do without


class CaptureContext(NamedTuple):
    """What the captures of a run share: how payloads are read, sign-ins and connections. Threads may share it."""

    options: Options
    sign_ins: AuthCache
    wires: ConnectionPool


def receive(
    target: Target, means: CaptureContext, now: datetime, tell: Callable[[str], None], *, stable: bool
) -> Received:
    """What the service says that an instance is. Raises CaptureError.

    `now` is when the capture began: what the answer says was so at some time after it. `tell` is told in words of what
    holds the capture up. `stable` asks until two answers in a row agree.
    """
    with _connected(target, means, tell) as client:
        received = Received(
            data=ask(client, target.source, target.instance_id),
            instance=Instance(
                name=target.name,
                project_id=client.project_id,
                instance_id=target.instance_id,
                endpoint=target.endpoint,
            ),
            taken_at=now,
            source=target.source,
        )
        if stable:
            received = _settled(client, received, means.options, tell)
        return replace(received, circumstances=_circumstances(client, target.instance_id))


def capture(
    target: Target,
    *,
    options: Options | None = None,
    stable: bool = False,
    report: Callable[[str], None] = lambda _words: None,
) -> Snapshot:
    """Capture an instance now: ask the service, and read its answer.

    `target` says where to call and as whom, and has the timeout in seconds for all calls together. `options` say how
    the payload is read. `stable` asks until two answers in a row agree. `report` gets each warning and each note in
    words, such as a call that is tried again. Gaps of the snapshot say which parts could not be read.

    Raises CaptureError for a service that can't be reached, refuses the sign-in or answers with an error; PayloadError
    for an answer that is no topology.
    """
    from drift.cloud.auth.cache import AuthCache  # noqa: PLC0415 - it loads credentials, and a listing has its own
    from drift.cloud.connection_pool import ConnectionPool  # noqa: PLC0415 - as above
    from drift.cloud.http import REAL_PACE  # noqa: PLC0415 - it imports httpx

    given = options or Options()
    pool = ConnectionPool(response_limit=given.limits.response_mib * MIB, rate=_RATE, seen=lambda _size: None)
    try:
        now = datetime.fromtimestamp(REAL_PACE.now(), UTC)
        received = receive(target, CaptureContext(given, AuthCache(), pool), now, report, stable=stable)
    finally:
        pool.close()
    loaded = read(received, given)
    for words in (*received.circumstances.notes, *loaded.warnings):
        report(words)
    return loaded.snapshot


def list_jobs(target: Target, means: CaptureContext, tell: Callable[[str], None]) -> tuple[Job, ...]:
    """The migration jobs of an instance in the last thirty days, the newest first. Raises CaptureError."""
    with _connected(target, means, tell) as client:
        return migrations(client.jobs(), target.instance_id)


def show_migration(target: Target, job_id: str, means: CaptureContext, tell: Callable[[str], None]) -> Migration:
    """What a migration job of an instance says that it does. Raises CaptureError, or UsageError for an unknown job."""
    with _connected(target, means, tell) as client:
        listed = migrations(client.jobs(), target.instance_id)
        database = next((job.database for job in listed if job.id == job_id), None)
        if database is None:
            raise UsageError(
                f"{target.name} has no migration job of that id in the last thirty days",
                hint="`drift plan from-job FILE --database NAME` takes the saved detail of an older one.",
            )
        return read_migration(client.migration(target.instance_id, database, job_id), database)


def list_instances(access: Access, means: CaptureContext, tell: Callable[[str], None]) -> tuple[ListedInstance, ...]:
    """The instances of a project, by name. Raises CaptureError, or PayloadError for one without an id."""
    with _connected(access, means, tell) as client:
        return listed_instances(client.instances(), client.project_id)


@contextmanager
def _connected(access: Access, means: CaptureContext, tell: Callable[[str], None]) -> Iterator[Client]:
    # Imported here: httpx takes a quarter of a second to load, and only captures need it.
    from drift.cloud.client import Client  # noqa: PLC0415

    with means.wires.to(access, tell) as wire:
        yield Client(
            wire,
            access.endpoint,
            access.project,
            means.sign_ins.of(access, wire.pace.now),
            timeout=access.timeout,
            allow_plain_http=access.allow_plain_http,
        )


def _settled(client: Client, first: Received, options: Options, tell: Callable[[str], None]) -> Received:
    """The first answer that says the same as the one before it."""
    last, content_hash = first, read(first, options).snapshot.content_hash
    while client.pause():
        try:
            again = replace(last, data=ask(client, last.source, last.instance.instance_id or ""))
        except NetworkError:
            if client.has_time:
                raise
            break
        found = content_hash if again.data == last.data else read(again, options).snapshot.content_hash
        if found == content_hash:
            return again
        tell(f"{last.instance.name} has changed while it was read; reading it again")
        last, content_hash = again, found
    raise NetworkError(
        f"{last.instance.name} kept changing: no two answers in a row agree",
        hint="Capture again when the migration is over, or give more time with --timeout.",
    )


def _circumstances(client: Client, instance_id: str) -> Circumstances:
    """What else there is to know. A service that doesn't tell, or takes too long to, makes no capture fail."""
    notes: list[str] = []
    detail = _spared(lambda: client.instance(instance_id, _LITTLE), "the instance's status", notes) or {}
    jobs = _spared(lambda: migrations(client.jobs(_LITTLE), instance_id), "whether a migration is under way", notes)
    status = detail.get("status")
    return Circumstances(instance_status=status if isinstance(status, str) else None, jobs=jobs, notes=tuple(notes))


def _spared(ask: Callable[[], _T], what: str, notes: list[str]) -> _T | None:
    """What there is to be learned, or None and a note why not."""
    try:
        return ask()
    except (CaptureError, PayloadError) as error:
        notes.append(f"{what} can't be told: {error.message}")
        return None


def ask(client: Client, source: str, instance_id: str) -> bytes:
    """What the service says of an instance's topology, by the calls of a source, as received. Raises CaptureError."""
    if source == "details":
        return _details(client, instance_id)
    export = client.schema_metadata(instance_id)
    return export if source == "export" else both.bundle_both(export, _details(client, instance_id))


def _details(client: Client, instance_id: str) -> bytes:
    """The documented answers as one document. A database whose detail is refused or unreadable is a problem in it."""
    answers: list[Answer] = []
    errors: list[DriftError] = []
    for index, listed in enumerate(client.databases(instance_id)):
        try:
            shown = client.database(instance_id, name_of(listed, f"databases[{index}]"), _SHARE)
            answers.append(Answer(listed=listed, shown=shown))
        except (ApiError, NetworkError, PayloadError) as error:
            client.check_time()
            errors.append(error)
            answers.append(Answer(listed=listed, problem=error.message))
    if errors and len(errors) == len(answers):
        raise errors[0]  # nothing could be read, and a snapshot of nothing is none
    return both.bundle(answers)
