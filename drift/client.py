"""The documented calls to DDM. Opens no socket itself; `wire` does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from drift import checks
from drift.endpoint import base_url
from drift.errors import UsageError
from drift.pace import Budget
from drift.refusals import echoed, is_echo, media_type, not_json, refusal
from drift.wire import SUCCESS

if TYPE_CHECKING:
    import httpx

    from drift.auth import Credentials
    from drift.wire import Wire

_JSON_TYPES: Final = frozenset({"", "application/json", "text/json", "application/octet-stream"})


class Client:
    """A DDM endpoint and project, as one user sees them, for one capture.

    `timeout` is the seconds that all calls together may take from now on, attempts and waiting included. Raises
    UsageError for an endpoint or id that can be none.
    """

    def __init__(
        self,
        wire: Wire,
        endpoint: str,
        project_id: str,
        auth: Credentials,
        *,
        timeout: float,
        allow_plain_http: bool = False,
    ) -> None:
        self._base = base_url(endpoint, checks.endpoint, "the endpoint", allow_plain_http=allow_plain_http)
        self._project_id = _checked_id(project_id, "project id")
        self._auth = auth
        self._wire = wire
        self._budget = Budget.of(wire.pace.clock, timeout)

    def __repr__(self) -> str:
        return f"<Client {self._base}>"

    def schema_metadata(self, instance_id: str) -> bytes:
        """The export of an instance, the body as received: where every shard of all its databases lives.

        Raises SignInError, ApiError, NetworkError, or PayloadError for more than the response limit.
        Source: DownloadSchemaMetadata, `GET /v3/{project_id}/instances/{instance_id}/schema-metadata`, 200 or 202.
        """
        return self._get("v3", "instances", _checked_id(instance_id, "instance id"), "schema-metadata")

    def _get(self, version: str, *segments: str) -> bytes:
        """The body of a resource of the project."""
        path = (quote(segment, safe="") for segment in segments)
        url = "/".join((self._base, version, self._project_id, *path))
        return self._content(self._wire.get(url, self._auth, self._budget))

    def _content(self, answer: httpx.Response) -> bytes:
        """The body of a success. Raises ApiError or SignInError for anything else."""
        if answer.status_code not in SUCCESS:
            raise refusal(answer, self._auth.conceal)
        kind = media_type(answer, self._auth.conceal)
        if kind not in _JSON_TYPES and not kind.endswith("+json"):
            raise not_json(answer, self._auth.conceal)
        if is_echo(answer):
            raise echoed(answer)
        return answer.content


def _checked_id(text: str, what: str) -> str:
    try:
        return checks.identifier(text)
    except ValueError as exc:
        raise UsageError(f"the {what}: {exc}", hint="The DDM console shows it.") from exc
