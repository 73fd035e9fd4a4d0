"""The users, tokens and access keys of a simulated cloud, in memory. Opens nothing; safe in any thread."""

from __future__ import annotations

import secrets
import string
import threading
from typing import TYPE_CHECKING, Final

import msgspec

from drift.simulator.topology import identifier

if TYPE_CHECKING:
    from collections.abc import Callable

_KEY_LETTERS: Final = string.ascii_uppercase + string.digits
_MOST_FAILURES: Final = 5
_LOCKED: Final = 5 * 60 * 1000  # milliseconds


class Token(msgspec.Struct, frozen=True):
    """The validity of a token. `expires` is in milliseconds since the epoch."""

    expires: int
    is_scoped: bool


class AccessKey(msgspec.Struct, frozen=True):
    """An access key. A temporary one has a security token, and the end of its life in milliseconds since the epoch."""

    access: str
    secret: str
    security_token: str | None = None
    expires: int | None = None


class Identity:
    """The users of one domain and project. `clock` gives seconds since the epoch; `token_life` is in seconds.

    Each identity has random tokens, keys and default passwords. A pipeline signs in with `identity_provider` and
    `id_token`, by OpenID Connect.
    """

    def __init__(
        self,
        *,
        project_name: str,
        domain_name: str,
        users: dict[str, str | None],
        clock: Callable[[], float],
    ) -> None:
        self.lock = threading.RLock()
        self.project_name = project_name
        self.project_id = identifier("", "project", project_name)
        self.domain_name = domain_name
        self.domain_id = identifier("", "domain", domain_name)
        self.passwords = {name: password or secrets.token_urlsafe(18) for name, password in users.items()}
        self.identity_provider = "drift-pipeline"
        self.id_token = secrets.token_urlsafe(48)
        self.token_life = 24.0 * 3600
        self.tokens: dict[str, Token] = {}
        self.keys: dict[str, AccessKey] = {}
        self._clock = clock
        self._last_tick = 0
        self._failures: dict[str, tuple[int, int]] = {}
        own = self.issue_key()
        self.access_key, self.secret_key = own.access, own.secret

    def tick(self) -> int:
        """Return the time in milliseconds since the epoch, always later than the time before."""
        with self.lock:
            self._last_tick = max(int(self._clock() * 1000), self._last_tick + 1)
            return self._last_tick

    def issue_token(self, text: str | None = None, *, is_scoped: bool = True) -> str:
        """Issue a new token, or this one, for the project or, unscoped, for none."""
        with self.lock:
            token = text or f"MII{secrets.token_urlsafe(96)}"
            self.tokens[token] = Token(self.tick() + int(self.token_life * 1000), is_scoped)
            return token

    def valid_token(self, text: str) -> Token | None:
        """Look up a token, if it is valid now."""
        token = self.tokens.get(text)
        return token if token is not None and self.tick() < token.expires else None

    def issue_key(self, seconds: float | None = None) -> AccessKey:
        """Issue an access key; with a life in seconds, a temporary one."""
        access = "".join(secrets.choice(_KEY_LETTERS) for _ in range(20))
        secret = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(40))
        key = AccessKey(access, secret)
        with self.lock:
            if seconds is not None:
                expires = self.tick() + int(seconds * 1000)
                key = AccessKey(access, secret, secrets.token_urlsafe(120), expires)
            self.keys[access] = key
            return key

    def expire_tokens(self) -> None:
        """Invalidate every token and temporary key issued so far."""
        with self.lock:
            self.tokens.clear()
            self.keys = {name: key for name, key in self.keys.items() if key.expires is None}

    def note_use(self, access_key: str, *, valid: bool) -> None:
        """Count the failures of an access key since its last success."""
        with self.lock:
            failures, _ = self._failures.pop(access_key, (0, 0))
            if not valid:
                self._failures[access_key] = (failures + 1, self.tick())

    def is_locked(self, access_key: str) -> bool:
        """Return whether too many recent failures lock an access key."""
        failures, last = self._failures.get(access_key, (0, 0))
        return failures > _MOST_FAILURES and self.tick() < last + _LOCKED
