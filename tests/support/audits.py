"""Traces and audits to test with, and an audit service on loopback that answers with given pages."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from drift.core.traces import Audit, AuditWindow, Trace
from support.loopback import LOOPBACK, Quiet, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DAY = "2026-05-01T"


def a_trace(name: str = "migrateLogicDB", at: str = "02:03:00.000Z", **fields: Any) -> Trace:  # noqa: ANN401 - the fields of Trace
    """A call about the database orders of the instance `i`."""
    given = {"id": f"{name} {at}", "service": "DDM", "resource_id": "i", "resource_name": "orders", "user": "dba"}
    return Trace(**{"name": name, "time": f"{DAY}{at}", **given, **fields})


def an_audit(*traces: Trace, since: str = "00:00:00.000Z", until: str = "09:00:00.000Z") -> Audit:
    """An audit that was read for some hours of one day."""
    return Audit(windows=(AuditWindow(since=f"{DAY}{since}", until=f"{DAY}{until}"),), traces=traces)


def listed(number: int, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """A trace as the service lists it."""
    return {
        "trace_id": f"t{number}", "trace_name": "migrateLogicDB", "trace_type": "ConsoleAction", "service_type": "DDM",
        "time": 1_777_600_800_000 + number, "user": {"name": "dba"}, "source_ip": "10.0.0.7", "resource_id": "i",
        "resource_name": "orders", "code": "200", "request": '{"password": "hidden"}', **fields,
    }  # fmt: skip


@contextmanager
def an_audit_service(answer: Callable[[dict[str, str]], tuple[int, Any]]) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A service that answers each query by a function; its URL, and the queries that came."""
    asked: list[dict[str, str]] = []

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = {name: values[-1] for name, values in parse_qs(urlsplit(self.path).query).items()}
            asked.append(query)
            status, document = answer(query)
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with serving(ThreadingHTTPServer(LOOPBACK, Handler)) as url:
        yield url, asked
