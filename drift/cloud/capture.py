"""One capture: calls to the service by one source or both. Opens no socket itself; `http` does."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from msgspec.structs import replace

from drift.cloud.instance_list import listed_instances
from drift.cloud.job_lists import JobLists
from drift.cloud.traces import read_audit
from drift.cloud.unsettled import kept_changing
from drift.cloud.witness import NOTHING_KNOWN, Calls, Known, confirm
from drift.core.errors import ApiError, CaptureError, DriftError, NetworkError, PayloadError, UsageError
from drift.core.model import Instance
from drift.core.sources import BOTH, DETAILS, EXPORT
from drift.decode.captures import Received, read
from drift.decode.content import Options
from drift.decode.jobs import Circumstances, migrations
from drift.decode.limits import MIB
from drift.decode.migration_job import read_migration
from drift.decode.sources import both
from drift.decode.sources.details import Answer, bundle, name_of

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

_SHARE: Final = 1 / 3  # of the time left, so that one database that never answers leaves some for the others
_RATE: Final = 20.0  # calls per second, as by default on the command line
_WITNESS: Final = 1 / 2  # of the time left, so that documented calls that hang leave the capture its time
_AUDIT: Final = 1 / 4  # of the time left, for the traces
_LITTLE: Final = 1 / 16  # of the time left, for optional calls


class CaptureContext(NamedTuple):
    """The options of decoding, the authentication, the connections and the job lists that captures of a run share."""

    options: Options
    auth_cache: AuthCache
    connections: ConnectionPool
    job_lists: JobLists


def receive(
    target: Target,
    context: CaptureContext,
    now: datetime,
    on_retry: Callable[[str], None],
    *,
    stable: bool,
    known: Known = NOTHING_KNOWN,
    audited_until: datetime | None = None,
) -> Received:
    """Capture the topology of an instance. Ask the documented calls where the export's layout is not known.

    `now` is the time at which the capture begins. `on_retry` gets a sentence whenever a call is repeated, and about
    a layout that stays unconfirmed. `stable` asks until two answers in a row agree. Traces are read since
    `audited_until`, where the target wants them. Raises
    CaptureError, and PayloadError for an answer that can't be read, that the documented calls contradict, or with a
    doubt that they do not decide.
    """
    with _connected(target, context, on_retry) as client:
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
            received = _settled(client, received, context.options, on_retry)
        received = replace(received, circumstances=_circumstances(client, target, context.job_lists))
        if target.audit_endpoint is not None:
            part = client.for_part(_AUDIT)
            audit = read_audit(part, target.audit_endpoint, target.instance_id, audited_until, now)
            received = replace(received, audit=audit)
        part = client.for_part(_WITNESS)
        calls = Calls(lambda source: ask(part, source, target.instance_id), part.pause)
        return confirm(received, calls, context.options, known, on_retry)


def capture(
    target: Target,
    *,
    options: Options | None = None,
    stable: bool = False,
    confirmed_layouts: frozenset[str] = frozenset(),
    report: Callable[[str], None] = lambda _words: None,
) -> Snapshot:
    """Capture an instance now: ask the service, and read its answer.

    `target` has the endpoint, the credentials and the timeout in seconds for all calls together. `options` say how the
    payload is read. `stable` asks until two answers in a row agree. The documented calls are asked about a layout that
    is not in `confirmed_layouts`, which a `Store` returns. `report` gets each warning and each note as a sentence, such
    as the repetition of a call. Gaps of the snapshot are the parts that could not be read.

    Raises CaptureError for a service that cannot be reached, refuses the sign-in or answers with an error;
    PayloadError for an answer that is no topology.
    """
    from drift.cloud.auth.cache import AuthCache
    from drift.cloud.connection_pool import ConnectionPool
    from drift.cloud.http import SYSTEM_CLOCK

    given = options or Options()
    pool = ConnectionPool(response_limit=given.limits.response_mib * MIB, rate=_RATE, on_bytes=lambda _size: None)
    try:
        now = datetime.fromtimestamp(SYSTEM_CLOCK.now(), UTC)
        context = CaptureContext(given, AuthCache(), pool, JobLists())
        received = receive(target, context, now, report, stable=stable, known=Known(confirmed_layouts))
    finally:
        pool.close()
    loaded = read(received, given)
    for words in (*received.circumstances.notes, *loaded.warnings):
        report(words)
    return loaded.snapshot


def list_jobs(target: Target, context: CaptureContext, on_retry: Callable[[str], None]) -> tuple[Job, ...]:
    """List the migration jobs of an instance in the last thirty days, the newest first. Raises CaptureError."""
    with _connected(target, context, on_retry) as client:
        return migrations(client.jobs(), target.instance_id)


def show_migration(target: Target, job_id: str, context: CaptureContext, on_retry: Callable[[str], None]) -> Migration:
    """Read the detail of a migration job. Raises CaptureError, or UsageError for an unknown job."""
    with _connected(target, context, on_retry) as client:
        listed = migrations(client.jobs(), target.instance_id)
        database = next((job.database for job in listed if job.id == job_id), None)
        if database is None:
            raise UsageError(
                f"{target.name} has no migration job of that id in the last thirty days",
                hint="`drift plan from-job FILE --database NAME` takes the saved detail of an older one.",
            )
        return read_migration(client.migration(target.instance_id, database, job_id), database)


def list_instances(
    access: Access, context: CaptureContext, on_retry: Callable[[str], None]
) -> tuple[ListedInstance, ...]:
    """List the instances of a project by name. Raises CaptureError, or PayloadError for one without an id."""
    with _connected(access, context, on_retry) as client:
        return listed_instances(client.instances(), client.project_id)


@contextmanager
def _connected(access: Access, context: CaptureContext, on_retry: Callable[[str], None]) -> Iterator[Client]:
    # Imported here: httpx takes a quarter of a second to load, and only captures need it.
    from drift.cloud.client import Client

    with context.connections.lease(access, on_retry) as http:
        yield Client(
            http,
            access.endpoint,
            access.project,
            context.auth_cache.get(access, http.clock.now),
            timeout=access.timeout,
            allow_plain_http=access.allow_plain_http,
        )


def _settled(client: Client, first: Received, options: Options, on_retry: Callable[[str], None]) -> Received:
    """Ask until two answers in a row agree. Return the second of them."""
    options = replace(options, defers_doubt=True)  # whoever reads the answer decides it
    last, snapshot, earlier = first, read(first, options).snapshot, None
    while client.pause():
        try:
            again = replace(last, data=ask(client, last.source, last.instance.instance_id or ""))
        except NetworkError:
            if client.has_time:
                raise
            break
        read_again = snapshot if again.data == last.data else read(again, options).snapshot
        if read_again.content_hash == snapshot.content_hash:
            return again
        on_retry(f"{last.instance.name} changed while it was read; reading it again")
        last, snapshot, earlier = again, read_again, snapshot
    raise kept_changing(last.instance.name, earlier, snapshot)


def _circumstances(client: Client, target: Target, job_lists: JobLists) -> Circumstances:
    """Ask for the status and the jobs of an instance. A call that fails or takes too long becomes a note."""
    notes: list[str] = []

    def jobs_of_project() -> list[dict[str, Any]]:
        return job_lists.get(target, client.now, lambda: client.jobs(_LITTLE))

    detail = (
        _optional(lambda: client.instance(target.instance_id, _LITTLE), "could not read the instance's status", notes)
        or {}
    )
    jobs = _optional(
        lambda: migrations(jobs_of_project(), target.instance_id),
        "could not read the instance's migration jobs",
        notes,
    )
    status = detail.get("status")
    return Circumstances(instance_status=status if isinstance(status, str) else None, jobs=jobs, notes=tuple(notes))


def _optional(ask: Callable[[], _T], failure: str, notes: list[str]) -> _T | None:
    """Return the answer, or None after a note why there is none."""
    try:
        return ask()
    except (CaptureError, PayloadError) as error:
        notes.append(f"{failure}: {error.message}")
        return None


def ask(client: Client, source: str, instance_id: str) -> bytes:
    """Ask for the topology of an instance by the calls of a source. Return it as received. Raises CaptureError."""
    return REQUESTS[source](client, instance_id)


def _export(client: Client, instance_id: str) -> bytes:
    return client.schema_metadata(instance_id)


def _both(client: Client, instance_id: str) -> bytes:
    return both.bundle(_export(client, instance_id), _details(client, instance_id))


def _details(client: Client, instance_id: str) -> bytes:
    """Bundle the documented answers. A database whose detail is refused or unreadable becomes a problem in it.

    A list that is cut short is told in it, unless nothing of it came.
    """
    answers: list[Answer] = []
    errors: list[DriftError] = []
    databases = client.databases(instance_id)
    for index, listed in enumerate(databases.items):
        try:
            shown = client.database(instance_id, name_of(listed, f"databases[{index}]"), _SHARE)
            answers.append(Answer(listed=listed, shown=shown))
        except (ApiError, NetworkError, PayloadError) as error:
            client.check_time()
            errors.append(error)
            answers.append(Answer(listed=listed, problem=error.message))
    # Where nothing could be read, a snapshot of nothing is none.
    if errors and len(errors) == len(answers):
        raise errors[0]
    if not answers:
        databases.whole("databases")
    return bundle(answers, cut=f"of their list, {databases.shortage}" if databases.missing else None)


REQUESTS: Final = {EXPORT.name: _export, DETAILS.name: _details, BOTH.name: _both}
"""The request for the response of each selectable source."""
