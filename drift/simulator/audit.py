"""The audit service (CTS) of a simulated cloud: what was called, a page at a time, the newest first. Opens nothing.

Source: "Querying Traces", CTS API reference: both ends of the window are exclusive and only hold together; without them
the last hour is searched; 10 a page by default and 200 at the most; traces are kept for seven days.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from drift.simulator.topology import dashed, identifier
from drift.simulator.web import json_response

if TYPE_CHECKING:
    from drift.simulator.audited_call import AuditedCall
    from drift.simulator.calls import Call
    from drift.simulator.state import Cloud
    from drift.simulator.web import Response

_HOUR: Final = 3_600_000  # milliseconds
_KEPT: Final = 7 * 24 * _HOUR
_LIMIT: Final = 10
_MOST: Final = 200
ADDRESS: Final = "10.0.0.7"
"""The address from which the user of a simulated cloud calls."""


def list_traces(call: Call) -> Response:
    """Answer ListTraces."""
    query, now = dict(call.request.query), call.cloud.tick()
    window, limit = _window(query, now), _whole(query.get("limit"), _LIMIT)
    if query.get("trace_type") != "system" or window is None or limit is None or not 0 < limit <= _MOST:
        return json_response(400, {"error_code": "CTS.0200", "error_msg": "Invalid parameter."})
    start, end = window
    found = [
        _trace(call.cloud, each)
        for each in sorted(_calls(call.cloud), reverse=True)
        if max(start, now - _KEPT) < each.time < end and query.get("service_type") in {None, each.service}
    ]
    marker = query.get("next")
    place = next((number + 1 for number, each in enumerate(found) if each["trace_id"] == marker), 0)
    page = found[place : place + limit]
    more = page[-1]["trace_id"] if place + limit < len(found) else None
    return json_response(200, {"traces": page, "meta_data": {"count": len(page), "marker": more}})


def _calls(cloud: Cloud) -> list[AuditedCall]:
    return [each for instance in cloud.instances.values() for each in instance.audited]


def _window(query: dict[str, str], now: int) -> tuple[int, int] | None:
    start, end = _whole(query.get("from"), 0), _whole(query.get("to"), 0)
    if start is None or end is None:
        return None
    return (start, end) if start and end else (now - _HOUR, now + 1)


def _whole(text: str | None, default: int) -> int | None:
    if text is None:
        return default
    return int(text) if text.isdecimal() and len(text) < len(str(10**15)) else None


def _trace(cloud: Cloud, call: AuditedCall) -> dict[str, Any]:
    user = next(iter(cloud.passwords))
    return {
        "trace_id": dashed(call.resource_id, call.name, call.resource_name, str(call.time)),
        "trace_name": call.name,
        "trace_rating": "normal",
        "trace_type": "ConsoleAction",
        "service_type": call.service,
        "resource_type": "logicDB" if call.service == "DDM" else "instance",
        "resource_id": call.resource_id,
        "resource_name": call.resource_name,
        "source_ip": ADDRESS,
        "code": "200",
        "request": '{"admin_password":"a-password-in-a-request"}',
        "response": "{}",
        "time": call.time,
        "record_time": call.time + 1000,
        "tracker_name": "system",
        "operation_id": call.name,
        "project_id": cloud.project_id,
        "user": {
            "id": identifier("", user),
            "name": user,
            "domain": {"id": cloud.domain_id, "name": cloud.domain_name},
        },
    }
