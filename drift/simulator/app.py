"""The cloud's HTTP interface as a function from request to response. Opens nothing: `server` carries it to a socket."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from drift.simulator import faults, iam, views
from drift.simulator.web import Request, Response, ddm_error, gateway_error, json_response

if TYPE_CHECKING:
    from collections.abc import Callable

    from drift.simulator.faults import Fault
    from drift.simulator.state import Cloud, Instance
    from drift.simulator.topology import Database

_MOST_LISTED: Final = 128
_REQUEST_ID: Final = "7c1f4d0e2b9a4c5f9e3d8a6b1c0f2e4d"


def answer(cloud: Cloud, request: Request) -> Response:
    """What the cloud answers, spoilt by the fault that is next in the queue for this path."""
    with cloud.lock:
        fault = faults.take(cloud, request.path)
        if fault is None:
            return _routed(cloud, request, None)
        if fault.kind == "expired-token":
            cloud.expire_tokens()
        return faults.spoil(fault, lambda: _routed(cloud, request, fault))


def _routed(cloud: Cloud, request: Request, fault: Fault | None) -> Response:
    for route in _ROUTES:
        match = route.pattern.fullmatch(request.path)
        if match and route.method == request.method:
            call = Call(cloud, request, match.groupdict(), fault)
            refused = _refused(call) if route.signed else None
            return refused or _answered(route, call)
    message = "The API does not exist or has not been published in the environment"
    return gateway_error(404, "APIGW.0101", message, _REQUEST_ID)


def _answered(route: _Route, call: Call) -> Response:
    try:
        return route.answer(call)
    except _ParameterError:
        return ddm_error(400, "DBS.280001", "Parameter error.", call.version)


class _ParameterError(ValueError):
    """A query that says nothing which the call could be about."""


class Call(NamedTuple):
    """A request that found its route: `names` are the parts of the path that differ from call to call."""

    cloud: Cloud
    request: Request
    names: dict[str, str]
    fault: Fault | None

    @property
    def version(self) -> str:
        """`v1` or `v3`."""
        return self.request.path.split("/")[1]


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
    message = f"Incorrect IAM authentication information: {reason}"
    return gateway_error(401, "APIGW.0301", message, _REQUEST_ID)


def _list_instances(call: Call) -> Response:
    found = list(call.cloud.instances.values())
    offset, limit = _page(call.request)
    listed = [views.instance_summary(each, call.cloud.project_id) for each in found[offset : offset + limit]]
    total = "total_record" if call.version == "v1" else "total"
    pages = {
        "page_size": limit,
        total: len(found),
        "total_page": -(-len(found) // limit),
        "page_no": offset // limit + 1,
    }
    return json_response(200, {"instance_num": len(found), "instances": listed, **pages})


def _of_instance(show: Callable[[Call, Instance], Response]) -> Callable[[Call], Response]:
    """A call about one instance: refused where there is none of that id."""

    def answered(call: Call) -> Response:
        for instance in call.cloud.instances.values():
            if instance.id == call.names["instance"]:
                return show(call, instance)
        return ddm_error(404, "DBS.200002", "The instance does not exist.", call.version)

    return answered


def _of_database(show: Callable[[Instance, Database], dict[str, Any]]) -> Callable[[Call], Response]:
    """A call about one database: refused where the instance has none of that name."""

    def shown(call: Call, instance: Instance) -> Response:
        try:
            database = instance.topology.database(call.names["database"])
        except ValueError:
            return ddm_error(400, "DBS.300128", "Failed to query schema information.", call.version)
        return json_response(200, show(instance, database))

    return _of_instance(shown)


def _export(call: Call, instance: Instance) -> Response:
    return json_response(200, instance.export(call.fault.layout if call.fault else None))


def _show_instance(call: Call, instance: Instance) -> Response:
    return json_response(200, views.instance_detail(instance, call.cloud.project_id))


def _list_databases(call: Call, instance: Instance) -> Response:
    offset, limit = _page(call.request)
    databases = instance.topology.databases
    listed = [views.database_summary(instance.topology, each) for each in databases[offset : offset + limit]]
    return json_response(200, {"databases": listed, "total": len(databases)})


def _list_jobs(call: Call) -> Response:
    offset, limit = _page(call.request)
    start, end = _number(call.request, "start_time"), _number(call.request, "end_time")
    jobs = [
        views.job(instance, each)
        for instance in call.cloud.instances.values()
        for each in instance.jobs
        if start <= each.started <= end
    ]
    return json_response(
        200, {"jobs": jobs[offset : offset + limit], "offset": offset, "limit": limit, "total": len(jobs)}
    )


def _page(request: Request) -> tuple[int, int]:
    """Offset (of the item) and limit of a list call."""
    offset, limit = _number(request, "offset", "0"), _number(request, "limit", "10")
    if not 1 <= limit <= _MOST_LISTED:
        raise _ParameterError
    return offset, limit


def _number(request: Request, name: str, default: str = "") -> int:
    text = request.query.get(name, default)
    if not (text.isascii() and text.isdigit()):
        raise _ParameterError
    return int(text[:18])


class _Route(NamedTuple):
    method: str
    pattern: re.Pattern[str]
    answer: Callable[[Call], Response]
    signed: bool = True


def _route(method: str, path: str, show: Callable[[Call], Response], *, signed: bool = True) -> _Route:
    """A route whose path has its varying parts in braces."""
    return _Route(method, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)), show, signed)


_INSTANCE: Final = "/{project}/instances/{instance}"
_ROUTES: Final = (
    _route("POST", "/v3/auth/tokens", lambda call: iam.create_token(call.cloud, call.request.body), signed=False),
    _route("GET", "/v3/projects", lambda call: iam.list_projects(call.cloud, call.request.query)),
    _route("GET", f"/v3{_INSTANCE}/schema-metadata", _of_instance(_export)),
    _route("GET", "/v1/{project}/instances", _list_instances),
    _route("GET", "/v3/{project}/instances", _list_instances),
    _route("GET", f"/v1{_INSTANCE}", _of_instance(_show_instance)),
    _route("GET", f"/v1{_INSTANCE}/databases", _of_instance(_list_databases)),
    _route(
        "GET",
        f"/v1{_INSTANCE}/databases/{{database}}",
        _of_database(lambda instance, each: views.database_detail_v1(instance.topology, each)),
    ),
    _route(
        "GET",
        f"/v3{_INSTANCE}/databases/{{database}}",
        _of_database(lambda instance, each: views.database_detail(instance.topology, each)),
    ),
    _route("GET", "/v3/{project}/jobs", _list_jobs),
)
