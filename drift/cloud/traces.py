"""The traces of one instance and its data nodes, read from the cloud's audit service (CTS), page by page. No socket.

The service keeps traces for seven days, gives the newest first, and searches only the last hour unless both ends of a
window are given. Both ends are exclusive. Source: "Querying Traces", CTS API reference.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from drift.core.errors import CaptureError, PayloadError
from drift.core.traces import Audit, AuditWindow, in_order, stamp
from drift.decode.traces import is_about, read_traces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.cloud.client import Client

KEPT: Final = timedelta(days=7)
_LATE: Final = timedelta(minutes=10)  # a trace may appear so long after its call
_MOST_PAGES: Final = 50
_MILLISECOND: Final = timedelta(milliseconds=1)


def read_audit(client: Client, endpoint: str, instance_id: str, since: datetime | None, now: datetime) -> Audit:
    """Read the traces of an instance and of all RDS instances since a time, or of the last seven days.

    What can't be read is a window with a problem.
    """
    oldest = now - KEPT
    start = oldest if since is None else min(max(oldest, since - _LATE), now)
    reading = _Reading(
        client, endpoint, {"from": _milliseconds(start - _MILLISECOND), "to": _milliseconds(now + _MILLISECOND)}
    )
    ddm = [item for item in reading.listed("DDM") if is_about(item, instance_id)]
    traces = [*read_traces(ddm, "DDM").traces, *read_traces(reading.listed("RDS"), "RDS").traces]
    problem = "; ".join(dict.fromkeys(reading.problems)) or None
    window = AuditWindow(since=stamp(start), until=stamp(now), problem=problem)
    return Audit(windows=(window,), traces=in_order(traces))


class _Reading:
    """The lists of one window of time. What goes wrong is a problem, and what was read before it is kept."""

    def __init__(self, client: Client, endpoint: str, window: dict[str, int]) -> None:
        self.problems: list[str] = []
        self._client = client
        self._endpoint = endpoint
        self._window = window

    def listed(self, service: str) -> list[Any]:
        """List the items of a service."""
        items: list[Any] = []
        try:
            for page in self._pages(service):
                items += page
        except (CaptureError, PayloadError) as error:
            self.problems.append(error.message)
        unreadable = read_traces(items, service).unreadable
        if unreadable:
            self.problems.append(f"{unreadable:,} of {len(items):,} traces of {service} have no id, name or time")
        return items

    def _pages(self, service: str) -> Iterator[list[Any]]:
        """Follow the marker until there is none. One that repeats, or too many pages, end it with a problem."""
        markers: dict[str, None] = {}
        for _ in range(_MOST_PAGES):
            last = {"next": next(reversed(markers))} if markers else {}
            found, marker = _page(self._client.traces(self._endpoint, service_type=service, **self._window, **last))
            yield found
            if marker is None:
                return
            if marker in markers:
                self.problems.append("the pages of traces repeat each other")
                return
            markers[marker] = None
        self.problems.append(f"there are more than {_MOST_PAGES} pages of traces; the older ones were not read")


def _page(document: Any) -> tuple[list[Any], str | None]:  # noqa: ANN401 - any JSON value
    """Return the traces of a page, and the marker of the next one."""
    found = document.get("traces") if isinstance(document, dict) else None
    if not isinstance(found, list):
        raise PayloadError("expected a list of traces", place="the answer about traces")
    meta = document.get("meta_data") or document.get("metaData")
    marker = meta.get("marker") if isinstance(meta, dict) else None
    if marker is not None and type(marker) not in {str, int}:
        raise PayloadError("expected the marker of the next page as a text", place="the answer about traces")
    return found, None if marker is None else str(marker) or None


def _milliseconds(time: datetime) -> int:
    return int(time.timestamp() * 1000)
