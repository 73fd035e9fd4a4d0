"""The access to a project, as settings give it."""

from __future__ import annotations

from drift.cloud.access import Access
from drift.cloud.credentials import TokenCredentials
from drift.core.secret import Secret


def an_access(project: str = "619d3e78f61b4be68bc5aa0b59edcf7b", token: str = "MIIab") -> Access:  # noqa: S107 - no real one
    return Access(
        endpoint="https://ddm.example.com",
        project=project,
        credentials=TokenCredentials(token=Secret(token)),
        timeout=5.0,
        allow_plain_http=False,
        proxy=None,
        ca_file=None,
    )
