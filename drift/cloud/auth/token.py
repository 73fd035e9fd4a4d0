"""Signing in, as `httpx.Auth` flows. No I/O: a flow yields the requests that the wire is to send."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import httpx
import msgspec

from drift.cloud import error_responses
from drift.cloud.endpoints import authority, base_url
from drift.core import validators
from drift.core.errors import SignInError, UsageError

if TYPE_CHECKING:
    from collections.abc import Generator

    from drift.cloud.credentials import PasswordCredentials

_TOKEN_HEADER = "X-Auth-Token"  # noqa: S105 - a header's name
_T = TypeVar("_T")


class CloudAuth(httpx.Auth):
    """What calls are signed with; threads may share it. Knows its secrets, so that no text that is shown holds them.

    `projects` are the ids of projects by name, as IAM has told them to these credentials.
    """

    requires_response_body = True

    def __init__(self, *secrets: str) -> None:
        self.projects: dict[str, str] = {}
        self._secrets = list(secrets)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def conceal(self, text: str) -> str:
        """The text without these credentials' secrets."""
        return error_responses.conceal(text, self._secrets)

    def sign_in_flow(self) -> Generator[httpx.Request, httpx.Response, None]:
        """Get what the first call will need, if it isn't there yet."""
        yield from ()


class TokenAuth(CloudAuth):
    """A token that the user already has, sent as `X-Auth-Token`. Raises UsageError for what can be none."""

    def __init__(self, token: str) -> None:
        try:
            self._token = validators.token(token.strip())
        except ValueError as exc:
            raise UsageError(f"the token: {exc}", hint="It is the value of IAM's X-Subject-Token header.") from None
        super().__init__(self._token)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request with the token."""
        request.headers[_TOKEN_HEADER] = self._token
        yield request


class RenewingAuth(CloudAuth, Generic[_T]):
    """Something that is got once, serves every call of the run and is never stored: a token, or a temporary key.

    A call that is answered 401 gets a new one and is tried once more. Threads that share it wait for the one that is
    getting it; a refusal is final for all of them, because IAM locks a user after a few.
    """

    def __init__(self, *secrets: str) -> None:
        super().__init__(*secrets)
        self._turn = Lock()
        self._held: _T | None = None
        self._refusal: SignInError | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign in if need be, send the request, and sign in once more if that is refused."""
        held = yield from self._current(None)
        self._put_on(request, held)
        response = yield request
        if response.status_code == httpx.codes.UNAUTHORIZED:
            self._put_on(request, (yield from self._current(held)))
            yield request

    def sign_in_flow(self) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign in, if nobody has yet."""
        yield from self._current(None)

    def _current(self, refused: _T | None) -> Generator[httpx.Request, httpx.Response, _T]:
        """What is held, unless it is what was refused: then another one."""
        with self._turn:
            if self._refusal is not None:
                raise self._refusal
            if self._held is None or self._held is refused:
                try:
                    self._held = yield from self._get()
                except SignInError as error:
                    self._refusal = error
                    raise
            return self._held

    def _get(self) -> Generator[httpx.Request, httpx.Response, _T]:
        raise NotImplementedError

    def _put_on(self, request: httpx.Request, held: _T) -> None:
        raise NotImplementedError


class PasswordAuth(RenewingAuth[str]):
    """An IAM user and password, exchanged for a token. Source: IAM "Obtaining a User Token", `POST /v3/auth/tokens`."""

    def __init__(self, credentials: PasswordCredentials, *, allow_plain_http: bool = False) -> None:
        super().__init__(credentials.password.reveal())
        base = base_url(
            credentials.iam_endpoint, validators.iam_endpoint, "the IAM endpoint", allow_plain_http=allow_plain_http
        )
        self._url = f"{base}/v3/auth/tokens"
        scope = credentials.scope
        self._sign_in = {
            "auth": {
                "identity": {"methods": ["password"], "password": {"user": _user(credentials)}},
                "scope": {scope.kind: {scope.key: scope.value}},
            }
        }

    def _put_on(self, request: httpx.Request, held: str) -> None:
        request.headers[_TOKEN_HEADER] = held

    def _get(self) -> Generator[httpx.Request, httpx.Response, str]:
        response = yield self._token_request()
        if response.status_code != httpx.codes.CREATED:
            raise error_responses.sign_in_refusal(response, self.conceal)
        try:
            token = validators.token(response.headers.get("X-Subject-Token"))
        except ValueError:
            raise SignInError(
                f"{authority(str(response.request.url))} answered 201 without a token in X-Subject-Token",
                hint="Is the IAM endpoint that of an identity service?",
            ) from None
        self._secrets.append(token)
        self.projects.update(_own_project(response.content))
        return token

    def _token_request(self) -> httpx.Request:
        headers = {"Content-Type": "application/json;charset=utf8"}
        body: Any = msgspec.json.encode(self._sign_in)
        return httpx.Request("POST", self._url, headers=headers, content=body)


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
    """The id of the project that a token is for, by its name; nothing where IAM doesn't say."""
    try:
        project = msgspec.json.decode(body, type=_Issued).token.project
        return {} if project is None else {project.name: validators.identifier(project.id)}
    except (msgspec.DecodeError, ValueError):
        return {}
