"""Signatures of messages to webhooks, as an `httpx.Auth` flow. No I/O.

Source: Standard Webhooks, spec/standard-webhooks.md in github.com/standard-webhooks/standard-webhooks: HMAC-SHA256
over id, timestamp and body.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from drift.cloud.auth.base import CloudAuth
from drift.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    import httpx

    from drift.core.secret import Secret

_PREFIX: Final = "whsec_"
_SHORTEST, _LONGEST = 24, 64  # bytes, as the specification has it


class WebhookAuth(CloudAuth):
    """Signs one message. `now` returns seconds since the epoch; each attempt has its own time.

    Raises ConfigError for an invalid secret; `source` names its place.
    """

    def __init__(self, message_id: str, secret: Secret, source: str, now: Callable[[], float]) -> None:
        written = secret.reveal().strip()
        self._key = _key(written, source)
        super().__init__(written, written.removeprefix(_PREFIX), self._key.decode("latin-1"))
        self._id = message_id
        self._now = now

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request, signed."""
        timestamp = str(int(self._now()))
        signed = b".".join([self._id.encode(), timestamp.encode(), request.content])
        signature = base64.b64encode(hmac.digest(self._key, signed, hashlib.sha256)).decode()
        request.headers["webhook-id"] = self._id
        request.headers["webhook-timestamp"] = timestamp
        request.headers["webhook-signature"] = f"v1,{signature}"
        yield request


def _key(written: str, source: str) -> bytes:
    try:
        key = base64.b64decode(written.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not _SHORTEST <= len(key) <= _LONGEST:
        raise ConfigError(
            f"{source}: expected a webhook's secret: {_PREFIX} and base64 of {_SHORTEST} to {_LONGEST} bytes",
            hint=f'`echo "{_PREFIX}$(openssl rand -base64 32)"` makes one; the receiver needs the same.',
        )
    return key
