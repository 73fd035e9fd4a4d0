"""A simulated cloud asked without a socket: what the tests of the simulator share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from drift.core.model import Instance, Snapshot
from drift.decode.content import Options
from drift.decode.sources.export import read
from drift.simulator.app import answer
from drift.simulator.web import Request, Response
from support.builders import a_time

if TYPE_CHECKING:
    from drift.simulator import Cloud

ORDERS = "orders-prod"


def get(cloud: Cloud, path: str, **query: str) -> Response:
    headers = {"x-auth-token": cloud.issue_token()}
    return answer(
        cloud,
        Request("GET", path.format(pid=cloud.project_id, iid=cloud.instance(ORDERS).id), tuple(query.items()), headers),
    )


def document(response: Response) -> Any:  # noqa: ANN401 - any JSON value
    return json.loads(response.body)


def export(cloud: Cloud) -> Response:
    return get(cloud, "/v3/{pid}/instances/{iid}/schema-metadata")


def lately(cloud: Cloud) -> dict[str, str]:
    """The span of time of a job list: since an hour ago."""
    now = cloud.tick()
    return {"start_time": str(now - 3_600_000), "end_time": str(now + 3_600_000)}


def captured(cloud: Cloud) -> Snapshot:
    content = read(export(cloud).body, Options())
    return content.snapshot(instance=Instance(name=ORDERS), taken_at=a_time(), source="export")
