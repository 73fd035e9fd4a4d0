"""DDM's calls, one function each, from a routed request to a response. Opens nothing.

The documents have no error code for an unknown job, nor for a list that starts too far back; DBS.300400 and DBS.300377
are the nearest in their table.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from drift.simulator import views
from drift.simulator.web import Request, Response, ddm_error, json_response

if TYPE_CHECKING:
    from collections.abc import Callable

    from drift.simulator.fault import Fault
    from drift.simulator.instance import Instance
    from drift.simulator.state import Cloud
    from drift.simulator.topology import Database

_MOST_LISTED: Final = 128
_OLDEST_JOB: Final = 30 * 24 * 3600 * 1000  # milliseconds
_LONGEST_NUMBER: Final = 18
LISTS: Final = ("instances", "databases", "jobs")
"""The members that hold the lists which are given a page at a time."""


class Call(NamedTuple):
    """A routed request: `names` are the variable parts of the path."""

    cloud: Cloud
    request: Request
    names: dict[str, str]
    fault: Fault | None

    @property
    def version(self) -> str:
        """`v1` or `v3`."""
        return self.request.path.split("/")[1]

    def refusal(self, status: int, code: str, message: str) -> Response:
        """Build DDM's error response, in the form of the API version of the call."""
        return ddm_error(status, code, message, self.version)


def of_instance(show: Callable[[Call, Instance], Response]) -> Callable[[Call], Response]:
    """Wrap a call about one instance, and refuse an unknown id."""

    def answered(call: Call) -> Response:
        instance = call.cloud.instance_of_id(call.names["instance"])
        if instance is None:
            return call.refusal(404, "DBS.200002", "The instance does not exist.")
        return show(call, instance)

    return answered


def of_database(show: Callable[[Call, Instance, Database], Response]) -> Callable[[Call], Response]:
    """Wrap a call about one database, and refuse an unknown name. Names ignore case."""

    def shown(call: Call, instance: Instance) -> Response:
        try:
            database = instance.topology.database(call.names["database"])
        except ValueError:
            return call.refusal(400, "DBS.300128", "Failed to query schema information.")
        return show(call, instance, database)

    return of_instance(shown)


def list_instances(call: Call) -> Response:
    """Answer ListInstances (v1) and ListDdms (v3)."""
    page = _page(call)
    if page is None:
        return _wrong_parameter(call)
    matching = list(call.cloud.instances.values())
    listed = [views.instance_summary(each, call.cloud.project_id) for each in matching[page.start : page.stop]]
    total = "total_record" if call.version == "v1" else "total"
    pages = {
        "page_size": page.limit,
        total: len(matching),
        "total_page": -(-len(matching) // page.limit),
        "page_no": page.start // page.limit + 1,
    }
    return json_response(200, {"instance_num": len(matching), "instances": listed, **pages})


def show_instance_v1(call: Call, instance: Instance) -> Response:
    """Answer ShowInstance."""
    return json_response(200, views.instance_detail(instance, call.cloud.project_id))


def show_instance_v3(call: Call, instance: Instance) -> Response:
    """Answer ShowDdmDetail."""
    return json_response(200, views.instance_detail_v3(instance, call.cloud.project_id))


def export(call: Call, instance: Instance) -> Response:
    """Answer DownloadSchemaMetadata."""
    return Response(status=200, body=instance.export(call.fault.layout if call.fault else None))


def list_databases(call: Call, instance: Instance) -> Response:
    """Answer ListDatabases, which exists in v1 only."""
    page = _page(call)
    if page is None:
        return _wrong_parameter(call)
    databases = instance.topology.databases
    listed = [views.database_summary(instance.topology, each) for each in databases[page.start : page.stop]]
    return json_response(200, {"databases": listed, "total": len(databases)})


def show_database_v1(_: Call, instance: Instance, database: Database) -> Response:
    """Answer ShowDatabase."""
    return json_response(200, views.database_detail_v1(instance.topology, database))


def show_database_v3(_: Call, instance: Instance, database: Database) -> Response:
    """Answer ShowInstanceDatabase."""
    return json_response(200, views.database_detail(instance.topology, database))


def list_jobs(call: Call) -> Response:
    """Answer ListTasks: the jobs that began in a required span of time, the newest first."""
    page, start, end = _page(call), _number(call, "start_time"), _number(call, "end_time")
    if page is None or start is None or end is None:
        return _wrong_parameter(call)
    if not call.cloud.tick() - _OLDEST_JOB <= start <= end:
        return call.refusal(400, "DBS.300377", "Invalid time range.")
    matching = [
        (job, instance)
        for instance in call.cloud.instances.values()
        for job in instance.jobs
        if start <= job.started <= end
    ]
    matching.sort(key=lambda each: -each[0].started)
    jobs = [views.job(instance, job) for job, instance in matching[page.start : page.stop]]
    return json_response(200, {"jobs": jobs, "offset": page.start, "limit": page.limit, "total": len(matching)})


def show_job(call: Call) -> Response:
    """Answer ShowDdmJobResult."""
    for instance in call.cloud.instances.values():
        for job in instance.jobs:
            if job.id == call.names["job"]:
                return json_response(200, views.job_detail(instance, job))
    return _no_job(call)


def show_migration(call: Call, instance: Instance, database: Database) -> Response:
    """Answer MigrateResults: the figures of a database's migration."""
    for job in instance.jobs:
        if (job.id, job.database) == (call.names["job"], database.name):
            return json_response(200, views.migration(instance, job))
    return _no_job(call)


def reload_config(*_: object) -> Response:
    """Answer RebuildConfig, which changes nothing here: the cloud always knows where its tables are."""
    return json_response(200, {})


class _Page(NamedTuple):
    start: int
    limit: int

    @property
    def stop(self) -> int:
        return self.start + self.limit


def _page(call: Call) -> _Page | None:
    """Read the offset and limit of a list call. Return None where they are invalid."""
    offset, limit = _number(call, "offset", "0"), _number(call, "limit", "10")
    if offset is None or limit is None or not 1 <= limit <= _MOST_LISTED:
        return None
    if call.fault is not None and call.fault.kind == "same-page":
        offset = 0
    return _Page(offset * limit if call.cloud.offset == "page" else offset, limit)


def _number(call: Call, name: str, default: str = "") -> int | None:
    """Read a whole number from the query, which the SDK may write as 1.0."""
    match = re.fullmatch(r"([0-9]+)(?:\.0+)?", call.request.asked(name, default))
    return int(match[1][:_LONGEST_NUMBER]) if match else None


def _wrong_parameter(call: Call) -> Response:
    return call.refusal(400, "DBS.280001", "Parameter error.")


def _no_job(call: Call) -> Response:
    return call.refusal(400, "DBS.300400", "The task is not found.")
