"""Whom a simulated cloud knows: users, tokens and access keys, in memory. Opens nothing; safe in any thread."""

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
    """What a token is good for. `expires` is in milliseconds since the epoch."""

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

    Passwords that are not given, tokens and keys are made anew for each. `identity_provider` and `id_token` are what a
    pipeline signs in with, by OpenID Connect.
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
        """Now, in milliseconds since the epoch; always later than the time before."""
        with self.lock:
            self._last_tick = max(int(self._clock() * 1000), self._last_tick + 1)
            return self._last_tick

    def issue_token(self, text: str | None = None, *, is_scoped: bool = True) -> str:
        """A new token, or this one, for the project or, unscoped, for none. Valid for its life, or until expired."""
        with self.lock:
            token = text or f"MII{secrets.token_urlsafe(96)}"
            self.tokens[token] = Token(self.tick() + int(self.token_life * 1000), is_scoped)
            return token

    def valid_token(self, text: str) -> Token | None:
        """What is known of a token that is valid now."""
        token = self.tokens.get(text)
        return token if token is not None and self.tick() < token.expires else None

    def issue_key(self, seconds: float | None = None) -> AccessKey:
        """A new access key; a temporary one where its life is given, in seconds."""
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
        """Make every token and every temporary key invalid that was issued so far."""
        with self.lock:
            self.tokens.clear()
            self.keys = {name: key for name, key in self.keys.items() if key.expires is None}

    def note_use(self, access_key: str, *, valid: bool) -> None:
        """Count the failures of an access key since it was last used well."""
        with self.lock:
            failures, _ = self._failures.pop(access_key, (0, 0))
            if not valid:
                self._failures[access_key] = (failures + 1, self.tick())

    def is_locked(self, access_key: str) -> bool:
        """Whether an access key has failed so often, so lately, that nothing more is looked at."""
        failures, last = self._failures.get(access_key, (0, 0))
        return failures > _MOST_FAILURES and self.tick() < last + _LOCKED
