"""Authentication of calls as `httpx.Auth` flows, without I/O: a flow yields the requests that `http` is to send."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import httpx

from drift.cloud import error_responses
from drift.core.errors import SignInError

if TYPE_CHECKING:
    from collections.abc import Generator

TOKEN_HEADER: Final = "X-Auth-Token"  # noqa: S105 - a header's name
_T = TypeVar("_T")


class CloudAuth(httpx.Auth):
    """Authentication that threads may share. It knows its secrets, so that no text that is shown holds them.

    `projects` are the ids of projects by name, as IAM gave them for these credentials.
    """

    requires_response_body = True

    def __init__(self, *secrets: str) -> None:
        self.projects: dict[str, str] = {}
        self._secrets = list(secrets)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def conceal(self, text: str) -> str:
        """Replace the secrets of these credentials in a text."""
        return error_responses.conceal(text, self._secrets)

    def sign_in_flow(self) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign in ahead of the first call, where that takes a request."""
        yield from ()


class RenewingAuth(CloudAuth, Generic[_T]):
    """A token or a temporary key that is obtained once, serves every call of the run and is never stored.

    A call that is answered 401 gets a new one and is sent once more. Threads wait while one of them obtains it. A
    refusal is final for all of them, because IAM locks a user after a few.
    """

    def __init__(self, *secrets: str) -> None:
        super().__init__(*secrets)
        self._lock = Lock()
        self._held: _T | None = None
        self._refusal: SignInError | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign in if need be, send the request, and sign in once more if the request is refused."""
        held = yield from self._current(None)
        self._authorize(request, held)
        response = yield request
        if response.status_code == httpx.codes.UNAUTHORIZED:
            self._authorize(request, (yield from self._current(held)))
            yield request

    def sign_in_flow(self) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign in, if nobody has yet."""
        yield from self._current(None)

    def _current(self, refused: _T | None) -> Generator[httpx.Request, httpx.Response, _T]:
        """Return the token or key that is held, or a new one where the held one was refused."""
        with self._lock:
            if self._refusal is not None:
                raise self._refusal
            if self._held is None or self._held is refused:
                try:
                    self._held = yield from self._obtain()
                except SignInError as error:
                    self._refusal = error
                    raise
            return self._held

    def _obtain(self) -> Generator[httpx.Request, httpx.Response, _T]:
        """Obtain a new token or key. Raises SignInError where it is refused."""
        raise NotImplementedError

    def _authorize(self, request: httpx.Request, held: _T) -> None:
        """Put the token or the signature on a request."""
        raise NotImplementedError
