"""Signing requests with an access key, as an `httpx.Auth` flow. No I/O. Huawei's SDK signs."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Final, NamedTuple

from drift.cloud.auth.token import CloudAuth
from drift.core.errors import ConfigError, SignInError

try:
    from huaweicloudsdkcore.sdk_request import SdkRequest
    from huaweicloudsdkcore.signer.signer import Signer
except ImportError as exc:
    raise ConfigError(
        "signing in with an access key, OIDC or an ECS agency needs Huawei's SDK, which is not installed",
        hint="Install it with `pip install 'ddm-drift[huaweicloud]'`; a token, or a user and password, need nothing.",
    ) from exc

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    import httpx

    from drift.cloud.credentials import KeyCredentials

# What is signed. Others, such as Accept-Encoding, may be changed on the way.
_SIGNED: Final = ("Content-Type", "X-Project-Id", "X-Security-Token")
_MOST_REFUSALS: Final = 3  # the documents say that more than five lock a key
_LONGEST_WAIT: Final = 1.0  # seconds


class Key(NamedTuple):
    """An access key and its secret key, by the SDK's names for them; a temporary one has a security token."""

    ak: str
    sk: str
    security_token: str | None

    def __repr__(self) -> str:
        return f"<Key {self.ak}>"


class KeyAuth(CloudAuth):
    """An access key of the user's own, with which every request is signed. `now` is seconds since the epoch.

    A few refusals lock a key, whoever else uses it. So after three in a row nothing more is sent, whatever the number
    of instances; and until the key is known to be taken, calls wait a little for each other's answers.
    """

    def __init__(self, credentials: KeyCredentials, now: Callable[[], float]) -> None:
        token = credentials.security_token
        self._key = Key(credentials.access_key, credentials.secret_key.reveal(), token.reveal() if token else None)
        self._now = now
        self._turn = Lock()
        self._is_taken = False
        self._refusals = 0
        super().__init__(*filter(None, self._key[1:]))

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request, signed. A refusal is not tried again."""
        with self._in_turn():
            if self._refusals >= _MOST_REFUSALS:
                raise SignInError(
                    f"the access key was refused {self._refusals} times in a row, and is not tried again in this run",
                    hint="A few more refusals would lock it for some minutes. What was refused first says why.",
                )
            sign(request, self._key, self._now())
            response = yield request
            self._is_taken = response.status_code != 401  # noqa: PLR2004 - an HTTP status
            self._refusals = 0 if self._is_taken else self._refusals + 1

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Let one call after the other through while the key may be wrong; one that hangs holds up nobody for long."""
        waits = not self._is_taken and self._turn.acquire(timeout=_LONGEST_WAIT)
        try:
            yield
        finally:
            if waits:
                self._turn.release()


def sign(request: httpx.Request, key: Key, moment: float) -> None:
    """Sign a request as Huawei's SDK does, at `moment`, seconds since the epoch: its target and headers change.

    Source: the API request signing guide, SDK-HMAC-SHA256.
    """
    target = request.url.raw_path.decode("ascii").partition("?")[0]
    if key.security_token is not None:
        request.headers["X-Security-Token"] = key.security_token
    kept = {name: request.headers[name] for name in _SIGNED if name in request.headers}
    signed = SdkRequest(
        method=request.method,
        schema=request.url.scheme,
        host=request.headers["Host"],
        resource_path=target,
        query_params=request.url.params.multi_items(),
        header_params={"X-Sdk-Date": f"{datetime.fromtimestamp(moment, UTC):%Y%m%dT%H%M%SZ}", **kept},
        body=request.content,
    )
    Signer(key).sign(signed)
    request.url = request.url.copy_with(raw_path=signed.uri.encode("ascii"))
    request.headers.update(signed.header_params)
