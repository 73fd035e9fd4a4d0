"""The documented calls to DDM. Opens no socket itself; `http` does."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

import msgspec

from drift.cloud import paging
from drift.cloud.credentials import Project
from drift.cloud.endpoints import authority, base_url
from drift.cloud.error_responses import echoed, is_echo, media_type, not_json, refusal
from drift.cloud.http import SUCCESS
from drift.cloud.retry import Deadline
from drift.cloud.transport_errors import too_large, too_late
from drift.core import strict_json, validators
from drift.core.errors import ApiError, PayloadError, SignInError, UsageError

if TYPE_CHECKING:
    import httpx

    from drift.cloud.auth.base import CloudAuth
    from drift.cloud.http import HttpClient
    from drift.cloud.paging import Listing

_PAGE: Final = 128  # the most that is documented
_JOBS_PAGE: Final = 100
_TRACES_PAGE: Final = 200  # the most
_MEMORY: Final = 30 * 86_400 - 600  # seconds; a little less than the service remembers, because clocks differ
_SKEW: Final = 60  # seconds that the service's clock may be ahead
_NESTING: Final = 64
_UNKNOWN_CALL: Final = frozenset({400, 403, 404, 405, 501})  # statuses for a call that a service does not offer
_JSON_TYPES: Final = frozenset({"", "application/json", "text/json", "application/octet-stream"})
_PROJECT_HINT: Final = "Give the project by its id: --project-id, DRIFT_PROJECT_ID or project_id in drift.toml."


class _Project(msgspec.Struct, frozen=True):
    id: str


class _Projects(msgspec.Struct, frozen=True):
    projects: tuple[_Project, ...]


class Client:
    """A DDM endpoint and project, as one user sees them, for one capture.

    `timeout` is in seconds and covers all calls from now on, with their attempts and pauses. Raises UsageError for an
    endpoint or id that cannot be valid.
    """

    def __init__(
        self,
        http: HttpClient,
        endpoint: str,
        project: str | Project,
        auth: CloudAuth,
        *,
        timeout: float,
        allow_plain_http: bool = False,
    ) -> None:
        self._base = base_url(endpoint, validators.endpoint, "the endpoint", allow_plain_http=allow_plain_http)
        self._project = project if isinstance(project, Project) else _checked_id(project, "project id")
        self._allow_plain_http = allow_plain_http
        self._auth = auth
        self._http = http
        self._deadline = Deadline.of(http.clock.monotonic, timeout)

    def __repr__(self) -> str:
        return f"<Client {self._base}>"

    @property
    def now(self) -> float:
        """The time in seconds, from an arbitrary start."""
        return self._http.clock.monotonic()

    @property
    def has_time(self) -> bool:
        """Whether the capture has time left."""
        return self._deadline.left > 0

    def for_part(self, share: float) -> Client:
        """Return the same client for calls in a share of the time left."""
        part = copy(self)
        part._deadline = self._deadline.part(share)  # noqa: SLF001 - its own
        return part

    def check_time(self) -> None:
        """Raise NetworkError when the time for the capture is up."""
        if not self.has_time:
            raise too_late(authority(self._base), self._deadline.seconds)

    def pause(self) -> bool:
        """Wait a second, or less where time is short. Return whether any time is left after that."""
        self._http.clock.sleep(min(1.0, self._deadline.seconds / 16))
        return self.has_time

    def schema_metadata(self, instance_id: str) -> bytes:
        """Export an instance: where every shard of all its databases lives. Return the body as received.

        Raises SignInError, ApiError, NetworkError, or PayloadError for more than the response limit.
        Source: DownloadSchemaMetadata, `GET /v3/{project_id}/instances/{instance_id}/schema-metadata`, 200 or 202.
        """
        return self._get("v3", "instances", _checked_id(instance_id, "instance id"), "schema-metadata")

    @property
    def project_id(self) -> str:
        """The id of the project, looked up at IAM where only the name is known. Raises as the calls do.

        Source: IAM "Querying a Project List", `GET /v3/projects?name=`.
        """
        if not isinstance(self._project, Project):
            return self._project
        name, known = self._project.name, self._auth.projects
        self._http.sign_in(self._auth, self._deadline)
        if name not in known:
            iam = base_url(
                self._project.iam_endpoint,
                validators.iam_endpoint,
                "the IAM endpoint",
                allow_plain_http=self._allow_plain_http,
            )
            url = f"{iam}/v3/projects?name={quote(name, safe='')}"
            known[name] = only_project(self._content(self._http.get(url, self._auth, self._deadline)), name, iam)
        return known[name]

    def instances(self) -> list[dict[str, Any]]:
        """List the instances of the project, as received. Raises PayloadError if fewer came than were announced.

        Source: "Querying DDM Instances", `GET /v1/{project_id}/instances`.
        """
        return self._list("v1", "instances").whole("instances")

    def databases(self, instance_id: str) -> Listing:
        """List the databases of an instance, as received. Some may be missing.

        Source: "Querying Schemas", `GET /v1/{project_id}/instances/{instance_id}/databases`.
        """
        return self._list("v1", "instances", _checked_id(instance_id, "instance id"), "databases")

    def database(self, instance_id: str, name: str, share: float) -> Any:  # noqa: ANN401 - any JSON value
        """Ask for the detail of a database by v3 or, where that is refused, by v1, in a share of the time left.

        Source: ShowInstanceDatabase, `GET /v3/{project_id}/instances/{instance_id}/databases/{name}`, and "Querying
        Details of a Schema", the same path in v1, which will be removed.
        """
        place = ("instances", _checked_id(instance_id, "instance id"), "databases", name)
        deadline = self._deadline.part(share)
        try:
            return self._document("v3", *place, deadline=deadline)
        except ApiError as refused:
            if refused.status not in _UNKNOWN_CALL:
                raise
        return self._document("v1", *place, deadline=deadline)

    def instance(self, instance_id: str, share: float) -> dict[str, Any]:
        """Ask for the detail of an instance, in a share of the time left.

        Source: "Querying Details of a DDM Instance", `GET /v1/{project_id}/instances/{instance_id}`.
        """
        checked = _checked_id(instance_id, "instance id")
        document = self._document("v1", "instances", checked, deadline=self._deadline.part(share))
        if not isinstance(document, dict):
            raise PayloadError("expected an object", place="the answer about the instance")
        return document

    def jobs(self, share: float = 1.0) -> list[dict[str, Any]]:
        """List the jobs of the last thirty days, which are all that the service remembers, in a share of the time left.

        Raises PayloadError if fewer came than were announced.
        Source: "Querying the Task List", `GET /v3/{project_id}/jobs`.
        """
        now = self._http.clock.now()
        span = {"start_time": int((now - _MEMORY) * 1000), "end_time": int((now + _SKEW) * 1000)}
        return self._list("v3", "jobs", limit=_JOBS_PAGE, deadline=self._deadline.part(share), **span).whole("jobs")

    def migration(self, instance_id: str, database: str, job_id: str) -> Any:  # noqa: ANN401 - any JSON value
        """Ask for the detail of a migration job of a database.

        Source: "Querying the Result of a Shard Configuration Task",
        `GET /v3/{project_id}/instances/{instance_id}/databases/{ddm_dbname}/migration/jobs/{job_id}`.
        """
        place = ("instances", _checked_id(instance_id, "instance id"), "databases", database)
        return self._document("v3", *place, "migration", "jobs", _checked_id(job_id, "job id"))

    def traces(self, endpoint: str, **query: str | int) -> Any:  # noqa: ANN401 - any JSON value
        """Ask the audit service for a page of traces, the newest first.

        Source: "Querying Traces", CTS API reference, `GET /v3/{project_id}/traces`.
        """
        base = base_url(endpoint, validators.endpoint, "the CTS endpoint", allow_plain_http=self._allow_plain_http)
        full = {"trace_type": "system", "limit": _TRACES_PAGE, **query}
        url = f"{base}/v3/{self.project_id}/traces?{urlencode(full)}"
        headers = {"X-Project-Id": self.project_id}
        return _parse(self._content(self._http.get(url, self._auth, self._deadline, headers)), "traces")

    def _list(
        self, version: str, *segments: str, limit: int = _PAGE, deadline: Deadline | None = None, **query: int
    ) -> Listing:
        """List the objects of a resource. Raises PayloadError if all pages together exceed the response limit."""
        name, size = segments[-1], 0

        def page(offset: int) -> Any:  # noqa: ANN401 - any JSON value
            nonlocal size
            body = self._get(version, *segments, deadline=deadline, **query, offset=offset, limit=limit)
            size = len(body) + (size if offset else 0)
            if size > self._http.response_limit:
                raise too_large(self._http.response_limit, f"the list of {name}")
            return _parse(body, name)

        return paging.read(page, name)

    def _document(self, version: str, *segments: str, deadline: Deadline | None = None, **query: int) -> Any:  # noqa: ANN401 - any JSON value
        body = self._get(version, *segments, deadline=deadline, **query)
        return _parse(body, segments[-1])

    def _get(self, version: str, *segments: str, deadline: Deadline | None = None, **query: int) -> bytes:
        """Get a resource of the project. Return its body."""
        path = (quote(segment, safe="") for segment in segments)
        url = "/".join((self._base, version, self.project_id, *path))
        full_url = f"{url}?{urlencode(query)}" if query else url
        headers = {"X-Project-Id": self.project_id}
        return self._content(self._http.get(full_url, self._auth, deadline or self._deadline, headers))

    def _content(self, answer: httpx.Response) -> bytes:
        """Return the body of a success. Raises ApiError or SignInError for any other answer."""
        if answer.status_code not in SUCCESS:
            raise refusal(answer, self._auth.conceal)
        kind = media_type(answer).lower()
        if kind not in _JSON_TYPES and not kind.endswith("+json"):
            raise not_json(answer, self._auth.conceal)
        if is_echo(answer):
            raise echoed(answer)
        return answer.content


def _parse(body: bytes, name: str) -> Any:  # noqa: ANN401 - any JSON value
    return strict_json.loads(body, nesting=_NESTING, what=f"the answer about {name}")


def _checked_id(text: str, what: str) -> str:
    try:
        return validators.identifier(text)
    except ValueError as exc:
        raise UsageError(f"the {what}: {exc}", hint="The DDM console shows it.") from exc


def only_project(body: bytes, name: str, iam: str) -> str:
    """Read the id of the only project in a list of projects. Raises SignInError unless the list has just one."""
    try:
        found = [validators.identifier(each.id) for each in msgspec.json.decode(body, type=_Projects).projects]
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise SignInError(f"{authority(iam)} did not answer with a list of projects", hint=_PROJECT_HINT) from None
    if len(found) != 1:
        several = f": {', '.join(found[:5])}" if found else ""
        raise SignInError(
            f"{authority(iam)} knows {len(found) or 'no'} projects named {name}{several}", hint=_PROJECT_HINT
        )
    return found[0]
