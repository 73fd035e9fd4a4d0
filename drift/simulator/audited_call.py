"""A call that the audit of a simulated cloud has seen. Pure."""

from __future__ import annotations

from typing import NamedTuple


class AuditedCall(NamedTuple):
    """A call that changed something: when, in milliseconds, which, and what it was about."""

    time: int
    name: str
    resource_id: str
    resource_name: str
    service: str = "DDM"
