"""The readers of the cloud's answers: each documented call and each way of signing in is answered with the bytes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import httpx

from drift.cloud.auth.password import PasswordAuth
from drift.cloud.auth.temporary_key import EcsAgencyAuth, FederatedAuth, TrustedAuth
from drift.cloud.auth.token import TokenAuth
from drift.cloud.client import Client
from drift.cloud.credentials import (
    FederatedCredentials,
    PasswordCredentials,
    Project,
    Scope,
    TrustedCredentials,
)
from drift.cloud.http import HttpClient
from drift.cloud.instance_list import listed_instances
from drift.cloud.retry import Clock
from drift.cloud.traces import read_audit
from drift.core.errors import DriftError
from drift.core.secret import Secret
from drift.decode.jobs import migrations

if TYPE_CHECKING:
    from collections.abc import Callable

    from drift.cloud.auth.base import CloudAuth

INSTANCE: Final = "1f5c9fd6cd984056ba89c8c87cc03278in09"
_NOW: Final = 1_777_600_800.0
_PROJECT: Final = "p" * 32
_IAM: Final = "https://iam.example.com"
_TOKEN: Final = Secret("t" * 20)
_JOB: Final = {
    "id": "j", "name": "Migrate", "status": "Running", "created": "2026-05-01T02:00:00+0000",
    "instance": {"id": INSTANCE, "name": "o"},
}  # fmt: skip
_LISTS: Final = {
    "instances": [{"id": INSTANCE, "name": "orders", "status": "RUNNING"}], "instance_num": 1, "total": 1,
    "databases": [{"name": "orders", "shard_mode": "cluster"}], "jobs": [_JOB],
}  # fmt: skip
_PROJECTS: Final = {"projects": [{"id": _PROJECT, "name": "eu-de"}], "links": {}}
_TRACES: Final = {
    "traces": [
        {
            "trace_id": "t1", "trace_name": "migrateLogicDB", "trace_type": "ConsoleAction", "service_type": "DDM",
            "time": 1_777_600_700_000, "user": {"name": "dba", "principal_urn": "sts::1:assumed-agency:reader/ci"},
            "source_ip": "10.0.0.7", "resource_id": INSTANCE, "resource_name": "orders", "code": "200", "request": "{}",
        }
    ],
    "meta_data": {"count": 1, "marker": None},
}  # fmt: skip
_PASSWORD: Final = PasswordCredentials(
    iam_endpoint=_IAM, password=Secret("p"), scope=Scope("project", "id", _PROJECT), user_name="u", domain_name="d"
)
_KEYS: Final[tuple[Any, ...]] = (
    {"credential": {"access": "A", "secret": "S", "securitytoken": "T", "expires_at": "2026-05-01T12:00:00.000000Z"}},
    {"credentials": {"access_key_id": "A", "secret_access_key": "S", "security_token": "T"}},
    {"token": {"project": {"id": _PROJECT}, "expires_at": "2026-05-01T12:00:00.000000Z"}},
)
_REFUSALS: Final[tuple[Any, ...]] = (
    {"error_code": "DBS.200412", "error_msg": "Server failure."},
    {"error": {"code": 401, "message": "no", "title": "Unauthorized"}},
    {"externalMessage": "no", "errCode": "DBS.1", "request_id": "r"},
)


class Reader(NamedTuple):
    """A reader: its function, its examples, the errors that it may raise, and how often it gets a turn."""

    read: Callable[[bytes], object]
    examples: list[bytes]
    errors: tuple[type[Exception], ...] = (DriftError,)
    weight: int = 1


def calls(envelope: bytes, details: list[bytes]) -> dict[str, Reader]:
    """Build the readers of answers, from an answer to the export call and from details of a database and a job."""
    lists = [json.dumps(each).encode() for each in (_LISTS, _JOB)] + details
    keys = [json.dumps(each).encode() for each in _KEYS]
    refusals = [json.dumps(each).encode() for each in _REFUSALS]
    export, project = _asked(lambda c: c.schema_metadata(INSTANCE)), Project("eu-de", _IAM)
    return {
        "export call": Reader(export, [envelope]),
        "refusal": Reader(_asked(lambda c: c.schema_metadata(INSTANCE), status=403), refusals),
        "instances call": Reader(_asked(lambda c: listed_instances(c.instances(), _PROJECT)), lists),
        "instance call": Reader(_asked(lambda c: c.instance(INSTANCE, 1.0)), lists),
        "databases call": Reader(_asked(lambda c: c.databases(INSTANCE)), lists),
        "database call": Reader(_asked(lambda c: c.database(INSTANCE, "orders", 1.0)), lists),
        "jobs call": Reader(_asked(lambda c: migrations(c.jobs(), INSTANCE)), lists),
        "job call": Reader(_asked(lambda c: c.migration(INSTANCE, "orders", "j")), lists),
        "traces call": Reader(_asked(_audit), [json.dumps(_TRACES).encode()]),
        "projects call": Reader(_asked(lambda c: c.project_id, project=project), [json.dumps(_PROJECTS).encode()]),
        **{
            f"sign-in {name}": Reader(_asked(lambda c: c.schema_metadata(INSTANCE), auth=auth), keys)
            for name, auth in _AUTHS.items()
        },
    }


def _audit(client: Client) -> object:
    now = datetime.fromtimestamp(_NOW, UTC)
    return read_audit(client, "https://cts.example.com", INSTANCE, None, now)


def _federated() -> CloudAuth:
    return FederatedAuth(FederatedCredentials(iam_endpoint=_IAM, idp_id="idp", id_token=_TOKEN), lambda: _NOW)


def _trusted() -> CloudAuth:
    credentials = TrustedCredentials(
        sts_endpoint="https://sts.example.com",
        provider_urn="iam::a:p:ci",
        agency_urn="iam::a:agency:r",
        id_token=_TOKEN,
    )
    return TrustedAuth(credentials, lambda: _NOW)


_AUTHS: Final[dict[str, Callable[[], CloudAuth]]] = {
    "password": lambda: PasswordAuth(_PASSWORD),
    "federated": _federated,
    "trusted": _trusted,
    "agency": lambda: EcsAgencyAuth(lambda: _NOW),
}


def _asked(
    call: Callable[[Client], object],
    *,
    auth: Callable[[], CloudAuth] = lambda: TokenAuth("t"),
    project: str | Project = _PROJECT,
    status: int = 200,
) -> Callable[[bytes], object]:
    """Return a function that gives its bytes to a client as the answer to each of its requests."""
    slept = [0.0]
    clock = Clock(
        monotonic=lambda: sum(slept), now=lambda: _NOW, sleep=slept.append, random=lambda: 1.0
    )  # time passes only while somebody sleeps

    def read(data: bytes) -> object:
        def answer(request: httpx.Request) -> httpx.Response:
            headers = {"content-type": "application/json", "x-subject-token": "t"}
            code = 201 if request.method == "POST" and status == httpx.codes.OK else status
            return httpx.Response(code, content=data, headers=headers)

        slept[:] = [0.0]
        with HttpClient(response_limit=1 << 20, transport=httpx.MockTransport(answer), clock=clock) as http:
            return call(Client(http, "https://ddm.example.com", project, auth(), timeout=10))

    return read
