"""The cloud's HTTP interface as a function from request to response. Opens nothing: `server` has the socket."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace

from drift.simulator import audit, calls, faults, gateway, iam
from drift.simulator.calls import Call, of_database, of_instance
from drift.simulator.web import Request, Response, gateway_error, throttled

if TYPE_CHECKING:
    from collections.abc import Callable

    from drift.simulator.fault import Fault
    from drift.simulator.state import Cloud


def answer(cloud: Cloud, request: Request) -> Response:
    """Answer a request, and apply the next fault in the queue for its path."""
    with cloud.lock:
        is_over = cloud.is_over_limit()
        response = throttled(cloud.call_limit, cloud.call_window) if is_over else _with_fault(cloud, request)
    delivery = replace(response.delivery, pause=response.delivery.pause + cloud.latency)
    return replace(response, delivery=delivery)


def _with_fault(cloud: Cloud, request: Request) -> Response:
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
            refused = gateway.refusal(cloud, request, match.groupdict().get("project")) if route.signed else None
            return refused or route.answer(call)
    message = "The API does not exist or has not been published in the environment"
    return gateway_error(404, "APIGW.0101", message)


class _Route(NamedTuple):
    method: str
    pattern: re.Pattern[str]
    answer: Callable[[Call], Response]
    signed: bool = True


def _route(method: str, path: str, show: Callable[[Call], Response], *, signed: bool = True) -> _Route:
    """Build a route from a path with its variable parts in braces."""
    return _Route(method, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)), show, signed)


_INSTANCE: Final = "/{project}/instances/{instance}"
_DATABASE: Final = f"{_INSTANCE}/databases/{{database}}"
_ROUTES: Final = (
    _route("POST", "/v3/auth/tokens", iam.create_token, signed=False),
    _route("POST", "/v3.0/OS-AUTH/id-token/tokens", iam.exchange_id_token, signed=False),
    _route("POST", "/v3.0/OS-CREDENTIAL/securitytokens", iam.create_temporary_key, signed=False),
    _route("POST", "/v5/agencies/assume-with-oidc", iam.assume_agency, signed=False),
    _route("PUT", "/meta-data/latest/api/token", iam.metadata_token, signed=False),
    _route("GET", "/openstack/latest/securitykey", iam.metadata_key, signed=False),
    _route("GET", "/v3/projects", iam.list_projects),
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
    _route("GET", "/v3/{project}/traces", audit.list_traces),
    _route("GET", "/v3/{project}/jobs/{job}", calls.show_job),
    _route("POST", f"/v1{_INSTANCE}/reload_config", of_instance(calls.reload_config)),
    _route("POST", f"/v1{_INSTANCE}/reload-config", of_instance(calls.reload_config)),
    _route("POST", f"/v3{_INSTANCE}/reload-config", of_instance(calls.reload_config)),
)
