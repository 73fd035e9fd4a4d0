"""A ready token as an `httpx.Auth` flow. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.cloud.auth.base import TOKEN_HEADER, CloudAuth
from drift.core import validators
from drift.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Generator

    import httpx


class TokenAuth(CloudAuth):
    """A token that the user already has, sent as `X-Auth-Token`. Raises UsageError for a text that can be none."""

    def __init__(self, token: str) -> None:
        try:
            self._token = validators.token(token.strip())
        except ValueError as exc:
            raise UsageError(f"the token: {exc}", hint="It is the value of IAM's X-Subject-Token header.") from None
        super().__init__(self._token)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request with the token."""
        request.headers[TOKEN_HEADER] = self._token
        yield request
