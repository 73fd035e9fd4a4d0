"""Signatures of requests with an access key, as an `httpx.Auth` flow. No I/O.

Source: the "API request signing guide", SDK-HMAC-SHA256; where it is silent, the signer of Huawei's SDK
(`huaweicloudsdkcore` 3.1.219).
"""

from __future__ import annotations

import hashlib
import hmac
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from drift.cloud.auth.base import CloudAuth
from drift.core.errors import SignInError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping

    import httpx

    from drift.cloud.credentials import KeyCredentials

_ALGORITHM: Final = "SDK-HMAC-SHA256"
_CONTENT: Final = "X-Sdk-Content-Sha256"
# The headers that are signed, in their order. Others, such as Accept-Encoding, may be changed on the way.
_SIGNED: Final = ("Content-Type", "Host", "X-Project-Id", _CONTENT, "X-Sdk-Date", "X-Security-Token")
_HASHED: Final = ("application/json", "application/bson")  # of other bodies, only their presence is signed
_MOST_REFUSALS: Final = 3  # the documents say that more than five lock a key
_LONGEST_WAIT: Final = 1.0  # seconds


class Key(NamedTuple):
    """An access key and its secret key; a temporary one has a security token."""

    access_key: str
    secret_key: str
    security_token: str | None

    def __repr__(self) -> str:
        return f"<Key {self.access_key}>"


class KeyAuth(CloudAuth):
    """An access key of the user's own, which signs every request. `now` is seconds since the epoch.

    A few refusals lock a key for all its users. So nothing more is sent after three in a row, whatever the number of
    instances. Until a call has been accepted, calls wait a little for each other's answers.
    """

    def __init__(self, credentials: KeyCredentials, now: Callable[[], float]) -> None:
        token = credentials.security_token
        self._key = Key(credentials.access_key, credentials.secret_key.reveal(), token.reveal() if token else None)
        self._now = now
        self._lock = Lock()
        self._is_accepted = False
        self._refusals = 0
        super().__init__(*filter(None, self._key[1:]))

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request, signed. A refusal is not tried again."""
        with self._in_turn():
            if self._refusals >= _MOST_REFUSALS:
                raise SignInError(
                    f"the access key was refused {self._refusals} times in a row, and is not tried again in this run",
                    hint="A few more refusals would lock it for some minutes. The first error has the reason.",
                )
            sign(request, self._key, self._now())
            response = yield request
            self._is_accepted = response.status_code != 401  # noqa: PLR2004 - an HTTP status
            self._refusals = 0 if self._is_accepted else self._refusals + 1

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Let calls through one by one while the key may be wrong; a call that hangs delays the next by a second."""
        waits = not self._is_accepted and self._lock.acquire(timeout=_LONGEST_WAIT)
        try:
            yield
        finally:
            if waits:
                self._lock.release()


def sign(request: httpx.Request, key: Key, moment: float) -> None:
    """Sign a request at `moment`, in seconds since the epoch. The query is sent in the order that is signed."""
    _stamp(request.headers, key, moment)
    request.url = _canonical_url(request.url)
    signed = {name: request.headers[name].strip() for name in _SIGNED if name in request.headers}
    request.headers.update(signed)
    signature = _signature(key.secret_key, signed["X-Sdk-Date"], _canonical_request(request, signed))
    request.headers["Authorization"] = (
        f"{_ALGORITHM} Access={key.access_key}, SignedHeaders={_names(signed)}, Signature={signature}"
    )


def _stamp(headers: httpx.Headers, key: Key, moment: float) -> None:
    """Add the headers that only a signed request has."""
    headers["X-Sdk-Date"] = f"{datetime.fromtimestamp(moment, UTC):%Y%m%dT%H%M%SZ}"
    if key.security_token is not None:
        headers["X-Security-Token"] = key.security_token
    content_type = headers.get("Content-Type")
    if content_type and not content_type.startswith(_HASHED):
        headers[_CONTENT] = "UNSIGNED-PAYLOAD"


def _canonical_url(url: httpx.URL) -> httpx.URL:
    """Sort the query by name and value, and quote both anew."""
    pairs = [f"{_quoted(name)}={_quoted(value)}" for name, value in sorted(url.params.multi_items())]
    return url.copy_with(query="&".join(pairs).encode("ascii") or None)


def _canonical_request(request: httpx.Request, signed: Mapping[str, str]) -> str:
    """Write the canonical request, which the gateway derives from the request in the same form."""
    path = "/".join(map(_quoted, request.url.path.split("/")))
    body = request.content
    return "\n".join((
        request.method,
        path if path.endswith("/") else f"{path}/",
        request.url.query.decode("ascii"),
        *(f"{name.lower()}:{value}" for name, value in signed.items()),
        "",
        _names(signed),
        signed[_CONTENT] if body and _CONTENT in signed else hashlib.sha256(body).hexdigest(),
    ))  # fmt: skip


def _signature(secret_key: str, date: str, canonical_request: str) -> str:
    text = f"{_ALGORITHM}\n{date}\n{hashlib.sha256(canonical_request.encode()).hexdigest()}"
    return hmac.digest(secret_key.encode(), text.encode(), "sha256").hex()


def _names(signed: Mapping[str, str]) -> str:
    return ";".join(signed).lower()


def _quoted(text: str) -> str:
    return quote(text, safe="")
