"""The authentication of a run: one flow for equal credentials, however many instances they are for. No I/O."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from drift.cloud.credentials import (
    EcsAgencyCredentials,
    FederatedCredentials,
    KeyCredentials,
    PasswordCredentials,
    TokenCredentials,
    TrustedCredentials,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from drift.cloud.access import Access
    from drift.cloud.auth.base import CloudAuth
    from drift.cloud.credentials import Credentials


class AuthCache:
    """The flows that authenticate calls, made when they are first needed. Threads may share it."""

    def __init__(self) -> None:
        self._made: dict[tuple[Credentials, bool], CloudAuth] = {}
        self._lock = Lock()

    def get(self, access: Access, now: Callable[[], float]) -> CloudAuth:
        """Return the flow for the credentials of a project. `now` is seconds since the epoch, for a signature.

        Raises UsageError for credentials that cannot be valid.
        """
        key = access.credentials, access.allow_plain_http
        with self._lock:
            if key not in self._made:
                self._made[key] = _flow(*key, now)
            return self._made[key]


def _flow(credentials: Credentials, allow_plain_http: bool, now: Callable[[], float]) -> CloudAuth:  # noqa: FBT001 - a part of the key
    match credentials:
        case TokenCredentials():
            from drift.cloud.auth.token import TokenAuth

            return TokenAuth(credentials.token.reveal())
        case PasswordCredentials():
            from drift.cloud.auth.password import PasswordAuth

            return PasswordAuth(credentials, allow_plain_http=allow_plain_http)
        case KeyCredentials():
            from drift.cloud.auth.access_key import KeyAuth

            return KeyAuth(credentials, now)
        case FederatedCredentials():
            from drift.cloud.auth.temporary_key import FederatedAuth

            return FederatedAuth(credentials, now, allow_plain_http=allow_plain_http)
        case TrustedCredentials():
            from drift.cloud.auth.temporary_key import TrustedAuth

            return TrustedAuth(credentials, now, allow_plain_http=allow_plain_http)
        case EcsAgencyCredentials():
            from drift.cloud.auth.temporary_key import EcsAgencyAuth

            return EcsAgencyAuth(now)
