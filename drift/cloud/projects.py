"""What IAM says of projects. Pure."""

from __future__ import annotations

from typing import Final

import msgspec

from drift.cloud.endpoints import authority
from drift.core import validators
from drift.core.errors import SignInError

_HINT: Final = "Give the project by its id: --project-id, DRIFT_PROJECT_ID or project_id in drift.toml."


class _Project(msgspec.Struct, frozen=True):
    id: str


class _Projects(msgspec.Struct, frozen=True):
    projects: tuple[_Project, ...]


def only_project(body: bytes, name: str, iam: str) -> str:
    """The id in an answer to the question for the projects of a name. Raises SignInError unless there is just one."""
    try:
        found = [validators.identifier(each.id) for each in msgspec.json.decode(body, type=_Projects).projects]
    except (msgspec.DecodeError, ValueError):
        raise SignInError(f"{authority(iam)} answered something else than a list of projects", hint=_HINT) from None
    if len(found) != 1:
        several = f": {', '.join(found[:5])}" if found else ""
        raise SignInError(f"{authority(iam)} knows {len(found) or 'no'} projects named {name}{several}", hint=_HINT)
    return found[0]
