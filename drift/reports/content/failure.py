"""The content of a failure: a topology that could not be captured or judged. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """The reason why there is no report. `name` is the command's, `at` the time of the run.

    `instance` is None where it is unknown. `exit_code` is what a run for the instance alone would end with.
    """

    kind: ClassVar = "failure"

    name: str
    instance: str | None
    message: str
    hint: str | None
    exit_code: int
    command: str
    at: datetime
