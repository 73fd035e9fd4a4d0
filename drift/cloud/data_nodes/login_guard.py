"""Keep a wrong password from locking accounts: two refused logins of a user end the run for that user."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from threading import Condition
from typing import TYPE_CHECKING, Final

from drift.cloud.data_nodes.failures import SessionError

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_REFUSED: Final = 2
_REFUSALS: Final = frozenset({"refused", "expired"})


class LoginGuard:
    """Admits logins of each user. Until one has succeeded, no more run at once than may be refused.

    Threads share it. Each uses it for another data node.
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._trying: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._accepted: set[str] = set()

    @contextmanager
    def login(self, user: str) -> Iterator[None]:
        """Wait for this login's turn, and note how it ends. Raises SessionError where others were refused."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_over(user) or self._has_turn(user))
            if self._is_over(user):
                raise SessionError("not-tried", f"{MOST_REFUSED}")
            self._trying[user] += 1
        try:
            yield
        except SessionError as error:
            self._note(user, is_refused=error.failure.kind in _REFUSALS)
            raise
        except BaseException:
            self._note(user, is_refused=False)
            raise
        self._note(user, is_refused=False, is_accepted=True)

    def _is_over(self, user: str) -> bool:
        return self._refused[user] >= MOST_REFUSED

    def _has_turn(self, user: str) -> bool:
        return user in self._accepted or self._trying[user] + self._refused[user] < MOST_REFUSED

    def _note(self, user: str, *, is_refused: bool, is_accepted: bool = False) -> None:
        with self._changed:
            self._trying[user] -= 1
            self._refused[user] += is_refused
            if is_accepted:
                self._accepted.add(user)
            self._changed.notify_all()
