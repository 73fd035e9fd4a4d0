"""The endpoint, the project and the credentials of calls. Pure."""

from __future__ import annotations

from pathlib import Path

import msgspec

from drift.cloud.credentials import Credentials, Project


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """A project and how to reach it. `timeout` is in seconds and covers all calls of one purpose.

    `project` is an id, or a `Project` to look up at IAM.
    """

    endpoint: str
    project: str | Project
    credentials: Credentials
    timeout: float
    allow_plain_http: bool
    proxy: str | None
    ca_file: Path | None


class Target(Access, frozen=True, kw_only=True):
    """One instance to capture. `name` is its name in the store; with an `audit_endpoint`, its traces are read, too."""

    name: str
    instance_id: str
    source: str
    audit_endpoint: str | None = None
