"""Where calls go and as whom: a project, or one instance of it. Pure."""

from __future__ import annotations

from pathlib import Path

import msgspec

from drift.cloud.credentials import Credentials, Project


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """A project and the way to it. `timeout` is in seconds and covers all the calls of one purpose.

    The project is known by its id, or is to be looked up at IAM.
    """

    endpoint: str
    project: str | Project
    credentials: Credentials
    timeout: float
    allow_plain_http: bool
    proxy: str | None
    ca_file: Path | None


class Target(Access, frozen=True, kw_only=True):
    """One instance to capture. `name` is its name in the store."""

    name: str
    instance_id: str
    source: str
