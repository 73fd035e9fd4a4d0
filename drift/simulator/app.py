"""The cloud's HTTP interface as a function from request to response. Opens nothing: `server` carries it to a socket."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace

from drift.simulator import calls, faults, iam
from drift.simulator.calls import Call, of_database, of_instance
from drift.simulator.web import Request, Response, ddm_error, gateway_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from drift.simulator.faults import Fault
    from drift.simulator.state import Cloud


def answer(cloud: Cloud, request: Request) -> Response:
    """What the cloud answers, spoilt by the fault that is next in the queue for this path."""
    with cloud.lock:
        response = _spoilt(cloud, request)
    delivery = replace(response.delivery, pause=response.delivery.pause + cloud.latency)
    return replace(response, delivery=delivery)


def _spoilt(cloud: Cloud, request: Request) -> Response:
    fault = faults.take(cloud, request.path)
    if fault is None:
        return _routed(cloud, request, None)
    if fault.kind == "expired-token":
        cloud.expire_tokens()
    return faults.spoil(fault, cloud.tick() / 1000, lambda: _routed(cloud, request, fault))


def _routed(cloud: Cloud, request: Request, fault: Fault | None) -> Response:
    for route in _ROUTES:
        match = route.pattern.fullmatch(request.path)
        if match and route.method == request.method:
            call = Call(cloud, request, match.groupdict(), fault)
            refused = _refused(call) if route.signed else None
            return refused or route.answer(call)
    message = "The API does not exist or has not been published in the environment"
    return gateway_error(404, "APIGW.0101", message)


def _refused(call: Call) -> Response | None:
    """The gateway's refusal, or None where the request has a valid token and is about the token's project."""
    token = call.request.headers.get("x-auth-token")
    if token is None:
        reason = "x-auth-token not found"
    elif token not in call.cloud.tokens:
        reason = "token expires"
    else:
        if call.names.get("project", call.cloud.project_id) == call.cloud.project_id:
            return None
        return ddm_error(403, "DBS.200010", "Authorization failed.", call.version)
    return gateway_error(401, "APIGW.0301", f"Incorrect IAM authentication information: {reason}")


class _Route(NamedTuple):
    method: str
    pattern: re.Pattern[str]
    answer: Callable[[Call], Response]
    signed: bool = True


def _route(method: str, path: str, show: Callable[[Call], Response], *, signed: bool = True) -> _Route:
    """A route whose path has its varying parts in braces."""
    return _Route(method, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)), show, signed)


_INSTANCE: Final = "/{project}/instances/{instance}"
_DATABASE: Final = f"{_INSTANCE}/databases/{{database}}"
_ROUTES: Final = (
    _route("POST", "/v3/auth/tokens", lambda call: iam.create_token(call.cloud, call.request.body), signed=False),
    _route("GET", "/v3/projects", lambda call: iam.list_projects(call.cloud, call.request.asked("name"))),
    _route("GET", f"/v3{_INSTANCE}/schema-metadata", of_instance(calls.export)),
    _route("GET", "/v1/{project}/instances", calls.list_instances),
    _route("GET", "/v3/{project}/instances", calls.list_instances),
    _route("GET", f"/v1{_INSTANCE}", of_instance(calls.show_instance_v1)),
    _route("GET", f"/v3{_INSTANCE}", of_instance(calls.show_instance_v3)),
    _route("GET", f"/v1{_INSTANCE}/databases", of_instance(calls.list_databases)),
    _route("GET", f"/v1{_DATABASE}", of_database(calls.show_database_v1)),
    _route("GET", f"/v3{_DATABASE}", of_database(calls.show_database_v3)),
    _route("GET", f"/v3{_DATABASE}/migration/jobs/{{job}}", of_database(calls.show_migration)),
    _route("GET", "/v3/{project}/jobs", calls.list_jobs),
    _route("GET", "/v3/{project}/jobs/{job}", calls.show_job),
    _route("POST", f"/v1{_INSTANCE}/reload_config", of_instance(calls.reload_config)),
    _route("POST", f"/v1{_INSTANCE}/reload-config", of_instance(calls.reload_config)),
    _route("POST", f"/v3{_INSTANCE}/reload-config", of_instance(calls.reload_config)),
)
