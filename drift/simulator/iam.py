"""The identity service of the simulated cloud: tokens, projects and temporary access keys. Opens nothing.

Sources: IAM "Obtaining a User Token", "Querying Projects", "Obtaining a Temporary Access Key"; for the sign-in with an
id token, for STS and for the metadata of a server, the requests and responses of the official SDK.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from drift.simulator.topology import identifier
from drift.simulator.views import fine_moment
from drift.simulator.web import Response, json_response, keystone_error

if TYPE_CHECKING:
    from drift.simulator.calls import Call
    from drift.simulator.identity import AccessKey, Identity

_SHORTEST_KEY: Final = 15 * 60  # seconds
_LONGEST_KEY: Final = 24 * 3600
_METADATA_LIFE: Final = 6 * 3600

_T = TypeVar("_T")


class _Named(msgspec.Struct, frozen=True):
    name: str | None = None
    id: str | None = None


class _User(msgspec.Struct, frozen=True):
    password: str
    name: str | None = None
    id: str | None = None
    domain: _Named = _Named()


class _Password(msgspec.Struct, frozen=True):
    user: _User


class _PasswordIdentity(msgspec.Struct, frozen=True):
    password: _Password


class _Scope(msgspec.Struct, frozen=True):
    project: _Named | None = None
    domain: _Named | None = None


class _PasswordAuth(msgspec.Struct, frozen=True):
    identity: _PasswordIdentity
    scope: _Scope = _Scope()


class _PasswordRequest(msgspec.Struct, frozen=True):
    auth: _PasswordAuth


class _Given(msgspec.Struct, frozen=True):
    id: str = ""
    duration_seconds: int = _SHORTEST_KEY


class _IdTokenAuth(msgspec.Struct, frozen=True):
    id_token: _Given
    scope: _Scope = _Scope()


class _IdTokenRequest(msgspec.Struct, frozen=True):
    auth: _IdTokenAuth


class _TokenIdentity(msgspec.Struct, frozen=True):
    token: _Given


class _KeyAuth(msgspec.Struct, frozen=True):
    identity: _TokenIdentity


class _KeyRequest(msgspec.Struct, frozen=True):
    auth: _KeyAuth


class _AgencyRequest(msgspec.Struct, frozen=True):
    provider_urn: str
    agency_urn: str
    id_token: str
    duration_seconds: int = 3600


def create_token(call: Call) -> Response:
    """Issue a token in `X-Subject-Token` for a user's name or id and password."""
    auth = _read(call, _PasswordRequest)
    if auth is None:
        return _malformed()
    user, cloud = auth.auth.identity.password.user, call.cloud
    name = _user_name(cloud, user)
    if name is None or not _is_same(cloud.passwords[name], user.password):
        return keystone_error(401, "The username or password is wrong.")
    return _token(cloud, name, auth.auth.scope, "password")


def exchange_id_token(call: Call) -> Response:
    """Issue a token for the id token of an OpenID Connect provider, `POST /v3.0/OS-AUTH/id-token/tokens`."""
    auth = _read(call, _IdTokenRequest)
    if auth is None:
        return _malformed()
    provider = call.request.headers.get("x-idp-id", "")
    if provider != call.cloud.identity_provider or not _is_same(call.cloud.id_token, auth.auth.id_token.id):
        return keystone_error(401, "The identity provider or the id token is wrong.")
    return _token(call.cloud, provider, auth.auth.scope, "mapped")


def assume_agency(call: Call) -> Response:
    """Issue a temporary access key for an id token, as STS does, `POST /v5/agencies/assume-with-oidc`."""
    wanted = _read(call, _AgencyRequest)
    if wanted is None:
        return _malformed()
    if not _is_same(call.cloud.id_token, wanted.id_token):
        return json_response(401, {"error_code": "STS.0001", "error_msg": "The id token is wrong."})
    key = call.cloud.issue_key(wanted.duration_seconds)
    shown = {
        "access_key_id": key.access,
        "secret_access_key": key.secret,
        "security_token": key.security_token,
        "expiration": fine_moment(key.expires or 0),
    }
    return json_response(200, {"credentials": shown})


def create_temporary_key(call: Call) -> Response:
    """Issue a temporary access key for a token, in the body or in `X-Auth-Token`, for a quarter of an hour to a day."""
    wanted = _read(call, _KeyRequest)
    if wanted is None:
        return _malformed()
    token = wanted.auth.identity.token
    if call.cloud.valid_token(token.id or call.request.headers.get("x-auth-token", "")) is None:
        return keystone_error(401, "The token is missing, or it expired.")
    if not _SHORTEST_KEY <= token.duration_seconds <= _LONGEST_KEY:
        return _malformed()
    return json_response(201, _credential(call.cloud.issue_key(token.duration_seconds)))


def list_projects(call: Call) -> Response:
    """List the project, unless another one is asked for by name."""
    cloud, name = call.cloud, call.request.asked("name")
    project = {
        "id": cloud.project_id,
        "name": cloud.project_name,
        "domain_id": cloud.domain_id,
        "parent_id": cloud.domain_id,
        "is_domain": False,
        "enabled": True,
        "description": "",
        "links": {"self": f"/v3/projects/{cloud.project_id}"},
    }
    found = [project] if name in ("", cloud.project_name) else []
    return json_response(200, {"projects": found, "links": {"self": "/v3/projects", "previous": None, "next": None}})


def metadata_token(call: Call) -> Response:
    """Issue the token that a server needs to read its own metadata, as text."""
    return Response(status=200, body=call.cloud.issue_token(is_scoped=False).encode(), content_type="text/plain")


def metadata_key(call: Call) -> Response:
    """Issue the temporary access key of the calling server's agency."""
    token = call.request.headers.get("x-metadata-token")
    if token is not None and call.cloud.valid_token(token) is None:
        return keystone_error(401, "The metadata token expired.")
    return json_response(200, _credential(call.cloud.issue_key(_METADATA_LIFE)))


def _read(call: Call, kind: type[_T]) -> _T | None:
    try:
        return msgspec.json.decode(call.request.body, type=kind)
    except msgspec.DecodeError:
        return None


def _malformed() -> Response:
    return keystone_error(400, "The request body is invalid")


def _user_name(identity: Identity, user: _User) -> str | None:
    """Find the name of a user, by id alone or by name and domain."""
    if user.id is not None:
        return next((name for name in identity.passwords if identifier("", "user", name) == user.id), None)
    known = user.name in identity.passwords and _fits(user.domain, identity.domain_id, identity.domain_name)
    return user.name if known else None


def _fits(wanted: _Named, known_id: str, known_name: str) -> bool:
    """Return whether the given id and name, at least one of them, are the known ones."""
    known = {"id": known_id, "name": known_name}
    given = {key: value for key, value in msgspec.structs.asdict(wanted).items() if value is not None}
    return bool(given) and given.items() <= known.items()


def _token(identity: Identity, user_name: str, scope: _Scope, method: str) -> Response:
    """Issue a token for a scope; where both a project and a domain are given, for the project."""
    if scope.project is not None:
        allowed = _fits(scope.project, identity.project_id, identity.project_name)
    else:
        allowed = scope.domain is None or _fits(scope.domain, identity.domain_id, identity.domain_name)
    if not allowed:
        return keystone_error(401, "The project or domain does not exist, or the user has no access to it.")
    text = identity.issue_token(is_scoped=scope.project is not None)
    shown = _shown(identity, user_name, scope, method) | {"expires_at": fine_moment(identity.tokens[text].expires)}
    return json_response(201, {"token": shown}, X_Subject_Token=text)


def _shown(identity: Identity, user_name: str, scope: _Scope, method: str) -> dict[str, Any]:
    domain = {"id": identity.domain_id, "name": identity.domain_name}
    token: dict[str, Any] = {
        "methods": [method],
        "issued_at": fine_moment(identity.tick()),
        "user": {"id": identifier("", "user", user_name), "name": user_name, "domain": domain},
        "roles": [{"id": "0", "name": "te_admin"}],
        "catalog": [],
    }
    if scope.project is not None:
        token["project"] = {"id": identity.project_id, "name": identity.project_name, "domain": domain}
    elif scope.domain is not None:
        token["domain"] = domain
    return token


def _credential(key: AccessKey) -> dict[str, Any]:
    shown = {
        "access": key.access,
        "secret": key.secret,
        "securitytoken": key.security_token,
        "expires_at": fine_moment(key.expires or 0),
    }
    return {"credential": shown}


def _is_same(known: str, given: str) -> bool:
    return hmac.compare_digest(known.encode(), given.encode())
