"""An IAM user and password, exchanged for a token, as an `httpx.Auth` flow. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import msgspec

from drift.cloud import error_responses
from drift.cloud.auth.base import TOKEN_HEADER, RenewingAuth
from drift.cloud.endpoints import authority, base_url
from drift.core import validators
from drift.core.errors import SignInError

if TYPE_CHECKING:
    from collections.abc import Generator

    from drift.cloud.credentials import PasswordCredentials


class PasswordAuth(RenewingAuth[str]):
    """An IAM user and password, exchanged for a token. Source: IAM "Obtaining a User Token", `POST /v3/auth/tokens`."""

    def __init__(self, credentials: PasswordCredentials, *, allow_plain_http: bool = False) -> None:
        super().__init__(credentials.password.reveal())
        base = base_url(
            credentials.iam_endpoint, validators.iam_endpoint, "the IAM endpoint", allow_plain_http=allow_plain_http
        )
        self._url = f"{base}/v3/auth/tokens"
        scope = credentials.scope
        self._document = {
            "auth": {
                "identity": {"methods": ["password"], "password": {"user": _user(credentials)}},
                "scope": {scope.kind: {scope.key: scope.value}},
            }
        }

    def _authorize(self, request: httpx.Request, held: str) -> None:
        request.headers[TOKEN_HEADER] = held

    def _obtain(self) -> Generator[httpx.Request, httpx.Response, str]:
        response = yield self._token_request()
        if response.status_code != httpx.codes.CREATED:
            raise error_responses.sign_in_refusal(response, self.conceal)
        try:
            token = validators.token(response.headers.get("X-Subject-Token"))
        except ValueError:
            raise SignInError(
                f"{authority(str(response.request.url))} answered 201 without a token in X-Subject-Token",
                hint="Check that the IAM endpoint is that of an identity service.",
            ) from None
        self._secrets.append(token)
        self.projects.update(_own_project(response.content))
        return token

    def _token_request(self) -> httpx.Request:
        headers = {"Content-Type": "application/json;charset=utf8"}
        return httpx.Request("POST", self._url, headers=headers, content=msgspec.json.encode(self._document))


def _user(credentials: PasswordCredentials) -> dict[str, Any]:
    password = credentials.password.reveal()
    if credentials.user_name is None:
        return {"id": credentials.user_id, "password": password}
    by_name = credentials.domain_name is not None
    domain = {"name": credentials.domain_name} if by_name else {"id": credentials.domain_id}
    return {"name": credentials.user_name, "password": password, "domain": domain}


class _Project(msgspec.Struct, frozen=True):
    id: str
    name: str


class _Token(msgspec.Struct, frozen=True):
    project: _Project | None = None


class _Issued(msgspec.Struct, frozen=True):
    token: _Token


def _own_project(body: bytes) -> dict[str, str]:
    """Read the id of the project that a token is for, by its name; empty where IAM gives none."""
    try:
        project = msgspec.json.decode(body, type=_Issued).token.project
        return {} if project is None else {project.name: validators.identifier(project.id)}
    except (msgspec.DecodeError, ValueError, RecursionError):
        return {}
