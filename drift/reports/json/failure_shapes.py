"""The shape of the JSON for an instance that has no report, from which its JSON Schema is made. Pure."""

from __future__ import annotations

from typing import Literal

from drift.reports.json.shapes import Shape, Tool


class Error(Shape):
    """The reason why an instance has no report."""

    message: str
    exit_code: Literal[0, 1, 2, 3, 4, 70]


class Failure(Shape):
    """The object in the place of a report that could not be made.

    `instance` is null where the run ended before it was known, which is never so with `--all`.
    """

    format: Literal[1]
    tool: Tool
    verdict: Literal["inconclusive", "error"]
    instance: str | None
    error: Error
