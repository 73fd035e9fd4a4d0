"""A capture that may say what the last one said. Pure."""

from __future__ import annotations

from datetime import datetime

import msgspec

from drift.core.model import Instance


class Repeat(msgspec.Struct, frozen=True, kw_only=True):
    """A capture whose response has not been read: `digest` is of its bytes and of how they would be read."""

    instance: Instance
    taken_at: datetime
    source: str
    digest: str
    label: str | None = None
