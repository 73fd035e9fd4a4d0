"""The rows of the table of settings that are about the cloud's audit. Pure."""

from __future__ import annotations

from typing import Final

from drift.config.definition import Definition, Topic
from drift.core import validators

AUDIT_TABLE: Final = (
    Definition(
        "require_trace",
        Topic.RUN,
        validators.switch,
        "Judge each change that the audit doesn't explain as a finding.",
        kind=bool,
    ),
    Definition(
        "cts_endpoint",
        Topic.PLACE,
        validators.endpoint,
        "The endpoint of the audit service. [default: cts. for the endpoint's ddm.]",
        has_flag=False,
    ),
)
