"""The identity service of the simulated cloud: tokens and projects. Pure but for the tokens that it issues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift.simulator.topology import identifier
from drift.simulator.views import fine_moment
from drift.simulator.web import Response, json_response, keystone_error

if TYPE_CHECKING:
    from drift.simulator.state import Cloud

_TOKEN_LIFE: Final = 24 * 3600 * 1000  # milliseconds


class _Named(msgspec.Struct, frozen=True):
    name: str | None = None
    id: str | None = None


class _User(msgspec.Struct, frozen=True):
    name: str
    password: str
    domain: _Named


class _Password(msgspec.Struct, frozen=True):
    user: _User


class _Identity(msgspec.Struct, frozen=True):
    password: _Password


class _Scope(msgspec.Struct, frozen=True):
    project: _Named | None = None


class _Auth(msgspec.Struct, frozen=True):
    identity: _Identity
    scope: _Scope = _Scope()


class _TokenRequest(msgspec.Struct, frozen=True):
    auth: _Auth


def create_token(cloud: Cloud, body: bytes) -> Response:
    """A token in `X-Subject-Token` for a user's name and password, as "Obtaining a User Token" gives it."""
    try:
        auth = msgspec.json.decode(body, type=_TokenRequest).auth
    except msgspec.DecodeError:
        return keystone_error(400, "The request body is invalid")
    user, project = auth.identity.password.user, auth.scope.project
    if user.domain.name != cloud.domain_name or cloud.passwords.get(user.name) != user.password:
        return keystone_error(401, "The username or password is wrong.")
    if project is not None and not _is_project(cloud, project):
        return keystone_error(401, "The project does not exist or the user has no access to it.")
    token = _token(cloud, user.name, scoped=project is not None)
    return json_response(201, {"token": token}, X_Subject_Token=cloud.issue_token())


def list_projects(cloud: Cloud, name: str) -> Response:
    """The project, unless another one is asked for by name."""
    domain_id = _domain(cloud)["id"]
    project = {
        "id": cloud.project_id,
        "name": cloud.project_name,
        "domain_id": domain_id,
        "parent_id": domain_id,
        "is_domain": False,
        "enabled": True,
        "description": "",
        "links": {"self": f"/v3/projects/{cloud.project_id}"},
    }
    found = [project] if name in ("", cloud.project_name) else []
    return json_response(200, {"projects": found, "links": {"self": "/v3/projects", "previous": None, "next": None}})


def _is_project(cloud: Cloud, wanted: _Named) -> bool:
    """Whether what is given of a project, at least one of id and name, is the cloud's."""
    known = {"id": cloud.project_id, "name": cloud.project_name}
    given = {key: value for key, value in msgspec.structs.asdict(wanted).items() if value is not None}
    return bool(given) and given.items() <= known.items()


def _token(cloud: Cloud, user_name: str, *, scoped: bool) -> dict[str, Any]:
    now, domain = cloud.tick(), _domain(cloud)
    user = {"id": identifier("", "user", user_name), "name": user_name, "domain": domain}
    token: dict[str, Any] = {
        "methods": ["password"],
        "issued_at": fine_moment(now),
        "expires_at": fine_moment(now + _TOKEN_LIFE),
        "user": user,
        "roles": [{"id": "0", "name": "te_admin"}],
        "catalog": [],
    }
    if scoped:
        token["project"] = {"id": cloud.project_id, "name": cloud.project_name, "domain": domain}
    return token


def _domain(cloud: Cloud) -> dict[str, str]:
    return {"id": identifier("", "domain", cloud.domain_name), "name": cloud.domain_name}
