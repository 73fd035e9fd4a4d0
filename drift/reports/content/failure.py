"""What is reported where there is nothing to report on: a topology that could not be captured or judged. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why there is no report. `name` is that of the report that was asked for, `at` when it was.

    `instance` is the one that it is about, where that is known.
    """

    kind: ClassVar = "failure"

    name: str
    instance: str | None
    message: str
    hint: str | None
    command: str
    at: datetime
