"""Signing in, as `httpx.Auth` flows. No I/O: a flow yields the requests that the client is to send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import httpx
import msgspec

from drift import checks, refusals
from drift.endpoint import authority, base_url
from drift.errors import SignInError, UsageError

if TYPE_CHECKING:
    from collections.abc import Generator

_TOKEN_HEADER = "X-Auth-Token"  # noqa: S105 - a header's name


class Credentials(httpx.Auth):
    """What a call is signed with. Knows its secrets, so that no text that is shown holds them."""

    requires_response_body = True

    def __init__(self, *secrets: str) -> None:
        self._secrets = list(secrets)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def conceal(self, text: str) -> str:
        """The text without these credentials' secrets."""
        return refusals.conceal(text, self._secrets)


class TokenAuth(Credentials):
    """A token that the user already has, sent as `X-Auth-Token`. Raises UsageError for what can be none."""

    def __init__(self, token: str) -> None:
        try:
            self._token = checks.token(token.strip())
        except ValueError as exc:
            raise UsageError(f"the token: {exc}", hint="It is the value of IAM's X-Subject-Token header.") from None
        super().__init__(self._token)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request with the token."""
        request.headers[_TOKEN_HEADER] = self._token
        yield request


class Scope(msgspec.Struct, frozen=True):
    """What a token is for: a project (DDM's calls need one) or a domain, by its name or its id."""

    kind: Literal["project", "domain"]
    key: Literal["id", "name"]
    value: str


class PasswordAuth(Credentials):
    """An IAM user's name and password, exchanged for a token that serves every call of the run and is never stored.

    A call that is answered 401 makes one new token and one more try. `iam_endpoint` may end in `/v3`.
    Source: IAM "Obtaining a User Token", `POST /v3/auth/tokens`.
    """

    def __init__(
        self,
        iam_endpoint: str,
        *,
        user_name: str,
        password: str,
        domain_name: str,
        scope: Scope,
        allow_plain_http: bool = False,
    ) -> None:
        super().__init__(password)
        base = base_url(iam_endpoint, checks.iam_endpoint, "the IAM endpoint", allow_plain_http=allow_plain_http)
        self._url = f"{base}/v3/auth/tokens"
        user = {"name": user_name, "password": password, "domain": {"name": domain_name}}
        self._sign_in = {
            "auth": {
                "identity": {"methods": ["password"], "password": {"user": user}},
                "scope": {scope.kind: {scope.key: scope.value}},
            }
        }
        self._token: str | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign in if need be, send the request, and sign in once more if its token is refused."""
        token = self._token or (yield from self._new_token())
        request.headers[_TOKEN_HEADER] = token
        response = yield request
        if response.status_code == httpx.codes.UNAUTHORIZED:
            request.headers[_TOKEN_HEADER] = yield from self._new_token()
            yield request

    def _new_token(self) -> Generator[httpx.Request, httpx.Response, str]:
        response = yield self._token_request()
        if response.status_code != httpx.codes.CREATED:
            raise refusals.sign_in_refusal(response, self.conceal)
        try:
            token = checks.token(response.headers.get("X-Subject-Token"))
        except ValueError:
            raise SignInError(
                f"{authority(str(response.request.url))} answered 201 without a token in X-Subject-Token",
                hint="Is the IAM endpoint that of an identity service?",
            ) from None
        self._secrets.append(token)
        self._token = token
        return token

    def _token_request(self) -> httpx.Request:
        headers = {"Content-Type": "application/json;charset=utf8"}
        body: Any = msgspec.json.encode(self._sign_in)
        return httpx.Request("POST", self._url, headers=headers, content=body)
