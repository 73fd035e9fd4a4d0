"""The audit service's list of traces to `Trace` records. Pure. Keeps named fields only: requests may hold secrets.

Source: "Querying Traces", CTS API reference. Members come in two spellings, and the user as an object or as its text.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from drift.core.member_names import plain
from drift.core.traces import Trace, in_order, stamp

if TYPE_CHECKING:
    from collections.abc import Iterable

_KINDS: Final = {"consoleaction": "console", "apicall": "api", "systemaction": "system"}
_LONGEST: Final = 200  # characters of one field
_REFUSED_FROM: Final = 400  # HTTP status codes
_AGENCY: Final = ":assumed-agency:"


class Listed(NamedTuple):
    """The traces of a list, and how many of its items could not be read."""

    traces: tuple[Trace, ...]
    unreadable: int


def read_traces(listed: Iterable[Any], service: str) -> Listed:
    """Read a list of traces, oldest first, each once. An item without an id, a name or a time is counted."""
    traces, unreadable = {}, 0
    for item in listed:
        trace = _trace(item, service)
        if trace is None:
            unreadable += 1
        else:
            traces[trace.id] = trace
    return Listed(in_order(traces.values()), unreadable)


def is_about(item: Any, instance_id: str) -> bool:  # noqa: ANN401 - any JSON value
    """Return whether an item of DDM's list may be about an instance: it names it, or no other one."""
    if not isinstance(item, dict):
        return True
    fields = _plain(item)
    resource = _text(fields.get("resourceid"))
    if resource == instance_id or instance_id in f"{fields.get('request')} {fields.get('response')}":
        return True
    return not _is_instance(resource)


def _is_instance(identity: str | None) -> bool:
    """Whether an id is of a DDM instance: 32 hexadecimal digits, and the mark of the service."""
    return bool(identity) and str(identity).endswith("in09")


def _trace(item: Any, service: str) -> Trace | None:  # noqa: ANN401 - any JSON value
    if not isinstance(item, dict):
        return None
    fields = _plain(item)
    identity, name = _text(fields.get("traceid")), _text(fields.get("tracename"))
    time = moment(fields.get("time"))
    if identity is None or name is None or time is None:
        return None
    return Trace(
        id=identity,
        time=time,
        service=service,
        name=name,
        kind=_KINDS.get((_text(fields.get("tracetype")) or "").casefold()),
        user=_user(fields.get("user")),
        address=_text(fields.get("sourceip")),
        resource_id=_text(fields.get("resourceid")),
        resource_name=_text(fields.get("resourcename")),
        is_refused=_is_refused(fields.get("code")),
    )


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    return {plain(key): value for key, value in item.items()}


def _user(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    """Name the user: an agency with its session, or else a name. It comes as an object, its text, or a bare name."""
    if isinstance(value, str):
        try:
            parsed = json.loads(value)
        except (ValueError, RecursionError):
            return _text(value)
        value = parsed if isinstance(parsed, dict) else value
    if not isinstance(value, dict):
        return _text(value)
    fields = _plain(value)
    principal = _text(fields.get("principalurn")) or ""
    if _AGENCY in principal:
        return _text(principal.partition(_AGENCY)[2])
    return next((name for key in ("username", "name", "id") if (name := _text(fields.get(key)))), None)


def _is_refused(code: Any) -> bool:  # noqa: ANN401 - any JSON value
    try:
        return int(code) >= _REFUSED_FROM
    except (TypeError, ValueError, OverflowError):
        return False


def _text(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    return str(value).strip()[:_LONGEST] or None


def moment(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    """Write milliseconds since the epoch as a trace's time; None for anything else."""
    if isinstance(value, bool):
        return None
    try:
        time = datetime.fromtimestamp(int(value) / 1000, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
    return stamp(time)
